import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCommandLine } from '../../../container/command-line.ts';
import { CHECK_EXIT } from '../../../container/commands/exit.ts';
import { readContainerFile, writeContainerFile } from '../../../container/container-file.ts';
import { CHECK_REASONS, Container } from '../../../container/index.ts';
import { type Operation, verifyContext } from '../../../protocol/index.ts';
import { FakeDepot } from './fake-depot.ts';
import { newFolder } from './folder.ts';
import { activation, ISSUER, license, TestVendor } from './test-vendor.ts';

const COMMANDS = ['init', 'sync', 'check', 'show', 'ticket', 'context', 'exchange', 'apply', 'verify'];
const VENDOR = { issuer: ISSUER, newestKeySet: 1 };

let folder: string;
let file: string;
let depot: FakeDepot;
let server: string;

beforeEach(async () => {
  folder = await newFolder();
  file = join(folder, 'container.json');
  depot = new FakeDepot();
  server = await depot.listen();
});
afterEach(() => depot.close());

async function run(...argv: string[]) {
  return runWith('', ...argv);
}

async function runWith(input: string, ...argv: string[]) {
  let out = '';
  let err = '';
  const code = await runCommandLine(argv, {
    env: { RELICENSE_CONTAINER: file },
    folder,
    stdout: { isTerminal: false },
    stderr: { isTerminal: false },
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    input: () => Promise.resolve(Buffer.from(input)),
  });
  return { code, out, err };
}

async function newContainer(): Promise<Container> {
  expect(await run('init', '--server', server)).toMatchObject({ code: 0 });
  return Container.open(file);
}

async function updateFile(container: Container, ...operations: Operation[]): Promise<string> {
  const path = join(folder, 'update.json');
  await writeFile(path, JSON.stringify({ updates: [await depot.vendor.issue(container.serial, operations)] }));
  return path;
}

describe('help', () => {
  test.each(COMMANDS)('%s --help has examples', async (command) => {
    const { code, out } = await run(command, '--help');
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`Examples:\n(  .*relicense-container ${command}.*\n)+`));
  });

  test('fits 80 columns', async () => {
    for (const command of ['', ...COMMANDS]) {
      const { out } = await run(...[command, '--help'].filter(Boolean));
      for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
    }
  });

  test('--version prints the version of package.json', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'));
    expect(await run('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  test('the table of reasons in docs/container.md has the exit code of each reason', async () => {
    const page = await readFile(new URL('../../../docs/container.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (1[0-9]) \|/gm)].map(([, reason = '', code]) => [
      reason,
      Number(code),
    ]);
    expect(Object.fromEntries(rows)).toEqual(CHECK_EXIT);
    expect(Object.keys(CHECK_EXIT).sort()).toEqual([...CHECK_REASONS].sort());
  });

  test('lists every command and every exit code', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    for (const word of [
      'init',
      'sync',
      'show',
      'context',
      'apply',
      'verify',
      '  0    done',
      '  3    the server',
      '  6    nothing meets',
    ])
      expect(out).toContain(word);
    expect((await run()).code).toBe(2);
  });
});

describe('wrong usage ends with 2', () => {
  test.each([
    ['an unknown command', ['frobnicate']],
    ['an unknown option', ['show', '--frobnicate']],
    ['an unexpected argument', ['show', 'word']],
    ['no update file', ['apply']],
    ['neither server nor keys', ['init']],
    ['an invalid server address', ['init', '--server', 'example']],
    ['keys over plain http from another machine', ['init', '--server', 'http://licenses.example.com']],
    ['a ticket without licenses', ['sync', '--ticket', '0'.repeat(25)]],
    ['--all without a ticket', ['sync', '--all']],
    ['--activate without a ticket', ['sync', '--activate', 'L']],
    ['--all and --activate', ['sync', '--ticket', '0'.repeat(25), '--all', '--activate', 'L']],
    ['an empty list', ['sync', '--deactivate']],
    ['an empty license', ['sync', '--deactivate', '']],
    ['a time-out in words', ['sync', '--timeout', 'soon']],
  ])('%s', async (_, argv) => {
    const { code, out, err } = await run(...argv);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain('--help');
    expect(depot.asked).toEqual([]);
  });

  test('an invalid ticket code', async () => {
    await newContainer();
    expect((await run('sync', '--ticket', 'ABC', '--all')).code).toBe(2);
  });
});

