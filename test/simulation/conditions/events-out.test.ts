import { expect, test } from 'vitest';
import type { DeliveryExecution } from '../../../contract/tasks.ts';
import { EVENT_OPERATIONS } from '../../../functions/api/operations/events.ts';
import type { Dependencies, Post } from '../../../functions/dependencies.ts';
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
import {
  changeEventEndpoint,
  getEventEndpoint,
  newEventEndpoint,
  saveEventEndpoint,
} from '../../../functions/store/event-endpoint-item.ts';
import { deliveryKey } from '../../../functions/store/keys.ts';
import { createDeliveryHandler } from '../../../functions/use-cases/events/deliver.ts';
import { after, anyRun, type Meanwhile, newScene, put, type Scene, transaction } from './scene.ts';

interface Given {
  readonly scene: Scene;
  readonly endpoint: string;
  readonly name: { readonly endpoint: string; readonly queue: string };
  readonly started: DeliveryExecution[];
}

const given = async (): Promise<Given> => {
  const scene = await newScene();
  const made = newEventEndpoint(await scene.runtime(), 'https://example.com/events', anyRun.deriveBytes);
  await saveEventEndpoint(await scene.runtime(), made);
  return { scene, endpoint: made.id, name: { endpoint: made.id, queue: 'ORDER#SO-1' }, started: [] };
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

const stateOf = ({ scene, name }: Given, event: string): unknown => {
  const { pk, sk } = deliveryKey(name.endpoint, name.queue, event);
  return scene.table.get(pk, sk)?.['state'];
};

/** Starts a run of the queue; what is started is noted, and goes on as long as nobody says that it has ended. */
const woken = async (world: Given, ended: readonly string[] = [], meanwhile?: Meanwhile): Promise<string> => {
  const deliveryRuns = {
    start: async (run: DeliveryExecution) => {
      world.started.push(run);
      return ended.includes(run.run) ? ('ended' as const) : ('running' as const);
    },
  };
  await startQueueRun(await world.scene.runtime(meanwhile), { deliveryRuns }, world.name);
  return world.started.at(-1)?.run ?? '';
};

const round = async (world: Given, run: string, posts: Post[], meanwhile?: Meanwhile) => {
  const runtime = await world.scene.runtime(meanwhile);
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

const queueOf = async ({ scene, name }: Given) => getQueue(await scene.runtime(), name);

test('a queue on which a run is at work gets no second one', async () => {
  const world = await given();
  const run = await woken(world);
  await woken(world);
  expect(new Set(world.started.map((one) => one.run))).toEqual(new Set([run]));
  expect(await queueOf(world)).toMatchObject({ run, running: true });
});

test('of two that wake a queue at once, both start the same run', async () => {
  const world = await given();
  await woken(world, [], { before: put, happens: () => woken(world) });
  expect(new Set(world.started.map((one) => one.run)).size).toBe(1);
});

test('a run that has ended without letting go of its queue is replaced', async () => {
  const world = await given();
  const run = await woken(world);
  const next = await woken(world, [run]);
  expect(next).not.toBe(run);
  expect(await queueOf(world)).toMatchObject({ run: next, running: true });
});

test('a queue that was let go of is taken by the next who wakes it', async () => {
  const world = await given();
  const run = await woken(world);
  expect(await releaseQueue(await world.scene.runtime(), world.name, run, false)).toBe(true);
  const next = await woken(world);
  expect(next).not.toBe(run);
});

test('a run whose queue another run has taken cannot let go of it', async () => {
  const world = await given();
  const run = await woken(world);
  const next = await woken(world, [run]);
  expect(await releaseQueue(await world.scene.runtime(), world.name, run, false)).toBe(false);
  expect(await queueOf(world)).toMatchObject({ run: next, running: true });
});

test('a run takes its queue again once, and not when another run has it', async () => {
  const world = await given();
  const { scene, name } = world;
  const runtime = await scene.runtime();
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

test('a round that comes late, when its queue was let go of and taken by another run, posts nothing', async () => {
  const world = await given();
  const run = await woken(world);
  await releaseQueue(await world.scene.runtime(), world.name, run, false);
  await enqueue(await world.scene.runtime(), deliveryOf(world, 'A'));
  const posts: Post[] = [];
  expect(await round(world, run, posts, { before: put, happens: () => woken(world) })).toEqual({ status: 'done' });
  expect(posts).toEqual([]);
});

test('a round that has let go of its queue leaves what is queued then to the run that took it', async () => {
  const world = await given();
  const run = await woken(world);
  const happens = async () => {
    await enqueue(await world.scene.runtime(), deliveryOf(world, 'A'));
    await woken(world);
  };
  // It has let go by the time when it looks at what is queued once more.
  expect(await round(world, run, [], { before: after(1, query), happens })).toEqual({ status: 'done' });
});

test('a round that has let go of its queue goes on with what was queued before anybody took it', async () => {
  const world = await given();
  const run = await woken(world);
  const happens = async () => enqueue(await world.scene.runtime(), deliveryOf(world, 'A'));
  const response = await round(world, run, [], { before: after(1, query), happens });
  expect(response).toMatchObject({ status: 'wait', input: { rounds: 1 } });
  expect(await queueOf(world)).toMatchObject({ run, running: true });
});

test('an event that comes out of the stream again after it was delivered is not queued again', async () => {
  const world = await given();
  const runtime = await world.scene.runtime();
  await enqueue(runtime, deliveryOf(world, 'A'));
  await markDelivered(runtime, deliveryOf(world, 'A'));
  await enqueue(runtime, deliveryOf(world, 'A'));
  expect(await pendingDeliveries(runtime, world.name)).toEqual([]);
});

test('a delivery that was dropped with its endpoint does not come back when its last attempt fails late', async () => {
  const world = await given();
  const runtime = await world.scene.runtime();
  const delivery = deliveryOf(world, 'A');
  await enqueue(runtime, delivery);
  await deleteDeliveries(runtime, [delivery]);
  await markFailed(runtime, { ...delivery, attempts: 1 });
  await markDelivered(runtime, delivery);
  expect(stateOf(world, 'A')).toBeUndefined();
});

test('a delivery that is among the dead letters stays there when an attempt of it succeeds late', async () => {
  const world = await given();
  const runtime = await world.scene.runtime();
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

test('a dead letter that two replay at once is queued by one of them, and the other is told that it is not there', async () => {
  const world = await given();
  const { scene } = world;
  await enqueue(await scene.runtime(), deliveryOf(world, 'A'));
  await moveToDeadLetters(await scene.runtime(), deliveryOf(world, 'A'));
  const happens = async () => {
    expect((await replayOne(await scene.runtime(), world)).status).toBe(202);
    await markDelivered(await scene.runtime(), deliveryOf(world, 'A'));
  };
  expect((await replayOne(await scene.runtime({ before: transaction, happens }), world)).status).toBe(404);
  expect(stateOf(world, 'A')).toBe('delivered');
});

test('a replay of all counts what it has replayed itself', async () => {
  const world = await given();
  const { scene } = world;
  for (const event of ['A', 'B']) {
    await enqueue(await scene.runtime(), deliveryOf(world, event));
    await moveToDeadLetters(await scene.runtime(), deliveryOf(world, event));
  }
  const happens = async () => void (await replayOne(await scene.runtime(), world));
  const { body } = await replayAll(await scene.runtime({ before: transaction, happens }), world);
  expect(body).toMatchObject({ replayed: 1 });
});

test('two changes of an endpoint at once are both made', async () => {
  const { scene, endpoint } = await given();
  const happens = async () =>
    changeEventEndpoint(await scene.runtime(), endpoint, (known) => ({ ...known, description: 'ERP' }));
  const runtime = await scene.runtime({ before: transaction, happens });
  await changeEventEndpoint(runtime, endpoint, (known) => ({ ...known, types: ['license.delivered'] }));
  expect(await getEventEndpoint(runtime, endpoint)).toMatchObject({
    description: 'ERP',
    types: ['license.delivered'],
    revision: 3,
  });
});
