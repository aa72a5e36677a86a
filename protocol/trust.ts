import { isPublicJwk, publicPart, serialOf } from './ed25519.ts';
import {
  countSigners,
  extendKeySets,
  type KeySet,
  MAX_KEY_SETS,
  MAX_KEYS,
  type SignedKeySet,
  verifyKeySet,
} from './key-set.ts';
import type { KeyWithId } from './statement.ts';

/** A root key of the vendor: a public Ed25519 JWK. Without `kid`, its thumbprint is the `kid`. */
export interface RootKey {
  readonly kty: string;
  readonly crv?: string;
  readonly x?: string;
  readonly kid?: string;
}

/**
 * What a verifier knows its vendor by. The verifier got it from the vendor, never out of what it verifies.
 *
 * - A key set, `{jws: [...]}`, or a list of key sets, `{keySets: [...]}`, as `/.well-known/relicense-keys` returns them.
 * - Root keys, `{rootKeys: [...]}`.
 */
export type VendorTrust =
  | SignedKeySet
  | { readonly keySets: readonly SignedKeySet[] }
  | { readonly rootKeys: readonly RootKey[] };

/** A {@link VendorTrust} whose signatures were verified. */
export type VendorAnchor =
  | { readonly kind: 'key-set'; readonly keySet: KeySet }
  | { readonly kind: 'root-keys'; readonly keys: readonly KeyWithId[] };

/** Reads what a verifier brings; `undefined` if it cannot be used. It never throws. */
export async function readVendorTrust(trust: unknown): Promise<VendorAnchor | undefined> {
  if (typeof trust !== 'object' || trust === null) return undefined;
  const { keySets, rootKeys } = trust as { readonly keySets?: unknown; readonly rootKeys?: unknown };
  if (Array.isArray(keySets)) return anchorOfKeySets(keySets);
  if (Array.isArray(rootKeys)) return anchorOfRootKeys(rootKeys);
  return Object.hasOwn(trust, 'jws') ? anchorOfKeySets([trust]) : undefined;
}

/** The first set must be signed by its own root keys, and each further one by those of the set before, too. */
async function anchorOfKeySets(list: readonly unknown[]): Promise<VendorAnchor | undefined> {
  if (list.length === 0 || list.length > MAX_KEY_SETS) return undefined;
  const [first, ...further] = list;
  const own = await verifyKeySet(first);
  if (!own.ok) return undefined;
  const all = await extendKeySets([own.keySet], further);
  return all.ok ? { kind: 'key-set', keySet: all.keySets.at(-1) ?? own.keySet } : undefined;
}

async function anchorOfRootKeys(list: readonly unknown[]): Promise<VendorAnchor | undefined> {
  if (list.length === 0 || list.length > MAX_KEYS) return undefined;
  const keys: KeyWithId[] = [];
  for (const value of list) {
    if (typeof value !== 'object' || value === null) return undefined;
    const key = publicPart(value);
    if (!isPublicJwk(key)) return undefined;
    const { kid } = value as { readonly kid?: unknown };
    keys.push({ ...key, kid: typeof kid === 'string' ? kid : await serialOf(key) });
  }
  return { kind: 'root-keys', keys };
}

/**
 * The newest key set that the verifier can trust: its own, or one of the `held` ones that follows from it. A held set follows if
 * the root keys of the trusted set before it signed it (K1), or if enough of the verifier's root keys did.
 *
 * @param held in the order of their versions
 */
export async function newestTrustedSet(anchor: VendorAnchor, held: readonly KeySet[]): Promise<KeySet | undefined> {
  let trusted = anchor.kind === 'key-set' ? anchor.keySet : undefined;
  for (const keySet of held) {
    if (trusted !== undefined && keySet.version <= trusted.version) continue;
    const isProven =
      (trusted !== undefined && (await verifyKeySet(keySet.signed, trusted)).ok) ||
      (anchor.kind === 'root-keys' && (await isSignedByRoots(keySet, anchor.keys)));
    if (isProven) trusted = keySet;
  }
  return trusted;
}

/** The key set can name a root key by another `kid` than the verifier, so the set's own names count. */
async function isSignedByRoots({ signed, root }: KeySet, roots: readonly KeyWithId[]): Promise<boolean> {
  const named = root.keys.filter(({ x }) => roots.some((one) => one.x === x));
  return (await countSigners(signed, named)) >= root.threshold;
}
