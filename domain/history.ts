import type { RecordedDivergence } from './position.ts';
import type { Renewal, Terms } from './terms.ts';

/** The types of history events, in the past tense: an event commits in the same transaction as the change it records. */
export const EVENT_TYPES = [
  'license.delivered',
  'license.collected',
  'license.collection-confirmed',
  'license.returned',
  'license.return-confirmed',
  'license.offered',
  'license.withdrawn',
  'license.replaced',
  'license.renewed',
  'license.expiring',
  'license.expired',
  'withdrawal.ordered',
  'withdrawal.cancelled',
  'withdrawal.overdue',
  'withdrawal.effective',
  'replacement.ordered',
  'replacement.cancelled',
  'replacement.overdue',
  'renewal.ordered',
  'renewal.cancelled',
  'renewal.overdue',
  'assignment.ordered',
  'assignment.cancelled',
  'assignment.overdue',
  'update.issued',
  'receipt.accepted',
  'receipt.overdue',
  'container.named',
  'container.diverged',
  'container.retired',
  'order.revised',
  'order.settled',
  'order.disputed',
  'key-set.published',
  'webhook.failed',
  'webhook.waiting-long',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

type Family<Type extends string> = Type extends `${infer Name}.${string}` ? `${Name}.*` : never;
/** What an event endpoint subscribes to: a type, or a family of types such as `license.*`. */
export type EventFilter = EventType | Family<EventType>;

export const EVENT_FILTERS: readonly EventFilter[] = [...EVENT_TYPES, ...new Set(EVENT_TYPES.map(familyOf))];

/** Whether one of the filters names the type or its family. */
export function matchesFilter(filters: readonly string[], type: EventType): boolean {
  return filters.includes(type) || filters.includes(familyOf(type));
}

function familyOf(type: EventType): Family<EventType> {
  return `${type.slice(0, type.indexOf('.'))}.*` as Family<EventType>;
}

/** Who caused an event: the vendor's request, the user's request, the container's receipt, or a scheduled run. */
export type Actor = VendorActor | { readonly kind: 'user' | 'container' | 'system' };

/** The vendor, and which of its tokens, people or webhooks acts. `author` is undefined where that is not known. */
export interface VendorActor {
  readonly kind: 'vendor';
  readonly author?: Author | undefined;
}

/** The sender of the vendor's request: an API token, a person on the staff, or an incoming webhook. */
export interface Author {
  readonly kind: 'token' | 'person' | 'webhook';
  /** The token's id, the person's subject at the identity provider, the webhook's id. */
  readonly id: string;
  readonly name?: string;
}

/** A history event before it has an id and a time. Licenses, containers and reprogrammings are named by id. */
export interface HistoryEntry {
  readonly type: EventType;
  readonly license?: string;
  readonly container?: string;
  /** The vendor's name and note for the container, after a change of them. */
  readonly name?: string;
  readonly note?: string;
  readonly reprogramming?: string;
  readonly counter?: number;
  /** Version of the published key set. */
  readonly keySet?: number;
  /** The other license of a replacement. */
  readonly predecessor?: string;
  readonly successor?: string;
  /** The terms that a renewal changes (N1). */
  readonly renewed?: Renewal;
  /** The end of a license that ends soon or has ended (N3), and the days until then. */
  readonly expiresAt?: string;
  readonly days?: number;
  /** The step of the sequence that put or removed the license. */
  readonly step?: string;
  readonly reason?: string;
  /** The incoming webhook that failed or waits, and who sent it. */
  readonly webhook?: string;
  readonly source?: string;
  /** The order was sold in a shop's test mode. */
  readonly test?: true;
  /** When the vendor ordered the action that is overdue or effective, RFC 3339 UTC. */
  readonly orderedAt?: string;
  /** How a container diverged. */
  readonly divergence?: RecordedDivergence;
  /** The time at which the last place that held the license could be used (L3), RFC 3339 UTC. */
  readonly effectiveBy?: string;
  /** The number of the order's revision. */
  readonly revision?: number;
  /** What was ordered before the revision, and from now on; absent if they are too long for an event. */
  readonly before?: OrderContent;
  readonly after?: OrderContent;
}

/** What an order's body says. */
export interface OrderContent {
  readonly customer?: string | Readonly<Record<string, string>>;
  readonly items: readonly OrderedItem[];
}

export interface OrderedItem {
  readonly product: string;
  readonly quantity: number;
  readonly terms?: Terms;
  readonly crit?: readonly string[];
}
