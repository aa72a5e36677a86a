import { expect, test } from 'vitest';
import type { DeliveryExecution } from '../../../contract/tasks.ts';
import { EVENT_OPERATIONS } from '../../../functions/api/operations/events.ts';
import type { Dependencies, Post, PostOutcome } from '../../../functions/dependencies.ts';
import {
  deleteDeliveries,
  enqueue,
  getDeadLetter,
  markDelivered,
  markFailed,
  moveToDeadLetters,
  pendingDeliveries,
  type QueuedDelivery,
} from '../../../functions/store/delivery-item.ts';
import { getQueue, reclaimQueue, releaseQueue, startQueueRun } from '../../../functions/store/delivery-queue.ts';
import { getEndpointHealth } from '../../../functions/store/endpoint-health-item.ts';
import {
  changeEventEndpoint,
  deleteEventEndpoint,
  getEventEndpoint,
  newEventEndpoint,
  saveEventEndpoint,
} from '../../../functions/store/event-endpoint-item.ts';
import { deliveryKey, endpointBacklogKey } from '../../../functions/store/keys.ts';
import { createDeliveryHandler } from '../../../functions/use-cases/events/deliver.ts';
import { after, anyAttempt, type Fixture, NOW, newFixture, type Pause, put, transaction } from './fixture.ts';

interface Given {
  readonly fixture: Fixture;
  readonly endpoint: string;
  readonly name: { readonly endpoint: string; readonly queue: string };
  readonly started: DeliveryExecution[];
}

const given = async (): Promise<Given> => {
  const fixture = await newFixture();
  const made = newEventEndpoint(await fixture.runtime(), 'https://example.com/events', anyAttempt.deriveBytes);
  await saveEventEndpoint(await fixture.runtime(), made);
  return { fixture, endpoint: made.id, name: { endpoint: made.id, queue: 'ORDER#SO-1' }, started: [] };
};

const deliveryOf = ({ name }: Given, event: string): QueuedDelivery => ({
  ...name,
  position: event,
  lane: 'license',
  event,
  type: 'license.delivered',
  at: '2027-01-01T00:00:00Z',
  body: '{}',
  attempts: 0,
});

const stateOf = ({ fixture, name }: Given, event: string): unknown => {
  const { pk, sk } = deliveryKey(name.endpoint, name.queue, event);
  return fixture.table.get(pk, sk)?.['state'];
};

/** Starts a run of the queue and notes it; it counts as running until a test ends it. */
const woken = async (world: Given, ended: readonly string[] = [], pause?: Pause): Promise<string> => {
  const deliveryRuns = {
    start: async (run: DeliveryExecution) => {
      world.started.push(run);
      return ended.includes(run.run) ? ('ended' as const) : ('running' as const);
    },
  };
  await startQueueRun(await world.fixture.runtime(pause), { deliveryRuns }, world.name);
  return world.started.at(-1)?.run ?? '';
};

const round = async (world: Given, run: string, posts: Post[], pause?: Pause) => {
  const runtime = await world.fixture.runtime(pause);
  const sender = {
    post: async (post: Post) => {
      posts.push(post);
      return { kind: 'answered', status: 204 } as const;
    },
    close: () => undefined,
  };
  return createDeliveryHandler({ dependencies: () => runtime, sender })({ ...world.name, run, rounds: 0 });
};

const query = (command: unknown): boolean => (command as object).constructor.name === 'QueryCommand';

const queueOf = async ({ fixture, name }: Given) => getQueue(await fixture.runtime(), name);

test('a queue with a running run gets no second one', async () => {
  const world = await given();
  const run = await woken(world);
  await woken(world);
  expect(new Set(world.started.map((one) => one.run))).toEqual(new Set([run]));
  expect(await queueOf(world)).toMatchObject({ run, running: true });
});

test('two concurrent wake-ups of a queue start the same run', async () => {
  const world = await given();
  await woken(world, [], { before: put, meanwhile: () => woken(world) });
  expect(new Set(world.started.map((one) => one.run)).size).toBe(1);
});

test('a run that ended without releasing its queue is replaced', async () => {
  const world = await given();
  const run = await woken(world);
  const next = await woken(world, [run]);
  expect(next).not.toBe(run);
  expect(await queueOf(world)).toMatchObject({ run: next, running: true });
});

