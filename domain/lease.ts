import type { License } from './license.ts';
import type { PlannedChange } from './sequence.ts';
import type { Terms } from './terms.ts';

/** Seconds of a day of a lease. */
const DAY_SECONDS = 86_400;

/** A part of `leaseDays` after which a contact renews the lease (L2). */
const RENEWAL_PART = 4;

/** The newest update or lease for a place of a container. */
export interface Statement {
  /** Seconds since 1970. */
  readonly iat: number;
  /** The key that signed it. */
  readonly kid: string;
}

/** The shortest `leaseDays` of these licenses; `undefined` if none of them has one. */
export function shortestLeaseDays(licenses: Iterable<{ readonly terms: Terms }>): number | undefined {
  let shortest: number | undefined;
  for (const { terms } of licenses) {
    if (terms.leaseDays !== undefined) shortest = Math.min(shortest ?? terms.leaseDays, terms.leaseDays);
  }
  return shortest;
}

export interface LeaseQuestion {
  /** Seconds since 1970. */
  readonly now: number;
  /** The newest statement for the container's place. */
  readonly statement: Statement;
  /** The shortest `leaseDays` that the container holds. */
  readonly shortestLeaseDays: number | undefined;
  /** The `kid`s of the newest key set. */
  readonly signers: readonly string[];
  /** The context asks for a lease. */
  readonly renew: boolean;
}

/** Whether a container that is at its place and needs nothing else gets a new lease (L2). */
export function isLeaseDue({ now, statement, shortestLeaseDays, signers, renew }: LeaseQuestion): boolean {
  if (renew || !signers.includes(statement.kid)) return true;
  return shortestLeaseDays !== undefined && now - statement.iat > (shortestLeaseDays * DAY_SECONDS) / RENEWAL_PART;
}

/** An update without a receipt: what it changes, and when it was signed in seconds since 1970. */
export interface OutstandingUpdate {
  readonly iat: number;
  readonly changes: readonly PlannedChange[];
}

/** The places where a container can stand: the confirmed one, and the end of each outstanding update. */
export interface Places {
  /** `iat` of the newest statement for the confirmed place. */
  readonly confirmedIat: number;
  /** In the order of their counters. */
  readonly outstanding: readonly OutstandingUpdate[];
}

/**
 * The latest time at which a place that holds the license can be used (L3), in milliseconds since 1970; `undefined` for a
 * license without `leaseDays`, and for one that no place holds.
 *
 * @param isInTarget whether the container holds the license once every outstanding update is applied
 * @param signed other terms of the license that an update has signed: a renewal changes `leaseDays` (N1), and the longest count
 */
export function usableUntil(
  license: Pick<License, 'id' | 'terms'>,
  isInTarget: boolean,
  { confirmedIat, outstanding }: Places,
  signed: readonly Terms[] = [],
): number | undefined {
  const leaseDays = longestLeaseDays([license.terms, ...signed, ...termsPut(license.id, outstanding)]);
  if (leaseDays === undefined) return undefined;
  let isHeld = isInTarget;
  let fresh: number | undefined;
  for (const { iat, changes } of outstanding.toReversed()) {
    if (isHeld) fresh = Math.max(fresh ?? iat, iat);
    isHeld = wasHeldBefore(license.id, isHeld, changes);
  }
  if (isHeld) fresh = Math.max(fresh ?? confirmedIat, confirmedIat);
  return fresh === undefined ? undefined : (fresh + leaseDays * DAY_SECONDS) * 1000;
}

/** The longest `leaseDays` of these terms; `undefined` if one of them has none, so that it never ends. */
function longestLeaseDays(all: readonly Terms[]): number | undefined {
  let longest = 0;
  for (const { leaseDays } of all) {
    if (leaseDays === undefined) return undefined;
    longest = Math.max(longest, leaseDays);
  }
  return longest;
}

/** The terms with which the outstanding updates put the license. */
function termsPut(id: string, outstanding: readonly OutstandingUpdate[]): Terms[] {
  return outstanding.flatMap(({ changes }) =>
    changes.flatMap((change) => (change.op === 'put' && change.license.id === id ? [change.license.terms] : [])),
  );
}

/** An update that removes a license and puts it again changes its terms: it was there before. */
function wasHeldBefore(id: string, isHeldAfter: boolean, changes: readonly PlannedChange[]): boolean {
  const own = changes.filter(({ license }) => license.id === id);
  if (own.some(({ op }) => op === 'remove')) return true;
  return own.length === 0 && isHeldAfter;
}
