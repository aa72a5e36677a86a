import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../cli/commands.ts';
import { EXIT, EXIT_IN_WORDS } from '../../../cli/exit.ts';
import { findCommand } from '../../../cli/find-command.ts';
import { GROUPS } from '../../../cli/help.ts';
import { timeOf, wholeNumber } from '../../../cli/numbers-and-times.ts';
import { parseCommand } from '../../../cli/parse.ts';
import { ADVICE } from '../../../cli/refusals.ts';
import { suggest } from '../../../cli/suggest.ts';
import { PROBLEMS } from '../../../contract/problems.ts';
import { runCommandLine } from '../../harness/command-line.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';
import { present } from '../../harness/world.ts';

const commandOf = (name: string) => present(COMMANDS.find((command) => command.name.join(' ') === name));
const parse = (name: string, ...argv: string[]) => parseCommand(commandOf(name), argv);
const SERIAL = `-mQ${'a'.repeat(40)}`;

describe('wrong usage ends with 2, says what is wrong on stderr, and asks no server', () => {
  test.each([
    ['an unknown command', ['frobnicate'], 'There is no command frobnicate.'],
    ['a mistyped command', ['licences', 'list'], 'Did you mean licenses?'],
    ['a mistyped second word', ['licenses', 'lst'], 'Did you mean licenses list?'],
    ['a group alone', ['orders'], 'orders create'],
    ['nothing at all', [], 'Usage: relicense <command>'],
    ['a mistyped option', ['withdraw', 'L', '--raeson', 'x'], 'Did you mean --reason?'],
    ['an option with one dash', ['withdraw', 'L', '-reason'], '-r'],
    ['a word too few', ['assign', 'L'], 'Say CONTAINER as well.'],
    ['several words too few', ['withdraw'], 'Say LICENSE... as well.'],
    ['a word too many', ['licenses', 'show', 'L', 'M'], 'That is too much: M.'],
    ['an empty word', ['licenses', 'show', ''], 'A word is empty.'],
    ['an empty value', ['withdraw', 'L', '--reason', ''], '--reason has an empty value.'],
    ['a missing value', ['withdraw', 'L', '--reason'], '--reason'],
    ['an option that is missing', ['containers', 'retire', 'C', '--reason', 'x'], 'Say --licenses HOW as well.'],
    ['a choice that is none', ['licenses', 'list', '--state', 'availible'], 'Did you mean available?'],
    ['a word that is no choice', ['completion', 'tcsh'], 'bash, zsh, fish'],
    [
      'a scope that is none',
      ['tokens', 'create', '--name', 'x', '--scope', 'orders:raed'],
      'Did you mean orders:read?',
    ],
    ['a limit that is no number', ['orders', 'list', '--limit', 'many'], '--limit is a whole number'],
    ['a day that no calendar has', ['replace', 'L', '--expires', '2027-02-30'], '--expires is a day or a time'],
    ['an item that is none', ['orders', 'create', '--id', 'O', '--item', 'cad:0'], 'cad:0 is no item'],
    ['an order of nothing', ['orders', 'create'], 'Say what is sold'],
    ['a file and options', ['orders', 'create', 'order.json', '--id', 'O'], 'not both'],
    ['--cancel and --reason', ['withdraw', 'L', '--cancel', '--reason', 'x'], 'not both'],
    ['--feature and --no-features', ['products', 'put', 'cad', '--feature', 'a', '--no-features'], 'not both'],
    ['--enable and --disable', ['events', 'endpoints', 'change', 'E', '--enable', '--disable'], 'not both'],
    ['nobody to ask', ['events', 'endpoints', 'delete', 'E'], 'Say --yes'],
    ['an empty standard input', ['withdraw', '-'], 'nothing in it'],
    ['--json where nothing is printed', ['logout', '--json'], 'There is no option --json.'],
    ['a server that is none', ['status', '--server', 'example'], 'example is no server address'],
    ['a token that is none', ['status', '--token', 'two words'], 'The token is none'],
  ])('%s', async (_, argv, words) => {
    const env = { RELICENSE_SERVER: 'http://127.0.0.1:1', RELICENSE_TOKEN: 'a-token' };
    const fetch = () => Promise.reject(new Error('A server was asked.'));
    const { code, out, err } = await runCommandLine(argv, { env, fetch });
    expect({ code, out }).toEqual({ code: EXIT.usage, out: '' });
    expect(err).toContain(words);
    expect(err).toContain('--help');
  });

  test('no server, and no token', async () => {
    expect((await runCommandLine(['status'])).err).toContain('No server is known: relicense login');
    const env = { RELICENSE_SERVER: 'https://licenses.example.com' };
    expect((await runCommandLine(['status'], { env })).err).toContain(
      'No token is known for https://licenses.example.com',
    );
  });
});

