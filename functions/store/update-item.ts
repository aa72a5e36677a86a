import * as z from 'zod/mini';
import { historyIndexMembers, updateKey } from './keys.ts';
import type { RawItem } from './queries.ts';

const updateItem = z.object({
  reprogramming: z.string(),
  counter: z.int(),
  jws: z.string(),
  taskToken: z.exactOptional(z.string()),
  issuedAt: z.string(),
  eventId: z.string(),
});

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
