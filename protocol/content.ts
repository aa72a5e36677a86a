import { canonicalJson } from './canonical-json.ts';
import { hasMembers, isCount, isName } from './members.ts';

/** What a license allows. Times are RFC 3339 UTC. `domain/terms.ts` says why this type exists twice. */
export interface Terms {
  readonly expiresAt?: string;
  readonly maintenanceUntil?: string;
  readonly quantity?: number;
  readonly features?: readonly string[];
  /** Days, 1 to 3,650: the license is usable that long after the newest statement for the container's place (L1). */
  readonly leaseDays?: number;
  /** The vendor's own terms, and those of a newer protocol: they are kept and digested as they are. */
  readonly [own: string]: TermValue;
}

/** The values that a term can have. */
export type TermValue = string | number | boolean | readonly string[];

/** A license as a container holds it. */
export interface ContainerLicense {
  readonly id: string;
  readonly product: string;
  readonly terms: Terms;
  /** Codes of the products that must be in the same container. */
  readonly requires: readonly string[];
  /** Terms that a program must know to use the license. The container applies the update all the same. */
  readonly crit?: readonly string[];
}

/** What a container holds. Updates and contexts name it by its counter and digest. */
export interface Content {
  readonly counter: number;
  readonly licenses: readonly ContainerLicense[];
}

/** A counter and the digest of the content at that counter. */
export interface Position {
  readonly counter: number;
  readonly digest: string;
}

/** The content of a new container. */
export const EMPTY_CONTENT: Content = Object.freeze({ counter: 0, licenses: Object.freeze([]) });

/** The position of a new container: counter 0 and the digest of the empty content. */
export const START: Position = Object.freeze({
  counter: 0,
  digest: 'sha256:f9129661a5f1d07d72370228beaa64025cbf3bfd5d01aaaa36ff3d0a3bdf6544',
});

