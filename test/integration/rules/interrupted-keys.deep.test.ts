/** `npm run keys`, killed between its steps: the next run ends what it began. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { AnswerOf } from '../../../contract/endpoints.ts';
import { REPOSITORY } from '../../harness/child-runtime.ts';
import { keysCommand } from '../../harness/keys-command.ts';
import { type Customer, ok, openWorld, present, type World } from '../../harness/world.ts';

const home = realpathSync(mkdtempSync(join(tmpdir(), 'relicense-interrupted-keys-')));
const at = (name: string) => join(home, name);
let world: World;
let gate: Server;
/** What the gate does with a key set: `refuse` gives it to nobody, `pass` keeps only the answer. Neither answers. */
let manner: 'refuse' | 'pass';
let arrived: PromiseWithResolvers<void>;

beforeAll(async () => {
  world = await openWorld({ home });
  gate = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const isKeySet = request.method === 'POST';
    if (isKeySet && manner === 'refuse') return arrived.resolve();
    const answer = await fetch(`${world.running.url}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { authorization: request.headers.authorization ?? '', 'content-type': 'application/json' },
      ...(isKeySet ? { body: Buffer.concat(chunks) } : {}),
    });
    const body = await answer.text();
    if (isKeySet) return arrived.resolve();
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body);
  }).listen(0, '127.0.0.1');
  await once(gate, 'listening');
});
afterAll(async () => {
  gate.closeAllConnections();
  gate.close();
  await world.close();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

/** Runs `npm run keys` through the gate, and kills it when its key set has arrived there. */
async function killAtPublication(how: typeof manner, ...argv: readonly string[]): Promise<void> {
  manner = how;
  arrived = Promise.withResolvers();
  const engine = readFileSync(at('running.json'), 'utf8');
  const { port } = gate.address() as AddressInfo;
  writeFileSync(at('running.json'), engine.replaceAll(world.running.url, `http://127.0.0.1:${port}`));
  try {
    const child = spawn(process.execPath, [join(REPOSITORY, 'local/manage-keys.ts'), ...argv], {
      env: { ...process.env, RELICENSE_HOME: home },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (data: Buffer) => {
      said += data.toString();
    });
    const exited = once(child, 'exit');
    const early = exited.then(() => Promise.reject(new Error(`The command ended by itself: ${said}`)));
    await Promise.race([arrived.promise, early]);
    child.kill('SIGKILL');
    await exited;
  } finally {
    writeFileSync(at('running.json'), engine);
  }
}

async function keys(...argv: readonly string[]): Promise<string> {
  const { exit, out, err } = await keysCommand({ RELICENSE_HOME: home }, argv);
  expect({ exit, err }).toEqual({ exit: 0, err: '' });
  return out;
}

async function newest() {
  return present(ok(await world.vendor<AnswerOf<'listKeySets'>>('GET', '/key-sets')).items.at(-1));
}

/** The public parts of the keys in a file. */
const inFile = (name: string): string[] =>
  (JSON.parse(readFileSync(at(name), 'utf8')) as { keys: { x: string }[] }).keys.map(({ x }) => x);

let customer: Customer;
beforeEach(async () => {
  customer = await world.customer();
  await activateOne();
});

/** A container in the field is alive: it takes what is sold to it. */
async function activateOne(): Promise<void> {
  const held = customer.container.content.licenses.length;
  await customer.sync({ activate: await world.sell(await world.product()) });
  expect(customer.container.content.licenses).toHaveLength(held + 1);
}

test('K4 rotate-update, killed after it stored the new key, publishes this key when it runs again', async () => {
  const before = await newest();
  const stored = inFile('signing-keys.json');
  await killAtPublication('refuse', 'rotate-update');
  expect(await newest()).toEqual(before);
  const left = inFile('signing-keys.json');
  expect(left.slice(0, -1)).toEqual(stored);
  // The published key still signs.
  await activateOne();

  await keys('rotate-update');
  const after = await newest();
  expect(after.version).toBe(before.version + 1);
  expect(after.update.map(({ x }) => x)).toEqual(left.slice(-1));
  expect(inFile('signing-keys.json')).toEqual(left);
  await activateOne();
});

test('K1 rotate-root, killed after it stored the new root key, publishes this key when it runs again', async () => {
  const before = await newest();
  await killAtPublication('refuse', 'rotate-root');
  expect(await newest()).toEqual(before);
  const left = inFile('root-keys.json');

  await keys('rotate-root');
  const after = await newest();
  expect(after.version).toBe(before.version + 1);
  expect(after.root.keys.map(({ x }) => x)).toEqual(left.slice(-1));
  expect(inFile('root-keys.json')).toEqual(left);
  await activateOne();
});

test('K3 revoke, killed after the server published, removes the key from its file when it runs again', async () => {
  const before = await newest();
  const { kid, x } = present(before.update[0]);
  await killAtPublication('pass', 'revoke', kid);
  const published = await newest();
  expect(published.version).toBe(before.version + 1);
  expect(published.update.map((key) => key.x)).not.toContain(x);
  expect(inFile('signing-keys.json')).toContain(x);
  await activateOne();

  expect(await keys('revoke', kid)).toContain('It is removed from signing-keys.json.');
  expect(await newest()).toEqual(published);
  expect(inFile('signing-keys.json')).not.toContain(x);
  await activateOne();
});

test('K4 rotate-update, killed after the server published, has changed the key once', async () => {
  const before = await newest();
  await killAtPublication('pass', 'rotate-update');
  const published = await newest();
  expect(published.version).toBe(before.version + 1);
  expect(inFile('signing-keys.json')).toContain(present(published.update[0]).x);
  await activateOne();
});
