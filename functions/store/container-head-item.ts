import * as z from 'zod/mini';
import type { Dependencies } from '../dependencies.ts';
import { position } from './item-schemas.ts';
import { containerKey, PENDING_INDEX } from './keys.ts';
import { getItem, getItems, type RawItem } from './queries.ts';
import { putRevision, type Write } from './transactions.ts';

export const headItem = z.object({
  serial: z.string(),
  status: z.enum(['active', 'retiring', 'retired']),
  /** The last position that a context has proven. */
  confirmed: position,
  /** The end of the last issued update: the position of the target content. */
  issued: position,
  /** Held by the one reprogramming that is between its plan and its update (I3). */
  lock: z.exactOptional(z.object({ reprogramming: z.string(), counter: z.int(), since: z.string() })),
  /** A revision of this order is changing the container's pending actions: nothing else may (O1). */
  hold: z.exactOptional(z.object({ orderId: z.string(), since: z.string() })),
  /** The newest statement for the confirmed place (L1); absent before the first receipt. */
  statement: z.exactOptional(z.object({ iat: z.int(), kid: z.string() })),
  /** What is remembered of the container's contexts (C1); absent before the first receipt. */
  presence: z.exactOptional(
    z.object({
      before: z.string(),
      current: z.string(),
      jti: z.string(),
      iat: z.int(),
      lease: z.exactOptional(z.object({ jti: z.string(), iat: z.int() })),
    }),
  ),
  pendingCount: z.int(),
  firstSeenAt: z.string(),
  lastContactAt: z.exactOptional(z.string()),
  /** The vendor's name for the container, and its note. */
  name: z.exactOptional(z.string()),
  note: z.exactOptional(z.string()),
  retirement: z.exactOptional(
    z.object({ licenses: z.enum(['withdraw', 'restore']), reason: z.string(), at: z.string() }),
  ),
  revision: z.int(),
});

/** The first item of a container's partition. Each change of the container writes it, so `revision` is its version. */
export type Head = z.infer<typeof headItem>;

export function parseHead(item: RawItem): Head {
  return headItem.parse(item);
}

/** The container's head, `undefined` if the table does not have the container. */
export async function getHead(dependencies: Dependencies, serial: string): Promise<Head | undefined> {
  const item = await getItem(dependencies, containerKey(serial));
  return item === undefined ? undefined : parseHead(item);
}

/** The heads of these containers, by serial. The result omits containers that the table does not have. */
export async function getHeads(
  dependencies: Dependencies,
  serials: Iterable<string>,
): Promise<ReadonlyMap<string, Head>> {
  const items = await getItems(dependencies, [...serials].map(containerKey));
  return new Map(items.map(parseHead).map((head) => [head.serial, head]));
}

/** Writes the head's next revision, and lists it in the index while vendor actions are pending. */
export function putHead(dependencies: Dependencies, { revision, ...values }: Head): Write {
  const index = values.pendingCount > 0 ? { indexPk: PENDING_INDEX, indexSk: values.serial } : {};
  return putRevision(dependencies, containerKey(values.serial), { ...values, ...index }, revision);
}
