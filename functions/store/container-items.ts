import * as z from 'zod/mini';
import type { TicketLicense } from '../../domain/license.ts';
import type { PendingAction } from '../../domain/pending.ts';
import type { Conflict, PlannedChange } from '../../domain/sequence.ts';
import type { Dependencies } from '../dependencies.ts';
import { compressJson, decompressJson } from './compression.ts';
import { exact, position, reason, ticketLicense } from './item-schemas.ts';
import {
  changesKey,
  containerKey,
  entryKey,
  historyIndex,
  outcomeKey,
  PENDING_INDEX,
  reprogrammingKey,
  updateKey,
} from './keys.ts';
import type { RawItem } from './queries.ts';
import { put, putRevision, remove, type Write } from './transactions.ts';

const head = z.object({
  serial: z.string(),
  status: z.enum(['active', 'retiring', 'retired']),
  /** The last position that a context has proven. */
  confirmed: position,
  /** The end of the last update that was issued; the target content's position. */
  issued: position,
  /** Held by the one reprogramming that is between its plan and its update (I3). */
  lock: z.optional(z.object({ reprogramming: z.string(), counter: z.int(), since: z.string() })),
  pendingCount: z.int(),
  firstSeenAt: z.string(),
  lastContactAt: z.optional(z.string()),
  retirement: z.optional(z.object({ licenses: z.enum(['withdraw', 'restore']), reason: z.string(), at: z.string() })),
  revision: z.int(),
});

/** The head of a container's partition. `revision` is its version: everything that moves the container moves it. */
export type Head = z.infer<typeof head> & { readonly revision: number };

export function parseHead(item: RawItem): Head {
  return exact(head.parse(item)) as Head;
}

export function putHead(dependencies: Dependencies, { revision, ...values }: Head): Write {
  const index = values.pendingCount > 0 ? { indexPk: PENDING_INDEX, indexSk: values.serial } : {};
  return putRevision(dependencies, containerKey(values.serial), { ...values, ...index }, revision);
}

const pendingFacet = z.object({
  action: z.enum(['withdraw', 'replace', 'assign']),
  /** The license to put: the assigned one, or the replacement. */
  put: z.optional(ticketLicense),
  orderedAt: z.string(),
  reason,
  overdueAt: z.optional(z.string()),
});

const entry = z.object({
  id: z.string(),
  /** The license, when the target content holds it, and the counter of the update that put it there. */
  held: z.optional(z.object({ license: ticketLicense, since: z.int() })),
  /** The vendor action that is pending for it. */
  pending: z.optional(pendingFacet),
});

/** A license in a container, or pending for it, or both. */
export interface Entry {
  readonly id: string;
  readonly held?: { readonly license: TicketLicense; readonly since: number };
  readonly pending?: PendingAction;
}

export function parseEntry(item: RawItem): Entry {
  const { id, held, pending } = exact(entry.parse(item));
  return {
    id,
    ...(held === undefined ? {} : { held }),
    ...(pending === undefined ? {} : { pending: parsePending(id, pending) }),
  };
}

function parsePending(license: string, facet: z.infer<typeof pendingFacet>): PendingAction {
  const { action, put: license2, ...details } = exact(facet);
  if (action === 'withdraw') return { action, license, ...details };
  if (license2 === undefined) throw new Error(`The pending ${action} of ${license} lacks its license`);
  return action === 'assign'
    ? { action, license: license2, ...details }
    : { action, license, replacement: license2, ...details };
}

/** Writes the entry, or removes it when nothing of it is left. Its guard is the container's head. */
export function putEntry(dependencies: Dependencies, serial: string, { id, held, pending }: Entry): Write {
  const key = entryKey(serial, id);
  if (held === undefined && pending === undefined) return remove(dependencies, key);
  return put(dependencies, key, { id, held, pending: pending === undefined ? undefined : pendingItem(pending) });
}

