import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createClient, ProblemError } from '../../client/index.ts';
import { fresh, openWorld, type World } from '../harness/world.ts';

let world: World;
let client: Client;

beforeAll(async () => {
  world = await openWorld();
  const { url: server, token } = world.running;
  client = createClient({ server, token });
});
afterAll(() => world?.close());

test('the client sells a license, withdraws it, is refused the second time, and reads the history', async () => {
  const code = fresh('cad');
  const product = await client.putProduct({ params: { code }, body: { name: 'CAD' } });
  expect(product).toEqual({ code, name: 'CAD', features: [], requires: [] });
  const orderId = fresh('SO 1/ä');
  const order = await client.createOrder({ body: { orderId, items: [{ product: code, quantity: 2 }] } });
  expect(await client.getOrder({ params: { orderId } })).toEqual(order);
  const [license] = order.licenses;
  const id = license?.id ?? '';
  expect(await client.withdrawLicense({ params: { license: id } })).toEqual({ status: 'withdrawn' });
  const refused = await client.withdrawLicense({ params: { license: id } }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ProblemError);
  expect(refused).toMatchObject({ code: 'license-final', status: 409, members: { license: id, state: 'withdrawn' } });
  const types: string[] = [];
  for await (const event of client.each('getOrderHistory', { params: { orderId }, query: { limit: 1 } })) {
    types.push(event.type);
  }
  expect(types).toEqual(['license.delivered', 'license.delivered', 'license.withdrawn']);
  expect((await client.getTicket({ params: { code: order.ticket.toLowerCase() } })).licenses).toHaveLength(1);
});

test('the client waits for an update', async () => {
  const customer = await world.customer();
  const code = await world.product();
  const [first, second] = await world.sell(code, code);
  if (first === undefined || second === undefined) throw new Error('Two were sold.');
  await customer.sync({ activate: [first] });
  const { serial } = customer;
  await client.assignLicense({ params: { serial, license: second.id } });
  const pushed = await client.pushReprogramming({ params: { serial } }, { waitSeconds: 10 });
  expect(pushed).toMatchObject({ status: 'issued', executed: { assign: [second.id] } });
  const { updates } = await client.getUpdates({ params: { serial }, query: { from: 1 } });
  expect(updates).toEqual(pushed.updates);
});

test('a POST whose answer was lost is repeated and has one effect', async () => {
  const { url: server, token } = world.running;
  let drops = 2;
  const unlucky = createClient({
    server,
    token,
    backoffMilliseconds: 1,
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      if (drops === 0) return response;
      drops -= 1;
      await response.arrayBuffer();
      throw new TypeError('fetch failed', { cause: new Error('socket hang up') });
    },
  });
  const name = fresh('erp');
  const made = await unlucky.createToken({ body: { name, scopes: ['orders:read'] } });
  const ids: string[] = [];
  for await (const known of client.each('listTokens')) if (known.name === name) ids.push(known.id);
  expect(ids).toEqual([made.id]);
  // The token in the last answer is the token that the first attempt created.
  await createClient({ server, token: made.token }).listOrders();
});

test('the client uses only what a browser has', async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: "export { createClient } from './client/index.ts';",
      resolveDir: `${import.meta.dirname}/../..`,
    },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    globalName: 'relicense',
    minify: true,
  });
  const [file] = outputFiles;
  // Most of it is the list of endpoints.
  expect(file?.contents.length).toBeLessThan(16_000);
  const page = createContext({
    fetch,
    AbortSignal,
    URL,
    URLSearchParams,
    TextDecoder,
    crypto,
    setTimeout,
    clearTimeout,
  });
  runInContext(file?.text ?? '', page);
  const { url: server, token } = world.running;
  page.options = { server, token };
  const made: unknown = await runInContext(
    `relicense.createClient(options).createToken({ body: { name: 'page', scopes: ['orders:read'] } })`,
    page,
  );
  expect(made).toMatchObject({ name: 'page' });
});