describe('usage errors', () => {
  test.each([
    ['a mistyped command', ['snyc'], 'Unknown command: snyc. Did you mean sync?'],
    ['a mistyped option', ['sync', '--tiket', 'T'], 'Unknown option: --tiket. Did you mean --ticket?'],
    ['an unexpected argument', ['show', 'word'], 'Unexpected argument: word.'],
    ['a missing argument', ['apply'], 'Missing UPDATE-FILE.'],
    ['a missing value', ['sync', '--deactivate'], 'Missing value: --deactivate ID.'],
    ['an option in place of a value', ['sync', '--deactivate', '--all'], 'Missing value: --deactivate ID.'],
  ])('explain %s as relicense does', async (_, argv, message) => {
    expect((await run(...argv)).err).toContain(message);
  });
});

describe('init', () => {
  test('stores the key sets of the server and prints the vendor and the newest version', async () => {
    const { code, out } = await run('init', '--server', `${server}/`);
    const container = await Container.open(file);
    expect(code).toBe(0);
    expect(out).toContain(container.serial);
    expect(out).toContain(`Vendor: ${ISSUER}, key set 1`);
    expect(container.server).toBe(server);
    expect((await run('init', '--server', server)).code).toBe(1);
  });

  test('reads keys from a file', async () => {
    const keys = join(folder, 'keys.json');
    await writeFile(keys, JSON.stringify(await depot.vendor.keys()));
    expect((await run('init', '--keys', keys, '--file', join(folder, 'a.json'))).code).toBe(0);
    await writeFile(keys, '{');
    expect((await run('init', '--keys', keys)).code).toBe(1);
    expect((await run('init', '--keys', join(folder, 'none'))).code).toBe(1);
  });
});

describe('context and apply', () => {
  test('work with files, for machines without network', async () => {
    const container = await newContainer();
    const printed = (await run('context')).out;
    expect(await verifyContext(printed, VENDOR)).toMatchObject({ ok: true, context: { counter: 0 } });
    const path = await updateFile(container, activation('L1'), activation('L2'));
    const receipt = join(folder, 'receipt.txt');
    const applied = await run('apply', path, '--receipt', receipt);
    expect(applied).toMatchObject({ code: 0, err: '' });
    expect(applied.out).toContain('activate    2 licenses: L1 (base), L2 (base)');
    expect(await verifyContext(await readFile(receipt, 'utf8'), VENDOR)).toMatchObject({ context: { counter: 1 } });
    expect((await run('apply', path)).out).toContain('Nothing new');
    const written = join(folder, 'context.txt');
    expect((await run('context', '--out', written)).code).toBe(0);
    expect((await verifyContext(await readFile(written, 'utf8'), VENDOR)).ok).toBe(true);
  });

  test('apply - reads the update from standard input', async () => {
    const container = await newContainer();
    const text = await readFile(await updateFile(container, activation('L1')), 'utf8');
    const { code, out } = await runWith(text, 'apply', '-', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ ok: true, counter: 1, applied: [{ payload: { sub: container.serial } }] });
  });

  test('a refused update ends with 1, prints the failed check and writes no receipt', async () => {
    const container = await newContainer();
    const path = await updateFile(container, activation('L1'));
    await writeFile(path, (await readFile(path, 'utf8')).replace('"L1"', '"L9"'));
    const receipt = join(folder, 'receipt.txt');
    const { code, err } = await run('apply', path, '--receipt', receipt);
    expect(code).toBe(1);
    expect(err).toContain('Update 1 of the file was refused. (to-digest)');
    expect(err).toContain('unchanged');
    await expect(readFile(receipt)).rejects.toThrow('ENOENT');
    await writeFile(path, Buffer.alloc(9 * 1024 * 1024, 0x20));
    expect((await run('apply', path)).err).toContain('(too-large)');
    expect(await run('apply', join(folder, 'none'))).toMatchObject({ code: 1, out: '' });
  });
});