test('the next wake-up takes a released queue', async () => {
  const world = await given();
  const run = await woken(world);
  expect(await releaseQueue(await world.fixture.runtime(), world.name, run, false)).toBe(true);
  const next = await woken(world);
  expect(next).not.toBe(run);
});

test('a run whose queue another run took cannot release it', async () => {
  const world = await given();
  const run = await woken(world);
  const next = await woken(world, [run]);
  expect(await releaseQueue(await world.fixture.runtime(), world.name, run, false)).toBe(false);
  expect(await queueOf(world)).toMatchObject({ run: next, running: true });
});

test('a run takes its queue again once, and not while another run has it', async () => {
  const world = await given();
  const { fixture, name } = world;
  const runtime = await fixture.runtime();
  const run = await woken(world);
  await releaseQueue(runtime, name, run, false);
  expect(await reclaimQueue(runtime, name, run)).toBe(true);
  expect(await reclaimQueue(runtime, name, run)).toBe(false);
  await releaseQueue(runtime, name, run, false);
  const next = await woken(world);
  await releaseQueue(runtime, name, next, false);
  expect(await reclaimQueue(runtime, name, run)).toBe(false);
  expect(await queueOf(world)).toMatchObject({ run: next, running: false });
});

test('a late round whose queue was released and taken by another run posts nothing', async () => {
  const world = await given();
  const run = await woken(world);
  await releaseQueue(await world.fixture.runtime(), world.name, run, false);
  await enqueue(await world.fixture.runtime(), deliveryOf(world, 'A'));
  const posts: Post[] = [];
  expect(await round(world, run, posts, { before: put, meanwhile: () => woken(world) })).toEqual({ status: 'done' });
  expect(posts).toEqual([]);
});

test('a round that released its queue leaves what is queued afterwards to the run that took it', async () => {
  const world = await given();
  const run = await woken(world);
  const meanwhile = async () => {
    await enqueue(await world.fixture.runtime(), deliveryOf(world, 'A'));
    await woken(world);
  };
  // The queue is released by the time the round reads it once more.
  expect(await round(world, run, [], { before: after(1, query), meanwhile })).toEqual({ status: 'done' });
});

test('a round that released its queue continues with what was queued before another run took it', async () => {
  const world = await given();
  const run = await woken(world);
  const meanwhile = async () => enqueue(await world.fixture.runtime(), deliveryOf(world, 'A'));
  const response = await round(world, run, [], { before: after(1, query), meanwhile });
  expect(response).toMatchObject({ status: 'wait', input: { rounds: 1 } });
  expect(await queueOf(world)).toMatchObject({ run, running: true });
});

test('an event that the stream repeats after its delivery is not queued again', async () => {
  const world = await given();
  const runtime = await world.fixture.runtime();
  await enqueue(runtime, deliveryOf(world, 'A'));
  await markDelivered(runtime, deliveryOf(world, 'A'));
  await enqueue(runtime, deliveryOf(world, 'A'));
  expect(await pendingDeliveries(runtime, world.name)).toEqual([]);
});

test('a delivery deleted with its endpoint stays deleted when its last attempt fails late', async () => {
  const world = await given();
  const runtime = await world.fixture.runtime();
  const delivery = deliveryOf(world, 'A');
  await enqueue(runtime, delivery);
  await deleteDeliveries(runtime, [delivery]);
  await markFailed(runtime, { ...delivery, attempts: 1 });
  await markDelivered(runtime, delivery);
  expect(stateOf(world, 'A')).toBeUndefined();
});

test('a dead letter stays one when an attempt of it succeeds late', async () => {
  const world = await given();
  const runtime = await world.fixture.runtime();
  const delivery = deliveryOf(world, 'A');
  await enqueue(runtime, delivery);
  await moveToDeadLetters(runtime, delivery);
  await markDelivered(runtime, delivery);
  expect(stateOf(world, 'A')).toBe('dead');
  expect(await getDeadLetter(runtime, world.endpoint, 'A')).toBeDefined();
});

const replayOne = (dependencies: Dependencies, { endpoint }: Given) =>
  EVENT_OPERATIONS.replayDeadLetter(
    { params: { id: endpoint, event: 'A' }, query: {}, headers: {} } as never,
    dependencies,
  );

const replayAll = (dependencies: Dependencies, { endpoint }: Given) =>
  EVENT_OPERATIONS.replayDeadLetters({ params: { id: endpoint }, query: {}, headers: {} } as never, dependencies);

