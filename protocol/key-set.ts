import type { JWK } from 'jose';
import { isSignedBy } from './compact-jws.ts';
import { isPublicJwk, publicPart } from './ed25519.ts';
import { hasMembers, isCount, isName } from './members.ts';
import {
  type KeyWithId,
  MAX_ISSUER_LENGTH,
  MAX_KID_LENGTH,
  type PayloadResult,
  readPayload,
  readStatement,
  type StatementInput,
  signingInputOf,
} from './statement.ts';

export const KEY_SET_TYPE = 'relicense-keys+jwt';

/** Root keys, update keys, or signatures in one key set. */
export const MAX_KEYS = 32;
/** Key sets in one file or list. */
export const MAX_KEY_SETS = 1_000;

/** The vendor's numbered list of the keys that may sign updates and leases (K1). */
export interface KeySetPayload {
  /** The vendor's name for itself. */
  readonly iss: string;
  /** From 1. */
  readonly version: number;
  /** Seconds since 1970. */
  readonly iat: number;
  /** The keys that sign key sets, and how many of them must sign one. */
  readonly root: { readonly threshold: number; readonly keys: readonly KeyWithId[] };
  /** The keys that sign updates and leases. */
  readonly update: readonly KeyWithId[];
}

/** A signed key set: one signature or more over the same payload. */
export interface SignedKeySet {
  readonly jws: readonly string[];
}

/** A key set whose signatures were verified, with its signed form. */
export interface KeySet extends KeySetPayload {
  readonly signed: SignedKeySet;
}

/** Why a key set is refused, in the order of the checks. */
export const KEY_SET_FAULTS = [
  /** Not exactly `{jws: [...]}` with 1 to 32 texts. */
  'key-set-schema',
  /** One of its JWS is malformed, or its header is not that of a key set, or the payloads differ. */
  'key-set-malformed',
  /** The payload does not have the form of a key set. */
  'key-set-payload',
  /** The payload names a member in `crit` that this version does not know. */
  'key-set-not-understood',
  /** `iss` is another vendor. */
  'key-set-issuer',
  /** Its version does not follow the version before. */
  'key-set-gap',
  /** Too few root keys of this set, or of the set before, signed it. */
  'key-set-signatures',
] as const;
export type KeySetFault = (typeof KEY_SET_FAULTS)[number];

export type KeySetResult =
  | { readonly ok: true; readonly keySet: KeySet }
  | { readonly ok: false; readonly code: KeySetFault };

/** Returns the text that a root key signs for a key set. @throws TypeError, RangeError as `signingInputOf` */
export function keySetSigningInput({ kid, payload }: StatementInput<KeySetPayload>): string {
  const { iss, version, iat, root, update } = payload;
  const ordered = {
    iss,
    version,
    iat,
    root: { threshold: root.threshold, keys: root.keys.map(orderedKey) },
    update: update.map(orderedKey),
  };
  if (!readKeySetPayload(ordered).ok) throw new TypeError('The payload is not that of a key set');
  return signingInputOf(KEY_SET_TYPE, { kid, payload: ordered });
}

/**
 * Verifies one key set. `before` is the set with the version before it; without it, the set must be signed by its own root
 * keys only, as set 1 is. It never throws.
 */
export async function verifyKeySet(value: unknown, before?: KeySetPayload): Promise<KeySetResult> {
  const read = readKeySet(value);
  if (!read.ok) return read;
  const { keySet } = read;
  if (before !== undefined && keySet.iss !== before.iss) return { ok: false, code: 'key-set-issuer' };
  if (before !== undefined && keySet.version !== before.version + 1) return { ok: false, code: 'key-set-gap' };
  const roots = before === undefined ? [keySet.root] : [before.root, keySet.root];
  for (const root of roots) {
    if ((await countSigners(keySet.signed, root.keys)) < root.threshold)
      return { ok: false, code: 'key-set-signatures' };
  }
  return { ok: true, keySet };
}

export type KeySetsResult =
  | { readonly ok: true; readonly keySets: readonly KeySet[] }
  | { readonly ok: false; readonly code: KeySetFault; readonly index: number };

/**
 * Verifies key sets in the order of their versions and appends them to the `held` ones. It skips versions that are held
 * already. Without a held set, the first one must be set 1.
 */