describe('a machine without network', () => {
  beforeEach(() => {
    depot.licenses = ['L1', 'L2'].map((id) => ({ ...license(id), state: 'available' }));
  });
  const at = (name: string) => join(folder, name);
  const exchange = (name: string) => run('exchange', at(name), '--server', server, '--out', at('update.json'));

  test('activates a license by file: request, exchange, apply, receipt, exchange', async () => {
    await newContainer();
    const asked = await run('context', '--ticket', depot.ticket, '--activate', 'L1', '--out', at('request.json'));
    expect(asked).toMatchObject({ code: 0, err: '' });
    const answered = await exchange('request.json');
    expect(answered).toMatchObject({ code: 0, err: '' });
    expect(answered.out).toContain('activate    1 license: L1');
    expect(await run('apply', at('update.json'), '--receipt', at('receipt.txt'))).toMatchObject({ code: 0, err: '' });
    expect(depot.confirmed).toBe(0);
    expect((await exchange('receipt.txt')).out).toContain('nothing to carry back');
    expect(depot.confirmed).toBe(1);
    expect((await Container.open(file)).content.licenses).toHaveLength(1);
  });

  test('activates all licenses of a ticket with the list that another machine wrote', async () => {
    await newContainer();
    expect((await run('context', '--ticket', depot.ticket, '--all')).code).toBe(2);
    const listed = await run(
      'ticket',
      depot.ticket.replaceAll('-', '\u2013'),
      '--server',
      server,
      '--out',
      at('t.json'),
    );
    expect(listed.out).toMatch(/L1 +base +available/);
    const argv = ['--ticket', depot.ticket, '--all', '--licenses', at('t.json'), '--out', at('request.json')];
    expect((await run('context', ...argv)).code).toBe(0);
    expect((await exchange('request.json')).out).toContain('activate    2 licenses: L1 (base), L2 (base)');
    await run('apply', at('update.json'));
    await run('context', '--deactivate-all', '--out', at('back.json'));
    expect((await exchange('back.json')).out).toContain('deactivate  2 licenses: L1, L2');
  });

  test('cannot have its request changed on the way: the context is signed for these licenses', async () => {
    await newContainer();
    await run('context', '--ticket', depot.ticket, '--activate', 'L1', '--out', at('request.json'));
    await writeFile(at('request.json'), (await readFile(at('request.json'), 'utf8')).replace('"L1"', '"L2"'));
    expect(await exchange('request.json')).toMatchObject({
      code: 1,
      err: expect.stringContaining('(invalid-context)'),
    });
    expect(depot.licenses.map(({ state }) => state)).toEqual(['available', 'available']);
  });

  test('applies the saved answer of the server, also with a byte order mark and in UTF-16', async () => {
    const container = await newContainer();
    const wishes = { activate: [{ ticket: depot.ticket, license: 'L1' }] };
    const body = JSON.stringify({ context: await container.context({ wishes }), ...wishes });
    const answer = await (await fetch(`${server}/depot/reprogrammings`, { method: 'POST', body })).text();
    await writeFile(at('answer.json'), Buffer.from(`\ufeff${answer}`, 'utf16le'));
    expect(await run('apply', at('answer.json'))).toMatchObject({ code: 0, err: '' });
    await writeFile(at('answer.json'), `\ufeff${answer}`);
    expect((await run('apply', at('answer.json'))).out).toContain('Nothing new');
    await writeFile(at('answer.json'), answer.slice(0, 200));
    expect((await run('apply', at('answer.json'))).err).toContain('ends in the middle');
    await writeFile(at('answer.json'), '');
    expect((await run('apply', at('answer.json'))).err).toContain('is empty');
  });

  const nextIat = async () => (await readContainerFile(await readFile(file))).context?.iat;

  test('takes note of a late context in an answer (C1): by file, its next context is above the time that it names', async () => {
    await newContainer();
    await run('context', '--out', at('request.json'));
    const late = Math.floor(Date.now() / 1000) + 5_000;
    const answer = { id: 'rp', status: 'unchanged', executed: {}, dropped: [], updates: [], late };
    depot.faults.push({ kind: 'answer', status: 200, body: JSON.stringify(answer) });
    const carried = await exchange('request.json');
    expect(carried.out).toContain('update.json with the time of a newer context.');
    expect(await run('apply', at('update.json'))).toEqual({
      code: 0,
      err: '',
      out: expect.stringContaining('Nothing is wrong. Write a new one'),
    });
    expect(await nextIat()).toBe(late);
    await run('context');
    expect(await nextIat()).toBe(late + 1);
  });

  test('takes note of a late context that was refused (C1), from the file of exchange and from the saved answer', async () => {
    await newContainer();
    const problem = (late: number) =>
      JSON.stringify({ code: 'container-diverged', title: 'Diverged', detail: 'Late.', divergence: 'late', late });
    const first = Math.floor(Date.now() / 1000) + 5_000;
    await run('context', '--out', at('request.json'));
    depot.faults.push({ kind: 'answer', status: 409, body: problem(first) });
    expect(await exchange('request.json')).toMatchObject({
      code: 1,
      err: expect.stringContaining('Nothing is wrong'),
      out: expect.stringContaining('Wrote the answer to '),
    });
    expect((await run('apply', at('update.json'))).code).toBe(0);
    expect(await nextIat()).toBe(first);
    await writeFile(at('answer.json'), problem(first + 10));
    expect(await run('apply', at('answer.json'))).toMatchObject({ code: 0, err: '' });
    expect(await nextIat()).toBe(first + 10);
    // Not signed: a time after the year 9999 would leave no time for the contexts to come.
    await writeFile(at('answer.json'), problem(Number.MAX_SAFE_INTEGER));
    await run('apply', at('answer.json'));
    expect(await nextIat()).toBe(first + 10);
  });

  test('has a file refused that is not one of its files, and reads a context whose lines a mail program broke', async () => {
    await newContainer();
    await writeFile(at('request.json'), '{"context": "a.b.c", "other": 1}');
    expect(await exchange('request.json')).toMatchObject({ code: 1, err: expect.stringContaining('(request-file)') });
    expect(depot.asked).toEqual([]);
    const context = (await run('context')).out;
    await writeFile(at('context.txt'), context.replace(/.{70}/g, '$&\r\n'));
    expect(await exchange('context.txt')).toMatchObject({ code: 0, err: '' });
  });
});

