/** The whole stack in a stand-in for an AWS account: what the template does not allow fails here as it would there. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Template } from '../../cdk/read-template.ts';
import { stackTemplate } from '../../cdk/stack-template.ts';
import { ENDPOINTS } from '../../contract/endpoints.ts';
import { CERTIFICATE } from '../harness/aws/certificate.ts';
import { type Cloud, MAX_STATES, openCloud } from '../harness/aws/cloud.ts';
import { accessKeyOf } from '../harness/aws/functions.ts';
import { REGION } from '../harness/aws/names.ts';
import { REPOSITORY } from '../harness/child-runtime.ts';
import { ended } from '../harness/ended.ts';
import { newSecret, sendErp } from '../harness/erp.ts';
import { sample, sendAsShopify, sendAsStripe } from '../harness/shops.ts';
import { connect, ok, present } from '../harness/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'relicense-cloud-'));
let cloud: Cloud;
beforeAll(async () => {
  cloud = await openCloud(await stackTemplate(), join(folder, 'whole'), CERTIFICATE);
});
afterAll(async () => {
  await cloud.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the demo passes all its scenes', async () => {
  const child = spawn('npm', ['run', '--silent', 'demo'], {
    cwd: REPOSITORY,
    env: { PATH: process.env.PATH ?? '', HOME: folder, RELICENSE_URL: cloud.url, RELICENSE_TOKEN: cloud.token },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { code, out } = await ended(child);
  expect(code, out).toBe(0);
  expect(out).toContain('All 14 scenes passed.');
  expect(cloud.denied).toEqual([]);
});

describe('one path per endpoint', () => {
  test('answers, and every call of the functions is allowed', async () => {
    const world = await connect(cloud.url, cloud.token);
    const { vendor, user } = world;
    const get = (path: string) => vendor('GET', path);
    const post = (path: string, body: object = {}) => vendor('POST', path, { body });

    // Events go to an endpoint first, so that everything after it is delivered.
    const endpoint = ok(
      await vendor<{ id: string }>('POST', '/event-endpoints', { body: { url: `https://${cloud.endpointHost}/in` } }),
      201,
    );
    const at = `/event-endpoints/${endpoint.id}`;
    ok(await post(`${at}/ping`), 202);
    await vi.waitFor(() => expect(cloud.received.length).toBeGreaterThan(0), 20_000);

    // Products, orders and licenses
    const cad = await world.product();
    const render = await world.product([cad]);
    const spare = await world.product();
    ok(await vendor('DELETE', `/products/${spare}`));
    for (const path of ['/products', `/products/${cad}`, '/customers?search=a']) ok(await get(path));
    const order = await world.order([{ product: cad, quantity: 6 }, { product: render }], 'cloud/1');
    const id = `orderId=${encodeURIComponent('cloud/1')}`;
    for (const path of [`/orders?${id}`, `/orders/-?${id}`, `/orders/-/history?${id}`]) ok(await get(path));
    ok(
      await vendor('POST', '/orders', { body: { orderId: 'customer', customer: 'Ann', items: [{ product: cad }] } }),
      201,
    );
    ok(await get('/orders?customer=Ann'));
    ok(await get(`/tickets/${order.ticket}`));
    ok(await user('GET', `/depot/tickets/${order.ticket}`));
    ok(await get('/licenses'));

    // A container and its round trips
    const customer = await world.customer();
    const [first, second, third, fourth] = order.licenses;
    const many = order.licenses.filter(({ product }) => product === cad);
    await customer.sync({ activate: [present(first), present(second)] });
    const outcome = await customer.ask({ activate: [present(third)] });
    ok(await user('GET', `/depot/reprogrammings/${outcome.body.id}`));
    await customer.apply(outcome.body.updates);
    ok(await customer.receipt());
    const { serial } = customer;
    for (const path of ['', '/history', '/auto-updates', '/updates']) ok(await get(`/containers/${serial}${path}`));
    for (const path of ['/containers', '/auto-updates']) ok(await get(path));
    ok(await vendor('PATCH', `/containers/${serial}`, { body: { name: 'Ann’s desk' } }));
    ok(await get('/containers?pending=true'));
    ok(await user('POST', '/depot/auto-updates', { body: await customer.container.request({}) }));

    // A lease, which the depot signs
    const leased = await world.product();
    ok(await vendor('PUT', `/products/${leased}`, { body: { name: 'leased', leaseDays: 30 } }));
    const other = await world.customer();
    await other.sync({ activate: await world.sell(leased) });
    const context = await other.container.context({ iat: Math.floor(Date.now() / 1000) + 5, renew: true });
    expect((await user('POST', '/depot/reprogrammings', { body: { context } })).body).toHaveProperty('lease');

    // Vendor actions
    const licenses = (license: string, action: string) => `/licenses/${license}/${action}`;
    ok(await post(licenses(present(first).id, 'replacement')), 202);
    ok(await vendor('DELETE', licenses(present(first).id, 'replacement')));
    const expiresAt = '2099-01-01T00:00:00Z';
    ok(await vendor('POST', licenses(present(first).id, 'renewal'), { body: { expiresAt } }), 202);
    ok(await vendor('DELETE', licenses(present(first).id, 'renewal')));
    ok(await post(licenses(present(first).id, 'withdrawal')), 202);
    ok(await vendor('DELETE', licenses(present(first).id, 'withdrawal')));
    const { orderId: revised } = await world.order([{ product: cad, quantity: 2 }]);
    const revision = { body: { items: [{ product: cad }] }, headers: { 'if-match': '"1"' } };
    ok(await vendor('PUT', `/orders/${revised}`, revision));
    const assignment = `/containers/${serial}/assignments/${present(fourth).id}`;
    ok(await vendor('PUT', assignment, { body: {} }), 202);
    ok(await vendor('DELETE', assignment));
    ok(await post(licenses(present(second).id, 'withdrawal')), 202);
    const pushed = await vendor('POST', `/containers/${serial}/reprogrammings`, {
      body: {},
      headers: { prefer: 'wait=10' },
    });
    expect(pushed.status).toBe(200);
    await customer.sync();
    for (const path of ['', '/history', '/evidence']) ok(await get(`/licenses/${present(second).id}${path}`));
    ok(await post(licenses(present(many.at(-1)).id, 'withdrawal')));

    // Webhooks and SKUs
    const mapping = '/sku-mappings/-?sku=a%2Fb';
    const items = [{ product: cad, quantity: 1 }];
    expect((await vendor('PUT', mapping, { body: { items } })).status).toBe(201);
    for (const path of ['/sku-mappings', mapping]) ok(await get(path));
    ok(await vendor('DELETE', mapping));
    const secret = await newSecret(world);
    const sold = await sendErp(
      world,
      'order.created',
      { orderId: 'erp', items: [{ product: cad }] },
      { id: 'w-1', secret: secret.secret },
    );
    expect(sold.status).toBe(202);
    await sendErp(world, 'order.cancelled', { orderId: 'nothing' }, { id: 'w-2', secret: secret.secret });
    ok(await get('/webhooks/w-1'));
    ok(await post('/webhooks/w-1/replay'));
    await post('/webhooks/w-2/close', { reason: 'test' });
    ok(await get('/webhooks'));
    for (const source of ['shopify', 'stripe']) {
      ok(await vendor('PUT', `/webhook-sources/${source}`, { body: {} }));
      ok(await get(`/webhook-sources/${source}`));
    }
    const shop = { source: 'shopify', secret: 'shpss_0123456789abcdef' };
    ok(await vendor('POST', '/webhook-secrets', { body: shop }), 201);
    const stripe = { source: 'stripe', secret: 'whsec_0123456789abcdef' };
    const made = ok(await vendor<{ id: string }>('POST', '/webhook-secrets', { body: stripe }), 201);
    await sendAsShopify(user, 'orders/paid', sample('shopify-orders-paid'), { secrets: [shop.secret] });
    await sendAsStripe(user, '{"id":"evt_1","type":"other","livemode":true,"data":{"object":{}}}', {
      secrets: [stripe.secret],
    });
    ok(await get('/webhook-secrets'));
    ok(await vendor('DELETE', `/webhook-secrets/${made.id}`));

    // Tokens, keys and pages
    const token = ok(
      await vendor<{ id: string }>('POST', '/tokens', { body: { name: 'shop', scopes: ['orders:read'] } }),
      201,
    );
    for (const path of ['/tokens', `/tokens/${token.id}`, '/key-sets']) ok(await get(path));
    ok(await vendor('PUT', `/tokens/${token.id}`, { body: { name: 'shop 2' } }));
    ok(await vendor('DELETE', `/tokens/${token.id}`));
    await vendor('POST', '/key-sets', { body: { jws: ['a.b.c'] } });
    const pages = ['/.well-known/jwks.json', '/.well-known/relicense-keys', '/', '/health', '/problems/not-found'];
    for (const path of [...pages, '/openapi.json', '/docs', '/docs/swagger-ui.css']) {
      expect((await fetch(`${cloud.url}${path}`)).status, path).toBe(200);
    }

    // Bulk orders
    const bulk = ok(
      await vendor<{ id: string }>('POST', '/bulk-orders', {
        body: { action: 'withdraw', query: { orderId: 'cloud/1' } },
      }),
      202,
    );
    await vi.waitFor(
      async () => expect((await get(`/bulk-orders/${bulk.id}`)).body).toMatchObject({ status: 'done' }),
      30_000,
    );
    for (const path of ['/bulk-orders', `/bulk-orders/${bulk.id}/licenses`]) ok(await get(path));
    await post(`/bulk-orders/${bulk.id}/stop`);

    // Events
    await vi.waitFor(() => expect(cloud.received.length).toBeGreaterThan(20), 30_000);
    ok(await get('/event-endpoints'));
    ok(await get(at));
    ok(await get(`${at}/dead-letters`));
    const url = `https://${cloud.endpointHost}/in`;
    cloud.endpoint.status = 410;
    await world.order([{ product: cad }]);
    // How many events are given up before the endpoint is disabled depends on the time.
    const given = async () => ok(await vendor<{ items: object[] }>('GET', `${at}/dead-letters`)).items.length;
    await vi.waitFor(async () => expect(await given()).toBeGreaterThan(0), 30_000);
    cloud.endpoint.status = 200;
    ok(await vendor('PUT', at, { body: { url, enabled: true } }));
    const letters = ok(await vendor<{ items: { id: string }[] }>('GET', `${at}/dead-letters`)).items;
    ok(await post(`${at}/dead-letters/${letters[0]?.id}/replay`), 202);
    ok(await post(`${at}/dead-letters/replay`), 202);
    await post(`${at}/retry`);
    ok(await post(`${at}/secret`));
    ok(await vendor('DELETE', at));

    // Retirement, schedules
    ok(await post(licenses(present(third).id, 'withdrawal')), 202);
    await cloud.runSchedules();
    ok(await post(`/containers/${serial}/retirement`, { licenses: 'restore', reason: 'lost' }));
    await cloud.settled();
    expect(cloud.denied).toEqual([]);
  });

  test('there is one for every endpoint, and none was answered with 5xx', () => {
    const answered = new Set(cloud.answers.map(({ endpoint }) => endpoint));
    expect(ENDPOINTS.map(({ method, path }) => `${method} ${path}`).filter((key) => !answered.has(key))).toEqual([]);
    expect(cloud.answers.filter(({ status }) => status >= 500)).toEqual([]);
  });

  test('used every grant, but those of paths that need a race, a crash or a thousand licenses', () => {
    const unused = cloud.unusedGrants().map(({ role, action, resource }) => {
      const [, name = role] = /^Relicense-prod-(\w+?)(?:Function|StateMachine)Role/.exec(role) ?? [];
      return `${name.toLowerCase()} ${action}${resource.endsWith('/index/index') ? ' of the index' : ''}`;
    });
    expect(unused.filter((grant) => !(grant in RARE))).toEqual([]);
  });

  test('kept every execution far from the limit of its history', () => {
    expect(cloud.longestExecution()).toBeGreaterThan(5);
    expect(cloud.longestExecution()).toBeLessThan(MAX_STATES / 10);
  });
});

test('an index key that Amazon refuses is refused, which the engine alone would not do', async () => {
  const client = new DynamoDBClient({
    endpoint: cloud.servicesUrl,
    region: REGION,
    credentials: { accessKeyId: accessKeyOf('vendor'), secretAccessKey: 'secret' },
  });
  onTestFinished(() => client.destroy());
  const put = (indexSk: string) =>
    client.send(
      new PutItemCommand({
        TableName: cloud.tableName,
        Item: { pk: { S: 'LONG' }, sk: { S: 'LONG' }, indexPk: { S: 'LONG' }, indexSk: { S: indexSk } },
      }),
    );
  await put('x'.repeat(1_024));
  await expect(put('x'.repeat(1_025))).rejects.toMatchObject({ name: 'ValidationException' });
});

/** Grants that none of these paths uses, and what does by its code. No test here shows that it does. */
const RARE: Readonly<Record<string, string>> = {
  'workflow dynamodb:ConditionCheckItem': 'more than a hundred items under one lock',
  'workflow dynamodb:Query of the index': 'a license that is found by its id',
  'workflow states:SendTaskSuccess': 'a receipt that is applied before its update waits for it',
  'delivery dynamodb:DeleteItem': 'a queue that recovers, or whose endpoint is deleted',
  'vendor states:DescribeExecution': 'a lock that is older than 5 seconds, whose execution is gone',
  'vendor dynamodb:ConditionCheckItem': 'an item that must not change while another one is written',
  'vendor states:SendTaskSuccess': 'a retirement while an execution waits for its receipt',
  'vendor kms:Sign': 'an update whose key has left the newest key set (K3)',
  'vendor kms:GetPublicKey': 'an update whose key has left the newest key set (K3)',
  'depot states:DescribeExecution': 'a lock that is older than 5 seconds, whose execution is gone',
  'depot dynamodb:ConditionCheckItem': 'an item that must not change while another one is written',
  'depot dynamodb:DeleteItem': 'a receipt that the handler itself confirms, because its execution has ended',
  'depot dynamodb:UpdateItem': 'an update whose key has left the newest key set (K3)',
  'depot dynamodb:Query of the index': 'a license that is found by its id',
  'bulk states:DescribeExecution': 'a lock that is older than 5 seconds, whose execution is gone',
  'bulk states:StartExecution': 'a lock that is older than 5 seconds, whose execution is gone',
  'bulk dynamodb:ConditionCheckItem': 'an item that must not change while another one is written',
  'bulk dynamodb:DeleteItem': 'a replacement that takes the place of an earlier one',
  'overdue dynamodb:BatchGetItem': 'an action that waits for days',
  'overdue dynamodb:DeleteItem': 'an action that waits for days',
  'overdue dynamodb:PutItem': 'an action that waits for days',
};

