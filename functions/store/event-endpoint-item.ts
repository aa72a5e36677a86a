import * as z from 'zod/mini';
import { type EventType, matchesFilter } from '../../domain/history.ts';
import { base32 } from '../../domain/ticket-code.ts';
import type { Attempt } from '../attempt.ts';
import type { Dependencies } from '../dependencies.ts';
import { retryOnConflict } from './conflict-retries.ts';
import { endpointAttemptsKey, eventEndpointKey } from './keys.ts';
import { getItem, queryRange, type RawItem } from './queries.ts';
import { commit, putRevision, remove, removeRevision } from './transactions.ts';

const endpointItem = z.object({
  id: z.string(),
  url: z.string(),
  /** Absent: every event. */
  types: z.exactOptional(z.array(z.string())),
  description: z.exactOptional(z.string()),
  createdAt: z.string(),
  /** `gone`: the endpoint answered 410; `by-hand`: the vendor disabled it. */
  disabled: z.exactOptional(z.object({ at: z.string(), cause: z.enum(['gone', 'by-hand']) })),
  /** Newest first. An older secret also signs until it ends. */
  secrets: z.array(z.object({ secret: z.string(), createdAt: z.string(), endsAt: z.exactOptional(z.string()) })),
  lastPing: z.exactOptional(
    z.object({
      id: z.string(),
      at: z.string(),
      outcome: z.enum(['delivered', 'failed']),
      error: z.exactOptional(z.string()),
    }),
  ),
  revision: z.int(),
});

/** A URL of the vendor's that receives events. */
export type EventEndpoint = z.infer<typeof endpointItem>;

export function parseEventEndpoint(item: RawItem): EventEndpoint {
  return endpointItem.parse(item);
}

export const MAX_EVENT_ENDPOINTS = 20;
const ID_BYTES = 10;
const ID_CHARACTERS = 16;
const SECRET_BYTES = 32;
const SECRET_OVERLAP_MILLISECONDS = 24 * 3600 * 1000;

export function newEventEndpoint(
  dependencies: Dependencies,
  url: string,
  deriveBytes: Attempt['deriveBytes'],
): EventEndpoint {
  const createdAt = dependencies.now().toISOString();
  const id = base32(deriveBytes('endpoint', ID_BYTES), ID_CHARACTERS);
  return { id, url, createdAt, secrets: [{ secret: newSecret(deriveBytes), createdAt }], revision: 0 };
}

/** `whsec_` and base64, the format of Standard Webhooks 1.0.0. */
function newSecret(deriveBytes: Attempt['deriveBytes']): string {
  return `whsec_${Buffer.from(deriveBytes('secret', SECRET_BYTES)).toString('base64')}`;
}

/** Adds a new secret. The current one also signs for 24 more hours; an older one ends now. */
export function withNewSecret(
  dependencies: Dependencies,
  endpoint: EventEndpoint,
  deriveBytes: Attempt['deriveBytes'],
): EventEndpoint {
  const now = dependencies.now();
  const fresh = { secret: newSecret(deriveBytes), createdAt: now.toISOString() };
  // A retry of the same request derives the same secret: the first attempt added it.
  if (endpoint.secrets.some(({ secret }) => secret === fresh.secret)) return endpoint;
  const endsAt = new Date(now.getTime() + SECRET_OVERLAP_MILLISECONDS).toISOString();
  return { ...endpoint, secrets: [fresh, ...endpoint.secrets.slice(0, 1).map((former) => ({ ...former, endsAt }))] };
}

/** The secrets that sign now, newest first. */
export function signingSecrets(endpoint: EventEndpoint, now: Date): string[] {
  return endpoint.secrets
    .filter(({ endsAt }) => endsAt === undefined || Date.parse(endsAt) > now.getTime())
    .map(({ secret }) => secret);
}

/** Whether events of this type are sent to the endpoint. */
export function isSubscribedTo(endpoint: EventEndpoint, type: EventType): boolean {
  if (endpoint.disabled !== undefined) return false;
  return endpoint.types === undefined || matchesFilter(endpoint.types, type);
}

export async function listEventEndpoints(dependencies: Dependencies): Promise<EventEndpoint[]> {
  const { pk } = eventEndpointKey('');
  return (await queryRange(dependencies, { pk, from: 'ENDPOINT#', to: 'ENDPOINT$' })).map(parseEventEndpoint);
}

export async function getEventEndpoint(dependencies: Dependencies, id: string): Promise<EventEndpoint | undefined> {
  const item = await getItem(dependencies, eventEndpointKey(id));
  return item === undefined ? undefined : parseEventEndpoint(item);
}

/** Writes a new endpoint, or the next revision of one. @returns `false` when it changed since it was read. */
export async function saveEventEndpoint(dependencies: Dependencies, endpoint: EventEndpoint): Promise<boolean> {
  const { revision, ...item } = endpoint;
  return (
    (await commit(dependencies, [putRevision(dependencies, eventEndpointKey(endpoint.id), item, revision)])) ===
    'committed'
  );
}

/** Reads an endpoint and writes what `change` returns. @returns the new endpoint; `undefined` when the endpoint does not exist. */
export async function changeEventEndpoint(
  dependencies: Dependencies,
  id: string,
  change: (endpoint: EventEndpoint) => EventEndpoint,
): Promise<EventEndpoint | undefined> {
  return retryOnConflict(dependencies, `event endpoint ${id}`, async () => {
    const endpoint = await getEventEndpoint(dependencies, id);
    if (endpoint === undefined) return undefined;
    const changed = change(endpoint);
    return changed === endpoint || (await saveEventEndpoint(dependencies, changed)) ? changed : 'changed';
  });
}

/** Deletes an endpoint. @returns `false` when it changed since it was read. */
export async function deleteEventEndpoint(
  dependencies: Dependencies,
  { id, revision }: EventEndpoint,
): Promise<boolean> {
  const writes = [
    removeRevision(dependencies, eventEndpointKey(id), revision),
    // The run of each queue removes its backlog.
    remove(dependencies, endpointAttemptsKey(id)),
  ];
  return (await commit(dependencies, writes)) === 'committed';
}
