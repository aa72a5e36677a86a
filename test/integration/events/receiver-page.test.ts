/** Runs the receiver of `docs/events.md` as it stands there. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { REPOSITORY } from '../../harness/child-runtime.ts';
import { findFreePort } from '../../harness/free-port.ts';
import { inherited } from '../../harness/inherited.ts';
import { ok, openWorld, type World } from '../../harness/world.ts';

const page = readFileSync(join(REPOSITORY, 'docs/events.md'), 'utf8');
const section = /^## Try webhooks and events on this machine$([\s\S]*?)^## /m.exec(page)?.[1] ?? '';
const [, code = ''] = /^```js\n([\s\S]*?)^```$/m.exec(section) ?? [];

let world: World;
beforeAll(async () => {
  world = await openWorld({ allowPrivateTargets: true });
});
afterAll(() => world.close());

interface EndpointBody {
  readonly id: string;
  readonly secret: string;
}

const eventually = (assert: () => unknown) => vi.waitFor(assert, { timeout: 20_000, interval: 20 });

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Starts the receiver in the project's folder, as the page says. @returns what it has printed so far. */
async function startReceiver(port: number, secret: string): Promise<() => string> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: REPOSITORY,
    env: { ...inherited(), PORT: String(port), SECRET: secret },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      printed += chunk;
    });
  }
  await eventually(async () => expect({ answers: await answers(port), printed }).toMatchObject({ answers: true }));
  return () => printed;
}

async function register(port: number): Promise<EndpointBody> {
  const body = { url: `http://127.0.0.1:${port}/`, types: ['license.*'] };
  const endpoint = ok(await world.vendor<EndpointBody>('POST', '/event-endpoints', { body }), 201);
  onTestFinished(async () => void (await world.vendor('DELETE', `/event-endpoints/${endpoint.id}`)));
  return endpoint;
}

const isDelivered = (id: string, health: object) =>
  eventually(async () => expect(ok(await world.vendor('GET', `/event-endpoints/${id}`))).toMatchObject({ health }));

test('the receiver of docs/events.md verifies a delivered event and prints it with its product and ticket', async () => {
  const port = await findFreePort();
  const { id, secret } = await register(port);
  const printed = await startReceiver(port, secret);
  const product = await world.product();
  const { ticket } = await world.order([{ product }]);
  await isDelivered(id, { status: 'healthy' });
  await eventually(() => expect(printed()).toContain('license.delivered'));
  for (const text of [product, ticket]) expect(printed()).toContain(text);
  expect(printed()).not.toContain('refused');
});

test('the receiver of docs/events.md refuses an event that was signed with another secret', async () => {
  const port = await findFreePort();
  const { id } = await register(port);
  const printed = await startReceiver(port, `whsec_${Buffer.alloc(32, 7).toString('base64')}`);
  const product = await world.product();
  await world.order([{ product }]);
  await isDelivered(id, { status: 'failing', lastError: { error: 'answered 401' }, backlog: { events: 1 } });
  expect(printed()).toContain('refused: No matching signature found');
  expect(printed()).not.toContain(product);
});
