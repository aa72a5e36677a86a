import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../cli/commands.ts';
import { parseEnd, parseTime, parseWholeNumber } from '../../../cli/parse-values.ts';
import { ADVICE } from '../../../cli/print-failure.ts';
import { PROGRAM } from '../../../cli/program.ts';
import { PROBLEMS } from '../../../contract/problems.ts';
import { EXIT, EXIT_MEANINGS } from '../../../terminal/exit.ts';
import { findCommand } from '../../../terminal/find-command.ts';
import { parseCommand } from '../../../terminal/parse-command.ts';
import { runCommandLine } from '../../harness/command-line.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';
import { present } from '../../harness/world.ts';

const commandOf = (name: string) => present(COMMANDS.find((command) => command.name.join(' ') === name));
const parse = (name: string, ...argv: string[]) => parseCommand(PROGRAM, commandOf(name), argv);
const SERIAL = `-mQ${'a'.repeat(40)}`;

describe('wrong usage ends with 2, explains the error on stderr, and sends no request', () => {
  test.each([
    ['an unknown command', ['frobnicate'], 'Unknown command: frobnicate.'],
    ['a mistyped command', ['licences', 'list'], 'Did you mean licenses?'],
    ['a mistyped second word', ['licenses', 'lst'], 'Did you mean licenses list?'],
    ['a group alone', ['orders'], 'orders create'],
    ['nothing at all', [], 'Usage: relicense <command>'],
    ['a mistyped option', ['withdraw', 'L', '--raeson', 'x'], 'Did you mean --reason?'],
    ['an option with one dash', ['withdraw', 'L', '-reason'], '-r'],
    ['a missing argument', ['assign', 'L'], 'Missing CONTAINER.'],
    ['a missing list of arguments', ['withdraw'], 'Missing LICENSE.'],
    ['an unexpected argument', ['licenses', 'show', 'L', 'M'], 'Unexpected argument: M.'],
    ['an empty argument', ['licenses', 'show', ''], 'An argument is empty.'],
    ['an empty value', ['withdraw', 'L', '--reason', ''], '--reason has an empty value.'],
    ['a missing value', ['withdraw', 'L', '--reason'], 'Missing value: --reason TEXT.'],
    ['a value for a switch', ['withdraw', 'L', '--cancel=yes'], '--cancel does not take a value.'],
    ['a missing option', ['containers', 'retire', 'C', '--reason', 'x'], 'Missing --licenses HOW.'],
    ['a mistyped value', ['licenses', 'list', '--state', 'availible'], 'Did you mean available?'],
    ['an unknown value of an argument', ['completion', 'tcsh'], 'bash, zsh, fish'],
    ['a mistyped scope', ['tokens', 'create', '--name', 'x', '--scope', 'orders:raed'], 'Did you mean orders:read?'],
    ['a limit in words', ['orders', 'list', '--limit', 'many'], '--limit must be a whole number'],
    ['30 February', ['replace', 'L', '--expires', '2027-02-30'], 'there is no day 2027-02-30'],
    ['29 February 2027', ['replace', 'L', '--expires', '2027-02-29T10:00:00Z'], 'there is no day 2027-02-29'],
    ['the 24th hour', ['replace', 'L', '--expires', '2027-02-28T24:00:00Z'], 'there is no time 2027-02-28T24:00:00Z'],
    [
      '--terms and --expires',
      ['bulk-orders', 'replace', '--order', 'O', '--terms', '{}', '--expires', '2027-01-01'],
      'not both',
    ],
    ['a file that is missing', ['orders', 'create', 'o.json'], 'o.json: there is no such file or folder.'],
    ['a file that is a folder', ['orders', 'create', '.'], '.: it is a folder, not a file.'],
    ['zero units', ['orders', 'create', '--id', 'O', '--item', 'cad:0'], 'Invalid item: cad:0'],
    ['an order without items', ['orders', 'create'], 'Missing --id ORDER'],
    ['a file and options', ['orders', 'create', 'order.json', '--id', 'O'], 'not both'],
    ['--cancel and --reason', ['withdraw', 'L', '--cancel', '--reason', 'x'], 'not both'],
    ['--feature and --no-features', ['products', 'put', 'cad', '--feature', 'a', '--no-features'], 'not both'],
    ['--enable and --disable', ['events', 'endpoints', 'change', 'E', '--enable', '--disable'], 'not both'],
    ['no terminal to ask', ['events', 'endpoints', 'delete', 'E'], 'Add --yes to confirm'],
    ['--json where nothing is printed', ['logout', '--json'], 'Unknown option: --json.'],
    ['an invalid server address', ['status', '--server', 'example'], 'Not a server address: example.'],
    ['an invalid token', ['status', '--token', 'two words'], 'Invalid token'],
  ])('%s', async (_, argv, words) => {
    const env = { RELICENSE_SERVER: 'http://127.0.0.1:1', RELICENSE_TOKEN: 'a-token' };
    const fetch = () => Promise.reject(new Error('A server was asked.'));
    const { code, out, err } = await runCommandLine(argv, { env, fetch });
    expect({ code, out }).toEqual({ code: EXIT.usage, out: '' });
    expect(err).toContain(words);
    expect(err).toContain('--help');
  });

  test('a missing server and a missing token', async () => {
    expect((await runCommandLine(['status'])).err).toContain('No server: run relicense login');
    const env = { RELICENSE_SERVER: 'https://licenses.example.com' };
    expect((await runCommandLine(['status'], { env })).err).toContain('No token for https://licenses.example.com');
  });
});

