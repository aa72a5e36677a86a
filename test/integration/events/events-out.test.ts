import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { DEAD_LETTER } from '../../../contract/table.ts';
import { createWebhookSender } from '../../../functions/use-cases/events/webhook-sender.ts';
import type { OrderBody } from '../../harness/answers.ts';
import {
  type EventReceiver,
  isSignedWith,
  openEventReceiver,
  type ReceivedEvent,
} from '../../harness/event-receiver.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { byTier } from '../../harness/tier.ts';
import { ok, openWorld, present, readAll, type World } from '../../harness/world.ts';

// A busy machine may answer late, so only the test of a time-out uses a short one.
const patient = createWebhookSender({ allowPrivate: true });
const hasty = createWebhookSender({ allowPrivate: true, timeoutSeconds: 0.4 });
let sender = patient;

let world: World;
beforeAll(async () => {
  world = await openWorld({
    courier: {
      post: (post) => sender.post(post),
      close() {
        patient.close();
        hasty.close();
      },
    },
    allowPrivateTargets: true,
    // Three days in about a second.
    deliveryPauseScale: 0.000_004,
  });
});
afterAll(() => world.close());

interface EndpointBody {
  readonly id: string;
  readonly url: string;
  readonly status: string;
  readonly secret: string;
  readonly secrets: readonly { readonly createdAt: string; readonly endsAt?: string }[];
  readonly disabled?: { readonly cause: string };
  readonly lastPing?: { readonly id: string; readonly outcome: string; readonly error?: string };
}
interface LetterBody {
  readonly id: string;
  readonly type: string;
  readonly attempts: number;
  readonly error: string;
}

let receiver: EventReceiver;
beforeEach(async () => {
  sender = patient;
  receiver = await openEventReceiver();
  onTestFinished(() => receiver.close());
});

/** Registers the receiver and deletes the endpoint after the test. */
async function register(more: Readonly<Record<string, unknown>> = {}): Promise<EndpointBody> {
  const body = { url: receiver.url, ...more };
  const endpoint = ok(await world.vendor<EndpointBody>('POST', '/event-endpoints', { body }), 201);
  onTestFinished(async () => void (await world.vendor('DELETE', `/event-endpoints/${endpoint.id}`)));
  return endpoint;
}

const endpointOf = async (id: string) => ok(await world.vendor<EndpointBody>('GET', `/event-endpoints/${id}`));
const lettersOf = (id: string) => readAll<LetterBody>(world.vendor, `/event-endpoints/${id}/dead-letters`);
const eventually = (assert: () => unknown, timeout = 10_000) => vi.waitFor(assert, { timeout, interval: 25 });
const idsOf = (events: readonly ReceivedEvent[]) => [...new Set(events.map(({ id }) => id))];
const withdraw = async (license: string) =>
  ok(await world.vendor('POST', `/licenses/${license}/withdrawal`, { body: {} }));

test('I10 every event of an order and a container arrives, signed, under the id that the history shows', async () => {
  const endpoint = await register();
  const [license] = await world.sell(await world.product());
  const customer = await world.customer();
  await customer.sync({ activate: [present(license)] });
  const history = [
    ...(await world.historyOf({ order: present(license?.orderId) })),
    ...(await world.historyOf({ container: customer.serial })),
  ];
  const expected = [...new Map(history.map((event) => [event.id, event])).values()];
  expect(expected.map(({ type }) => type)).toContain('update.issued');
  await eventually(() => expect(idsOf(receiver.taken).sort()).toEqual(expected.map(({ id }) => id).sort()));
  for (const event of receiver.taken) {
    expect(isSignedWith(endpoint.secret, event)).toBe(true);
    const { id, type, at, ...told } = present(expected.find((each) => each.id === event.id));
    expect(event).toMatchObject({ type, timestamp: at, data: { id, ...told } });
  }
});

/** Each order brings 20 licenses, each license 2 events. */
const ORDERS = byTier({ quick: 3, deep: 25 });
const EVENTS = ORDERS * 40;

test(`I10 ${EVENTS} events reach an endpoint that fails at random, in order per license, and none is lost`, async () => {
  const product = await world.product();
  let state = 20_261_124;
  const failures = new Map<string, number>();
  receiver.answer = ({ id }) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const failed = failures.get(id) ?? 0;
    if (failed >= 6 || state % 10 >= 3) return 200;
    failures.set(id, failed + 1);
    return state % 3 === 0 ? 'drop' : 503;
  };
  const endpoint = await register({ types: ['license.*'] });
  const orders: OrderBody[] = [];
  for (let number = 0; number < ORDERS; number++) orders.push(await world.order([{ product, quantity: 20 }]));
  const licenses = orders.flatMap((order) => order.licenses.map(({ id }) => id));
  for (let start = 0; start < licenses.length; start += 20)
    await Promise.all(licenses.slice(start, start + 20).map(withdraw));
  await eventually(() => expect(idsOf(receiver.taken)).toHaveLength(EVENTS), 240_000);
  expect(failures.size).toBeGreaterThan(0.15 * EVENTS);
  for (const license of licenses) {
    const types = receiver.taken.filter(({ data }) => data.license === license).map(({ type }) => type);
    expect([license, ...new Set(types)]).toEqual([license, 'license.delivered', 'license.withdrawn']);
  }
  expect(await lettersOf(endpoint.id)).toEqual([]);
}, 300_000);

