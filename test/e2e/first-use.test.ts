/** The first steps of a newcomer, with the runtime and the container's command line as processes. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type ChildRuntime, REPOSITORY } from '../harness/child-runtime.ts';
import { call, startChild } from '../harness/embedded-runtime.ts';
import { type Ended, ended } from '../harness/ended.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { IS_DEEP } from '../harness/tier.ts';

const LICENSES = 200;

test('after its start the runtime answers, and one sync activates an order of 200 licenses', async () => {
  const folder = temporaryFolder();
  const running = await startChild(join(folder, 'home'));
  expect(await call(running, 'GET', '/.well-known/jwks.json')).toMatchObject({
    status: 200,
    body: { keys: [{ kty: 'OKP' }] },
  });

  const ticket = await sell(running, 'A-200');
  const container = join(folder, 'container.json');
  expect((await cli(['init', '--server', running.url, '--file', container])).code).toBe(0);
  const synced = await cli(['sync', '--ticket', ticket, '--all', '--file', container, '--json']);
  expect(synced.code, synced.err).toBe(0);
  expect(JSON.parse(synced.out)).toMatchObject({ status: 'confirmed', counter: 1, dropped: [] });

  expect(await endState(running, 'A-200', container)).toEqual(ACTIVATED);
});

async function syncAcrossKill(): Promise<void> {
  const folder = temporaryFolder();
  const home = join(folder, 'home');
  const first = await startChild(home);
  const ticket = await sell(first, 'B-200');
  const container = join(folder, 'container.json');
  await cli(['init', '--server', first.url, '--file', container]);
  const { serial } = await shown(container);

  // The sync retries while the runtime is down, as on a customer's machine.
  const syncing = cli(['sync', '--ticket', ticket, '--all', '--file', container, '--json']);
  await untilPlanned(first, serial);
  expect((await first.end('SIGKILL')).signal).toBe('SIGKILL');

  const second = await startChild(home, { PORT: new URL(first.url).port, RELICENSE_TOKEN: first.token });
  expect(second.output()).toContain('Resuming 1 unfinished reprogramming.');
  await syncing;
  // The first sync may have given up, depending on how long the restart took. A second sync completes the work.
  const again = await cli(['sync', '--file', container, '--json']);
  expect(again.code, again.err).toBe(0);

  expect(await endState(second, 'B-200', container)).toEqual(ACTIVATED);
}

if (IS_DEEP)
  test('a runtime killed in the middle of a reprogramming and restarted ends in the same state', syncAcrossKill);

/** The state after the activation, with or without a crash: nothing is missing, and nothing happened twice. */
const ACTIVATED = {
  ticket: { 'confirmed-collected': LICENSES },
  container: { counter: 1, held: LICENSES, outstanding: [], pending: [], isAgreed: true },
  history: {
    'license.delivered': LICENSES,
    'license.collected': LICENSES,
    'license.collection-confirmed': LICENSES,
    'receipt.accepted': 1,
  },
};

async function sell(running: ChildRuntime, orderId: string): Promise<string> {
  await call(running, 'PUT', '/products/cad', { name: 'CAD' });
  const order = await call(running, 'POST', '/orders', { orderId, items: [{ product: 'cad', quantity: LICENSES }] });
  expect(order.status).toBe(201);
  return String(order.body.ticket);
}

/** Waits until the reprogramming is planned, and checks that its update is not issued yet. */
async function untilPlanned(running: ChildRuntime, serial: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const { status, body } = await call(running, 'GET', `/containers/${serial}`);
    // The server knows a container from its first plan on. Its target counter rises when the update is issued.
    if (status === 200) return expect(body).toMatchObject({ counter: 0, target: { counter: 0 } });
    if (Date.now() > deadline) throw new Error('No reprogramming was planned.');
  }
}

async function endState(running: ChildRuntime, orderId: string, container: string): Promise<unknown> {
  const { serial, counter, digest } = await shown(container);
  const order = await call(running, 'GET', `/orders/${orderId}`);
  const known = (await call(running, 'GET', `/containers/${serial}`)).body;
  return {
    ticket: countBy(order.body.licenses, 'state'),
    container: {
      counter,
      held: (known.licenses as unknown[]).length,
      outstanding: known.outstanding,
      pending: known.pending,
      isAgreed: known.counter === counter && known.digest === digest,
    },
    history: countBy((await call(running, 'GET', `/orders/${orderId}/history?limit=1000`)).body.items, 'type'),
  };
}

function countBy(items: unknown, member: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items as Record<string, string>[])
    counts[String(item[member])] = (counts[String(item[member])] ?? 0) + 1;
  return counts;
}

async function shown(container: string): Promise<{ serial: string; counter: number; digest: string }> {
  const { code, out, err } = await cli(['show', '--file', container, '--json']);
  expect(code, err).toBe(0);
  return JSON.parse(out);
}

/** Runs the container's command line as a process. */
function cli(args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [join(REPOSITORY, 'container/cli.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return ended(child);
}
