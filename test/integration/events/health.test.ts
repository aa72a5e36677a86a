/** The health of event endpoints, as the API and the command line show it, and what it costs. */
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { getQueue } from '../../../functions/store/delivery-queue.ts';
import { createWebhookSender } from '../../../functions/use-cases/events/webhook-sender.ts';
import { EXIT } from '../../../terminal/exit.ts';
import { type CapacityMeter, meterCapacity } from '../../harness/capacity-meter.ts';
import { runCommandLine } from '../../harness/command-line.ts';
import { type EventReceiver, openEventReceiver } from '../../harness/event-receiver.ts';
import { shiftedClock } from '../../harness/shifted-clock.ts';
import { ok, openWorld, present, type World } from '../../harness/world.ts';

const clock = shiftedClock();
let world: World;
let meter: CapacityMeter;
beforeAll(async () => {
  world = await openWorld({ clock, courier: createWebhookSender({ allowPrivate: true }), allowPrivateTargets: true });
  meter = meterCapacity(world.running.dependencies.documents);
});
afterAll(() => world.close());

let receiver: EventReceiver;
beforeEach(async () => {
  receiver = await openEventReceiver();
  onTestFinished(() => receiver.close());
});

interface EndpointBody {
  readonly id: string;
  readonly health: {
    readonly status: string;
    readonly failingSince?: string;
    readonly lastSuccessAt?: string;
    readonly lastError?: { readonly at: string; readonly error: string };
    readonly backlog: { readonly events: number; readonly since?: string };
    readonly nextAttemptAt?: string;
    readonly deadLetters: { readonly events: number };
  };
}

async function register(types: readonly string[] = ['license.*']): Promise<EndpointBody> {
  const body = { url: receiver.url, types };
  const endpoint = ok(await world.vendor<EndpointBody>('POST', '/event-endpoints', { body }), 201);
  onTestFinished(async () => void (await world.vendor('DELETE', `/event-endpoints/${endpoint.id}`)));
  return endpoint;
}
const read = (id: string) => world.vendor<EndpointBody>('GET', `/event-endpoints/${id}`);
const healthOf = async (id: string) => ok(await read(id)).health;
const eventually = (assert: () => unknown) => vi.waitFor(assert, { timeout: 10_000, interval: 20 });
const statusIs = (id: string, status: string) =>
  eventually(async () => expect((await healthOf(id)).status).toBe(status));