export async function extendKeySets(held: readonly KeySet[], added: readonly unknown[]): Promise<KeySetsResult> {
  const keySets = [...held];
  for (const [index, value] of added.entries()) {
    const read = readKeySet(value);
    if (!read.ok) return { ...read, index };
    const before = keySets.at(-1);
    if (before !== undefined && read.keySet.iss !== before.iss) return { ok: false, code: 'key-set-issuer', index };
    if (before !== undefined && read.keySet.version <= before.version) continue;
    if (before === undefined && read.keySet.version !== 1) return { ok: false, code: 'key-set-gap', index };
    const verified = await verifyKeySet(value, before);
    if (!verified.ok) return { ...verified, index };
    keySets.push(verified.keySet);
  }
  return { ok: true, keySets };
}

/**
 * How many distinct keys of `keys` signed a key set. One key under two kids counts once (K4). Signatures by other keys, and
 * wrong signatures, do not count.
 */
export async function countSigners({ jws }: SignedKeySet, keys: readonly KeyWithId[]): Promise<number> {
  const signers = new Set<string>();
  for (const text of jws) {
    const read = readStatement(text, KEY_SET_TYPE);
    const key = read.ok ? keys.find(({ kid }) => kid === read.kid) : undefined;
    if (key !== undefined && !signers.has(key.x) && (await isSignedBy(text, publicPart(key)))) signers.add(key.x);
  }
  return signers.size;
}

/** Reads a key set without verifying its signatures. */
export function readKeySet(value: unknown): KeySetResult {
  if (!hasMembers(value, ['jws']) || !Array.isArray(value.jws)) return { ok: false, code: 'key-set-schema' };
  const jws: unknown[] = value.jws;
  if (jws.length < 1 || jws.length > MAX_KEYS || !jws.every((text) => typeof text === 'string'))
    return { ok: false, code: 'key-set-schema' };
  const [first] = jws;
  const isSameForm = jws.every((text) => readStatement(text, KEY_SET_TYPE).ok && partOf(text) === partOf(first ?? ''));
  const read = readStatement(first, KEY_SET_TYPE);
  if (!isSameForm || !read.ok) return { ok: false, code: 'key-set-malformed' };
  const payload = readKeySetPayload(read.payload);
  if (!payload.ok) return { ok: false, code: `key-set-${payload.code}` };
  return { ok: true, keySet: { ...payload.payload, signed: { jws: [...jws] } } };
}

/** The payload of a compact JWS, as it is written. */
function partOf(jws: string): string | undefined {
  return jws.split('.')[1];
}

function readKeySetPayload(value: unknown): PayloadResult<KeySetPayload> {
  return readPayload(value, ['iss', 'version', 'iat', 'root', 'update'], ({ iss, version, iat, root, update }) => {
    if (!isName(iss, MAX_ISSUER_LENGTH) || !isCount(version) || version < 1 || !isCount(iat)) return undefined;
    const keys = readKeys(update);
    const roots = readRoot(root);
    return keys === undefined || roots === undefined ? undefined : { iss, version, iat, root: roots, update: keys };
  });
}

function readRoot(value: unknown): KeySetPayload['root'] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { threshold, keys } = value as { threshold?: unknown; keys?: unknown };
  const read = readKeys(keys);
  if (read === undefined || !isCount(threshold) || threshold < 1) return undefined;
  return threshold > new Set(read.map(({ x }) => x)).size ? undefined : { threshold, keys: read };
}

/** 1 to 32 keys, no two with the same kid. Further members of a key are ignored. */
function readKeys(value: unknown): KeyWithId[] | undefined {
  if (!Array.isArray(value) || value.length < 1 || value.length > MAX_KEYS) return undefined;
  const keys = value.map(readKey);
  if (!keys.every((key) => key !== undefined)) return undefined;
  return new Set(keys.map(({ kid }) => kid)).size === keys.length ? keys : undefined;
}

function readKey(value: unknown): KeyWithId | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { kid } = value as JWK;
  const key = publicPart(value);
  return isPublicJwk(key) && isName(kid, MAX_KID_LENGTH) ? { ...key, kid } : undefined;
}

function orderedKey({ kty, crv, x, kid }: KeyWithId): KeyWithId {
  return { kty, crv, x, kid };
}
