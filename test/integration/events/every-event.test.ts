/** Every event type is sent, signed, whatever happens to other endpoints and to unreadable history items. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { SET_ASIDE } from '../../../contract/table.ts';
import { EVENT_TYPES } from '../../../domain/history.ts';
import { pendingDeliveries } from '../../../functions/store/delivery-item.ts';
import { reportOverdueActions } from '../../../functions/use-cases/containers/report-overdue-actions.ts';
import { createStreamHandler } from '../../../functions/use-cases/events/consume.ts';
import type { StreamRecord } from '../../../functions/use-cases/events/events-of-record.ts';
import { createWebhookSender } from '../../../functions/use-cases/events/webhook-sender.ts';
import { reportEffectiveActions } from '../../../functions/use-cases/licenses/report-effective.ts';
import { reportExpiries } from '../../../functions/use-cases/licenses/report-expiries.ts';
import { reportOverdueReceipts } from '../../../functions/use-cases/reprogramming/overdue-receipts.ts';
import { runTask } from '../../../functions/use-cases/reprogramming/task-handler.ts';
import { reportOpenWebhooks } from '../../../functions/use-cases/webhooks/report-open-webhooks.ts';
import type { EventBody, OrderBody } from '../../harness/answers.ts';
import { isSignedWith, openEventReceiver, type ReceivedEvent } from '../../harness/event-receiver.ts';
import { keysCommand } from '../../harness/keys-command.ts';
import { sendAsShopify } from '../../harness/shops.ts';
import { fresh, ok, openWorld, present, type World } from '../../harness/world.ts';

let world: World;
const home = realpathSync(mkdtempSync(join(tmpdir(), 'relicense-events-')));
beforeAll(async () => {
  world = await openWorld({
    home,
    courier: createWebhookSender({ allowPrivate: true, timeoutSeconds: 2 }),
    allowPrivateTargets: true,
  });
});
afterAll(async () => {
  await world.close();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

interface EndpointBody {
  readonly id: string;
  readonly secret: string;
}

async function endpointOf(url: string, more: object = {}): Promise<EndpointBody> {
  const endpoint = ok(await world.vendor<EndpointBody>('POST', '/event-endpoints', { body: { url, ...more } }), 201);
  onTestFinished(async () => void (await world.vendor('DELETE', `/event-endpoints/${endpoint.id}`)));
  return endpoint;
}

/** The signature as Standard Webhooks 1.0.0 defines it, made with nothing but Node's own HMAC. */
function signedByHand(secret: string, { headers, body }: ReceivedEvent): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}

/** What the API says about the order and the licenses of an event. */
async function detailsByApi({ orderId, license, predecessor, successor }: EventBody): Promise<object> {
  const get = async (id: string) => {
    const { product, terms } = ok(await world.vendor<{ product: string; terms: object }>('GET', `/licenses/${id}`));
    return { product, terms };
  };
  const { ticket, customer } =
    orderId === undefined
      ? {}
      : ok(await world.vendor<{ ticket?: string; customer?: object }>('GET', `/orders/${orderId}`));
  const others = [predecessor, successor].filter((id) => id !== undefined);
  return {
    ticket,
    customer,
    ...(license === undefined ? {} : await get(license)),
    otherLicenses:
      others.length === 0
        ? undefined
        : await Promise.all(others.map(async (id) => ({ license: id, ...(await get(id)) }))),
  };
}

const withdrawal = (license: string) => `/licenses/${license}/withdrawal`;
const renewal = (license: string) => `/licenses/${license}/renewal`;
const replacement = (license: string) => `/licenses/${license}/replacement`;

/** The events of a sale that is disputed, of a refund that waits, and of one that fails. */
async function troubleInShops(): Promise<EventBody[]> {
  const secret = 'shpss_0123456789abcdef0123456789abcdef';
  ok(await world.vendor('POST', '/webhook-secrets', { body: { source: 'shopify', secret } }), 201);
  const product = await world.product();
  const send = async (topic: string, body: object) =>
    ok(await sendAsShopify(world.user, topic, JSON.stringify(body), { secrets: [secret] }), 200);
  const line = { id: 1, sku: product, quantity: 1 };
  await send('orders/paid', { id: 71, line_items: [line] });
  await send('disputes/create', { id: 5, order_id: 71, status: 'needs_response' });
  await send('refunds/create', { id: 6, order_id: 71, refund_line_items: [{ line_item_id: 2, quantity: 1 }] });
  await send('refunds/create', { id: 7, order_id: 72, refund_line_items: [{ line_item_id: 2, quantity: 1 }] });
  const { dependencies } = world.running;
  const later = new Date(dependencies.now().getTime() + 31 * 60_000);
  expect(await reportOpenWebhooks({ ...dependencies, now: () => later })).toEqual({ waiting: 1, stopped: 0 });
  expect(await reportOpenWebhooks({ ...dependencies, now: () => later })).toEqual({ waiting: 0, stopped: 0 });
  return world.historyOf({ order: 'shopify-71' });
}