test('withdraw - with an empty standard input finds nothing: it ends with 6 and sends no request', async () => {
  const fetch = () => Promise.reject(new Error('A server was asked.'));
  const env = { RELICENSE_SERVER: 'http://127.0.0.1:1', RELICENSE_TOKEN: 'a-token' };
  const people = await runCommandLine(['withdraw', '-', '--yes'], { env, fetch });
  expect({ code: people.code, out: people.out }).toEqual({ code: EXIT.nothing, out: '' });
  expect(people.err).toBe('Nothing found. (nothing-found)\nStandard input has no ids, so nothing was changed.\n');
  const script = await runCommandLine(['withdraw', '-', '--yes', '--json'], { env, fetch });
  expect(JSON.parse(script.err)).toMatchObject({ code: 'nothing-found' });
});

describe('the beginning of a serial', () => {
  const env = { RELICENSE_SERVER: 'http://127.0.0.1:1', RELICENSE_TOKEN: 'a-token' };
  const ONE = `X8RpWMD7${'a'.repeat(35)}`;
  const OTHER = `X8RpWMD7${'b'.repeat(35)}`;
  const asked: string[] = [];
  const listing = (serials: readonly string[]): typeof fetch => {
    return async (input) => {
      asked.push(String(input));
      const items = serials.map((serial) => ({ serial, name: 'Reception PC', status: 'active' }));
      return Response.json(String(input).includes('serial=') ? { items } : { items: [], serial: ONE, contents: [] });
    };
  };

  test('two containers that begin so are listed with their whole serials and names, and nothing else is requested', async () => {
    asked.length = 0;
    const { code, out, err } = await runCommandLine(['containers', 'history', 'X8RpWMD7'], {
      env,
      fetch: listing([ONE, OTHER]),
    });
    expect({ code, out }).toEqual({ code: EXIT.usage, out: '' });
    for (const serial of [ONE, OTHER]) expect(err).toContain(`  ${serial}  “Reception PC”, active, never seen\n`);
    expect(asked).toHaveLength(1);
  });

  test('a beginning that no container has finds nothing: the command ends with 6', async () => {
    const argv = ['containers', 'history', 'X8RpWMD7'];
    expect(await runCommandLine(argv, { env, fetch: listing([]) })).toMatchObject({ code: EXIT.nothing, out: '' });
  });

  test.each(['X8RpWMD7', 'X8RpWMD7…', 'X8RpWMD7...', ONE.slice(0, 42)])(
    'a beginning that one container has, given as %s, selects that container',
    async (typed) => {
      asked.length = 0;
      await runCommandLine(['containers', 'history', typed], { env, fetch: listing([ONE]) });
      expect(asked.at(-1)).toContain(`/containers/${ONE}/history`);
    },
  );

  test('a whole serial is not looked up', async () => {
    asked.length = 0;
    await runCommandLine(['containers', 'history', ONE], { env, fetch: listing([]) });
    expect(asked.map((url) => new URL(url).pathname)).toEqual([`/containers/${ONE}/history`]);
  });

  test.each(['X8RpWMD', 'X8Rp WMD7', 'a'.repeat(44)])('%s is refused without a request', async (typed) => {
    asked.length = 0;
    for (const argv of [
      ['containers', 'show', typed],
      ['licenses', 'list', '--container', typed],
      ['assign', 'LICENSE', typed],
    ]) {
      const { code, err } = await runCommandLine(argv, { env, fetch: listing([ONE]) });
      expect(code).toBe(EXIT.usage);
      expect(err).toContain('must be a serial or at least its first 8 characters');
    }
    expect(asked).toEqual([]);
  });
});

