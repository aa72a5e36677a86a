import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dependencies } from '../../functions/dependencies.ts';
import { loadUnlocked } from '../../functions/use-cases/containers/await-unlocked.ts';
import { waitForUpdate } from '../../functions/use-cases/reprogramming/await-update.ts';
import { newReprogrammingId } from '../../functions/use-cases/reprogramming/reprogramming-id.ts';
import { openWorld, present, type World } from '../harness/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** The same table with a delay in each call, and an execution that never ends. */
function slowRuntime(milliseconds: number): { dependencies: Dependencies; calls: () => number } {
  const { dependencies } = world.running;
  let calls = 0;
  const documents = {
    send: async (command: never) => {
      calls += 1;
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      return dependencies.documents.send(command);
    },
  } as unknown as DynamoDBDocumentClient;
  return {
    dependencies: { ...dependencies, documents, workflow: { ...dependencies.workflow, isRunning: async () => true } },
    calls: () => calls,
  };
}

describe('Prefer: wait=n', () => {
  it('a wait ends at its time even when the table is slow', async () => {
    const { dependencies } = slowRuntime(200);
    const id = newReprogrammingId(dependencies, (await world.customer()).serial, 1);
    const startedAt = performance.now();
    expect(await waitForUpdate(dependencies, id, 1)).toEqual({ kind: 'planning' });
    // One second: the read before it and the one under way, with two or three calls each.
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it('a wait reads small items and does not read the plan again and again', async () => {
    const licenses = (await world.order([{ product: await world.product(), quantity: 120 }])).licenses;
    const customer = await world.customer();
    const answer = await customer.reprogram({ activate: licenses });
    const { dependencies, calls } = slowRuntime(0);
    // The next execution, which never reaches its plan.
    const id = newReprogrammingId(dependencies, customer.serial, 2);
    expect(await waitForUpdate(dependencies, id, 1)).toEqual({ kind: 'planning' });
    expect(calls()).toBeLessThan(60);
    expect((await waitForUpdate(dependencies, answer.id, 1)).kind).toBe('issued');
  });
});

it('a request waits some seconds for a lock that does not end, and is then answered with Retry-After', async () => {
  const [license] = await world.sell(await world.product());
  const customer = await world.customer();
  await customer.sync({ activate: [present(license)] });
  const { dependencies, tableName } = world.running;
  await dependencies.documents.send(
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
  // Each look at the clock advances it by three seconds.
  const now = () => new Date(Date.now() + 3_000 * looks++);
  const { dependencies: patient, calls } = slowRuntime(0);
  expect(await loadUnlocked({ ...patient, now }, customer.serial)).toBeUndefined();
  expect(calls()).toBeLessThan(12);
});
