import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadUnlocked } from '../../functions/containers/unlocked.ts';
import type { Runtime } from '../../functions/ports.ts';
import { newReprogrammingId } from '../../functions/reprogrammings/reprogramming-id.ts';
import { waitForUpdate } from '../../functions/reprogrammings/wait.ts';
import { openWorld, present, type World } from '../harness/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** The same table, each call of which takes so long; an execution that runs for ever. */
function slowRuntime(milliseconds: number): { runtime: Runtime; calls: () => number } {
  const { runtime } = world.running;
  let calls = 0;
  const documents = {
    send: async (command: never) => {
      calls += 1;
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      return runtime.documents.send(command);
    },
  } as unknown as DynamoDBDocumentClient;
  return {
    runtime: { ...runtime, documents, workflow: { ...runtime.workflow, isRunning: async () => true } },
    calls: () => calls,
  };
}

describe('Prefer: wait=n', () => {
  it('ends when the time is over, also when it is the table that takes the time', async () => {
    const { runtime } = slowRuntime(200);
    const id = newReprogrammingId(runtime, (await world.customer()).serial, 1);
    const startedAt = performance.now();
    expect(await waitForUpdate(runtime, id, 1)).toEqual({ kind: 'planning' });
    // One second, the look before it and the one under way: two or three calls each.
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it('waits with small reads: what a plan holds is not read again and again', async () => {
    const licenses = (await world.order([{ product: await world.product(), quantity: 120 }])).licenses;
    const customer = await world.customer();
    const answer = await customer.reprogram({ activate: licenses });
    const { runtime, calls } = slowRuntime(0);
    // The execution after it that never comes to its plan.
    const id = newReprogrammingId(runtime, customer.serial, 2);
    expect(await waitForUpdate(runtime, id, 1)).toEqual({ kind: 'planning' });
    expect(calls()).toBeLessThan(60);
    expect((await waitForUpdate(runtime, answer.id, 1)).kind).toBe('issued');
  });
});

it('a lock that does not end is waited for some seconds by the clock, and the request is told to come again', async () => {
  const [license] = await world.sell(await world.product());
  const customer = await world.customer();
  await customer.sync({ activate: [present(license)] });
  const { runtime, tableName } = world.running;
  await runtime.documents.send(
    new UpdateCommand({
      TableName: tableName,
      Key: { pk: `CONTAINER#${customer.serial}`, sk: 'CONTAINER' },
      UpdateExpression: 'SET #lock = :lock',
      ExpressionAttributeNames: { '#lock': 'lock' },
      ExpressionAttributeValues: {
        ':lock': { reprogramming: 'somebody', counter: 2, since: new Date().toISOString() },
      },
    }),
  );
  let looks = 0;
  // Each look at the clock finds three seconds gone.
  const now = () => new Date(Date.now() + 3_000 * looks++);
  const { runtime: patient, calls } = slowRuntime(0);
  expect(await loadUnlocked({ ...patient, now }, customer.serial)).toBeUndefined();
  expect(calls()).toBeLessThan(12);
});
