import * as z from 'zod/mini';
import type { Conflict, PlannedChange } from '../../domain/sequence.ts';
import type { Dependencies } from '../dependencies.ts';
import { compressJson, decompressJson } from './compression.ts';
import { conflict, position, ticketLicense } from './item-schemas.ts';
import { changesKey, reprogrammingKey } from './keys.ts';
import type { RawItem } from './queries.ts';
import { put, remove, type Write } from './transactions.ts';

/** Of a license that leaves the container, the plan stores only its keys. */
const leaving = z.object({ id: z.string(), ticket: z.string(), orderId: z.string() });

const change = z.discriminatedUnion('op', [
  z.discriminatedUnion('step', [
    z.object({ step: z.enum(['withdraw', 'deactivate']), op: z.literal('remove'), license: leaving }),
    z.object({
      step: z.literal('replace'),
      op: z.literal('remove'),
      license: leaving,
      by: z.string(),
      leaseDays: z.exactOptional(z.number()),
    }),
  ]),
  z.discriminatedUnion('step', [
    z.object({ step: z.enum(['assign', 'activate']), op: z.literal('put'), license: ticketLicense }),
    z.object({ step: z.literal('replace'), op: z.literal('put'), license: ticketLicense, for: z.string() }),
  ]),
]);

const planMembers = {
  id: z.string(),
  counter: z.int(),
  from: position,
  to: position,
  /** The counter of the context that asked for it: the answer is the chain of updates after it. */
  contextCounter: z.int(),
  /** Version of the newest key set that the container of that context holds; 1 for a push. */
  keys: z.int(),
  /** Digest of the request; empty without manual actions. */
  request: z.string(),
  actor: z.enum(['user', 'vendor']),
  plannedAt: z.string(),
};

const planItem = z.object({
  ...planMembers,
  /** Up to 2,000 manual actions can be dropped at once: a long list is compressed. */
  dropped: z.union([z.instanceof(Uint8Array), z.array(conflict)]),
  pages: z.int(),
  changes: z.exactOptional(z.array(change)),
});

const changesPage = z.object({ changes: z.array(change) });

/** The plan of a reprogramming: written once, never changed. The counters in the head show its progress. */
export interface Reprogramming extends Omit<z.infer<typeof planItem>, 'dropped' | 'pages' | 'changes'> {
  readonly dropped: readonly Conflict[];
  readonly changes: readonly PlannedChange[];
}

/** A reprogramming as JSON, as a small one travels in an execution's payload. */
export const reprogrammingJson = z.object({
  ...planMembers,
  dropped: z.array(conflict),
  changes: z.array(change),
});

/** Bytes of the changes in one item: well below DynamoDB's 400 KB, however it counts them. */
const PAGE_BYTES = 200_000;

/** Whether the item has the whole plan, without pages. */
export function isWhole(item: RawItem): boolean {
  return planItem.parse(item).pages === 0;
}

/** Reads what {@link putReprogramming} wrote: the item of each reprogramming, followed by its pages of changes. */
export function parseReprogrammings(items: readonly RawItem[]): Reprogramming[] {
  const found: Reprogramming[] = [];
  for (let index = 0; index < items.length; index++) {
    const { changes = [], pages, dropped, ...plan } = planItem.parse(items[index]);
    for (let page = 0; page < pages; page++) changes.push(...changesPage.parse(items[++index]).changes);
    found.push({ ...plan, changes, dropped: z.array(conflict).parse(decompressJson(dropped)) });
  }
  return found;
}

export function putReprogramming(dependencies: Dependencies, serial: string, value: Reprogramming): Write[] {
  const key = reprogrammingKey(serial, value.counter);
  const dropped = compressJson(value.dropped);
  const { changes, ...plan } = { ...value, dropped };
  const pages = separatePages(changes, dropped);
  if (pages.length === 0) return [put(dependencies, key, { ...plan, pages: 0, changes: changes.map(storedChange) })];
  return [
    put(dependencies, key, { ...plan, pages: pages.length }),
    ...pages.map((page, index) => put(dependencies, changesKey(serial, value.counter, index), { changes: page })),
  ];
}

/** How many items {@link putReprogramming} writes. */
export function itemsOfReprogramming({ changes, dropped }: Pick<Reprogramming, 'changes' | 'dropped'>): number {
  return 1 + separatePages(changes, compressJson(dropped)).length;
}

export function removeReprogramming(dependencies: Dependencies, serial: string, value: Reprogramming): Write[] {
  const pages = separatePages(value.changes, compressJson(value.dropped));
  return [
    remove(dependencies, reprogrammingKey(serial, value.counter)),
    ...pages.map((_, page) => remove(dependencies, changesKey(serial, value.counter, page))),
  ];
}

/** The changes in items of their own; empty when they fit into the plan's item, beside a list of dropped actions that is not compressed. */
function separatePages(
  changes: readonly PlannedChange[],
  dropped: readonly Conflict[] | Uint8Array,
): PlannedChange[][] {
  const pages = inPages(changes);
  return pages.length > 1 || dropped instanceof Uint8Array ? pages : [];
}

function inPages(changes: readonly PlannedChange[]): PlannedChange[][] {
  const pages: PlannedChange[][] = [];
  let bytes = PAGE_BYTES;
  for (const stored of changes.map(storedChange)) {
    const size = Buffer.byteLength(JSON.stringify(stored));
    if (bytes + size > PAGE_BYTES) {
      pages.push([]);
      bytes = 0;
    }
    pages.at(-1)?.push(stored);
    bytes += size;
  }
  return pages;
}

/** The change without what {@link PlannedChange} omits. */
export function storedChange(change: PlannedChange): PlannedChange {
  if (change.op === 'put') return change;
  const { id, ticket, orderId } = change.license;
  return { ...change, license: { id, ticket, orderId } };
}