const relicense = async (...argv: string[]) => {
  const { code, out } = await runCommandLine(argv, {
    env: { RELICENSE_SERVER: world.running.url, RELICENSE_TOKEN: world.running.token },
  });
  expect(code).toBe(EXIT.done);
  return out;
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const minutesLater = (time: string | undefined, minutes: number) => Date.parse(present(time)) + minutes * MINUTE;

async function writeUnitsOf(action: () => Promise<void>): Promise<number> {
  meter.reset();
  await action();
  return meter.consumed.writeUnits;
}

// The first test of the file: later, runs of other endpoints wake when the clock is advanced.
test('a healthy endpoint costs four write units per event, and one more a minute for its health', async () => {
  const product = await world.product();
  const { id } = await register(['license.delivered']);
  const sell = async () => {
    const { orderId } = await world.order([{ product }]);
    await eventually(async () =>
      expect(await getQueue(world.running.dependencies, { endpoint: id, queue: `ORDER#${orderId}` })).toMatchObject({
        running: false,
      }),
    );
  };
  await sell();
  const ofEvent = await writeUnitsOf(sell);
  const { lastSuccessAt } = await healthOf(id);
  clock.advance(2 * MINUTE);
  const ofEventWithHealth = await writeUnitsOf(sell);
  expect(Date.parse(present((await healthOf(id)).lastSuccessAt))).toBeGreaterThan(minutesLater(lastSuccessAt, 1));
  expect(receiver.taken).toHaveLength(3);
  ok(await world.vendor('DELETE', `/event-endpoints/${id}`));
  const ofOrder = await writeUnitsOf(async () => void (await world.order([{ product }])));
  expect({ event: ofEvent - ofOrder, withHealth: ofEventWithHealth - ofOrder }).toEqual({ event: 4, withHealth: 5 });
});

test('I10 a failing endpoint shows since when, why, what waits and the next try, and all of it is reset when it recovers', async () => {
  const { id, health } = await register();
  expect(health).toEqual({ status: 'untried', backlog: { events: 0 }, deadLetters: { events: 0 } });
  const product = await world.product();
  await world.order([{ product }]);
  await statusIs(id, 'healthy');
  const { lastSuccessAt } = await healthOf(id);

  receiver.answer = () => 500;
  const [license] = (await world.order([{ product, quantity: 3 }])).licenses;
  await eventually(async () => expect((await healthOf(id)).backlog.events).toBe(3));
  const failing = await healthOf(id);
  expect(failing).toMatchObject({ status: 'failing', lastSuccessAt, lastError: { error: 'answered 500' } });
  expect(failing.failingSince).toBeDefined();
  expect(Date.parse(present(failing.backlog.since))).toBeLessThanOrEqual(Date.parse(present(failing.failingSince)));
  expect(Date.parse(present(failing.nextAttemptAt))).toBeGreaterThan(Date.parse(present(failing.failingSince)));

  // The second attempt comes after 5 s and the third after 5 minutes.
  clock.advance(6 * SECOND);
  await eventually(() => expect(receiver.came.filter(({ data }) => data.license === license?.id)).toHaveLength(2));
  await eventually(async () =>
    expect(Date.parse(present((await healthOf(id)).nextAttemptAt))).toBeGreaterThan(
      minutesLater(failing.failingSince, 4),
    ),
  );
  expect((await healthOf(id)).failingSince).toBe(failing.failingSince);

  // A later event of the same order is counted at once, although the run of its queue is paused.
  ok(await world.vendor('POST', `/licenses/${license?.id}/withdrawal`, { body: {} }));
  await eventually(async () => expect((await healthOf(id)).backlog.events).toBe(4));
  const listed = await relicense('events', 'endpoints', 'list');
  expect(listed).toMatch(/failing since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d, 4 events wait, next try at \d{4}-\d\d-\d\d /);
  const shown = await relicense('events', 'endpoints', 'show', id);
  expect(shown).toMatch(/^Health +failing since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/m);
  expect(shown).toMatch(/^Last success +\d{4}-.+ UTC$/m);
  expect(shown).toMatch(/^Last error +\d{4}-.+ UTC: answered 500$/m);
  expect(shown).toMatch(/^Backlog +4 events, the oldest of \d{4}-.+ UTC$/m);
  expect(shown).toMatch(/^Next try +\d{4}-.+ UTC$/m);
  const document = JSON.parse(await relicense('events', 'endpoints', 'show', id, '--json')) as EndpointBody;
  expect(document.health).toEqual(await healthOf(id));

  receiver.answer = () => 204;
  clock.advance(6 * MINUTE);
  await statusIs(id, 'healthy');
  const recovered = await healthOf(id);
  expect(recovered).toMatchObject({ backlog: { events: 0 }, lastError: { error: 'answered 500' } });
  expect(recovered).not.toHaveProperty('failingSince');
  expect(recovered).not.toHaveProperty('nextAttemptAt');
  expect(Date.parse(present(recovered.lastSuccessAt))).toBeGreaterThan(Date.parse(present(lastSuccessAt)));
});

test('a network error is shown with its code', async () => {
  const { id } = await register();
  receiver.answer = () => 'drop';
  await world.sell(await world.product());
  await statusIs(id, 'failing');
  expect(await healthOf(id)).toMatchObject({ lastError: { error: 'ECONNRESET' }, backlog: { events: 1 } });
});

test('while the run of an order waits for its next attempt, an event of another license is delivered at once', async () => {
  const { id } = await register();
  const [stuck, other] = (await world.order([{ product: await world.product(), quantity: 2 }])).licenses;
  await eventually(() => expect(receiver.taken).toHaveLength(2));
  receiver.answer = ({ data }) => (data.license === stuck?.id ? 500 : 204);
  ok(await world.vendor('POST', `/licenses/${stuck?.id}/withdrawal`, { body: {} }));
  await eventually(async () => expect((await healthOf(id)).backlog.events).toBe(1));
  // The next attempt is due in 5 minutes of a time that only this test advances.
  clock.advance(6 * SECOND);
  await eventually(() => expect(receiver.came).toHaveLength(4));
  await eventually(async () =>
    expect(Date.parse(present((await healthOf(id)).nextAttemptAt)) - clock.now()).toBeGreaterThan(MINUTE),
  );
  ok(await world.vendor('POST', `/licenses/${other?.id}/withdrawal`, { body: {} }));
  await eventually(() => expect(receiver.taken.map(({ data }) => data.license)).toContain(other?.id));
  // The endpoint answers, but one event still waits.
  await statusIs(id, 'retrying');
  expect((await healthOf(id)).backlog.events).toBe(1);
  expect(receiver.came).toHaveLength(5);
});

test('a ping counts as an attempt: it ends untried, and a ping that fails shows the endpoint as failing', async () => {
  const { id } = await register();
  ok(await world.vendor('POST', `/event-endpoints/${id}/ping`), 202);
  await statusIs(id, 'healthy');
  receiver.answer = () => 503;
  expect(await relicense('events', 'endpoints', 'ping', id)).toMatch(/^Queued as \w{26}\. The result: /);
  await statusIs(id, 'failing');
  expect(await healthOf(id)).toMatchObject({ lastError: { error: 'answered 503' }, backlog: { events: 0 } });
});

test('an edit with the tag that was read succeeds after the health changed, and a reader with that tag sees the change', async () => {
  const { id } = await register();
  const before = await read(id);
  const tag = present(before.headers.get('etag') ?? undefined);
  receiver.answer = () => 500;
  await world.sell(await world.product());
  await statusIs(id, 'failing');
  const again = await world.vendor('GET', `/event-endpoints/${id}`, { headers: { 'if-none-match': tag } });
  expect(again.status).toBe(200);
  const body = { url: receiver.url, description: 'ERP' };
  const changed = await world.vendor('PUT', `/event-endpoints/${id}`, { body, headers: { 'if-match': tag } });
  expect(ok(changed, 200)).toMatchObject({ description: 'ERP', health: { status: 'failing' } });
});

test('a retry sends the waiting events of a repaired receiver now, in order, and an endpoint without such says so', async () => {
  const { id } = await register();
  receiver.answer = () => 500;
  const [license] = (await world.order([{ product: await world.product(), quantity: 2 }])).licenses;
  ok(await world.vendor('POST', `/licenses/${license?.id}/withdrawal`, { body: {} }));
  await eventually(async () => expect((await healthOf(id)).backlog.events).toBe(3));
  const came = receiver.came.length;

  // Still broken: the events wait again, with all their retries.
  const queued = ok(await world.vendor<object>('POST', `/event-endpoints/${id}/retry`), 202);
  expect(queued).toEqual({ status: 'queued', events: 3, more: false });
  await eventually(() => expect(receiver.came.length).toBe(came + 2));
  await eventually(async () => expect((await healthOf(id)).backlog.events).toBe(3));

  receiver.answer = () => 204;
  expect(await relicense('events', 'retry', id)).toBe('3 events queued to be sent now.\n');
  await statusIs(id, 'healthy');
  expect((await healthOf(id)).backlog).toEqual({ events: 0 });
  const ofLicense = receiver.taken.filter(({ data }) => data.license === license?.id).map(({ type }) => type);
  expect(ofLicense).toEqual(['license.delivered', 'license.withdrawn']);

  const { code, out } = await runCommandLine(['events', 'retry', id], {
    env: { RELICENSE_SERVER: world.running.url, RELICENSE_TOKEN: world.running.token },
  });
  expect([code, out]).toEqual([EXIT.nothing, 'No events wait.\n']);
});

test('the health counts dead letters, and a retry of a disabled endpoint is refused', async () => {
  const { id } = await register();
  receiver.answer = () => 410;
  await world.order([{ product: await world.product(), quantity: 2 }]);
  await eventually(async () => expect((await healthOf(id)).deadLetters).toEqual({ events: 2 }));
  expect(await relicense('events', 'endpoints', 'list')).toContain('2 events given up');
  expect(await relicense('events', 'endpoints', 'show', id)).toMatch(/^Dead letters +2 events$/m);
  expect(await world.vendor('POST', `/event-endpoints/${id}/retry`)).toMatchObject({
    status: 400,
    body: { code: 'invalid-request' },
  });
  expect((await healthOf(id)).deadLetters).toEqual({ events: 2 });
});
