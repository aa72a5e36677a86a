import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { expect, onTestFinished, test, vi } from 'vitest';
import { extendKeySets, type KeySet } from '../../../protocol/index.ts';
import type { ChildRuntime } from '../../harness/child-runtime.ts';
import { startDynoxide } from '../../harness/dynoxide.ts';
import { call, runLocal, startChild, startInProcess } from '../../harness/embedded-runtime.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';
import { newTestContainer } from '../../harness/test-container.ts';

// A test starts up to four runtimes, each of which may synthesize the stack: seconds on a busy machine.
vi.setConfig({ testTimeout: 240_000 });

interface Delivered {
  readonly id: string;
  readonly ticket: string;
}

/** Creates a product and an order for it. @returns the licenses of the ticket */
async function sell(runtime: Pick<ChildRuntime, 'url' | 'token'>, quantity = 1): Promise<Delivered[]> {
  const product = await call(runtime, 'PUT', '/products/pro', { name: 'Pro' });
  expect([200, 201]).toContain(product.status);
  const order = await call(runtime, 'POST', '/orders', { orderId: 'o-1', items: [{ product: 'pro', quantity }] });
  expect([200, 201]).toContain(order.status);
  const { ticket, licenses } = order.body as { ticket: string; licenses: { id: string }[] };
  return licenses.map(({ id }) => ({ id, ticket }));
}

const keySetsOf = async (runtime: Pick<ChildRuntime, 'url' | 'token'>): Promise<readonly KeySet[]> => {
  const { body } = await call(runtime, 'GET', '/.well-known/relicense-keys');
  const verified = await extendKeySets([], body.keySets as unknown[]);
  return verified.ok ? verified.keySets : [];
};

const jwksOf = async (runtime: Pick<ChildRuntime, 'url' | 'token'>): Promise<JWK[]> =>
  (await call(runtime, 'GET', '/.well-known/jwks.json')).body.keys as JWK[];

test('a first start creates its state, prints its address, and answers requests', async () => {
  const home = join(temporaryFolder(), 'home');
  const runtime = await startChild(home);
  expect(runtime.output()).toMatch(
    /^State: .+\nToken: relicense_\S{43}\nRelicense is ready at http:\/\/127\.0\.0\.1:\d+ \(\d+\.\d s\)\n {2}Depot: {5}http:\/\/127\.0\.0\.1:\d+\/ \(the page for customers\)\n {2}Console: {3}http:\/\/127\.0\.0\.1:\d+\/console \(the page for support\)\n {2}API page: {2}http:\/\/127\.0\.0\.1:\d+\/docs\n {2}Token: {5}kept in .+\/home\/token\n {2}Try it: {4}RELICENSE_HOME=.+\/home npm run demo \(in another terminal\)\n {2}End it: {4}Ctrl-C\n$/,
  );
  expect(await jwksOf(runtime)).toHaveLength(1);
  expect((await call(runtime, 'GET', '/products')).status).toBe(200);
  expect((await call({ url: runtime.url, token: 'wrong' }, 'GET', '/products')).status).toBe(401);
  expect((await call(runtime, 'GET', '/nowhere')).body).toMatchObject({ type: '/problems/not-found' });
  for (const name of readdirSync(home)) expect([name, statSync(join(home, name)).mode & 0o077]).toEqual([name, 0]);
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends the runtime with exit code 0', async (signal) => {
  const home = temporaryFolder();
  const runtime = await startChild(home);
  expect(await runtime.end(signal)).toMatchObject({ code: 0, signal: null });
  expect(existsSync(join(home, 'running.json'))).toBe(false);
});

