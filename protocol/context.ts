import { CompactSign, type CryptoKey, importJWK, type JWK } from 'jose';
import { ALGORITHM, isAlgorithm, isSignedBy, splitJws } from './compact-jws.ts';
import { digestOfJson, isDigest, type Position } from './content.ts';
import { isPublicJwk, isThumbprint, type PublicJwk, publicPart, serialOf } from './ed25519.ts';
import { hasMembers, isCount, isName } from './members.ts';
import { MAX_ID_LENGTH, MAX_ISSUER_LENGTH } from './statement.ts';

export const CONTEXT_TYPE = 'relicense-context+jwt';
/** Characters of a context's `jti`. */
export const MAX_JTI_LENGTH = 128;

/** The version of contexts that this program writes, and the versions that it reads. */
export const CONTEXT_VERSION = 1;
export const SUPPORTED_CONTEXT_VERSIONS: readonly number[] = [CONTEXT_VERSION];

/** Why `verifyContext` refuses a context: the `reason` of the problem `invalid-context`, in the order of the checks. */
export const CONTEXT_FAULTS = [
  /** Longer than `MAX_JWS_LENGTH`. */
  'too-large',
  /** Not a compact JWS: wrong parts, base64url, JSON, or form of the signature. */
  'malformed',
  /** The protected header is not exactly `alg`, `typ` and `jwk`. */
  'header',
  /** `alg` is not `Ed25519` or `EdDSA`. */
  'algorithm',
  /** `typ` is not `relicense-context+jwt`. */
  'type',
  /** `jwk` is not exactly a public Ed25519 key, or its point is of small order. */
  'key',
  /** The payload has a wrong member, or one of its members is malformed. */
  'payload',
  /** `iss` is not the thumbprint of `jwk`. */
  'serial',
  /** The key in `jwk` did not make the signature. */
  'signature',
  /** `aud` is another vendor. */
  'audience',
  /** `keys` is a version above the newest key set. */
  'keys',
  /** `wish` is not the digest of the manual actions of the request. */
  'wish',
] as const;
export type ContextFault = (typeof CONTEXT_FAULTS)[number];

/** What a context says beside the keys and the versions. */
interface Report extends Position {
  /** Any text that makes this context distinguishable. */
  readonly jti: string;
  /** Seconds since 1970, above that of every earlier context of the container (C1). */
  readonly iat: number;
  /** The version of the newest key set that the container holds (K2). */
  readonly keys: number;
  /** `jti` of the last lease that the container took, or `''` (C1). */
  readonly lease: string;
  /** The container asks for a new lease (L2). */
  readonly renew?: true;
  /** {@link wishOf} the manual actions of the request; absent without manual actions. */
  readonly wish?: string;
}

/** The signed payload of a context. */
export interface ContextPayload extends Report {
  readonly ver: typeof CONTEXT_VERSION;
  /** The container's serial. */
  readonly iss: string;
  /** The vendor: `iss` of the key set. */
  readonly aud: string;
}

/** The members of a verified context. `serial` is the thumbprint of `jwk`. */
export interface Context extends Report {
  readonly serial: string;
  readonly jwk: PublicJwk;
  readonly audience: string;
  /** The signed text. */
  readonly jws: string;
}

/** The vendor that a context must name, and the version of its newest key set. */
export interface Vendor {
  readonly issuer: string;
  readonly newestKeySet: number;
}

/** `version`: `ver` is missing, or is a version that this program does not read. It is checked after `key`. */
export type ContextResult =
  | { readonly ok: true; readonly context: Context }
  | { readonly ok: false; readonly reason: ContextFault | 'version' };

/** What `createContext` signs, and with which key. */
export interface ContextInput extends Report {
  /** The container's private key, as a JWK or as a `CryptoKey`. */
  readonly privateKey: JWK | CryptoKey;
  /** The container's public key. Members other than `kty`, `crv` and `x` are left out. */
  readonly publicJwk: JWK | PublicJwk;
  /** The vendor: `iss` of the key set. */
  readonly audience: string;
}

/** The manual actions of a request, exactly as it sends them. */
export interface Wishes {
  readonly activate?: readonly unknown[] | undefined;
  readonly deactivate?: readonly unknown[] | undefined;
  readonly transfer?: readonly unknown[] | undefined;
}

/**
 * Returns the `wish` of a context for these manual actions: the digest of their canonical JSON, absent lists as empty ones.
 * `undefined` when all lists are empty.
 *
 * @throws TypeError as `canonicalJson`
 */
export async function wishOf({ activate = [], deactivate = [], transfer = [] }: Wishes): Promise<string | undefined> {
  if (activate.length + deactivate.length + transfer.length === 0) return undefined;
  return digestOfJson({ activate, deactivate, transfer });
}