/** Edits the content as the owner of the file can: with a new checksum. */
async function edit(content: object): Promise<void> {
  const state = readContainerFile(await readFile(file));
  await writeFile(file, writeContainerFile({ ...state, content: { ...state.content, ...content } }));
}

describe('check', () => {
  const trust = async () => {
    const path = join(folder, 'trust.json');
    await writeFile(path, JSON.stringify(await depot.vendor.keys()));
    return path;
  };

  test('prints what can be used, and ends with 0', async () => {
    const container = await newContainer();
    const terms = { expiresAt: '2090-01-01T00:00:00Z', features: ['render'] };
    await run('apply', await updateFile(container, activation('L1', { product: 'cad', terms })));
    const argv = ['check', '--product', 'cad', '--feature', 'render', '--trust', await trust()];
    const shown = await run(...argv);
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(shown.out).toBe('cad can be used: license L1; until 2090-01-01T00:00:00Z; features render.\n');
    const { out } = await run(...argv, '--json');
    expect(JSON.parse(out)).toMatchObject({ ok: true, license: 'L1', until: terms.expiresAt, features: ['render'] });
    // Without --trust, the keys in the file are used.
    expect(await run('check', '--product', 'cad')).toMatchObject({ code: 0 });
  });

  test.each([
    [10, 'no-license', ['--product', 'none']],
    [11, 'feature-missing', ['--product', 'base', '--feature', 'none']],
    [12, 'expired', ['--product', 'old']],
    [13, 'maintenance-ended', ['--product', 'base', '--released', '2026-01-01']],
    [14, 'requires-unmet', ['--product', 'needy']],
    [16, 'lease-ended', ['--product', 'leased']],
    [18, 'not-understood', ['--product', 'strange']],
  ])('ends with %i for %s, in words and in JSON', async (code, reason, argv) => {
    const container = await newContainer();
    const past = '2020-01-01T00:00:00Z';
    const operations = [
      activation('L1', { terms: { maintenanceUntil: past } }),
      activation('L2', { product: 'old', terms: { expiresAt: past } }),
      activation('L3', { product: 'needy', requires: ['nothing'] }),
      activation('L4', { product: 'leased', terms: { leaseDays: 1 } }),
      activation('L5', { product: 'strange', terms: { own: 1 }, crit: ['own'] }),
    ];
    await run('apply', await updateFile(container, ...operations));
    const refused = await run('check', ...argv, '--trust', await trust());
    expect(refused).toMatchObject({ code, out: '', err: expect.stringContaining(`(${reason})`) });
    const { out, err } = await run('check', ...argv, '--json');
    expect(JSON.parse(out)).toEqual({ ok: false, reason });
    expect(JSON.parse(err)).toMatchObject({ code: reason, detail: expect.any(String) });
    if (reason === 'not-understood') expect((await run('check', ...argv, '--understands', 'own')).code).toBe(0);
  });

  test('ends with 15 when the owner has edited the file, 17 when the clock is behind, 19 when the file is damaged', async () => {
    const container = await newContainer();
    const later = Math.floor(Date.now() / 1_000) + 90_000;
    await container.apply({ updates: [await depot.vendor.issue(container.serial, [activation('L1')], later)] });
    expect((await run('check', '--product', 'base')).code).toBe(17);
    await edit({ licenses: [license('L1', { terms: { quantity: 999 } })] });
    expect((await run('check', '--product', 'base')).code).toBe(15);
    await writeFile(file, '{');
    expect(await run('check', '--product', 'base', '--json')).toMatchObject({ code: 19, out: expect.any(String) });
  });

  test('ends with 15 when only the keys in the file made the seal', async () => {
    await newContainer();
    const stranger = new TestVendor();
    const path = join(folder, 'stranger.json');
    await writeFile(path, JSON.stringify(await stranger.keys()));
    const { serial } = await Container.open(file);
    await (await Container.open(file)).apply({ updates: [await depot.vendor.issue(serial, [activation('L1')])] });
    expect((await run('check', '--product', 'base', '--trust', path)).code).toBe(15);
  });

  test('ends with 1 for trust that is not one, and with 2 for a wrong date or a missing file', async () => {
    await newContainer();
    const path = join(folder, 'trust.json');
    await writeFile(path, '{}');
    expect(await run('check', '--product', 'base', '--trust', path)).toMatchObject({ code: 1 });
    expect((await run('check', '--product', 'base', '--trust', join(folder, 'none'))).code).toBe(2);
    expect((await run('check', '--product', 'base', '--released', 'soon')).code).toBe(2);
    expect((await run('check')).code).toBe(2);
  });
});

