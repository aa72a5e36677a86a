/** What a license allows. Times are RFC 3339 UTC. */
export interface Terms {
  readonly expiresAt?: string;
  readonly maintenanceUntil?: string;
  readonly quantity?: number;
  readonly features?: readonly string[];
}

/** Whether the terms end at or before `now`, a time in milliseconds since 1970. */
export function isExpired(terms: Terms, now: number): boolean {
  return terms.expiresAt !== undefined && Date.parse(terms.expiresAt) <= now;
}

/** Whether two terms allow the same; an absent list of features is not an empty one. */
export function sameTerms(one: Terms, other: Terms): boolean {
  return (
    one.expiresAt === other.expiresAt &&
    one.maintenanceUntil === other.maintenanceUntil &&
    one.quantity === other.quantity &&
    sameList(one.features, other.features)
  );
}

function sameList(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.length === other.length && one.every((feature, index) => feature === other[index]);
}