/**
 * Signs a context, the container's report of what it holds, and returns its compact JWS. A context made after an update is
 * the update's receipt.
 *
 * @throws TypeError if `verifyContext` would refuse one of the members, or the public key.
 *
 * @example
 * const context = await createContext({
 *   privateKey,
 *   publicJwk,
 *   audience: keySet.iss,
 *   keys: keySet.version,
 *   lease: '',
 *   counter: content.counter,
 *   digest: await digestOf(content),
 *   jti: crypto.randomUUID(),
 *   iat: Math.floor(Date.now() / 1000),
 * });
 */
export async function createContext(input: ContextInput): Promise<string> {
  const jwk = publicPart(input.publicJwk as JWK);
  if (!isPublicJwk(jwk)) throw new TypeError('The public key is not a usable Ed25519 key');
  const { audience, jti, iat, counter, digest, keys, lease, renew, wish } = input;
  const payload: ContextPayload = {
    ver: CONTEXT_VERSION,
    iss: await serialOf(jwk),
    aud: audience,
    jti,
    iat,
    counter,
    digest,
    keys,
    lease,
    ...(renew === undefined ? {} : { renew }),
    ...(wish === undefined ? {} : { wish }),
  };
  if (!isContextPayload(payload))
    throw new TypeError(
      `A context needs a vendor, a jti of 1 to ${MAX_JTI_LENGTH} characters, iat and counter from 0 to 2^53 - 1, and digests`,
    );
  const key = 'kty' in input.privateKey ? await importJWK(input.privateKey, ALGORITHM) : input.privateKey;
  return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: ALGORITHM, typ: CONTEXT_TYPE, jwk })
    .sign(key);
}

/**
 * Verifies a context with the public key that it carries. The serial is the thumbprint of this key, so a container needs no
 * enrolment. White space around the text is allowed. It returns a reason for hostile input instead of throwing.
 *
 * The caller compares `wish` with the request: {@link isWishOf}.
 *
 * @example
 * const result = await verifyContext(jws, { issuer: 'https://licenses.example.com', newestKeySet: 1 });
 * if (result.ok) console.log(result.context.serial, result.context.counter);
 * else console.error(result.reason);
 */
export async function verifyContext(text: unknown, vendor: Vendor): Promise<ContextResult> {
  const jws = typeof text === 'string' ? trimmed(text) : text;
  const split = splitJws(jws);
  if (!split.ok) return { ok: false, reason: split.code };
  const { header, payload } = split.jws;
  if (!hasMembers(header, ['alg', 'typ', 'jwk'])) return { ok: false, reason: 'header' };
  if (!isAlgorithm(header.alg)) return { ok: false, reason: 'algorithm' };
  if (header.typ !== CONTEXT_TYPE) return { ok: false, reason: 'type' };
  const { jwk } = header;
  if (!isPublicJwk(jwk)) return { ok: false, reason: 'key' };
  if (!isSupportedVersion(payload)) return { ok: false, reason: 'version' };
  if (!isContextPayload(payload)) return { ok: false, reason: 'payload' };
  if (payload.iss !== (await serialOf(jwk))) return { ok: false, reason: 'serial' };
  if (!(await isSignedBy(jws as string, publicPart(jwk)))) return { ok: false, reason: 'signature' };
  if (payload.aud !== vendor.issuer) return { ok: false, reason: 'audience' };
  if (payload.keys > vendor.newestKeySet) return { ok: false, reason: 'keys' };
  const { iss: serial, aud: audience, ver: _, ...report } = payload;
  return { ok: true, context: { serial, jwk, audience, jws: jws as string, ...report } };
}

/** Whether the context was made for exactly these manual actions. */
export async function isWishOf(context: Pick<Context, 'wish'>, wishes: Wishes): Promise<boolean> {
  return context.wish === (await wishOf(wishes));
}

const WHITE_SPACE = ' \t\r\n';

/** Mail programs and editors put spaces and line breaks around a context. A regular expression would take quadratic time. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && WHITE_SPACE.includes(text.charAt(start))) start += 1;
  while (end > start && WHITE_SPACE.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isSupportedVersion(payload: unknown): boolean {
  const version: unknown = typeof payload === 'object' && payload !== null ? Reflect.get(payload, 'ver') : undefined;
  return typeof version === 'number' && SUPPORTED_CONTEXT_VERSIONS.includes(version);
}

function isContextPayload(value: unknown): value is ContextPayload {
  return (
    hasMembers(value, ['ver', 'iss', 'aud', 'jti', 'iat', 'counter', 'digest', 'keys', 'lease'], ['renew', 'wish']) &&
    value.ver === CONTEXT_VERSION &&
    isThumbprint(value.iss) &&
    isName(value.aud, MAX_ISSUER_LENGTH) &&
    isName(value.jti, MAX_JTI_LENGTH) &&
    isCount(value.iat) &&
    isCount(value.counter) &&
    isDigest(value.digest) &&
    isCount(value.keys) &&
    (value.lease === '' || isName(value.lease, MAX_ID_LENGTH)) &&
    (!Object.hasOwn(value, 'renew') || value.renew === true) &&
    (!Object.hasOwn(value, 'wish') || isDigest(value.wish))
  );
}