describe('containers updates, of a chain that is too long for one file', () => {
  const path = `/containers/${SERIAL}/updates`;
  const env = { RELICENSE_SERVER: 'http://127.0.0.1:1', RELICENSE_TOKEN: 'a-token' };
  const fetch = async () =>
    new Response('{"updates":[]}', {
      headers: { 'content-type': 'application/json', link: `<${path}?from=7>; rel="next"` },
    });
  const argv = ['containers', 'updates', '--', SERIAL];

  test('prints the file alone on stdout, and how to go on beside it', async () => {
    const { code, out, err } = await runCommandLine(argv, { env, fetch });
    expect([code, JSON.parse(out)]).toEqual([EXIT.done, { updates: [] }]);
    expect(err).toContain(`relicense containers updates ${SERIAL} --from 7`);
  });

  test('writes the file, and says where the next one begins', async () => {
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
  test('may have the options of every command before its words', () => {
    const found = findCommand(COMMANDS, ['--server', 'http://a', '--json', 'orders', 'show', 'SO-1', '--token=x']);
    expect(found).toMatchObject({
      kind: 'command',
      command: { name: ['orders', 'show'] },
      rest: ['--server', 'http://a', '--json', 'SO-1', '--token=x'],
    });
  });

  test('takes lists with commas, one by one, or both', () => {
    const given = parse('tokens create', '--name', 'x', '--scope', 'orders:read, orders:write', '--scope=tokens:read');
    expect(given.list('scope')).toEqual(['orders:read', 'orders:write', 'tokens:read']);
  });

  test('takes a serial that begins with a dash as the serial that it is', () => {
    expect(parse('containers push', SERIAL).words).toEqual([SERIAL]);
    expect(parse('containers push', `-${SERIAL.slice(0, -1)}`).words).toEqual([`-${SERIAL.slice(0, -1)}`]);
    expect(parse('assign', 'L', SERIAL, '--cancel').words).toEqual(['L', SERIAL]);
    expect(parse('licenses list', '--container', SERIAL, '--json').text('container')).toBe(SERIAL);
  });

  test('takes what follows -- as words', () => {
    expect(parse('orders show', '--json', '--', '-SO-1').words).toEqual(['-SO-1']);
  });

  test('keeps commas where there is no list', () => {
    expect(parse('withdraw', 'L', '--reason', 'sold, by mistake').text('reason')).toBe('sold, by mistake');
  });
});

describe('help', () => {
  test.each(COMMANDS.map((command) => [command.name.join(' '), command] as const))('of %s', async (name, command) => {
    for (const argv of [
      [...command.name, '--help'],
      ['help', ...command.name],
      [...command.name, '-h'],
    ]) {
      const { code, out, err } = await runCommandLine(argv);
      expect({ code, err }).toEqual({ code: EXIT.done, err: '' });
      expect(out).toContain(`Usage: relicense ${name}`);
      for (const line of out.split('\n')) {
        if (!line.startsWith('  relicense') && !line.includes(' | ')) expect(line.length).toBeLessThanOrEqual(110);
      }
      for (const word of [...command.words.map((each) => each.name), ...Object.keys(command.options)]) {
        expect(out).toContain(word);
      }
    }
  });

  test('of the program lists every command and every exit code', async () => {
    const { code, out } = await runCommandLine(['--help']);
    expect(code).toBe(EXIT.done);
    for (const { name } of COMMANDS) expect(out).toContain(`  ${name[0]} `);
    for (const [name, exit] of Object.entries(EXIT)) {
      expect(out).toMatch(new RegExp(`^  ${exit} +${EXIT_IN_WORDS[name as keyof typeof EXIT].slice(0, 20)}`, 'm'));
    }
  });

  test('says of every group what it is about', () => {
    const groups = COMMANDS.flatMap(({ name }) =>
      name.slice(0, -1).map((_, index) => name.slice(0, index + 1).join(' ')),
    );
    expect([...new Set(groups)].sort()).toEqual(Object.keys(GROUPS).sort());
  });

  test('is there for every problem of the server', () => {
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

  test('tells the version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
    expect((await runCommandLine(['--version'])).out).toBe(`${version}\n`);
  });
});

test('what was probably meant is close to what was typed', () => {
  const known = ['licenses', 'list', 'login', 'logout', 'containers'];
  expect(suggest('licneses', known)).toBe('licenses');
  expect(suggest('cont', known)).toBe('containers');
  expect(suggest('LOGIN', known)).toBe('login');
  expect(suggest('banana', known)).toBeUndefined();
  expect(suggest('x', known)).toBeUndefined();
});

test('numbers and times are read, or refused', () => {
  expect(wholeNumber('from', '0', 0)).toBe(0);
  expect(wholeNumber('from', undefined)).toBeUndefined();
  for (const text of ['0', '-1', '1.5', '1e3', '0x10', ' 1', '9'.repeat(16)])
    expect(() => wholeNumber('n', text)).toThrow();
  expect(timeOf('expires', '2027-01-31')).toBe('2027-01-31T00:00:00.000Z');
  expect(timeOf('expires', '2027-01-31T12:00:00+02:00')).toBe('2027-01-31T10:00:00.000Z');
  for (const text of ['tomorrow', '2027', '31.01.2027', '2027-13-01', '2027-01-31T12:00:00', '']) {
    expect(() => timeOf('expires', text)).toThrow('--expires');
  }
});

describe('completion', () => {
  const complete = async (...words: string[]): Promise<string[]> => {
    const { out } = await runCommandLine(['__complete', String(words.length), 'relicense', ...words]);
    return out.split('\n').flatMap((line) => line.split('\t')[0] || []);
  };

  test.each([
    ['commands', ['lo'], ['login', 'logout']],
    ['the words of a group', ['webhooks', ''], ['list', 'show', 'replay', 'secrets']],
    ['the words of a group in a group', ['webhooks', 'secrets', 'l'], ['list']],
    ['a group and a command of one beginning', ['events', 'd'], ['dead-letters']],
    ['options', ['withdraw', 'L', '--re'], ['--reason']],
    ['no option twice', ['withdraw', '--reason', 'x', '--r'], []],
    ['but one that takes a list', ['tokens', 'create', '--scope', 'x', '--sc'], ['--scope']],
    ['values of an option', ['licenses', 'list', '--state', 'conf'], ['confirmed-collected']],
    ['values behind =', ['licenses', 'list', '--state=conf'], ['--state=confirmed-collected']],
    ['values behind =, as bash splits them', ['licenses', 'list', '--state', '=', 'conf'], ['confirmed-collected']],
    ['all values behind =, as bash splits them', ['containers', 'retire', '--licenses', '='], ['withdraw', 'restore']],
    [
      'the last item of a list',
      ['tokens', 'create', '--scope', 'all,orders:'],
      ['all,orders:read', 'all,orders:write'],
    ],
    ['words out of choices', ['completion', ''], ['bash', 'zsh', 'fish']],
    ['files', ['orders', 'create', ''], [':file']],
    ['files of an option', ['containers', 'updates', 'C', '--out', ''], [':file']],
    ['nothing after the last word', ['completion', 'bash', ''], []],
    ['nothing for a text', ['withdraw', 'L', '--reason', ''], []],
    ['nothing below what is none', ['frobnicate', ''], []],
  ])('knows %s', async (_, words, candidates) => {
    expect(await complete(...words)).toEqual(candidates);
  });

  test('tells what a command does', async () => {
    const { out } = await runCommandLine(['__complete', '1', 'relicense', 'withd']);
    expect(out).toBe('withdraw\ttake licenses back\n');
  });
});