describe('a refused request', () => {
  const env = { RELICENSE_SERVER: 'http://127.0.0.1:1', RELICENSE_TOKEN: 'a-token' };
  const refusing = (problem: object, status: number): typeof fetch => {
    return async () => Response.json({ title: 'Refused', status, detail: 'No.', ...problem }, { status });
  };
  const message = 'is wrong';

  test.each([
    ['an argument', ['products', 'show', 'a b'], 'path.code', 'PRODUCT'],
    ['the second argument', ['assign', 'L', 'C'.repeat(43)], 'path.serial', 'CONTAINER'],
    ['an id that the command names its own way', ['bulk-orders', 'show', 'nope'], 'path.id', 'BULK'],
    ['an option with another name', ['orders', 'create', '--id', 'O', '--item', 'a!'], 'items.0.product', '--item'],
    [
      'a term',
      ['orders', 'create', '--id', 'O', '--item', 'a', '--feature', 'x'],
      'items.0.terms.features.0',
      '--feature',
    ],
    ['a member of --terms', ['replace', 'L', '--terms', '{"quantity": -1}'], 'terms.quantity', '--terms quantity'],
    ['a condition', ['licenses', 'list', '--expires-before', '2027-01-01'], 'query.expiresBefore', '--expires-before'],
    ['a URL', ['events', 'endpoints', 'add', 'http://a'], 'url', 'URL'],
  ])('is explained with the name that the person wrote: %s', async (_, argv, path, name) => {
    const fetch = refusing({ code: 'invalid-request', errors: [{ path, message }] }, 400);
    const { code, err } = await runCommandLine(argv, { env, fetch });
    expect(code).toBe(EXIT.refused);
    expect(err).toContain(`  ${name}: ${message}\n`);
  });

  test('names the members of a file as they stand in the file', async () => {
    const fetch = refusing({ code: 'invalid-request', errors: [{ path: 'items.0.product', message }] }, 400);
    const { err } = await runCommandLine(['orders', 'create', '-'], { env, fetch, input: '{"items": [{}]}' });
    expect(err).toContain(`  items.0.product: ${message}\n`);
  });

  test('gets advice with the real ids', async () => {
    const exists = refusing({ code: 'order-exists', orderId: 'SO 10' }, 409);
    const order = await runCommandLine(['orders', 'create', '--id', 'SO 10', '--item', 'cad'], { env, fetch: exists });
    expect(order.err).toContain("relicense orders show 'SO 10' shows it");
    const final = refusing({ code: 'license-final' }, 409);
    const license = await runCommandLine(['withdraw', 'L1', 'L2', '--yes'], { env, fetch: final });
    expect(license.err).toContain('relicense licenses history L1 shows');
    expect(license.err).toContain('relicense licenses history L2 shows');
  });

  test('has no colours in a pipe, even when the results go to a terminal', async () => {
    const { err } = await runCommandLine(['products', 'list'], {
      env,
      fetch: refusing({ code: 'forbidden' }, 403),
      columns: 80,
      stderrIsPipe: true,
    });
    expect(err).not.toContain('\u001b');
  });
});

test('a webhook’s body is printed as it came, line by line, with control characters escaped', async () => {
  const body = '{\r\n\t"id": "evt_1",\n  "text": "\u001b[31m"\n}';
  const webhook = { id: 'evt_1', source: 'stripe', state: 'done', receivedAt: '2026-11-20T08:05:30Z', body };
  const env = { RELICENSE_SERVER: 'http://127.0.0.1:1', RELICENSE_TOKEN: 'a-token' };
  const { out } = await runCommandLine(['webhooks', 'show', 'evt_1'], {
    env,
    fetch: async () => Response.json(webhook),
  });
  expect(out.endsWith('\n\n{\n\t"id": "evt_1",\n  "text": "\\u{1b}[31m"\n}\n')).toBe(true);
});

