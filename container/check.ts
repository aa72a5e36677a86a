import { type ContainerLicense, type Content, KNOWN_TERMS, type Terms } from '../protocol/index.ts';

/** Why a program must not use a product. */
export const CHECK_REASONS = [
  /** The container is missing, damaged or was edited without its checksum, or it cannot be read. */
  'file-damaged',
  /** No trusted key of the vendor signed this content for this container. */
  'unsealed',
  /** The clock is more than a day before a time that the vendor signed. */
  'clock-set-back',
  /** The container has no license for the product. */
  'no-license',
  /** The license has a term that the program must know and does not know. */
  'not-understood',
  /** A product that the license requires is not in the container. */
  'requires-unmet',
  /** The license has expired. */
  'expired',
  /** The last contact with the vendor is too long ago. */
  'lease-ended',
  /** The license does not have the feature. */
  'feature-missing',
  /** This version of the program was released after the end of maintenance. */
  'maintenance-ended',
] as const;
export type CheckReason = (typeof CHECK_REASONS)[number];

export interface CheckOptions {
  /** A feature that the license must have. */
  readonly feature?: string | undefined;
  /** When this version of the program was released; the maintenance of the license must last until then. */
  readonly released?: Date | string | undefined;
  /** The time by the clock. Default: now. */
  readonly now?: Date | string | number | undefined;
  /** Terms of the vendor's own that the program obeys, beside those of the protocol. */
  readonly understands?: readonly string[] | undefined;
}

export type CheckResult =
  | {
      readonly ok: true;
      /** The license's id. */
      readonly license: string;
      /** When the license can no longer be used, RFC 3339 UTC; absent if it has no end. A sync can make it later. */
      readonly until?: string;
      readonly quantity?: number;
      readonly features: readonly string[];
      /** When the vendor last said that the container holds it, RFC 3339 UTC. */
      readonly provenAt: string;
    }
  | { readonly ok: false; readonly reason: CheckReason };

/** What a check knows of a container. */
export interface Sealed {
  readonly content: Content;
  /** The time of the newest proof, in seconds since 1970; `undefined` if the content is not sealed. */
  readonly provenAt: number | undefined;
  /** The highest time that the container has seen from the vendor, in seconds since 1970. */
  readonly newestIat: number;
}

const SECOND = 1_000;
const DAY = 86_400 * SECOND;

/**
 * Decides whether a product can be used. It is pure: the same container, options and time give the same result.
 *
 * @throws TypeError if `now` or `released` is not a time
 */
export function decide({ content, provenAt, newestIat }: Sealed, product: string, options: CheckOptions): CheckResult {
  const clock = timeOf('now', options.now ?? Date.now());
  const released = options.released === undefined ? undefined : timeOf('released', options.released);
  const isEmpty = content.counter === 0 && content.licenses.length === 0;
  if (provenAt === undefined && !isEmpty) return refused('unsealed');
  const newest = Math.max(newestIat, provenAt ?? 0) * SECOND;
  if (clock < newest - DAY) return refused('clock-set-back');
  const now = Math.max(clock, newest);

  const licenses = content.licenses.filter((license) => license.product === product);
  const known = [...KNOWN_TERMS, ...(options.understands ?? [])];
  const products = new Set(content.licenses.map((license) => license.product));
  let first: CheckReason | undefined;
  for (const license of licenses) {
    const fresh = (provenAt ?? 0) * SECOND;
    const reason = reasonAgainst(license, { known, products, now, fresh, feature: options.feature, released });
    if (reason === undefined) return granted(license, fresh);
    first ??= reason;
  }
  return refused(first ?? 'no-license');
}

interface Circumstances {
  readonly known: readonly string[];
  readonly products: ReadonlySet<string>;
  /** Milliseconds since 1970, as the other times. */
  readonly now: number;
  readonly fresh: number;
  readonly feature: string | undefined;
  readonly released: number | undefined;
}

/** The first reason in the order of the protocol. */
function reasonAgainst(
  { terms, requires, crit = [] }: ContainerLicense,
  { known, products, now, fresh, feature, released }: Circumstances,
): CheckReason | undefined {
  if (!crit.every((name) => known.includes(name))) return 'not-understood';
  if (!requires.every((product) => products.has(product))) return 'requires-unmet';
  if (now >= expiryOf(terms)) return 'expired';
  if (now >= leaseEndOf(terms, fresh)) return 'lease-ended';
  if (feature !== undefined && !(terms.features ?? []).includes(feature)) return 'feature-missing';
  if (released !== undefined && terms.maintenanceUntil !== undefined && released > Date.parse(terms.maintenanceUntil))
    return 'maintenance-ended';
  return undefined;
}

function granted({ id, terms }: ContainerLicense, fresh: number): CheckResult {
  const until = endOf(terms, fresh);
  const { quantity, features = [] } = terms;
  return {
    ok: true,
    license: id,
    ...(until === undefined ? {} : { until }),
    ...(quantity === undefined ? {} : { quantity }),
    features,
    provenAt: formatTime(fresh),
  };
}

/** When a license can no longer be used: the earlier of its two ends. `fresh` in milliseconds since 1970. */
export function endOf(terms: Terms, fresh: number): string | undefined {
  const [expiry, lease] = [expiryOf(terms), leaseEndOf(terms, fresh)];
  if (expiry <= lease) return terms.expiresAt;
  return formatTime(lease);
}

function expiryOf({ expiresAt }: Terms): number {
  return expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
}

function leaseEndOf({ leaseDays }: Terms, fresh: number): number {
  return leaseDays === undefined ? Number.POSITIVE_INFINITY : fresh + leaseDays * DAY;
}

/** `2027-01-31T12:00:00Z`; times after the year 9999 in the form of ECMAScript, and after the last one as that one. */
export function formatTime(milliseconds: number): string {
  return new Date(Math.min(milliseconds, LAST_TIME)).toISOString().replace('.000Z', 'Z');
}

/** The last time that a `Date` can hold. */
const LAST_TIME = 8.64e15;

function timeOf(name: string, value: Date | string | number): number {
  const time = new Date(value).getTime();
  if (Number.isNaN(time)) throw new TypeError(`${name} is not a time: ${String(value)}`);
  return time;
}

function refused(reason: CheckReason): CheckResult {
  return { ok: false, reason };
}