describe('show and verify', () => {
  test('show prints the licenses as a table or as JSON', async () => {
    const container = await newContainer();
    expect((await run('show')).out).toContain('No licenses.');
    const terms = { expiresAt: '2020-01-01T00:00:00Z', quantity: 5, features: ['a', 'b'] };
    await run('apply', await updateFile(container, activation('L1', { terms }), activation('L2\u001b[31m')));
    const { out } = await run('show');
    expect(out).toContain('L1');
    expect(out).toContain('2020-01-01T00:00:00Z (expired)');
    expect(out).toContain('2 licenses.');
    // Control characters in names must not reach the terminal.
    expect(out).not.toContain('\u001b');
    expect(JSON.parse((await run('show', '--json')).out)).toMatchObject({
      serial: container.serial,
      counter: 1,
      licenses: [{ id: 'L1' }, {}],
    });
  });

  test('refuse in JSON with --json', async () => {
    for (const argv of [['show'], ['apply', 'none.json'], ['sync']]) {
      const { code, out, err } = await run(...argv, '--json');
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(JSON.parse(err)).toMatchObject({ code: 'not-found', detail: expect.any(String) });
    }
    const container = await newContainer();
    const missing = await run('apply', 'none.json', '--json');
    expect(JSON.parse(missing.err)).toMatchObject({ code: 'ENOENT', detail: expect.stringContaining('no such file') });
    const path = await updateFile(container, activation('L1'));
    await writeFile(path, (await readFile(path, 'utf8')).replace('"L1"', '"L9"'));
    const refused = await run('apply', 'update.json', '--json');
    expect(JSON.parse(refused.out)).toMatchObject({ ok: false, code: 'to-digest' });
    expect(JSON.parse(refused.err)).toMatchObject({ code: 'to-digest' });
  });

  test('show and verify say which key sealed what, and until when', async () => {
    const container = await newContainer();
    expect((await run('show')).out).toContain('Sealed   a new container needs no seal');
    const update = await depot.vendor.issue(
      container.serial,
      [activation('L1', { terms: { leaseDays: 30 } })],
      1_800_000_000,
    );
    await container.apply({ updates: [update] });
    const { jwk } = await depot.vendor.updateKey();
    const seal = `by the update of 2027-01-15T08:00:00Z, key ${jwk.kid} of key set 1`;
    const shown = (await run('show')).out;
    expect(shown).toContain(`Sealed   ${seal}`);
    expect(shown).toContain('2027-02-14T08:00:00Z');
    expect(JSON.parse((await run('show', '--json')).out)).toMatchObject({
      seal: { sealed: true, by: 'update', kid: jwk.kid, keySet: 1, provenAt: '2027-01-15T08:00:00Z' },
      licenses: [{ id: 'L1', until: '2027-02-14T08:00:00Z' }],
    });
    const verified = await run('verify');
    expect(verified.code).toBe(0);
    expect(verified.out).toContain(`sealed ${seal}`);
    expect(verified.out).toMatch(/products +base/);
    await edit({ licenses: [license('L1', { terms: { quantity: 999 } })] });
    expect((await run('show')).out).toContain('NOT sealed');
    expect(await run('verify')).toMatchObject({ code: 1, out: expect.stringMatching(/^BAD {2}seal/m) });
  });

  test('verify prints the failed check and ends with 1', async () => {
    await newContainer();
    expect(await run('verify')).toMatchObject({ code: 0 });
    await chmod(file, 0o644);
    expect((await run('verify')).out).toMatch(/^BAD {2}mode/m);
    expect((await run('verify')).code).toBe(1);
    expect((await run('show')).err).toContain('chmod 600');
    await writeFile(file, (await readFile(file, 'utf8')).replace('"counter": 0', '"counter": 1'));
    const { code, out } = await run('verify', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false, checks: [{ check: 'checksum', ok: false }] });
    expect((await run('verify', '--file', join(folder, 'none'))).out).toContain('not-found');
  });
});

