/** Everything that can stand in a history. Past tense: it has happened, and is committed with what it tells. */
export const EVENT_TYPES = [
  'license.delivered',
  'license.collected',
  'license.collection-confirmed',
  'license.returned',
  'license.return-confirmed',
  'license.offered',
  'license.withdrawn',
  'license.replaced',
  'withdrawal.ordered',
  'withdrawal.cancelled',
  'withdrawal.overdue',
  'replacement.ordered',
  'replacement.cancelled',
  'replacement.overdue',
  'assignment.ordered',
  'assignment.cancelled',
  'assignment.overdue',
  'update.issued',
  'receipt.accepted',
  'receipt.overdue',
  'container.diverged',
  'container.retired',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

type Family<Type extends string> = Type extends `${infer Name}.${string}` ? `${Name}.*` : never;
/** What a receiver of events can ask for: a type, or a whole family of types such as `license.*`. */
export type EventFilter = EventType | Family<EventType>;

export const EVENT_FILTERS: readonly EventFilter[] = [...EVENT_TYPES, ...new Set(EVENT_TYPES.map(familyOf))];

export function isWanted(filters: readonly string[], type: EventType): boolean {
  return filters.includes(type) || filters.includes(familyOf(type));
}

function familyOf(type: EventType): Family<EventType> {
  return `${type.slice(0, type.indexOf('.'))}.*` as Family<EventType>;
}

/** Who caused an event: the vendor's command, the user's request, the container's receipt, or the system itself. */
export type Actor = VendorActor | { readonly kind: 'user' | 'container' | 'system' };

/** The vendor, and which of its tokens, people or webhooks acts. `author` is undefined where that is not known. */
export interface VendorActor {
  readonly kind: 'vendor';
  readonly author?: Author | undefined;
}

/** A vendor's token, a person on its staff, or a webhook that it received. */
export interface Author {
  readonly kind: 'token' | 'person' | 'webhook';
  /** The token's id, the person's subject at the identity provider, the webhook's id. */
  readonly id: string;
  readonly name?: string;
}

/** One entry of a history, before it has an id and a time. */
export interface HistoryEntry {
  readonly type: EventType;
  readonly license?: string;
  readonly container?: string;
  readonly reprogramming?: string;
  readonly counter?: number;
  /** The other license of a replacement. */
  readonly predecessor?: string;
  readonly successor?: string;
  /** The step of the sequence that moved the license. */
  readonly step?: string;
  readonly reason?: string;
  /** When the vendor had ordered what is pending too long. */
  readonly orderedAt?: string;
}
