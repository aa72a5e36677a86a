import { CompactSign, type CryptoKey, importJWK, type JWK } from 'jose';
import { ALGORITHM, isSignedBy, splitJws } from './compact-jws.ts';
import { isDigest, type Position } from './content.ts';
import { isPublicJwk, isThumbprint, type PublicJwk, publicPart, serialOf } from './ed25519.ts';
import { hasMembers, isCount, isName } from './members.ts';

export const CONTEXT_TYPE = 'relicense-context+jwt';
const MAX_JTI_LENGTH = 128;

/** Why `verifyContext` refuses a context: the `reason` of the problem `invalid-context`. */
export const CONTEXT_FAULTS = [
  /** Longer than `MAX_JWS_LENGTH`. */
  'too-large',
  /** Not a compact JWS: wrong parts, base64url, JSON, or form of the signature. */
  'malformed',
  /** The protected header is not exactly `alg`, `typ` and `jwk`. */
  'header',
  /** `alg` is not `EdDSA`. */
  'algorithm',
  /** `typ` is not `relicense-context+jwt`. */
  'type',
  /** `jwk` is not exactly a public Ed25519 key, or its point is of small order. */
  'key',
  /** The payload is not exactly `iss`, `jti`, `iat`, `counter` and `digest`, or one of them is malformed. */
  'payload',
  /** `iss` is not the thumbprint of `jwk`. */
  'serial',
  /** The key in `jwk` did not make the signature. */
  'signature',
] as const;
export type ContextFault = (typeof CONTEXT_FAULTS)[number];

/** The signed payload of a context. */
export interface ContextPayload extends Position {
  /** The container's serial. */
  readonly iss: string;
  /** Any text that makes this context distinguishable. */
  readonly jti: string;
  /** The time by the container's clock, in seconds since 1970. It is for people: no rule depends on it. */
  readonly iat: number;
}

/** The members of a verified context. `serial` is the thumbprint of `jwk`. */
export interface Context extends Position {
  readonly serial: string;
  readonly jwk: PublicJwk;
  readonly jti: string;
  readonly iat: number;
}

export type ContextResult =
  | { readonly ok: true; readonly context: Context }
  | { readonly ok: false; readonly reason: ContextFault };

/** What `createContext` signs, and with which key. */
export interface ContextInput extends Position {
  /** The container's private key, as a JWK or as a `CryptoKey`. */
  readonly privateKey: JWK | CryptoKey;
  /** The container's public key. Members other than `kty`, `crv` and `x` are left out. */
  readonly publicJwk: JWK | PublicJwk;
  /** Any text that makes this context distinguishable, up to 128 characters. */
  readonly jti: string;
  /** Seconds since 1970. */
  readonly iat: number;
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
 *   counter: content.counter,
 *   digest: await digestOf(content),
 *   jti: crypto.randomUUID(),
 *   iat: Math.floor(Date.now() / 1000),
 * });
 */
export async function createContext(input: ContextInput): Promise<string> {
  const jwk = publicPart(input.publicJwk as JWK);
  if (!isPublicJwk(jwk)) throw new TypeError('The public key is not a usable Ed25519 key');
  const payload: ContextPayload = {
    iss: await serialOf(jwk),
    jti: input.jti,
    iat: input.iat,
    counter: input.counter,
    digest: input.digest,
  };
  if (!isContextPayload(payload))
    throw new TypeError(
      `A context needs a jti of 1 to ${MAX_JTI_LENGTH} characters, iat and counter from 0 to 2^53 - 1, and a digest`,
    );
  const key = 'kty' in input.privateKey ? await importJWK(input.privateKey, ALGORITHM) : input.privateKey;
  return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: ALGORITHM, typ: CONTEXT_TYPE, jwk })
    .sign(key);
}

/**
 * Verifies a context with the public key that it carries. The serial is the thumbprint of this key, so a container needs no
 * enrolment. It returns a reason for hostile input instead of throwing.
 *
 * @example
 * const result = await verifyContext(jws);
 * if (result.ok) console.log(result.context.serial, result.context.counter);
 * else console.error(result.reason);
 */
export async function verifyContext(jws: unknown): Promise<ContextResult> {
  const split = splitJws(jws);
  if (!split.ok) return { ok: false, reason: split.code };
  const { header, payload } = split.jws;
  if (!hasMembers(header, ['alg', 'typ', 'jwk'])) return { ok: false, reason: 'header' };
  if (header.alg !== ALGORITHM) return { ok: false, reason: 'algorithm' };
  if (header.typ !== CONTEXT_TYPE) return { ok: false, reason: 'type' };
  const { jwk } = header;
  if (!isPublicJwk(jwk)) return { ok: false, reason: 'key' };
  if (!isContextPayload(payload)) return { ok: false, reason: 'payload' };
  if (payload.iss !== (await serialOf(jwk))) return { ok: false, reason: 'serial' };
  if (!(await isSignedBy(jws as string, publicPart(jwk)))) return { ok: false, reason: 'signature' };
  const { iss: serial, jti, iat, counter, digest } = payload;
  return { ok: true, context: { serial, jwk, jti, iat, counter, digest } };
}

function isContextPayload(value: unknown): value is ContextPayload {
  return (
    hasMembers(value, ['iss', 'jti', 'iat', 'counter', 'digest']) &&
    isThumbprint(value.iss) &&
    isName(value.jti, MAX_JTI_LENGTH) &&
    isCount(value.iat) &&
    isCount(value.counter) &&
    isDigest(value.digest)
  );
}