test('after SIGTERM an open request still gets its answer', async () => {
  const runtime = await startChild(temporaryFolder());
  const [license] = await sell(runtime);
  const container = await newTestContainer(await keySetsOf(runtime));
  const request = call(
    runtime,
    'POST',
    '/depot/reprogrammings',
    await container.request({ activate: [{ ticket: license?.ticket, license: license?.id }] }),
    { prefer: 'wait=10' },
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  const ended = runtime.end('SIGTERM');
  expect((await request).status).toBeLessThan(300);
  expect(await ended).toMatchObject({ code: 0 });
});

test('a second start on the same home is refused, and the first one still answers', async () => {
  const home = temporaryFolder();
  const runtime = await startChild(home);
  const second = await runLocal('main.ts', ['--reset', '--yes'], { RELICENSE_HOME: home, PORT: '0' });
  expect(second).toMatchObject({ code: 1, output: expect.stringContaining('Another Relicense is running') });
  expect((await call(runtime, 'GET', '/products')).status).toBe(200);
});

test('a port in use is reported in one line', async () => {
  const home = temporaryFolder();
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  onTestFinished(() => void blocker.close());
  const address = blocker.address();
  const port = String(typeof address === 'object' ? address?.port : 0);
  const refused = await runLocal('main.ts', [], { RELICENSE_HOME: home, PORT: port });
  expect(refused.code).toBe(1);
  expect(refused.output).toMatch(new RegExp(`^Port ${port} on 127.0.0.1 is in use.*\n$`));
});

test.each([
  [{ PORT: '70000' }, [], 'PORT'],
  [{ RELICENSE_TOKEN: 'short' }, [], 'RELICENSE_TOKEN'],
  [{ DYNAMODB_ENDPOINT: 'localhost:8000' }, [], 'DYNAMODB_ENDPOINT'],
  [{}, ['--rest'], '--rest'],
])('a wrong setting %o %o is named before anything is started', async (environment, args, named) => {
  const home = join(temporaryFolder(), 'home');
  const refused = await runLocal('main.ts', args, { RELICENSE_HOME: home, ...environment } as Record<string, string>);
  expect(refused).toMatchObject({ code: 2, output: expect.stringContaining(named) });
  expect(existsSync(home)).toBe(false);
});

test('--help lists all settings', async () => {
  const { code, stdout } = await runLocal('main.ts', ['--help'], {});
  expect(code).toBe(0);
  for (const word of ['--reset', 'PORT', 'RELICENSE_HOME', 'RELICENSE_TOKEN', 'DYNAMODB_ENDPOINT', 'TABLE_NAME'])
    expect(stdout).toContain(word);
});

test('after kill -9 the next start has all orders, the token and the signing key', async () => {
  const home = temporaryFolder();
  const first = await startChild(home);
  const [license] = await sell(first);
  const keys = await jwksOf(first);
  expect(await first.end('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });

  const second = await startChild(home);
  expect(second.token).toBe(first.token);
  expect(await jwksOf(second)).toEqual(keys);
  expect((await call(second, 'GET', `/licenses/${license?.id}`)).body).toMatchObject({ state: 'available' });
});

test('the next start finishes a reprogramming that kill -9 interrupted, and its receipt confirms it', async () => {
  const home = temporaryFolder();
  const first = await startChild(home);
  const licenses = await sell(first, 120);
  const container = await newTestContainer(await keySetsOf(first));
  const activate = licenses.map(({ ticket, id }) => ({ ticket, license: id }));
  const asked = await call(first, 'POST', '/depot/reprogrammings', await container.request({ activate }));
  expect(asked.status).toBe(202);
  // The answer precedes the work of the workflow, so kill -9 now interrupts the workflow.
  await first.end('SIGKILL');

  const second = await startChild(home);
  expect(second.output()).toContain('Resuming 1 unfinished reprogramming.');
  const path = `/depot/reprogrammings/${asked.body.id}`;
  const issued = await call(second, 'GET', path, undefined, { prefer: 'wait=10' });
  expect(issued.body).toMatchObject({ status: 'issued' });
  await container.apply(issued.body);
  expect(container.content.licenses).toHaveLength(120);

  // This kill -9 interrupts the wait for the receipt.
  await second.end('SIGKILL');
  const third = await startChild(home);
  const receipt = await call(third, 'POST', '/depot/receipts', { context: await container.context() });
  expect([receipt.status, receipt.body.status]).toEqual([200, 'confirmed']);
  await vi.waitFor(
    async () =>
      expect((await call(third, 'GET', `/licenses/${licenses[0]?.id}`)).body).toMatchObject({
        state: 'confirmed-collected',
        container: container.serial,
      }),
    10_000,
  );
  await third.end('SIGTERM');
  const fourth = await startChild(home);
  expect(fourth.output()).not.toContain('unfinished');
});

test('--reset deletes nothing without --yes where there is no terminal, and says what it would delete', async () => {
  const home = temporaryFolder();
  writeFileSync(join(home, 'signing-keys.json'), 'a key');
  const refused = await runLocal('main.ts', ['--reset'], { RELICENSE_HOME: home, PORT: '0' });
  expect(refused).toMatchObject({ code: 2, output: expect.stringMatching(/signing key[\s\S]*Add --yes/) });
  expect(readFileSync(join(home, 'signing-keys.json'), 'utf8')).toBe('a key');
});

test('--reset deletes orders, token and signing key', async () => {
  const home = temporaryFolder();
  const first = await startChild(home);
  const [license] = await sell(first);
  const keys = await jwksOf(first);
  await first.end('SIGTERM');

  const second = await startChild(home, {}, ['--reset', '--yes']);
  expect((await call(second, 'GET', `/licenses/${license?.id}`)).status).toBe(404);
  expect(second.token).not.toBe(first.token);
  expect(await jwksOf(second)).not.toEqual(keys);
});

test('a token from RELICENSE_TOKEN is used, but neither printed nor stored', async () => {
  const home = temporaryFolder();
  const token = 'a-token-of-my-own-0123456789';
  const runtime = await startChild(home, { RELICENSE_TOKEN: token });
  expect((await call(runtime, 'GET', '/products')).status).toBe(200);
  expect(runtime.output()).not.toContain(token);
  expect(existsSync(join(home, 'token'))).toBe(false);
});

test('npm run token creates a token with the given scopes in the running runtime', async () => {
  const home = temporaryFolder();
  const runtime = await startChild(home);
  const made = await runLocal('make-token.ts', ['--name', 'erp', '--scopes', 'products:read'], {
    RELICENSE_HOME: home,
  });
  expect(made.code).toBe(0);
  const erp = { url: runtime.url, token: made.stdout.trim() };
  expect((await call(erp, 'GET', '/products')).status).toBe(200);
  expect((await call(erp, 'PUT', '/products/x', { name: 'X' })).status).toBe(403);

  const unknown = await runLocal('make-token.ts', ['--name', 'erp', '--scopes', 'everything'], {
    RELICENSE_HOME: home,
  });
  expect(unknown).toMatchObject({ code: 2, stdout: '' });
  await runtime.end('SIGTERM');
  const unnamed = await runLocal('make-token.ts', ['--scopes', 'all'], { RELICENSE_HOME: home });
  expect(unnamed).toMatchObject({ code: 2, output: expect.stringContaining('Missing --name NAME.') });
  const nobody = await runLocal('make-token.ts', ['--name', 'erp', '--scopes', 'all'], { RELICENSE_HOME: home });
  expect(nobody).toMatchObject({ code: 2, stdout: '', output: expect.stringContaining('No Relicense is running') });
});

test('if DYNAMODB_ENDPOINT is set, the table is created in that engine', async () => {
  const engine = await startDynoxide();
  onTestFinished(engine.close);
  const home = temporaryFolder();
  const runtime = await startChild(home, { DYNAMODB_ENDPOINT: engine.endpoint, TABLE_NAME: 'second' });
  await sell(runtime);
  const { url } = runtime;
  const running = { url, tableName: 'second', endpoint: engine.endpoint };
  expect(JSON.parse(readFileSync(join(home, 'running.json'), 'utf8'))).toEqual(running);
  const other = await startInProcess({ dynamodbEndpoint: engine.endpoint, tableName: 'second', token: runtime.token });
  onTestFinished(() => other.close());
  expect((await call(other, 'GET', '/orders/o-1')).status).toBe(200);
});

test('a home of an earlier version is refused with what to do, and --reset clears it', async () => {
  const home = temporaryFolder();
  writeFileSync(join(home, 'table.db'), 'the table of an earlier version');
  const refused = await runLocal('main.ts', [], { RELICENSE_HOME: home, PORT: '0' });
  expect(refused).toMatchObject({ code: 1, output: expect.stringMatching(/earlier version[\s\S]*--reset/) });
  const runtime = await startChild(home, {}, ['--reset', '--yes']);
  expect(existsSync(join(home, 'table.db'))).toBe(false);
  expect((await call(runtime, 'GET', '/products')).status).toBe(200);
});

test('a runtime in memory works within the caller’s process and leaves nothing behind', async () => {
  const runtime = await startInProcess();
  const [license] = await sell(runtime);
  expect((await call(runtime, 'GET', `/depot/tickets/${license?.ticket}`)).status).toBe(200);
  await runtime.close();
  await runtime.close();
  await expect(fetch(runtime.url)).rejects.toThrow();
});