function pendingItem(pending: PendingAction): z.infer<typeof pendingFacet> {
  const { orderedAt, reason, overdueAt } = pending;
  const details = {
    orderedAt,
    ...(reason === undefined ? {} : { reason }),
    ...(overdueAt === undefined ? {} : { overdueAt }),
  };
  switch (pending.action) {
    case 'withdraw':
      return { action: 'withdraw', ...details };
    case 'replace':
      return { action: 'replace', put: stored(pending.replacement), ...details };
    case 'assign':
      return { action: 'assign', put: stored(pending.license), ...details };
  }
}

type StoredTicketLicense = z.infer<typeof ticketLicense>;

function stored(license: TicketLicense): StoredTicketLicense {
  return license as StoredTicketLicense;
}

/** Of a license that goes, the plan keeps only where to find it. */
const leaving = z.object({ id: z.string(), ticket: z.string(), orderId: z.string() });

const change = z.union([
  z.object({
    step: z.enum(['withdraw', 'deactivate', 'replace']),
    op: z.literal('remove'),
    license: leaving,
    by: z.optional(z.string()),
  }),
  z.object({
    step: z.enum(['assign', 'replace', 'activate']),
    op: z.literal('put'),
    license: ticketLicense,
    for: z.optional(z.string()),
  }),
]);

const conflict = z.object({
  action: z.enum(['activate', 'deactivate', 'assign']),
  license: z.string(),
  reason: z.string(),
  because: z.optional(z.array(z.string())),
});

/** Thousands of manual actions may give way at once: a long list is compressed. */
const conflicts = z.union([z.instanceof(Uint8Array), z.array(conflict)]);

function parseConflicts(stored: z.infer<typeof conflicts>): Conflict[] {
  return z.array(conflict).parse(decompressJson(stored)) as Conflict[];
}

const reprogramming = z.object({
  id: z.string(),
  counter: z.int(),
  from: position,
  to: position,
  /** The counter of the context that asked for it: its answer is the chain from there on. */
  contextCounter: z.int(),
  request: z.string(),
  actor: z.enum(['user', 'vendor']),
  plannedAt: z.string(),
  dropped: conflicts,
  pages: z.int(),
  changes: z.optional(z.array(change)),
});

const changesPage = z.object({ changes: z.array(change) });

/** One reprogramming: its plan, written once and never changed. How far it has come, the head's counters tell. */
export interface Reprogramming {
  readonly id: string;
  readonly counter: number;
  readonly from: z.infer<typeof position>;
  readonly to: z.infer<typeof position>;
  readonly contextCounter: number;
  readonly request: string;
  readonly actor: 'user' | 'vendor';
  readonly plannedAt: string;
  readonly dropped: readonly Conflict[];
  readonly changes: readonly PlannedChange[];
}

/** Bytes of changes in one item: well below DynamoDB's 400 KB, however the bytes are counted. */
const PAGE_BYTES = 200_000;

/** Puts together what {@link putReprogramming} has written: a reprogramming's item, followed by its pages. */
export function parseReprogrammings(items: readonly RawItem[]): Reprogramming[] {
  const found: Reprogramming[] = [];
  for (let index = 0; index < items.length; index++) {
    const { changes: inline, pages, ...rest } = reprogramming.parse(items[index]);
    const changes = [...(inline ?? [])];
    for (let page = 0; page < pages; page++) changes.push(...changesPage.parse(items[++index]).changes);
    found.push({ ...rest, changes: changes as PlannedChange[], dropped: parseConflicts(rest.dropped) });
  }
  return found;
}

export function putReprogramming(dependencies: Dependencies, serial: string, value: Reprogramming): Write[] {
  const key = reprogrammingKey(serial, value.counter);
  const dropped = compressJson(value.dropped);
  const { changes, ...plan } = { ...value, dropped };
  const pages = pagesBeside(changes, dropped);
  if (pages.length === 0) return [put(dependencies, key, { ...plan, pages: 0, changes: changes.map(kept) })];
  return [
    put(dependencies, key, { ...plan, pages: pages.length }),
    ...pages.map((page, index) => put(dependencies, changesKey(serial, value.counter, index), { changes: page })),
  ];
}