/** Characters (UTF-16 units) of a name in a license. The server checks these limits before it sells a license. */
export const MAX_NAME_LENGTH = 256;
/** Entries of `requires`, of `features`, of `crit`, and of a vendor's own list. */
export const MAX_LIST_LENGTH = 256;
/** Terms of one license. */
export const MAX_TERMS = 64;
/** The longest lease, in days. */
export const MAX_LEASE_DAYS = 3_650;

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const TIME = /^([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?Z$/;

/**
 * Returns the content in the form that is digested: only the protocol's members, licenses sorted by id in code unit order.
 * It leaves out other members, such as a ticket or an order.
 */
export function normalizeContent(content: Content): Content {
  return { counter: content.counter, licenses: content.licenses.map(normalizeLicense).sort(byId) };
}

/** Returns the license with only the protocol's members, in their order. The terms are complete. */
export function normalizeLicense({ id, product, terms, requires, crit }: ContainerLicense): ContainerLicense {
  const ordered: [string, TermValue][] = [];
  for (const name of new Set([...KNOWN_TERMS, ...Object.keys(terms)])) {
    const value = Object.hasOwn(terms, name) ? terms[name] : undefined;
    if (value !== undefined) ordered.push([name, typeof value === 'object' ? [...value] : value]);
  }
  return {
    id,
    product,
    // An assignment to a member named __proto__ would set the prototype.
    terms: Object.fromEntries(ordered),
    requires: [...requires],
    ...(crit === undefined ? {} : { crit: [...crit] }),
  };
}

/**
 * Returns `sha256:` and the lowercase hex SHA-256 of the canonical JSON of the normalized content.
 *
 * @example
 * (await digestOf(EMPTY_CONTENT)) === START.digest
 */
export async function digestOf(content: Content): Promise<string> {
  return digestOfJson(normalizeContent(content));
}

/**
 * Returns the canonical JSON of a content for which {@link isContent} is true. If its members are in the order of canonical JSON
 * already, as a container writes them, the platform writes it without a copy, several times faster.
 */
export function canonicalContent({ counter, licenses }: Content): string {
  const content = { counter, licenses };
  return licenses.every(isInOrder) ? JSON.stringify(content) : canonicalJson(content);
}

function isInOrder(license: ContainerLicense): boolean {
  return isSorted(Object.keys(license)) && isSorted(Object.keys(license.terms));
}

/** Whether the names are in the order of their UTF-16 code units. */
function isSorted(names: readonly string[]): boolean {
  for (let index = 1; index < names.length; index++) if ((names[index - 1] ?? '') > (names[index] ?? '')) return false;
  return true;
}

/** Returns `sha256:` and the lowercase hex SHA-256 of the canonical JSON of a value. @throws TypeError as `canonicalJson` */
export async function digestOfJson(value: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(canonicalJson(value));
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return `sha256:${Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** Whether a value is `sha256:` and 64 lowercase hex digits. */
export function isDigest(value: unknown): value is string {
  return typeof value === 'string' && DIGEST.test(value);
}

/** Whether a value is exactly `{counter, digest}`. */
export function isPosition(value: unknown): value is Position {
  return hasMembers(value, ['counter', 'digest']) && isCount(value.counter) && isDigest(value.digest);
}

/** The forms of the terms that this version knows. */
const TERM_FORMS: Readonly<Record<string, (value: unknown) => boolean>> = {
  expiresAt: isTime,
  maintenanceUntil: isTime,
  quantity: isCount,
  features: isNames,
  leaseDays: (value) => isCount(value) && value >= 1 && value <= MAX_LEASE_DAYS,
};

/** The names of the terms that this version knows. */
export const KNOWN_TERMS: readonly string[] = Object.keys(TERM_FORMS);

/**
 * Whether a value has the form of {@link Terms}: at most 64 members; the known ones have their own forms, and another one is a
 * text of at most 256 characters, a count, a boolean, or a list of at most 256 names.
 */
export function isTerms(value: unknown): value is Terms {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const names = Object.keys(value);
  if (names.length > MAX_TERMS) return false;
  for (const name of names) {
    const term: unknown = Reflect.get(value, name);
    const hasForm = Object.hasOwn(TERM_FORMS, name) ? TERM_FORMS[name]?.(term) : isTermValue(term);
    if (hasForm !== true || !isName(name, MAX_NAME_LENGTH)) return false;
  }
  return true;
}

/** Whether a value has the form of a vendor's own term. */
export function isTermValue(value: unknown): value is TermValue {
  return (
    value === '' || isName(value, MAX_NAME_LENGTH) || isCount(value) || typeof value === 'boolean' || isNames(value)
  );
}

/** Whether a value is a license exactly as a container holds it. The server checks this before it sells a license. */
export function isContainerLicense(value: unknown): value is ContainerLicense {
  return (
    hasMembers(value, ['id', 'product', 'terms', 'requires'], ['crit']) &&
    isName(value.id, MAX_NAME_LENGTH) &&
    isName(value.product, MAX_NAME_LENGTH) &&
    isTerms(value.terms) &&
    isNames(value.requires) &&
    (!Object.hasOwn(value, 'crit') || isCritical(value.crit))
  );
}

/** Whether a value names members that a reader must know: at least one. */
export function isCritical(value: unknown): value is readonly string[] {
  return isNames(value) && value.length > 0;
}

/** Whether a value is a normalized content: licenses sorted by id, none twice. */
export function isContent(value: unknown): value is Content {
  if (!hasMembers(value, ['counter', 'licenses']) || !isCount(value.counter)) return false;
  const { licenses } = value;
  if (!Array.isArray(licenses) || !licenses.every(isContainerLicense)) return false;
  return licenses.every((license, index) => index === 0 || byId(licenses[index - 1] ?? license, license) < 0);
}

/** Whether a value is an RFC 3339 time in UTC that exists in the calendar. Leap seconds do not count. */
function isTime(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > MAX_NAME_LENGTH) return false;
  const [, day, minute, second = '00'] = TIME.exec(value) ?? [];
  if (day === undefined || minute === undefined) return false;
  const whole = `${day}T${minute}:${second}.000Z`;
  const time = new Date(whole);
  // `Date` reads 2027-02-30 as March 2, and writes it as that.
  return !Number.isNaN(time.getTime()) && time.toISOString() === whole;
}

function isNames(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) && value.length <= MAX_LIST_LENGTH && value.every((item) => isName(item, MAX_NAME_LENGTH))
  );
}

/** Code unit order: `<` compares code units, `localeCompare` does not. */
function byId(one: ContainerLicense, other: ContainerLicense): number {
  return one.id < other.id ? -1 : one.id > other.id ? 1 : 0;
}
