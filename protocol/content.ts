import { canonicalJson } from './canonical-json.ts';
import { hasMembers, isCount, isName } from './members.ts';

/** What a license allows. Times are RFC 3339 UTC. `domain/terms.ts` says why this type exists twice. */
export interface Terms {
  readonly expiresAt?: string;
  readonly maintenanceUntil?: string;
  readonly quantity?: number;
  readonly features?: readonly string[];
}

/** A license as a container holds it. */
export interface ContainerLicense {
  readonly id: string;
  readonly product: string;
  readonly terms: Terms;
  /** Codes of the products that must be in the same container. */
  readonly requires: readonly string[];
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
/** Entries of `requires` and of `features`. */
export const MAX_LIST_LENGTH = 256;

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?Z$/;

/**
 * Returns the content in the form that is digested: only the protocol's members, licenses sorted by id in code unit order.
 * It leaves out other members, such as a ticket or an order.
 */
export function normalizeContent(content: Content): Content {
  return { counter: content.counter, licenses: content.licenses.map(normalizeLicense).sort(byId) };
}

/** Returns the license with only the protocol's members, in their order. */
export function normalizeLicense(license: ContainerLicense): ContainerLicense {
  const { expiresAt, maintenanceUntil, quantity, features } = license.terms;
  return {
    id: license.id,
    product: license.product,
    terms: {
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(maintenanceUntil === undefined ? {} : { maintenanceUntil }),
      ...(quantity === undefined ? {} : { quantity }),
      ...(features === undefined ? {} : { features: [...features] }),
    },
    requires: [...license.requires],
  };
}

/**
 * Returns `sha256:` and the lowercase hex SHA-256 of the canonical JSON of the normalized content.
 *
 * @example
 * (await digestOf(EMPTY_CONTENT)) === START.digest
 */
export async function digestOf(content: Content): Promise<string> {
  const bytes = new TextEncoder().encode(canonicalJson(normalizeContent(content)));
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

/** Whether a value is an object with members of {@link Terms} and no others. */
export function isTerms(value: unknown): value is Terms {
  return (
    hasMembers(value, [], ['expiresAt', 'maintenanceUntil', 'quantity', 'features']) &&
    (!Object.hasOwn(value, 'expiresAt') || isTime(value.expiresAt)) &&
    (!Object.hasOwn(value, 'maintenanceUntil') || isTime(value.maintenanceUntil)) &&
    (!Object.hasOwn(value, 'quantity') || isCount(value.quantity)) &&
    (!Object.hasOwn(value, 'features') || isNames(value.features))
  );
}

/** Whether a value is a license exactly as a container holds it. The server checks this before it sells a license. */
export function isContainerLicense(value: unknown): value is ContainerLicense {
  return (
    hasMembers(value, ['id', 'product', 'terms', 'requires']) &&
    isName(value.id, MAX_NAME_LENGTH) &&
    isName(value.product, MAX_NAME_LENGTH) &&
    isTerms(value.terms) &&
    isNames(value.requires)
  );
}

/** Whether a value is a normalized content: licenses sorted by id, none twice. */
export function isContent(value: unknown): value is Content {
  if (!hasMembers(value, ['counter', 'licenses']) || !isCount(value.counter)) return false;
  const { licenses } = value;
  if (!Array.isArray(licenses) || !licenses.every(isContainerLicense)) return false;
  return licenses.every((license, index) => index === 0 || byId(licenses[index - 1] ?? license, license) < 0);
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_NAME_LENGTH && TIME.test(value);
}

function isNames(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length <= MAX_LIST_LENGTH && value.every((item) => isName(item, MAX_NAME_LENGTH))
  );
}

/** Code unit order: `<` compares code units, `localeCompare` does not. */
function byId(one: ContainerLicense, other: ContainerLicense): number {
  return one.id < other.id ? -1 : one.id > other.id ? 1 : 0;
}