/** Triggers every event that a history can have. @returns the events of the histories. */
async function everything(): Promise<EventBody[]> {
  const product = await world.product();
  const buyer = { company: 'ACME', number: 'K-4711' };
  const orderId = fresh('order');
  const terms = { maintenanceUntil: '2099-01-01T00:00:00Z', features: ['gpu'], leaseDays: 1 };
  const items = [{ product, quantity: 7, terms }];
  const order = ok(await world.vendor<OrderBody>('POST', '/orders', { body: { orderId, customer: buyer, items } }));
  const [taken, swapped, returned, renewed, atOnce, bound, late] = order.licenses.map(({ id }) => id);
  const customer = await world.customer();
  const activate = order.licenses.slice(0, 4);
  const old = customer.container.copy();
  await customer.sync({ activate });
  await customer.sync({ deactivate: [present(returned)] });
  ok(await world.vendor('PATCH', `/containers/${customer.serial}`, { body: { name: 'PC', note: 'x' } }), 200);
  const vendor = async (method: string, path: string, body?: object) =>
    ok(await world.vendor(method, path, body === undefined ? {} : { body }));
  const assignment = `/containers/${customer.serial}/assignments/${bound}`;
  const maintenanceUntil = '2099-06-01T00:00:00Z';
  for (const [method, path, body] of [
    ['POST', withdrawal(present(taken))],
    ['POST', replacement(present(swapped))],
    ['POST', renewal(present(renewed)), { maintenanceUntil }],
    ['PUT', assignment],
  ] as const) {
    await vendor(method, path, body ?? {});
    await vendor('DELETE', path);
    await vendor(method, path, body ?? {});
  }
  expect((await reportOverdueActions(world.running.dependencies, { afterDays: 0 })).reported).toBe(4);
  const { dependencies } = world.running;
  const inTwoDays = new Date(dependencies.now().getTime() + 2 * 86_400_000);
  expect(await reportEffectiveActions({ ...dependencies, now: () => inTwoDays })).toBe(2);
  await customer.sync();
  const ends = { expiresAt: new Date(dependencies.now().getTime() + 7.5 * 86_400_000).toISOString() };
  await vendor('POST', renewal(present(atOnce)), ends);
  for (const days of [1, 8]) {
    const later = new Date(dependencies.now().getTime() + days * 86_400_000);
    await reportExpiries({ ...dependencies, now: () => later });
  }
  await vendor('POST', replacement(present(atOnce)), {});

  const ticket = present(order.licenses.find(({ id }) => id === late));
  const { id } = await customer.reprogram({ activate: [ticket] });
  const work = { withdraw: 0, deactivate: 0, assign: 0, replace: 0, activate: 1 };
  const { target } = await world.containerOf(customer.serial);
  const input = { reprogramming: id, container: customer.serial, counter: target.counter, work };
  await runTask(dependencies, { task: 'ReportOverdue', input });
  const inThreeWeeks = new Date(dependencies.now().getTime() + 21 * 86_400_000);
  expect(await reportOverdueReceipts({ ...dependencies, now: () => inThreeWeeks })).toBe(1);
  // Restored later: an older context is late, and not recorded (C1).
  const context = await old.context({ iat: Math.floor(Date.now() / 1000) + 60 });
  expect((await world.user('POST', '/depot/receipts', { body: { context } })).status).toBe(409);
  await vendor('POST', `/containers/${customer.serial}/retirement`, { licenses: 'restore', reason: 'lost' });

  const revised = { items: [{ product, quantity: 1 }] };
  const { orderId: changed } = await world.order([{ product, quantity: 2 }]);
  ok(await world.vendor('PUT', `/orders/${changed}`, { body: revised, headers: { 'if-match': '"1"' } }));

  const response = [
    ...(await world.historyOf({ order: changed })),
    ...(await world.historyOf({ order: order.orderId })),
    ...(await world.historyOf({ container: customer.serial })),
    ...(await troubleInShops()),
  ];
  // Histories show the present name of the container beside each event.
  const events = response.map(({ containerName: _, ...event }) => event);
  return [...new Map(events.map((event) => [event.id, event])).values()];
}

