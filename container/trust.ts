import {
  countSigners,
  extendKeySets,
  isPublicJwk,
  type KeySet,
  type KeyWithId,
  MAX_KEY_SETS,
  MAX_KEYS,
  publicPart,
  readKeySet,
  type SignedKeySet,
  serialOf,
  verifyKeySet,
} from '../protocol/index.ts';
import { ContainerError } from './container-error.ts';

/** A root key of the vendor: a public Ed25519 JWK. Without `kid`, its thumbprint is the `kid`. */
export interface RootKey {
  readonly kty: string;
  readonly crv?: string;
  readonly x?: string;
  readonly kid?: string;
}

/**
 * What a protected program brings to know its vendor by. The program has it in its own code or resources; nothing of it comes
 * from the container.
 *
 * - A key set, `{jws: [...]}`, or a list of key sets, `{keySets: [...]}`, as `/.well-known/relicense-keys` lists them.
 * - Root keys, `{rootKeys: [...]}`. The program then follows every change of the update keys without a new version of the
 *   program.
 */
export type Trust =
  | SignedKeySet
  | { readonly keySets: readonly SignedKeySet[] }
  | { readonly rootKeys: readonly RootKey[] };

/** `Trust` after its signatures were verified. */
export type TrustAnchor =
  | { readonly kind: 'key-set'; readonly keySet: KeySet }
  | { readonly kind: 'root-keys'; readonly keys: readonly KeyWithId[] };

/** Verifies what a program brings. @throws ContainerError `trust` */
export async function readTrust(trust: unknown): Promise<TrustAnchor> {
  if (typeof trust === 'object' && trust !== null) {
    if (Array.isArray(trust)) return hasJws(trust[0]) ? trustKeySets(trust) : trustRootKeys(trust);
    const { keySets, rootKeys } = trust as { readonly keySets?: unknown; readonly rootKeys?: unknown };
    if (Array.isArray(keySets)) return trustKeySets(keySets);
    if (Array.isArray(rootKeys)) return trustRootKeys(rootKeys);
    if (hasJws(trust)) return trustKeySets([trust]);
  }
  throw untrusted('it must be a key set, a list of key sets or a list of root keys');
}

/**
 * The newest of the container's key sets that the program can trust; `undefined` if there is none. A set of the container is
 * followed only if the root keys of the trusted set before it signed it (K1), or if enough of the program's root keys did.
 *
 * @param held in the order of their versions
 */
export async function newestTrusted(anchor: TrustAnchor, held: readonly KeySet[]): Promise<KeySet | undefined> {
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

function hasJws(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'jws');
}

/** The first set of the list must be signed by its own root keys, and each further one by those of the set before. */
async function trustKeySets(list: readonly unknown[]): Promise<TrustAnchor> {
  if (list.length === 0 || list.length > MAX_KEY_SETS) throw untrusted(`it must list 1 to ${MAX_KEY_SETS} key sets`);
  const [first, ...further] = list;
  const own = await verifyKeySet(first);
  if (!own.ok) throw untrusted(`its first key set is refused: ${own.code}`);
  const all = await extendKeySets([own.keySet], further);
  if (!all.ok) throw untrusted(`its key set ${all.index + 2} is refused: ${all.code}`);
  return { kind: 'key-set', keySet: all.keySets.at(-1) ?? own.keySet };
}

async function trustRootKeys(list: readonly unknown[]): Promise<TrustAnchor> {
  if (list.length === 0 || list.length > MAX_KEYS) throw untrusted(`it must list 1 to ${MAX_KEYS} root keys`);
  const keys: KeyWithId[] = [];
  for (const value of list) {
    if (typeof value !== 'object' || value === null) throw untrusted('a root key is not a JWK');
    const key = publicPart(value);
    if (!isPublicJwk(key)) throw untrusted('a root key is not a public Ed25519 key');
    const { kid } = value as { readonly kid?: unknown };
    keys.push({ ...key, kid: typeof kid === 'string' ? kid : await serialOf(key) });
  }
  return { kind: 'root-keys', keys };
}

/** The key set can name a root key by another `kid` than the program, so the set's own names count, too. */
async function isSignedByRoots(keySet: KeySet, roots: readonly KeyWithId[]): Promise<boolean> {
  const named = keySet.root.keys.filter(({ x }) => roots.some((root) => root.x === x));
  const signers = await countSigners(keySet.signed, [...named, ...roots]);
  return signers >= keySet.root.threshold && readKeySet(keySet.signed).ok;
}

function untrusted(why: string): ContainerError {
  return new ContainerError('trust', `The vendor's keys that the program brings cannot be used: ${why}.`);
}
