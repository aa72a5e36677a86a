import * as z from 'zod/mini';
import type { Dependencies } from '../dependencies.ts';
import { historyIndexMembers, updateKey } from './keys.ts';
import { getItem, type RawItem } from './queries.ts';
import { putNew, type Write } from './transactions.ts';

const updateItem = z.object({
  reprogramming: z.string(),
  counter: z.int(),
  jws: z.string(),
  taskToken: z.exactOptional(z.string()),
  issuedAt: z.string(),
  eventId: z.string(),
  /** It was signed again (K3): a container may have applied it under its first key. */
  resigned: z.exactOptional(z.literal(true)),
});

/** The names of an update's members. */
export const UPDATE_MEMBERS: readonly string[] = Object.keys(updateItem.shape);

/** The signed part of an issued update, and the token of the task that waits for its receipt. */
export type StoredUpdate = z.infer<typeof updateItem>;

export function parseUpdate(item: RawItem): StoredUpdate {
  return updateItem.parse(item);
}

/** The item of an update, which is also an event: the container's history shows it as `update.issued`. */
export function updateItemOf(serial: string, update: StoredUpdate): Record<string, unknown> {
  return {
    ...updateKey(serial, update.counter),
    ...update,
    ...historyIndexMembers(serial, update.eventId),
  };
}

/** Stores an update, provided that none with its counter is stored. */
export function putNewUpdate(dependencies: Dependencies, serial: string, update: StoredUpdate): Write {
  return putNew(dependencies, updateKey(serial, update.counter), updateItemOf(serial, update));
}

/** The stored update with this counter, strongly consistent. */
export async function loadUpdate(
  dependencies: Dependencies,
  serial: string,
  counter: number,
): Promise<StoredUpdate | undefined> {
  const item = await getItem(dependencies, updateKey(serial, counter));
  return item === undefined ? undefined : parseUpdate(item);
}

/** Replaces the signed part of an update. The write is refused if it changed since it was read. */
export function replaceSignature(
  dependencies: Dependencies,
  serial: string,
  { counter, jws: before }: StoredUpdate,
  jws: string,
): Write {
  return {
    Update: {
      TableName: dependencies.tableName,
      Key: { ...updateKey(serial, counter) },
      UpdateExpression: 'SET jws = :jws, resigned = :resigned',
      ConditionExpression: 'jws = :before',
      ExpressionAttributeValues: { ':jws': jws, ':before': before, ':resigned': true },
    },
  };
}
