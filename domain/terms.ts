/**
 * What a license allows. Times are RFC 3339 UTC.
 *
 * `Terms`, `ContainerLicense` and `Position` exist here and in `protocol/content.ts`. `domain/` imports no other folder,
 * and `protocol/` must run in a container without the rest of this program, so neither can import the other's. TypeScript
 * compares types by their members: where `functions/` passes one for the other, the compiler checks that they agree.
 */
export interface Terms {
  readonly expiresAt?: string;
  readonly maintenanceUntil?: string;
  readonly quantity?: number;
  readonly features?: readonly string[];
}

/** Whether `expiresAt` is at or before `now`, in milliseconds since 1970. Terms without `expiresAt` never expire. */
export function isExpired(terms: Terms, now: number): boolean {
  return terms.expiresAt !== undefined && Date.parse(terms.expiresAt) <= now;
}

/** Whether two terms are equal. An absent list of features differs from an empty one. */
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