/** How many items {@link putReprogramming} writes. */
export function itemsOf({ changes, dropped }: Pick<Reprogramming, 'changes' | 'dropped'>): number {
  return 1 + pagesBeside(changes, compressJson(dropped)).length;
}

export function removeReprogramming(dependencies: Dependencies, serial: string, value: Reprogramming): Write[] {
  const pages = pagesBeside(value.changes, compressJson(value.dropped));
  return [
    remove(dependencies, reprogrammingKey(serial, value.counter)),
    ...pages.map((_, page) => remove(dependencies, changesKey(serial, value.counter, page))),
  ];
}

/** The changes in items of their own; none where they fit into the plan's, which much that is dropped fills alone. */
function pagesBeside(changes: readonly PlannedChange[], dropped: readonly Conflict[] | Uint8Array): PlannedChange[][] {
  const pages = paged(changes);
  return pages.length > 1 || dropped instanceof Uint8Array ? pages : [];
}

function paged(changes: readonly PlannedChange[]): PlannedChange[][] {
  const pages: PlannedChange[][] = [];
  let bytes = PAGE_BYTES;
  for (const one of changes.map(kept)) {
    const size = Buffer.byteLength(JSON.stringify(one));
    if (bytes + size > PAGE_BYTES) {
      pages.push([]);
      bytes = 0;
    }
    pages.at(-1)?.push(one);
    bytes += size;
  }
  return pages;
}

function kept(change: PlannedChange): PlannedChange {
  if (change.op === 'put') return change;
  const { id, ticket, orderId } = change.license;
  return { ...change, license: { id, ticket, orderId } };
}

const update = z.object({
  reprogramming: z.string(),
  counter: z.int(),
  jws: z.string(),
  taskToken: z.optional(z.string()),
  issuedAt: z.string(),
  eventId: z.string(),
});

/** The signed part of an issued update, and the token of the task that waits for its receipt. */
export interface StoredUpdate {
  readonly reprogramming: string;
  readonly counter: number;
  readonly jws: string;
  readonly taskToken?: string;
  readonly issuedAt: string;
  readonly eventId: string;
}

export function parseUpdate(item: RawItem): StoredUpdate {
  return exact(update.parse(item));
}

/** The item is its own evidence: the container's history shows it as `update.issued`. */
export function updateItem(serial: string, value: StoredUpdate): Record<string, unknown> {
  return {
    ...updateKey(serial, value.counter),
    ...value,
    indexPk: historyIndex(serial),
    indexSk: `EVENT#${value.eventId}`,
  };
}

const refusal = z.looseObject({ code: z.string() });

const outcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('nothing'), dropped: conflicts, answeredBy: z.optional(z.string()) }),
  z.object({ kind: z.literal('refused'), refusal: z.union([z.instanceof(Uint8Array), refusal]) }),
]);

export type RequestOutcome =
  | { readonly kind: 'nothing'; readonly dropped: readonly Conflict[]; readonly answeredBy?: string }
  | { readonly kind: 'refused'; readonly refusal: z.infer<typeof refusal> };

export function parseOutcome(item: RawItem): RequestOutcome {
  const stored = outcome.parse(item);
  if (stored.kind === 'refused') return { kind: 'refused', refusal: refusal.parse(decompressJson(stored.refusal)) };
  const { kind, dropped, answeredBy } = stored;
  return { kind, dropped: parseConflicts(dropped), ...(answeredBy === undefined ? {} : { answeredBy }) };
}

/** Seconds for which the answer of a request that planned nothing can still be asked for. */
const OUTCOME_SECONDS = 30 * 24 * 3600;

/** What a request came to that planned nothing. */
export function putOutcome(dependencies: Dependencies, serial: string, id: string, value: RequestOutcome): Write {
  const expiresAtSeconds = Math.floor(dependencies.now().getTime() / 1000) + OUTCOME_SECONDS;
  const stored =
    value.kind === 'refused'
      ? { ...value, refusal: compressJson(value.refusal) }
      : { ...value, dropped: compressJson(value.dropped) };
  return put(dependencies, outcomeKey(serial, id), { ...stored, expiresAtSeconds });
}