test('I10 every event type arrives, signed with the endpoint’s secret, while two other endpoints are down', async () => {
  const receivers = await Promise.all([openEventReceiver(), openEventReceiver(), openEventReceiver()]);
  onTestFinished(() => {
    for (const each of receivers) each.close();
  });
  const [well, hanging, failing] = receivers;
  hanging.answer = () => 'hang';
  failing.answer = () => 500;
  // The endpoints that are down come first, as the consumer reaches them first.
  await endpointOf(hanging.url);
  await endpointOf(failing.url);
  const endpoint = await endpointOf(well.url);

  const response = await everything();
  expect(await keysCommand({ RELICENSE_HOME: home }, ['rotate-update'])).toMatchObject({ exit: 0 });
  // Those of webhooks and key sets are in no history that can be asked for.
  const ofWebhooks = ['webhook.failed', 'webhook.waiting-long'];
  const inNoHistory = [...ofWebhooks, 'key-set.published'];
  expect([...new Set(response.map(({ type }) => type)), ...inNoHistory].sort()).toEqual([...EVENT_TYPES].sort());
  await vi.waitFor(
    () => expect(new Set(well.taken.map(({ id }) => id)).size).toBe(response.length + inNoHistory.length),
    60_000,
  );
  for (const type of ofWebhooks) {
    const [came, ...others] = well.taken.filter((event) => event.type === type);
    expect(others).toEqual([]);
    expect(isSignedWith(endpoint.secret, present(came))).toBe(true);
    const orderId = type === 'webhook.failed' ? {} : { orderId: 'shopify-72' };
    expect(present(came).data).toMatchObject({
      source: 'shopify',
      webhook: expect.any(String),
      actor: 'system',
      ...orderId,
    });
  }

  const published = present(well.taken.find(({ type }) => type === 'key-set.published'));
  expect(isSignedWith(endpoint.secret, published)).toBe(true);
  expect(published.data).toMatchObject({ keySet: 2, actor: 'vendor', by: { kind: 'token', name: 'development' } });

  for (const event of response) {
    const came = present(well.taken.find(({ id }) => id === event.id));
    expect(isSignedWith(endpoint.secret, came)).toBe(true);
    expect(came.headers['webhook-signature']).toBe(signedByHand(endpoint.secret, came));
    const { type, ...data } = event;
    const { ticket, customer, product, terms, otherLicenses, ...own } = JSON.parse(came.body).data;
    expect({ ...JSON.parse(came.body), data: own }).toEqual({ type, timestamp: event.at, data });
    const details = { ticket, customer, product, terms, otherLicenses };
    // A renewal changes the terms, and an event that was sent before it has the earlier ones.
    const isRenewed = response.some((one) => one.type === 'license.renewed' && one.license === event.license);
    const byApi = await detailsByApi(event);
    expect(details).toEqual(isRenewed ? { ...byApi, terms: expect.anything() } : byApi);
  }
  expect(hanging.came.length).toBeGreaterThan(0);
  expect(failing.came.length).toBeGreaterThan(0);
  expect([...hanging.taken, ...failing.taken]).toEqual([]);
});

test('an unreadable history item is retried, then set aside, and the licenses behind it continue', async () => {
  const receiver = await openEventReceiver();
  onTestFinished(() => receiver.close());
  const endpoint = await endpointOf(receiver.url);
  const { dependencies } = world.running;
  const woken: string[] = [];
  const handle = createStreamHandler({
    dependencies: () => dependencies,
    bulkRuns: { start: async () => 'running' },
    deliveryRuns: {
      start: async ({ queue }) => {
        woken.push(queue);
        return 'running';
      },
    },
  });
  const entries = (type: string) => ({
    eventId: '01JDEEEEEEEEEEEEEEEEEEEEEE',
    at: dependencies.now().toISOString(),
    actor: 'vendor',
    orderId: 'any',
    entries: [{ type, license: 'L' }],
  });
  const record = (order: string, type: string, sequence: number, ageMinutes: number): StreamRecord => ({
    eventName: 'INSERT',
    dynamodb: {
      SequenceNumber: String(sequence),
      ApproximateCreationDateTime: (dependencies.now().getTime() - ageMinutes * 60_000) / 1000,
      NewImage: marshall({ pk: `ORDER#${order}`, sk: 'EVENT#1', ...entries(type) }),
    },
  });
  const error = vi.spyOn(console, 'error').mockReturnValue(undefined);
  onTestFinished(() => error.mockRestore());

  const young = {
    Records: [record('of-tomorrow', 'license.evaporated', 1, 14), record('behind', 'license.delivered', 2, 14)],
  };
  expect(await handle(young)).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  expect(woken).toEqual([]);

  const old = {
    Records: [record('of-tomorrow', 'license.evaporated', 1, 16), record('behind', 'license.delivered', 2, 16)],
  };
  expect(await handle(old)).toEqual({ batchItemFailures: [] });
  expect(woken).toEqual(['ORDER#behind']);
  expect(await pendingDeliveries(dependencies, { endpoint: endpoint.id, queue: 'ORDER#behind' })).toHaveLength(1);
  expect(error.mock.calls.flat().join()).toContain(`ORDER#of-tomorrow EVENT#1 ${SET_ASIDE}`);
});
