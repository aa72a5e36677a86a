import * as z from 'zod/mini';
import { type EventType, matchesFilter } from '../../domain/history.ts';
import { base32 } from '../../domain/ticket-code.ts';
import type { Attempt } from '../attempt.ts';
import type { Dependencies } from '../dependencies.ts';
import { attempts } from './conflict-retries.ts';
import { type Exact, exact } from './item-schemas.ts';
import { eventEndpointKey } from './keys.ts';
import { getItem, queryRange, type RawItem } from './queries.ts';
import { commit, putRevision, removeRevision } from './transactions.ts';

const endpointItem = z.object({
  id: z.string(),
  url: z.string(),
  /** None: every event. */
  types: z.optional(z.array(z.string())),
  description: z.optional(z.string()),
  createdAt: z.string(),
  /** `gone`: it answered 410; `by-hand`: the vendor switched it off. */
  disabled: z.optional(z.object({ at: z.string(), cause: z.enum(['gone', 'by-hand']) })),
  /** The newest first. One that is followed by another signs beside it until it ends. */
  secrets: z.array(z.object({ secret: z.string(), createdAt: z.string(), endsAt: z.optional(z.string()) })),
  lastPing: z.optional(
    z.object({
      id: z.string(),
      at: z.string(),
      outcome: z.enum(['delivered', 'failed']),
      error: z.optional(z.string()),
    }),
  ),
  revision: z.int(),
});

/** Where the vendor wants events to be sent. */
export type EventEndpoint = Exact<z.infer<typeof endpointItem>>;

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

/** `whsec_` and base64, as Standard Webhooks 1.0.0 writes it. */
function newSecret(deriveBytes: Attempt['deriveBytes']): string {
  return `whsec_${Buffer.from(deriveBytes('secret', SECRET_BYTES)).toString('base64')}`;
}

/** Puts a new secret before the current one, which goes on signing for 24 hours; an older one ends now. */
export function withNewSecret(
  dependencies: Dependencies,
  endpoint: EventEndpoint,
  deriveBytes: Attempt['deriveBytes'],
): EventEndpoint {
  const now = dependencies.now();
  const fresh = { secret: newSecret(deriveBytes), createdAt: now.toISOString() };
  // Drawn before: an earlier run of the same request has put it there.
  if (endpoint.secrets.some(({ secret }) => secret === fresh.secret)) return endpoint;
  const endsAt = new Date(now.getTime() + SECRET_OVERLAP_MILLISECONDS).toISOString();
  return { ...endpoint, secrets: [fresh, ...endpoint.secrets.slice(0, 1).map((former) => ({ ...former, endsAt }))] };
}

/** The secrets that sign now, the newest first. */
export function signingSecrets(endpoint: EventEndpoint, now: Date): string[] {
  return endpoint.secrets
    .filter(({ endsAt }) => endsAt === undefined || Date.parse(endsAt) > now.getTime())
    .map(({ secret }) => secret);
}

export function wants(endpoint: EventEndpoint, type: EventType): boolean {
  if (endpoint.disabled !== undefined) return false;
  return endpoint.types === undefined || matchesFilter(endpoint.types, type);
}

export async function listEventEndpoints(dependencies: Dependencies): Promise<EventEndpoint[]> {
  const { pk } = eventEndpointKey('');
  return (await queryRange(dependencies, { pk, from: 'ENDPOINT#', to: 'ENDPOINT$' })).map(parse);
}

export async function getEventEndpoint(dependencies: Dependencies, id: string): Promise<EventEndpoint | undefined> {
  const item = await getItem(dependencies, eventEndpointKey(id));
  return item === undefined ? undefined : parse(item);
}

/** Writes a new endpoint, or the next revision of one; `false` when somebody else was faster. */
export async function saveEventEndpoint(dependencies: Dependencies, endpoint: EventEndpoint): Promise<boolean> {
  const { revision, ...item } = endpoint;
  return (
    (await commit(dependencies, [putRevision(dependencies, eventEndpointKey(endpoint.id), item, revision)])) ===
    'committed'
  );
}

/** Changes an endpoint as it is now; `undefined` when there is none. */
export async function changeEventEndpoint(
  dependencies: Dependencies,
  id: string,
  change: (endpoint: EventEndpoint) => EventEndpoint,
): Promise<EventEndpoint | undefined> {
  for await (const _ of attempts(dependencies)) {
    const endpoint = await getEventEndpoint(dependencies, id);
    if (endpoint === undefined) return undefined;
    const changed = change(endpoint);
    if (changed === endpoint || (await saveEventEndpoint(dependencies, changed))) return changed;
  }
  throw new Error(`The event endpoint ${id} keeps changing`);
}

/** Deletes an endpoint as it was read; `false` when it was changed meanwhile. */
export async function deleteEventEndpoint(
  dependencies: Dependencies,
  { id, revision }: EventEndpoint,
): Promise<boolean> {
  return (await commit(dependencies, [removeRevision(dependencies, eventEndpointKey(id), revision)])) === 'committed';
}

/** Everything but the secrets themselves. */
export function eventEndpointView({ revision: _, disabled, secrets, ...endpoint }: EventEndpoint): object {
  return {
    ...endpoint,
    status: disabled === undefined ? 'enabled' : 'disabled',
    ...(disabled === undefined ? {} : { disabled }),
    secrets: secrets.map(({ secret: __, ...shown }) => shown),
  };
}

function parse(item: RawItem): EventEndpoint {
  return exact(endpointItem.parse(item));
}
