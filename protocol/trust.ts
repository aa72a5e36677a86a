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
import { isCount } from './members.ts';
import type { KeyWithId } from './statement.ts';

/** A root key of the vendor: a public Ed25519 JWK. Without `kid`, its thumbprint is the `kid`. */
export interface RootKey {
  readonly kty: string;
  readonly crv?: string;
  readonly x?: string;
  readonly kid?: string;
}

/**
 * What a program or a verifier knows its vendor by. It got it from the vendor, never out of what it verifies.
 *
 * - A key set, `{jws: [...]}`, or a list of key sets, `{keySets: [...]}`, as `/.well-known/relicense-keys` lists them.
 * - Root keys, `{rootKeys: [...]}`. The program then follows every change of the update keys without a new version of the
 *   program. `threshold` of them must sign the first set that it trusts, and never fewer than that set requires. Bring the
 *   vendor's threshold if it is above 1: otherwise one stolen root key can make a key set that the program trusts.
 */
export type Trust =
  | SignedKeySet
  | { readonly keySets: readonly SignedKeySet[] }
  | {
      readonly rootKeys: readonly RootKey[];
      /** Default: 1. */
      readonly threshold?: number;
    };

/** `Trust` after its signatures were verified. */
export type TrustAnchor =
  | { readonly kind: 'key-set'; readonly keySet: KeySet }
  | { readonly kind: 'root-keys'; readonly keys: readonly KeyWithId[]; readonly threshold: number };

/** `why` is the end of a sentence about the trust: "it must list ...". */
export type TrustResult =
  | { readonly ok: true; readonly anchor: TrustAnchor }
  | { readonly ok: false; readonly why: string };

/** Verifies what a program or a verifier brings. A list of key sets or root keys is read without its wrapper, too. Never throws. */
export async function readTrust(trust: unknown): Promise<TrustResult> {
  if (typeof trust === 'object' && trust !== null) {
    if (Array.isArray(trust)) return hasJws(trust[0]) ? trustKeySets(trust) : trustRootKeys(trust);
    const { keySets, rootKeys, threshold } = trust as Readonly<Record<string, unknown>>;
    if (Array.isArray(keySets)) return trustKeySets(keySets);
    if (Array.isArray(rootKeys)) return trustRootKeys(rootKeys, threshold);
    if (hasJws(trust)) return trustKeySets([trust]);
  }
  return untrusted('it must be a key set, a list of key sets or a list of root keys');
}

/**
 * The newest of the `held` key sets that the program can trust, or its own; `undefined` if there is none. With root keys, the
 * first trusted set is one that enough of them signed. A later set is followed only if the root keys of the trusted set before it
 * signed it (K1): a root key that a set dropped proves nothing any more.
 *
 * @param held in the order of their versions
 */
export async function newestTrusted(anchor: TrustAnchor, held: readonly KeySet[]): Promise<KeySet | undefined> {
  let trusted = anchor.kind === 'key-set' ? anchor.keySet : undefined;
  for (const keySet of held) {
    if (trusted !== undefined && keySet.version <= trusted.version) continue;
    const isProven =
      trusted === undefined
        ? anchor.kind === 'root-keys' && (await isSignedByRoots(keySet, anchor))
        : (await verifyKeySet(keySet.signed, trusted)).ok;
    if (isProven) trusted = keySet;
  }
  return trusted;
}

function hasJws(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'jws');
}

/** The first set of the list must be signed by its own root keys, and each further one by those of the set before. */
async function trustKeySets(list: readonly unknown[]): Promise<TrustResult> {
  if (list.length === 0 || list.length > MAX_KEY_SETS) return untrusted(`it must list 1 to ${MAX_KEY_SETS} key sets`);
  const [first, ...further] = list;
  const own = await verifyKeySet(first);
  if (!own.ok) return untrusted(`its first key set is refused: ${own.code}`);
  const all = await extendKeySets([own.keySet], further);
  if (!all.ok) return untrusted(`its key set ${all.index + 2} is refused: ${all.code}`);
  return { ok: true, anchor: { kind: 'key-set', keySet: all.keySets.at(-1) ?? own.keySet } };
}

async function trustRootKeys(list: readonly unknown[], threshold: unknown = 1): Promise<TrustResult> {
  if (list.length === 0 || list.length > MAX_KEYS) return untrusted(`it must list 1 to ${MAX_KEYS} root keys`);
  const keys: KeyWithId[] = [];
  for (const value of list) {
    if (typeof value !== 'object' || value === null) return untrusted('a root key is not a JWK');
    const key = publicPart(value);
    if (!isPublicJwk(key)) return untrusted('a root key is not a public Ed25519 key');
    const { kid } = value as { readonly kid?: unknown };
    keys.push({ ...key, kid: typeof kid === 'string' ? kid : await serialOf(key) });
  }
  const distinct = new Set(keys.map(({ x }) => x)).size;
  if (!isCount(threshold) || threshold < 1 || threshold > distinct)
    return untrusted(`its threshold must be from 1 to the number of its root keys, ${distinct}`);
  return { ok: true, anchor: { kind: 'root-keys', keys, threshold } };
}

/** The key set can name a root key by another `kid` than the program, so the set's own names count. */
async function isSignedByRoots(
  { signed, root }: KeySet,
  { keys, threshold }: Extract<TrustAnchor, { kind: 'root-keys' }>,
): Promise<boolean> {
  const named = root.keys.filter(({ x }) => keys.some((one) => one.x === x));
  return (await countSigners(signed, named)) >= Math.max(root.threshold, threshold);
}

function untrusted(why: string): TrustResult {
  return { ok: false, why };
}
