/** Ids that a path cannot contain: an HTTP API decodes the path before it looks for the route, and so does the embedded runtime. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../../client/index.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { openWorld, type World } from '../../harness/world.ts';

const IDS = ['2026/0815', 'a?b', '50%', '%2F', 'a#b', 'a b', 'a+b', '.', '..', '-', 'ü😀', '/', 'history', 'a\\b'];

let world: World;
let product: string;
let client: ReturnType<typeof createClient>;
beforeAll(async () => {
  world = await openWorld();
  product = await world.product();
  client = createClient({ server: world.running.url, token: world.running.token });
});
afterAll(() => world.close());

describe.each(IDS)('the id %s', (id) => {
  test('an order’s id is reached by every endpoint of orders', async () => {
    const { ticket } = await client.createOrder({ body: { orderId: id, items: [{ product }] } });
    expect(await client.getOrder({ params: { orderId: id } })).toMatchObject({ orderId: id, ticket });
    expect((await client.listOrders({ query: { orderId: id } })).items).toMatchObject([{ orderId: id, ticket }]);
    const history = await client.getOrderHistory({ params: { orderId: id }, query: { limit: 1 } });
    expect(history.items).toMatchObject([{ type: 'license.delivered' }]);
    const { links } = await client.lookUpTicket({ params: { code: ticket } });
    for (const link of [links.order, links.history]) expect((await world.vendor('GET', link)).status).toBe(200);
  });

  test('a SKU is reached by every endpoint of SKU mappings', async () => {
    const params = { sku: id };
    await client.putSkuMapping({ params, body: { items: [{ product }] } });
    expect(await client.getSkuMapping({ params })).toMatchObject({ sku: id });
    expect((await client.listSkuMappings({ query: { sku: id } })).items).toMatchObject([{ sku: id }]);
    expect(await client.deleteSkuMapping({ params })).toEqual({ status: 'deleted' });
    expect((await client.listSkuMappings({ query: { sku: id } })).items).toEqual([]);
  });

  test('the id of a webhook that does not exist is not found by every endpoint of webhooks, and is not another address', async () => {
    const params = { id };
    const missing = { code: 'not-found', detail: expect.stringContaining(id) };
    await expect(client.getWebhook({ params })).rejects.toMatchObject(missing);
    await expect(client.replayWebhook({ params })).rejects.toMatchObject(missing);
    await expect(client.closeWebhook({ params, body: { reason: 'test' } })).rejects.toMatchObject(missing);
    expect((await client.listWebhooks({ query: { id } })).items).toEqual([]);
  });
});

test('a slash in a path separates segments, however it is escaped, as it does behind an HTTP API', async () => {
  await client.createOrder({ body: { orderId: 'x/y', items: [{ product }] } });
  expectProblem(await world.vendor('GET', '/orders/x%2Fy'), 'not-found');
  // The path of another endpoint.
  await client.createOrder({ body: { orderId: 'x', items: [{ product }] } });
  expect((await world.vendor('GET', '/orders/x%2Fhistory')).body).toHaveProperty('items');
});

test('a parameter of the query that the path already has is an unknown one', async () => {
  const reply = await world.vendor('GET', '/orders/x?orderId=x%2Fy');
  expectProblem(reply, 'invalid-request');
  expect(reply.body).toMatchObject({ errors: [{ path: 'query.orderId' }] });
});