test('a dead letter replayed twice at once is queued by one request, and the other is not-found', async () => {
  const world = await given();
  const { fixture } = world;
  await enqueue(await fixture.runtime(), deliveryOf(world, 'A'));
  await moveToDeadLetters(await fixture.runtime(), deliveryOf(world, 'A'));
  const meanwhile = async () => {
    expect((await replayOne(await fixture.runtime(), world)).status).toBe(202);
    await markDelivered(await fixture.runtime(), deliveryOf(world, 'A'));
  };
  expect((await replayOne(await fixture.runtime({ before: transaction, meanwhile }), world)).status).toBe(404);
  expect(stateOf(world, 'A')).toBe('delivered');
});

test('a replay of all dead letters counts those that it replayed itself', async () => {
  const world = await given();
  const { fixture } = world;
  for (const event of ['A', 'B']) {
    await enqueue(await fixture.runtime(), deliveryOf(world, event));
    await moveToDeadLetters(await fixture.runtime(), deliveryOf(world, event));
  }
  const meanwhile = async () => void (await replayOne(await fixture.runtime(), world));
  const { body } = await replayAll(await fixture.runtime({ before: transaction, meanwhile }), world);
  expect(body).toMatchObject({ replayed: 1 });
});

test('two concurrent changes of an endpoint are both made', async () => {
  const { fixture, endpoint } = await given();
  const meanwhile = async () =>
    changeEventEndpoint(await fixture.runtime(), endpoint, (known) => ({ ...known, description: 'ERP' }));
  const runtime = await fixture.runtime({ before: transaction, meanwhile });
  await changeEventEndpoint(runtime, endpoint, (known) => ({ ...known, types: ['license.delivered'] }));
  expect(await getEventEndpoint(runtime, endpoint)).toMatchObject({
    description: 'ERP',
    types: ['license.delivered'],
    revision: 3,
  });
});

const FAILS: PostOutcome = { kind: 'answered', status: 500 };
/** Five seconds and a tenth after the time of the fixture: the first pause varies by up to 10 %. */
const LATER = new Date(NOW.getTime() + 5_600);

/** A round at a time, with this answer to each post. */
const roundAt = async (world: Given, run: string, now: Date, outcome: PostOutcome, pause?: Pause) => {
  const runtime = { ...(await world.fixture.runtime(pause)), now: () => now };
  const posted: string[] = [];
  const post = async ({ headers }: Post) => {
    posted.push(String(headers['webhook-id']));
    return outcome;
  };
  const handle = createDeliveryHandler({ dependencies: () => runtime, sender: { post, close: () => undefined } });
  return { result: await handle({ ...world.name, run, rounds: 0 }), posted };
};
const laneOf = (world: Given, event: string) => ({ ...deliveryOf(world, event), lane: event });
const backlogOf = ({ fixture, name }: Given) => {
  const { pk, sk } = endpointBacklogKey(name.endpoint, name.queue);
  return fixture.table.get(pk, sk);
};
const healthOf = async ({ fixture, endpoint }: Given) => getEndpointHealth(await fixture.runtime(), endpoint);

/** A queue whose one event has failed, and whose run waits for the next attempt. */
const paused = async () => {
  const world = await given();
  const run = await woken(world);
  await enqueue(await world.fixture.runtime(), laneOf(world, 'A'));
  const { result } = await roundAt(world, run, NOW, FAILS);
  expect(result).toMatchObject({ status: 'wait' });
  return { world, run };
};

test('a round that leaves an event stores the backlog of its queue, and pauses it', async () => {
  const { world, run } = await paused();
  expect(await queueOf(world)).toMatchObject({ run, running: true, pausedUntil: expect.any(String) });
  expect(await healthOf(world)).toMatchObject({
    status: 'failing',
    failingSince: NOW.toISOString(),
    backlog: { events: 1, since: '2027-01-01T00:00:00Z' },
    nextAttemptAt: (await queueOf(world))?.pausedUntil,
  });
});

test('a run that delivers the last event removes the backlog of its queue', async () => {
  const { world, run } = await paused();
  const { result, posted } = await roundAt(world, run, LATER, { kind: 'answered', status: 204 });
  expect({ result, posted }).toEqual({ result: { status: 'done' }, posted: ['A'] });
  expect(backlogOf(world)).toBeUndefined();
  expect(await healthOf(world)).toMatchObject({ status: 'healthy', backlog: { events: 0 } });
  expect(await queueOf(world)).not.toHaveProperty('pausedUntil');
});