test('I10 a refused event holds back its own license; events of other licenses arrive', async () => {
  const [stuck, other] = (await world.order([{ product: await world.product(), quantity: 2 }])).licenses;
  let mended = false;
  receiver.answer = ({ data }) => (data.license === stuck?.id && !mended ? 500 : 200);
  await register();
  await withdraw(present(stuck?.id));
  await withdraw(present(other?.id));
  await eventually(() => expect(receiver.taken.map(({ data }) => data.license)).toContain(other?.id));
  expect(receiver.taken.map(({ data }) => data.license)).not.toContain(stuck?.id);
  mended = true;
  await eventually(() => expect(receiver.taken.map(({ data }) => data.license)).toContain(stuck?.id));
});

test('only events of the requested types are sent', async () => {
  await register({ types: ['license.withdrawn'] });
  const [license] = await world.sell(await world.product());
  await withdraw(present(license?.id));
  await eventually(() => expect(receiver.came.map(({ type }) => type)).toEqual(['license.withdrawn']));
});

describe.each([
  ['500', 500, 'answered 500'],
  ['a time-out', 'hang', 'no answer in time'],
  ['a broken connection', 'drop', 'ECONNRESET'],
  ['a redirect to the metadata address', { redirect: 'http://169.254.169.254/latest/meta-data/' }, 'answered 302'],
] as const)('an endpoint that answers with %s', (_, given, error) => {
  test('an event is tried ten times and becomes a dead letter, which the log names and a replay delivers', async () => {
    const warn = vi.spyOn(world.running.dependencies.log, 'warn');
    onTestFinished(() => warn.mockRestore());
    sender = given === 'hang' ? hasty : patient;
    const endpoint = await register({ types: ['license.delivered'] });
    receiver.answer = () => given;
    await world.sell(await world.product());
    await eventually(async () => expect(await lettersOf(endpoint.id)).toHaveLength(1), 20_000);
    const [letter] = await lettersOf(endpoint.id);
    expect(letter).toMatchObject({ type: 'license.delivered', attempts: 10, error: expect.stringContaining(error) });
    expect(receiver.came).toHaveLength(10);
    expect(idsOf(receiver.came)).toEqual([letter?.id]);

    receiver.answer = () => 200;
    expect(warn).toHaveBeenCalledWith(
      DEAD_LETTER,
      expect.objectContaining({ event: letter?.id, endpoint: endpoint.id, attempts: 10 }),
    );
    const path = `/event-endpoints/${endpoint.id}/dead-letters/${letter?.id}/replay`;
    expect((await world.vendor('POST', path)).status).toBe(202);
    await eventually(() => expect(idsOf(receiver.taken)).toEqual([letter?.id]));
    expect(await lettersOf(endpoint.id)).toEqual([]);
    expectProblem(await world.vendor('POST', path), 'not-found');
  });
});

test('after a dead letter the events of its license continue, and all dead letters can be replayed at once', async () => {
  const endpoint = await register({ types: ['license.*'] });
  receiver.answer = ({ type }) => (type === 'license.delivered' ? 500 : 200);
  const { licenses } = await world.order([{ product: await world.product(), quantity: 3 }]);
  await withdraw(present(licenses[0]?.id));
  await eventually(async () => expect(await lettersOf(endpoint.id)).toHaveLength(3), 20_000);
  const letters = await lettersOf(endpoint.id);
  const path = `/event-endpoints/${endpoint.id}/dead-letters`;
  expect(await readAll(world.vendor, path, 1, { order: 'newest' })).toEqual(letters.toReversed());
  await eventually(() => expect(receiver.taken.map(({ type }) => type)).toEqual(['license.withdrawn']));
  receiver.answer = () => 200;
  const replay = await world.vendor('POST', `/event-endpoints/${endpoint.id}/dead-letters/replay`);
  expect(replay).toMatchObject({ status: 202, body: { replayed: 3, more: false } });
  await eventually(() => expect(receiver.taken).toHaveLength(4));
});

