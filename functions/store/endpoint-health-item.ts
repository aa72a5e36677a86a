import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { QueueName } from '../../contract/tasks.ts';
import {
  addAttempts,
  type DeliveryAttempt,
  type EndpointAttempts,
  type EndpointHealth,
  healthOf,
  isWorthWriting,
  type QueueBacklog,
} from '../../domain/endpoint-health.ts';
import type { Dependencies } from '../dependencies.ts';
import { pageOfDeadLetters } from './delivery-item.ts';
import { type EventEndpoint, parseEventEndpoint } from './event-endpoint-item.ts';
import { expiryAfter } from './expiry.ts';
import { afterPrefix, endpointAttemptsKey, endpointBacklogKey, eventEndpointKey } from './keys.ts';
import { getItem, getItems, queryPage, type RawItem } from './queries.ts';
import { put, remove, type Write } from './transactions.ts';

const attemptsItem = z.object({
  lastSuccessAt: z.exactOptional(z.string()),
  lastError: z.exactOptional(z.object({ at: z.string(), error: z.string() })),
  failingSince: z.exactOptional(z.string()),
});

const backlogItem = z.object({
  events: z.int(),
  since: z.string(),
  nextAttemptAt: z.string(),
  retried: z.boolean(),
});

/** The item is kept this long after its last write. A delivery that ends after its endpoint was deleted can still write it. */
const KEPT_SECONDS = 400 * 24 * 3600;
/** Backlogs that one page has, and pages that one answer counts. */
const PAGE_ITEMS = 1_000;
const MAX_PAGES = 10;
/** Dead letters that one answer counts: each has its event's body. */
const COUNTED_LETTERS = 100;

/** A number of events; with `atLeast: true` if there are more than were counted. */
interface Counted {
  readonly events: number;
  readonly atLeast?: true;
}

/** The health as it is stored. The backlog has `atLeast: true` if the endpoint has more queues than one answer counts. */
export type StoredHealth = EndpointHealth & { readonly backlog: Counted; readonly deadLetters: Counted };

/** Reads the attempts, the backlogs and the dead letters. */
export async function getEndpointHealth(dependencies: Dependencies, endpoint: string): Promise<StoredHealth> {
  const [health, deadLetters] = await Promise.all([
    readHealth(dependencies, endpoint),
    countDeadLetters(dependencies, endpoint),
  ]);
  return { ...health, deadLetters };
}

async function countDeadLetters(dependencies: Dependencies, endpoint: string): Promise<Counted> {
  const { items, next } = await pageOfDeadLetters(dependencies, endpoint, COUNTED_LETTERS, undefined);
  return { events: items.length, ...(next === undefined ? {} : { atLeast: true }) };
}

/** Reads the attempts and the backlogs with one query, which counts at most 10,000 queues. */
async function readHealth(dependencies: Dependencies, endpoint: string): Promise<Omit<StoredHealth, 'deadLetters'>> {
  const { pk, sk } = endpointAttemptsKey(endpoint);
  const range = { pk, from: sk, to: afterPrefix('BACKLOG') };
  let attempts: EndpointAttempts = {};
  const backlogs: QueueBacklog[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page = await queryPage(dependencies, range, PAGE_ITEMS, after);
    for (const item of page.items) {
      if (item.sk === sk) attempts = attemptsItem.parse(item);
      else backlogs.push(backlogItem.parse(item));
    }
    after = page.next;
    if (after === undefined) break;
  }
  const health = healthOf(attempts, backlogs);
  return after === undefined ? health : { ...health, backlog: { ...health.backlog, atLeast: true } };
}

/** A page of the queues in which events wait for another attempt. */
export async function queuesWithBacklog(
  dependencies: Dependencies,
  endpoint: string,
  limit: number,
): Promise<{ readonly names: readonly QueueName[]; readonly more: boolean }> {
  const { pk, sk: from } = endpointBacklogKey(endpoint, '');
  const { items, next } = await queryPage(dependencies, { pk, from, to: afterPrefix('BACKLOG') }, limit, undefined);
  const names = items.map(({ sk }) => ({ endpoint, queue: String(sk).slice(from.length) }));
  return { names, more: next !== undefined };
}

/** What a round reads before it delivers. */
export interface DeliveryTarget {
  /** Absent: the endpoint was deleted. */
  readonly endpoint: EventEndpoint | undefined;
  readonly attempts: EndpointAttempts;
  /** Whether an earlier round of the queue stored a backlog. */
  readonly hasBacklog: boolean;
}

/** Reads a queue's endpoint with its health, in one call. */
export async function getDeliveryTarget(
  dependencies: Dependencies,
  { endpoint, queue }: QueueName,
): Promise<DeliveryTarget> {
  const keys = [eventEndpointKey(endpoint), endpointAttemptsKey(endpoint), endpointBacklogKey(endpoint, queue)];
  const items = await getItems(dependencies, keys);
  const [found, attempts, backlog] = keys.map(({ pk, sk }) => items.find((item) => item.pk === pk && item.sk === sk));
  return {
    endpoint: found === undefined ? undefined : parseEventEndpoint(found),
    attempts: parseAttempts(attempts),
    hasBacklog: backlog !== undefined,
  };
}

function parseAttempts(item: RawItem | undefined): EndpointAttempts {
  return item === undefined ? {} : attemptsItem.parse(item);
}

/**
 * Stores what the attempts of a round say about their endpoint, if that is worth a write. The item is read again before the
 * write, because other queues of the endpoint write it, too. A write that another one overtakes by milliseconds is repaired
 * by the next attempt.
 * @param known as it was read at the start of the round
 */
export async function recordAttempts(
  dependencies: Dependencies,
  endpoint: string,
  known: EndpointAttempts,
  attempts: readonly DeliveryAttempt[],
): Promise<void> {
  if (!isWorthWriting(known, addAttempts(known, attempts))) return;
  const key = endpointAttemptsKey(endpoint);
  const current = parseAttempts(await getItem(dependencies, key));
  const next = addAttempts(current, attempts);
  if (!isWorthWriting(current, next)) return;
  const Item = { ...key, ...next, expiresAtSeconds: expiryAfter(dependencies, KEPT_SECONDS) };
  await dependencies.documents.send(new PutCommand({ TableName: dependencies.tableName, Item }));
}

export function putBacklog(dependencies: Dependencies, { endpoint, queue }: QueueName, backlog: QueueBacklog): Write {
  return put(dependencies, endpointBacklogKey(endpoint, queue), backlog);
}

export function removeBacklog(dependencies: Dependencies, { endpoint, queue }: QueueName): Write {
  return remove(dependencies, endpointBacklogKey(endpoint, queue));
}