describe('containers updates, when the chain is too long for one file', () => {
  const path = `/containers/${SERIAL}/updates`;
  const env = { RELICENSE_SERVER: 'http://127.0.0.1:1', RELICENSE_TOKEN: 'a-token' };
  const fetch = async () =>
    new Response('{"updates":[]}', {
      headers: { 'content-type': 'application/json', link: `<${path}?from=7>; rel="next"` },
    });
  const argv = ['containers', 'updates', '--', SERIAL];

  test('prints only the file on stdout, and the command for the next file on stderr', async () => {
    const { code, out, err } = await runCommandLine(argv, { env, fetch });
    expect([code, JSON.parse(out)]).toEqual([EXIT.done, { updates: [] }]);
    expect(err).toContain(`relicense containers updates ${SERIAL} --from 7`);
  });

  test('writes the file, and prints where the next one begins', async () => {
    const folder = temporaryFolder();
    const { out } = await runCommandLine(['--json', ...argv.slice(0, 2), '--out', 'u.json', ...argv.slice(2)], {
      env,
      fetch,
      folder,
    });
    expect(JSON.parse(out)).toEqual({ file: 'u.json', updates: 0, next: 7 });
    expect(JSON.parse(readFileSync(join(folder, 'u.json'), 'utf8'))).toEqual({ updates: [] });
  });
});

describe('a command line', () => {
  test('accepts the common options before the words of the command', () => {
    const found = findCommand(PROGRAM, ['--server', 'http://a', '--json', 'orders', 'show', 'SO-1', '--token=x']);
    expect(found).toMatchObject({
      kind: 'command',
      command: { name: ['orders', 'show'] },
      rest: ['--server', 'http://a', '--json', 'SO-1', '--token=x'],
    });
  });

  test('accepts lists with commas, repeated options, or both', () => {
    const given = parse('tokens create', '--name', 'x', '--scope', 'orders:read, orders:write', '--scope=tokens:read');
    expect(given.list('scope')).toEqual(['orders:read', 'orders:write', 'tokens:read']);
  });

  test('accepts a serial that begins with a dash', () => {
    expect(parse('containers push', SERIAL).words).toEqual([SERIAL]);
    expect(parse('containers push', `-${SERIAL.slice(0, -1)}`).words).toEqual([`-${SERIAL.slice(0, -1)}`]);
    expect(parse('containers show', '-xXjWTUs').words).toEqual(['-xXjWTUs']);
    expect(parse('assign', 'L', SERIAL, '--cancel').words).toEqual(['L', SERIAL]);
    expect(parse('licenses list', '--container', SERIAL, '--json').text('container')).toBe(SERIAL);
  });

  test('reads everything after -- as arguments', () => {
    expect(parse('orders show', '--json', '--', '-SO-1').words).toEqual(['-SO-1']);
  });

  test('keeps commas in a value that is not a list', () => {
    expect(parse('withdraw', 'L', '--reason', 'sold, by mistake').text('reason')).toBe('sold, by mistake');
  });
});

describe('help', () => {
  test.each(COMMANDS.map((command) => [command.name.join(' '), command] as const))(
    'explains %s',
    async (name, command) => {
      for (const argv of [
        [...command.name, '--help'],
        ['help', ...command.name],
        [...command.name, '-h'],
      ]) {
        const { code, out, err } = await runCommandLine(argv);
        expect({ code, err }).toEqual({ code: EXIT.done, err: '' });
        expect(out).toContain(`Usage: relicense ${name}`);
        const pasted = out.replaceAll(/ \\\n +/g, ' ');
        for (const example of command.examples) expect(pasted).toContain(`  ${example}\n`);
        for (const line of out.split('\n')) {
          expect(line.length, line).toBeLessThanOrEqual(80);
        }
        for (const word of [...command.words.map((each) => each.name), ...Object.keys(command.options)]) {
          expect(out).toContain(word);
        }
      }
    },
  );

  test('lists every command and every exit code of the program', async () => {
    const { code, out } = await runCommandLine(['--help']);
    expect(code).toBe(EXIT.done);
    for (const { name } of COMMANDS) expect(out).toContain(`  ${name[0]} `);
    for (const [name, exit] of Object.entries(EXIT)) {
      expect(out).toMatch(new RegExp(`^  ${exit} +${EXIT_MEANINGS[name as keyof typeof EXIT].slice(0, 20)}`, 'm'));
    }
  });

  test('describes every group of commands', () => {
    const groups = COMMANDS.flatMap(({ name }) =>
      name.slice(0, -1).map((_, index) => name.slice(0, index + 1).join(' ')),
    );
    expect([...new Set(groups)].sort()).toEqual(Object.keys(PROGRAM.groups).sort());
  });

  test('has advice for every problem of the server', () => {
    // The advice on a conflict depends on its reason.
    const withAdvice = [...Object.keys(ADVICE), 'manual-conflict'].sort();
    expect(withAdvice).toEqual(Object.keys(PROBLEMS).sort());
    const commands = COMMANDS.map(({ name }) => `relicense ${name.join(' ')}`);
    for (const advice of Object.values(ADVICE)) {
      for (const [named] of advice.matchAll(/relicense [a-z-]+(?: [a-z-]+)*/g)) {
        expect(
          commands.some((command) => named.startsWith(command)),
          named,
        ).toBe(true);
      }
    }
  });

  test('--version prints the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
    expect((await runCommandLine(['--version'])).out).toBe(`${version}\n`);
  });
});