describe('sync', () => {
  beforeEach(() => {
    depot.licenses = ['L1', 'L2', 'L3'].map((id) => ({ ...license(id), state: 'available' }));
  });

  test('activates, deactivates and prints what it did', async () => {
    await newContainer();
    const activated = await run('sync', '--ticket', depot.ticket.toLowerCase(), '--activate', 'L1', 'L2', '--json');
    expect(activated.code).toBe(0);
    expect(JSON.parse(activated.out)).toMatchObject({
      status: 'confirmed',
      counter: 1,
      executed: { activate: ['L1', 'L2'] },
    });
    const swapped = await run('sync', '--deactivate', 'L1,L2', '--ticket', depot.ticket, '--all');
    expect(swapped).toMatchObject({ code: 0, err: '' });
    expect(swapped.out).toContain('deactivate  2 licenses: L1 (base), L2 (base)');
    expect(swapped.out).toContain('activate    1 license: L3 (base)');
    expect(swapped.out).toContain('The vendor has the receipt.');
    expect((await run('sync')).out).toBe('Nothing to do: the container is up to date.\n');
  });

  test('--preview prints what a sync would do', async () => {
    await newContainer();
    const { code, out } = await run('sync', '--ticket', depot.ticket, '--all', '--preview');
    expect(code).toBe(0);
    expect(out).toBe(
      'Nothing was changed. A sync would do this:\n  activate    3 licenses: L1 (base), L2 (base), L3 (base)\n',
    );
  });

  test('--preview names products, and the vendor’s reasons', async () => {
    await newContainer();
    await run('sync', '--ticket', depot.ticket, '--activate', 'L1');
    depot.pending = [{ op: 'remove', license: 'L1', cause: 'withdraw' }, activation('L9')];
    depot.autoUpdates = [{ license: 'L1', product: 'base', reason: 'sold by\nmistake' }];
    const { out } = await run('sync', '--preview');
    expect(out).toContain('withdraw    1 license: L1 (base: sold by\\u{a}mistake)\n');
    const preview = JSON.parse((await run('sync', '--preview', '--json')).out) as { licenses: object };
    expect(preview.licenses).toMatchObject({ L1: { product: 'base', reason: 'sold by\nmistake' } });
    // The update names the product that it removes, as the container had it.
    expect((await run('sync')).out).toContain('withdraw    1 license: L1 (base)\n');
  });

  test('a server that answers no names does not fail the preview, and is asked once', async () => {
    await newContainer();
    const start = depot.asked.length;
    depot.faults.push({ kind: 'none' }, { kind: 'answer', status: 503, body: '{}' });
    const { code, out } = await run('sync', '--preview');
    expect({ code, out }).toEqual({ code: 0, out: 'Nothing was changed. A sync would do this:\n  nothing\n' });
    expect(depot.asked.slice(start).map(({ path }) => path)).toEqual(['/depot/reprogrammings', '/depot/auto-updates']);
  });

  test('a sync without preview and without conflict asks for no names', async () => {
    await newContainer();
    const start = depot.asked.length;
    await run('sync', '--ticket', depot.ticket, '--activate', 'L1');
    expect(depot.asked.slice(start).map(({ path }) => path)).toEqual(['/depot/reprogrammings', '/depot/receipts']);
  });

  test('a conflict names the product of a license on the ticket', async () => {
    await newContainer();
    depot.dropped = [{ action: 'activate', license: 'L2', reason: 'expired' }];
    const { out } = await run('sync', '--ticket', depot.ticket, '--activate', 'L2');
    expect(out).toContain('cannot activate L2 (base): it has expired');
  });

  test('ends with 4 and prints the reason when own actions were dropped', async () => {
    await newContainer();
    depot.pending = [activation('L9')];
    depot.dropped = [{ action: 'deactivate', license: 'L5', reason: 'required-by' }];
    const { code, out } = await run('sync');
    expect(code).toBe(4);
    expect(out).toContain('cannot deactivate L5: other licenses require it');
  });

  test('--all ends with 4 and names what could not be activated, and with 6 when nothing could', async () => {
    await newContainer();
    depot.refusals.set('L2', 'expired');
    const part = await run('sync', '--ticket', depot.ticket, '--all');
    expect(part).toMatchObject({ code: 4, err: '' });
    expect(part.out).toContain('activate    2 licenses: L1 (base), L3 (base)');
    expect(part.out).toContain('Not activated:\n  L2 (base): it has expired\n');
    depot.licenses = [{ ...license('L9'), state: 'confirmed-collected', container: 'other-serial' }];
    const none = await run('sync', '--ticket', depot.ticket, '--all');
    expect(none).toMatchObject({ code: 6, err: '' });
    expect(none.out).toContain(
      'No license of the ticket could be activated:\n  L9 (base): it is in another container: other-serial\n',
    );
    expect(none.out).toContain('sync --deactivate LICENSE');
    depot.licenses = [];
    expect(await run('sync', '--ticket', depot.ticket, '--all', '--json')).toMatchObject({ code: 6 });
    expect((await run('sync', '--ticket', depot.ticket, '--all')).out).toContain('the ticket has none');
  });

  test('--all ends with 0 when the licenses are in this container already', async () => {
    const { serial } = await newContainer();
    depot.licenses = [{ ...license('L9'), state: 'confirmed-collected', container: serial }];
    const { code, out } = await run('sync', '--ticket', depot.ticket, '--all');
    expect(code).toBe(0);
    expect(out).toBe('Nothing to do: the container is up to date. It has 1 license of this ticket.\n');
  });

  test('ends with 1 and says what an honest user does when the container has diverged', async () => {
    await newContainer();
    const problem = (divergence: string) =>
      JSON.stringify({ code: 'container-diverged', title: 'Diverged', detail: 'It is behind.', divergence });
    for (const [divergence, advice] of [
      ['behind', 'use that one'],
      ['late', 'Nothing is wrong, and nothing was changed. Sync again.'],
      ['cloned', 'Keep one copy'],
      ['digest', 'did not edit the file'],
      ['ahead', 'Inform the vendor'],
    ] as const) {
      depot.faults.push({ kind: 'answer', status: 409, body: problem(divergence) });
      expect(await run('sync')).toMatchObject({ code: 1, err: expect.stringContaining(advice) });
    }
  });

  test('says once why it tries again, as long as the cause is the same', async () => {
    await newContainer();
    await depot.close();
    const { code, err } = await run('sync', '--timeout', '2');
    expect(code).toBe(3);
    expect(err.split('\n').filter((line) => line.startsWith('Retrying: '))).toHaveLength(1);
  });

  test('ends with 1 when the server has other keys, and takes nothing', async () => {
    await newContainer();
    depot.listed = await new TestVendor().keys();
    const { code, err } = await run('sync', '--ticket', depot.ticket, '--all');
    expect(code).toBe(1);
    expect(err).toContain('Nothing was taken from the ticket.');
    expect(depot.asked).toEqual([]);
  });

  test('ends with 1 and lists the conflicts when the server refuses', async () => {
    await newContainer();
    const { code, err } = await run('sync', '--ticket', depot.ticket, '--activate', 'nope');
    expect(code).toBe(1);
    expect(err).toBe('Title of manual-conflict. (manual-conflict)\n  cannot activate nope: it is not on that ticket\n');
  });

  test('ends with 3 when the server sends no usable answer, and with 1 when there is no container', async () => {
    expect((await run('sync')).code).toBe(1);
    await newContainer();
    depot.faults.push({ kind: 'answer', status: 200, body: 'hello' });
    expect((await run('sync')).code).toBe(3);
  });

  test('--json of a sync that did not reach the server says failed, on stdout and on stderr', async () => {
    await newContainer();
    depot.faults.push({ kind: 'answer', status: 200, body: 'hello' });
    const { code, out, err } = await run('sync', '--json');
    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({ status: 'failed', fault: { kind: 'unreachable' } });
    expect(JSON.parse(err)).toMatchObject({ code: 'unreachable', advice: expect.any(String) });
  });

  test('--timeout bounds the whole command, however often it is tried', async () => {
    await newContainer();
    depot.faults.push(...Array.from({ length: 20 }, () => ({ kind: 'silent' }) as const));
    const startedAt = performance.now();
    const { code, err } = await run('sync', '--timeout', '1');
    expect(code).toBe(3);
    expect(err).toContain('no answer in time');
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test('ends with 1 when the update is refused', async () => {
    await newContainer();
    const updates = [{ jws: 'a.b.c', operations: [] }];
    depot.faults.push({ kind: 'answer', status: 200, body: JSON.stringify({ id: 'r', status: 'issued', updates }) });
    const { code, err } = await run('sync');
    expect(code).toBe(1);
    expect(err).toContain('(malformed)');
  });
});

describe('the program itself', () => {
  const CLI = fileURLToPath(new URL('../../../container/cli.ts', import.meta.url));

  test('reads standard input, writes both outputs and sets the exit code', async () => {
    const container = await newContainer();
    const child = spawn(process.execPath, [CLI, 'apply', '-', '--file', file], { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stdin.end(await readFile(await updateFile(container, activation('L1'))));
    expect((await once(child, 'close'))[0]).toBe(0);
    expect(out).toContain('Applied update 1');
  });

  test('ends with 2 when it is called without a command', async () => {
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    execFile(process.execPath, [CLI], (error) => resolve(typeof error?.code === 'number' ? error.code : undefined));
    expect(await promise).toBe(2);
  });
});