test('a new event takes a paused queue: the new run sends it at once, and the paused run ends without a post', async () => {
  const { world, run } = await paused();
  await enqueue(await world.fixture.runtime(), laneOf(world, 'B'));
  const next = await woken(world);
  expect(next).not.toBe(run);
  const ofNext = await roundAt(world, next, NOW, { kind: 'answered', status: 204 });
  expect(ofNext).toMatchObject({ result: { status: 'wait' }, posted: ['B'] });
  const ofPaused = await roundAt(world, run, LATER, { kind: 'answered', status: 204 });
  expect(ofPaused).toEqual({ result: { status: 'done' }, posted: [] });
  expect(await healthOf(world)).toMatchObject({ status: 'retrying', backlog: { events: 1 } });
});

test('a run that resumes keeps its queue: a new event does not start a second run beside it', async () => {
  const { world, run } = await paused();
  const meanwhile = async () => {
    await enqueue(await world.fixture.runtime(), laneOf(world, 'B'));
    await woken(world);
  };
  // The run has ended its pause by the time it reads what is pending.
  const { posted } = await roundAt(world, run, LATER, FAILS, { before: query, meanwhile });
  expect(new Set(world.started.map((one) => one.run))).toEqual(new Set([run]));
  expect(posted).toEqual(['A', 'B']);
});

test('a run whose pause ends while a new event takes its queue posts nothing', async () => {
  const { world, run } = await paused();
  const { result, posted } = await roundAt(world, run, LATER, FAILS, { before: put, meanwhile: () => woken(world) });
  expect({ result, posted }).toEqual({ result: { status: 'done' }, posted: [] });
});

test('two new events that take a paused queue at once start one run', async () => {
  const { world, run } = await paused();
  await woken(world, [], { before: after(1, put), meanwhile: () => woken(world) });
  const started = new Set(world.started.map((one) => one.run));
  expect(started.size).toBe(2);
  expect(started.has(run)).toBe(true);
});

test('an event that is queued just before the pause is sent at once, although it starts no other run', async () => {
  const world = await given();
  const run = await woken(world);
  await enqueue(await world.fixture.runtime(), laneOf(world, 'A'));
  const meanwhile = async () => {
    await enqueue(await world.fixture.runtime(), laneOf(world, 'B'));
    await woken(world);
  };
  const { result } = await roundAt(world, run, NOW, FAILS, { before: transaction, meanwhile });
  expect(result).toMatchObject({ status: 'wait', until: NOW.toISOString() });
});

test('a run that lost its queue neither pauses it nor stores a backlog', async () => {
  const world = await given();
  const run = await woken(world);
  await enqueue(await world.fixture.runtime(), laneOf(world, 'A'));
  const pause = { before: transaction, meanwhile: () => woken(world, [run]) };
  const { result } = await roundAt(world, run, NOW, FAILS, pause);
  expect(result).toEqual({ status: 'done' });
  expect(backlogOf(world)).toBeUndefined();
  expect(await queueOf(world)).not.toHaveProperty('pausedUntil');
});

test('a deleted endpoint leaves neither its attempts nor, after the next round, a backlog', async () => {
  const { world, run } = await paused();
  const runtime = await world.fixture.runtime();
  const endpoint = await getEventEndpoint(runtime, world.endpoint);
  expect(endpoint !== undefined && (await deleteEventEndpoint(runtime, endpoint))).toBe(true);
  expect((await roundAt(world, run, LATER, FAILS)).posted).toEqual([]);
  expect(world.fixture.table.partition(`ENDPOINT-HEALTH#${world.endpoint}`)).toEqual([]);
});

test('the health of an endpoint counts the backlogs of all its queues', async () => {
  const world = await given();
  for (const [queue, events] of [
    ['ORDER#1', ['A', 'B']],
    ['ORDER#2', ['C']],
  ] as const) {
    const other = { ...world, name: { ...world.name, queue } };
    const run = await woken(other);
    for (const event of events) await enqueue(await world.fixture.runtime(), laneOf(other, event));
    await roundAt(other, run, NOW, FAILS);
  }
  expect((await healthOf(world)).backlog.events).toBe(3);
});
