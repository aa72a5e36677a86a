import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../cli/commands.ts';
import { EXIT, EXIT_MEANINGS } from '../../../cli/exit.ts';
import { parseTime, parseWholeNumber } from '../../../cli/parse-values.ts';
import { ADVICE } from '../../../cli/print-failure.ts';
import { PROGRAM } from '../../../cli/program.ts';
import { PROBLEMS } from '../../../contract/problems.ts';
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
    ['30 February', ['replace', 'L', '--expires', '2027-02-30'], '--expires must be a day or a time'],
    ['zero units', ['orders', 'create', '--id', 'O', '--item', 'cad:0'], 'Invalid item: cad:0'],
    ['an order without items', ['orders', 'create'], 'Missing --id ORDER'],
    ['a file and options', ['orders', 'create', 'order.json', '--id', 'O'], 'not both'],
    ['--cancel and --reason', ['withdraw', 'L', '--cancel', '--reason', 'x'], 'not both'],
    ['--feature and --no-features', ['products', 'put', 'cad', '--feature', 'a', '--no-features'], 'not both'],
    ['--enable and --disable', ['events', 'endpoints', 'change', 'E', '--enable', '--disable'], 'not both'],
    ['no terminal to ask', ['events', 'endpoints', 'delete', 'E'], 'Add --yes to confirm'],
    ['an empty standard input', ['withdraw', '-'], 'Standard input is empty'],
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
        for (const line of out.split('\n')) {
          const isWrapped = !/^Usage:|^ {2}relicense|\| relicense/.test(line);
          if (isWrapped) expect(line.length).toBeLessThanOrEqual(80);
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
    expect(Object.keys(ADVICE).sort()).toEqual(Object.keys(PROBLEMS).sort());
    const commands = COMMANDS.map(({ name }) => `relicense ${name.join(' ')}`);
    for (const advice of Object.values(ADVICE)) {
      for (const [named] of advice.matchAll(/relicense [a-z]+(?: [a-z]+)*/g)) {
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
  expect(parseTime('expires', '2027-01-31T12:00:00+02:00')).toBe('2027-01-31T10:00:00.000Z');
  for (const text of ['tomorrow', '2027', '31.01.2027', '2027-13-01', '2027-01-31T12:00:00', '']) {
    expect(() => parseTime('expires', text)).toThrow('--expires');
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