/** A stack with a planted fault, and what one order answers there. */
async function orderIn(name: string, change: (text: string) => string) {
  const template = await stackTemplate();
  const text = JSON.stringify(template);
  const changed = change(text);
  expect(changed, 'the fault is planted').not.toBe(text);
  const faulty = await openCloud(JSON.parse(changed) as Template, join(folder, name), CERTIFICATE);
  onTestFinished(faulty.close);
  const response = await fetch(`${faulty.url}/products/cad`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${faulty.token}`, 'content-type': 'application/json' },
    body: '{"name":"CAD"}',
  });
  return { status: response.status, denied: faulty.denied };
}

test('a missing grant is a denied call and an answer of 500', async () => {
  const { status, denied } = await orderIn('grant', (text) => text.replaceAll('"dynamodb:PutItem",', ''));
  expect(status).toBe(500);
  expect(denied).toContainEqual(expect.objectContaining({ action: 'dynamodb:PutItem' }));
});

test('a wrong route permission is a denied invocation and an answer of 500', async () => {
  const { status, denied } = await orderIn('route', (text) => text.replaceAll('/*/*"', '/*/POST/orders"'));
  expect(status).toBe(500);
  expect(denied).toContainEqual(expect.objectContaining({ caller: 'apigateway.amazonaws.com' }));
});