test('410 disables the endpoint: its queued events become dead letters, and no event is queued for it', async () => {
  const endpoint = await register({ types: ['license.*'] });
  const witness = await openEventReceiver();
  onTestFinished(() => witness.close());
  await register({ url: witness.url, types: ['license.withdrawn'] });
  receiver.answer = () => 410;
  const [license] = await world.sell(await world.product());
  await eventually(async () => expect(await endpointOf(endpoint.id)).toMatchObject({ status: 'disabled' }));
  expect((await endpointOf(endpoint.id)).disabled?.cause).toBe('gone');
  await eventually(async () => expect(await lettersOf(endpoint.id)).toHaveLength(1));
  await withdraw(present(license?.id));
  // The stream's consumer has passed everything that the second endpoint received.
  await eventually(() => expect(witness.taken).toHaveLength(1));

  receiver.answer = () => 200;
  const body = { url: receiver.url, types: ['license.*'], enabled: true };
  expect(ok(await world.vendor('PUT', `/event-endpoints/${endpoint.id}`, { body }))).toMatchObject({
    status: 'enabled',
  });
  const [next] = await world.sell(await world.product());
  await eventually(() => expect(receiver.taken.map(({ data }) => data.license)).toEqual([next?.id]));
});

test('a rotated secret and its successor both sign, and only the first answer shows a secret', async () => {
  const endpoint = await register({ types: ['license.*'] });
  const path = `/event-endpoints/${endpoint.id}`;
  const rotated = ok(await world.vendor<EndpointBody>('POST', `${path}/secret`), 201);
  expect(rotated.secret).not.toBe(endpoint.secret);
  await world.sell(await world.product());
  await eventually(() => expect(receiver.taken).toHaveLength(1));
  const [event] = receiver.taken;
  expect(event?.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
  for (const secret of [endpoint.secret, rotated.secret]) expect(isSignedWith(secret, present(event))).toBe(true);

  const third = ok(await world.vendor<EndpointBody>('POST', `${path}/secret`), 201);
  await world.sell(await world.product());
  await eventually(() => expect(receiver.taken).toHaveLength(2));
  const signed = [endpoint, rotated, third].map(({ secret }) => isSignedWith(secret, present(receiver.taken[1])));
  expect(signed).toEqual([false, true, true]);
  const shown = JSON.stringify([await endpointOf(endpoint.id), await world.vendor('GET', '/event-endpoints')]);
  expect(shown).not.toContain('whsec_');
});

test('a ping sends one test event, and the endpoint reports its outcome', async () => {
  const endpoint = await register();
  const ping = ok(await world.vendor<{ id: string }>('POST', `/event-endpoints/${endpoint.id}/ping`), 202);
  await eventually(async () => {
    expect((await endpointOf(endpoint.id)).lastPing).toMatchObject({ id: ping.id, outcome: 'delivered' });
  });
  expect(receiver.taken).toMatchObject([{ id: ping.id, type: 'ping' }]);
  receiver.answer = () => 500;
  const second = ok(await world.vendor<{ id: string }>('POST', `/event-endpoints/${endpoint.id}/ping`), 202);
  await eventually(async () => {
    const { lastPing } = await endpointOf(endpoint.id);
    expect(lastPing).toMatchObject({ id: second.id, outcome: 'failed', error: 'answered 500' });
  });
  expect(receiver.came).toHaveLength(2);
  expect(await lettersOf(endpoint.id)).toEqual([]);
});

test('an endpoint is created, listed, changed and deleted; an unknown one is 404', async () => {
  const endpoint = await register({ types: ['license.*'], description: 'shop' });
  const path = `/event-endpoints/${endpoint.id}`;
  const { items } = ok(await world.vendor<{ items: EndpointBody[] }>('GET', '/event-endpoints'));
  expect(items.map(({ id }) => id)).toContain(endpoint.id);
  const changed = ok(await world.vendor('PUT', path, { body: { url: `${receiver.url}/2`, enabled: false } }));
  expect(changed).toMatchObject({ url: `${receiver.url}/2`, status: 'disabled', disabled: { cause: 'by-hand' } });
  expect(changed).not.toHaveProperty('description');
  expect((await world.vendor('DELETE', path)).status).toBe(200);
  for (const [method, more] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/ping'],
    ['POST', '/secret'],
    ['GET', '/dead-letters'],
    ['POST', '/dead-letters/replay'],
  ] as const)
    expectProblem(await world.vendor(method, `${path}${more}`), 'not-found');
});

test.each([
  { url: 'ftp://example.com/' },
  { url: 'not a url' },
  { url: 'https://user:secret@example.com/' },
  { url: 'http://169.254.169.254/latest/meta-data/' },
  { url: 'https://example.com/', types: ['no.such'] },
  { url: 'https://example.com/', types: [] },
])('the endpoint %o is refused', async (body) => {
  expectProblem(await world.vendor('POST', '/event-endpoints', { body }), 'invalid-request');
});
