/** The customer's command line against the real handlers: several containers in a folder, and a machine without network. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { runCommandLine } from '../../../container/command-line.ts';
import { Container } from '../../../container/index.ts';
import { EXIT } from '../../../terminal/exit.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';
import { ok, openWorld, present, type World } from '../../harness/world.ts';

let world: World;
/** Passes requests on to the world; it loses the answer of the next `lost` requests that change something. */
let line: Server;
let lost = 0;
beforeAll(async () => {
  world = await openWorld();
  line = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const isPost = request.method === 'POST';
    const answer = await fetch(`${world.running.url}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { 'content-type': 'application/json', prefer: request.headers.prefer?.toString() ?? '' },
      ...(isPost ? { body: Buffer.concat(chunks) } : {}),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    if (isPost && lost > 0) {
      lost -= 1;
      return void request.socket.destroy();
    }
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(body);
  }).listen(0, '127.0.0.1');
  await once(line, 'listening');
});
afterAll(async () => {
  line.closeAllConnections();
  line.close();
  await world.close();
});

let folder: string;
let server: string;
beforeEach(() => {
  folder = temporaryFolder();
  lost = 0;
  server = `http://127.0.0.1:${(line.address() as AddressInfo).port}`;
});

/** Runs `relicense-container` in the folder. */
async function run(...argv: string[]) {
  let out = '';
  let err = '';
  const code = await runCommandLine(argv, {
    env: {},
    folder,
    stdout: { isTerminal: false },
    stderr: { isTerminal: false },
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    input: () => Promise.resolve(Buffer.alloc(0)),
  });
  return { code, out, err };
}

async function done(...argv: string[]): Promise<string> {
  const { code, out, err } = await run(...argv);
  expect({ code, err }).toMatchObject({ code: EXIT.done });
  return out;
}

const file = (name: string) => ['--file', name];
const held = async (name: string) => (await Container.open(join(folder, name))).content.licenses.map(({ id }) => id);
const state = async (id: string) => (await world.license(id)).state;
const withdraw = async (id: string) => {
  const body = { reason: 'refunded' };
  return ok(await world.vendor('POST', `/licenses/${id}/withdrawal`, { body }), 202);
};

test('T6: containers of one folder that sync --all the same ticket at once share its licenses, each exactly once', async () => {
  const names = ['a.json', 'b.json', 'c.json'];
  for (const name of names) await done('init', ...file(name), '--server', server);
  const { ticket, licenses } = await world.order([{ product: await world.product(), quantity: 3 }]);
  const synced = await Promise.all(names.map((name) => run('sync', ...file(name), '--ticket', ticket, '--all')));
  // The fastest may get all of them. The others then end with nothing.
  for (const { code, err } of synced) expect([EXIT.done, EXIT.partly, EXIT.nothing], err).toContain(code);
  const all = (await Promise.all(names.map(held))).flat();
  expect([...all].sort()).toEqual(licenses.map(({ id }) => id).sort());
  for (const { id } of licenses) expect(await state(id)).toBe('confirmed-collected');
  // Nothing is left over beside the containers: no lock, no draft.
  expect(readdirSync(folder).sort()).toEqual(names);
});

test('W4: of several containers in a folder, a sync takes the withdrawn license of its own, and no other', async () => {
  const { ticket, licenses } = await world.order([{ product: await world.product(), quantity: 2 }]);
  const [first, second] = licenses.map(({ id }) => id);
  for (const [name, id] of [
    ['a.json', first],
    ['b.json', second],
  ] as const) {
    await done('init', ...file(name), '--server', server);
    await done('sync', ...file(name), '--ticket', ticket, '--activate', present(id));
  }
  await withdraw(present(first));
  await done('sync', ...file('b.json'));
  expect([await held('a.json'), await held('b.json')]).toEqual([[first], [second]]);
  expect(await done('sync', ...file('a.json'))).toContain('withdraw');
  expect([await held('a.json'), await held('b.json')]).toEqual([[], [second]]);
  expect(await state(present(first))).toBe('withdrawn');
});

test('T4, T5: sync --all whose answers are lost twice gets each license once', async () => {
  const { ticket, licenses } = await world.order([{ product: await world.product(), quantity: 2 }]);
  await done('init', ...file('a.json'), '--server', server);
  lost = 2;
  await done('sync', ...file('a.json'), '--ticket', ticket, '--all');
  expect(await held('a.json')).toHaveLength(2);
  expect((await Container.open(join(folder, 'a.json'))).content.counter).toBe(1);
  for (const { id } of licenses) expect(await state(id)).toBe('confirmed-collected');
});

/** One round by file: what the machine without network writes, and what it applies of the answer. */
async function exchange(request: string, update: string): Promise<string> {
  return done('exchange', request, '--server', server, '--out', update);
}

test('Q1, W4: a machine without network activates by file, and its next file brings the vendor’s withdrawal', async () => {
  const { ticket, licenses } = await world.order([{ product: await world.product(), quantity: 2 }]);
  const [first, second] = licenses.map(({ id }) => present(id));
  await done('init', '--server', server, ...file('c.json'));
  const activate = (id: string | undefined, out: string) =>
    done('context', ...file('c.json'), '--ticket', ticket, '--activate', present(id), '--out', out);

  await activate(first, 'request.json');
  await exchange('request.json', 'update.json');
  await done('apply', 'update.json', ...file('c.json'), '--receipt', 'receipt.txt');
  expect(await held('c.json')).toEqual([first]);
  expect(await state(present(first))).toBe('collected-without-receipt');

  // The receipt is on its way when the vendor withdraws; the next request carries both.
  await withdraw(present(first));
  await activate(second, 'second.json');
  const steps = await exchange('second.json', 'second-update.json');
  expect(steps).toContain('withdraw');
  await done('apply', 'second-update.json', ...file('c.json'), '--receipt', 'second-receipt.txt');
  expect(await held('c.json')).toEqual([second]);

  // Late and in the wrong order: the second receipt confirms both updates, the first one says nothing new.
  await exchange('second-receipt.txt', 'none.json');
  expect(await state(present(first))).toBe('withdrawn');
  expect(await state(present(second))).toBe('confirmed-collected');
  const old = await run('exchange', 'receipt.txt', '--server', server, '--out', 'old.json');
  expect([old.code, old.err]).toEqual([EXIT.refused, expect.stringContaining('container-diverged')]);
  expect(await held('c.json')).toEqual([second]);
  expect(await done('apply', 'update.json', ...file('c.json'))).toContain('Skipped 1 update');
});

test('T1, T4: an update file that was lost comes again, with the withdrawal that was ordered since', async () => {
  const { ticket, licenses } = await world.order([{ product: await world.product(), quantity: 2 }]);
  const [first, second] = licenses.map(({ id }) => present(id));
  await done('init', '--server', server, ...file('c.json'));
  await done('context', ...file('c.json'), '--ticket', ticket, '--activate', present(first), '--out', 'request.json');
  // The server's answer is lost on the line, and the file that exchange then writes is lost on its way back.
  lost = 1;
  await exchange('request.json', 'lost.json');
  await withdraw(present(first));

  await done('context', ...file('c.json'), '--ticket', ticket, '--activate', present(second), '--out', 'again.json');
  await exchange('again.json', 'update.json');
  const { updates } = JSON.parse(readFileSync(join(folder, 'update.json'), 'utf8')) as { updates: unknown[] };
  expect(updates).toHaveLength(2);
  await done('apply', 'update.json', ...file('c.json'), '--receipt', 'receipt.txt');
  expect(await held('c.json')).toEqual([second]);
  await exchange('receipt.txt', 'none.json');
  expect([await state(present(first)), await state(present(second))]).toEqual(['withdrawn', 'confirmed-collected']);
});
