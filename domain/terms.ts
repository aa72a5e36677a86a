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
  /** Days, 1 to 3,650: the license is usable that long after the newest statement for the container's place (L1). */
  readonly leaseDays?: number;
  /** The vendor's own terms, and `duration` as `domain/duration.ts` writes it. */
  readonly [own: string]: TermValue;
}

/** The terms that a renewal changes (N1); an absent one stays as it is. */
export type Renewal = Readonly<Pick<Terms, 'expiresAt' | 'maintenanceUntil' | 'leaseDays'>>;

const RENEWABLE = ['expiresAt', 'maintenanceUntil', 'leaseDays'] as const satisfies readonly (keyof Renewal)[];

/** The renewal without the terms that `terms` has already; `undefined` if it would change nothing. */
export function changesOfRenewal(terms: Terms, renewal: Renewal): Renewal | undefined {
  const changed = RENEWABLE.filter((name) => renewal[name] !== undefined && renewal[name] !== terms[name]);
  return changed.length === 0 ? undefined : Object.fromEntries(changed.map((name) => [name, renewal[name]]));
}

/** The values that a term can have. */
export type TermValue = string | number | boolean | readonly string[];

/** Whether `expiresAt` is at or before `now`, in milliseconds since 1970. Terms without `expiresAt` never expire. */
export function isExpired(terms: Terms, now: number): boolean {
  return terms.expiresAt !== undefined && Date.parse(terms.expiresAt) <= now;
}

/** Whether two terms are equal. An absent list differs from an empty one. */
export function sameTerms(one: Terms, other: Terms): boolean {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((name) => sameValue(one[name], other[name]));
}

/**
 * The terms that a program must know to use a license with these `terms`: those of `crit` that it has. A term that was taken
 * away cannot be critical. `undefined` if none is left: no license has an empty list.
 */
export function criticalTerms(crit: readonly string[] | undefined, terms: Terms): readonly string[] | undefined {
  const names = [...new Set(crit)].filter((name) => Object.hasOwn(terms, name));
  return names.length === 0 ? undefined : names;
}

function sameValue(one: TermValue | undefined, other: TermValue | undefined): boolean {
  if (typeof one !== 'object' || typeof other !== 'object') return one === other;
  return one.length === other.length && one.every((entry, index) => entry === other[index]);
}