test('numbers and times are parsed, or refused', () => {
  expect(parseWholeNumber('from', '0', 0)).toBe(0);
  expect(parseWholeNumber('from', undefined)).toBeUndefined();
  for (const text of ['0', '-1', '1.5', '1e3', '0x10', ' 1', '9'.repeat(16)])
    expect(() => parseWholeNumber('n', text)).toThrow();
  expect(parseTime('expires', '2027-01-31')).toBe('2027-01-31T00:00:00.000Z');
  expect(parseEnd('expires', '2027-01-31')).toBe('2027-02-01T00:00:00.000Z');
  expect(parseEnd('expires', '2028-02-29')).toBe('2028-03-01T00:00:00.000Z');
  expect(parseEnd('expires', '2027-01-31T12:00:00Z')).toBe('2027-01-31T12:00:00.000Z');
  expect(parseTime('expires', '2027-01-31T12:00:00+02:00')).toBe('2027-01-31T10:00:00.000Z');
  for (const text of [
    'tomorrow',
    '2027',
    '31.01.2027',
    '2027-13-01',
    '2027-01-31T12:00:00',
    '',
    '2027-02-29',
    '2027-02-29T10:00:00Z',
    '2027-00-10',
  ]) {
    expect(() => parseTime('expires', text)).toThrow('--expires');
    expect(() => parseEnd('expires', text)).toThrow('--expires');
  }
});

describe('completion', () => {
  const complete = async (...words: string[]): Promise<string[]> => {
    const { out } = await runCommandLine(['__complete', String(words.length), 'relicense', ...words]);
    return out.split('\n').flatMap((line) => line.split('\t')[0] || []);
  };

  test.each([
    ['commands', ['lo'], ['login', 'logout']],
    ['the words of a group', ['webhooks', ''], ['list', 'show', 'replay', 'close', 'sources', 'secrets']],
    ['the words of a group in a group', ['webhooks', 'secrets', 'l'], ['list']],
    ['a group and a command of one beginning', ['events', 'd'], ['dead-letters']],
    ['options', ['withdraw', 'L', '--re'], ['--reason']],
    ['no option a second time', ['withdraw', '--reason', 'x', '--r'], []],
    ['an option that takes a list a second time', ['tokens', 'create', '--scope', 'x', '--sc'], ['--scope']],
    ['values of an option', ['licenses', 'list', '--state', 'conf'], ['confirmed-collected']],
    ['values behind =', ['licenses', 'list', '--state=conf'], ['--state=confirmed-collected']],
    ['values behind =, as bash splits them', ['licenses', 'list', '--state', '=', 'conf'], ['confirmed-collected']],
    ['all values behind =, as bash splits them', ['containers', 'retire', '--licenses', '='], ['withdraw', 'restore']],
    [
      'the last item of a list',
      ['tokens', 'create', '--scope', 'all,orders:'],
      ['all,orders:read', 'all,orders:write'],
    ],
    ['arguments that have choices', ['completion', ''], ['bash', 'zsh', 'fish']],
    ['files', ['orders', 'create', ''], [':file']],
    ['files of an option', ['containers', 'updates', 'C', '--out', ''], [':file']],
    ['nothing after the last word', ['completion', 'bash', ''], []],
    ['nothing for a text', ['withdraw', 'L', '--reason', ''], []],
    ['nothing below an unknown command', ['frobnicate', ''], []],
  ])('completes %s', async (_, words, candidates) => {
    expect(await complete(...words)).toEqual(candidates);
  });

  test('shows the summary of a command', async () => {
    const { out } = await runCommandLine(['__complete', '1', 'relicense', 'withd']);
    expect(out).toBe('withdraw\ttake licenses back\n');
  });
});
