import { CompactSign, type CryptoKey, importJWK, type JWK } from 'jose';
import { ALGORITHM, isSignedBy, splitJws } from './compact-jws.ts';
import { isDigest, type Position } from './content.ts';
import { isPublicJwk, isThumbprint, type PublicJwk, publicPart, serialOf } from './ed25519.ts';
import { hasMembers, isCount, isName } from './members.ts';

export const CONTEXT_TYPE = 'relicense-context+jwt';
const MAX_JTI_LENGTH = 128;

/** Why a context is refused; the `reason` of the problem `invalid-context`. */
export const CONTEXT_FAULTS = [
  /** Longer than any context is. */
  'too-large',
  /** No compact JWS: parts, base64url, JSON, or the form of the signature. */
  'malformed',
  /** The protected header is not exactly `alg`, `typ` and `jwk`. */
  'header',
  /** `alg` is not `EdDSA`. */
  'algorithm',
  /** `typ` is not `relicense-context+jwt`. */
  'type',
  /** `jwk` is not exactly a public Ed25519 key, or is one of small order. */
  'key',
  /** The payload is not exactly `iss`, `jti`, `iat`, `counter` and `digest`, each of its form. */
  'payload',
  /** `iss` is not the thumbprint of `jwk`. */
  'serial',
  /** The signature is not that of `jwk`. */
  'signature',
] as const;
export type ContextFault = (typeof CONTEXT_FAULTS)[number];

/** The payload of a context. */
export interface ContextPayload extends Position {
  /** The container's serial. */
  readonly iss: string;
  readonly jti: string;
  /** When it was made, in seconds since 1970, by the container's clock: for people, nothing is decided by it. */
  readonly iat: number;
}

/** What a verified context says. */
export interface Context extends Position {
  readonly serial: string;
  readonly jwk: PublicJwk;
  readonly jti: string;
  readonly iat: number;
}

export type ContextResult =
  | { readonly ok: true; readonly context: Context }
  | { readonly ok: false; readonly reason: ContextFault };

export interface ContextInput extends Position {
  /** The container's private key, as a JWK or imported. */
  readonly privateKey: JWK | CryptoKey;
  /** Its public key; members beside `kty`, `crv` and `x` are left out. */
  readonly publicJwk: JWK | PublicJwk;
  /** Any text that makes this context distinguishable, up to 128 characters. */
  readonly jti: string;
  /** Seconds since 1970. */
  readonly iat: number;
}

/**
 * Signs what a container holds. A context that is made after an update is its receipt.
 *
 * @throws TypeError when a member has not the form that `verifyContext` asks for, or the key is no Ed25519 key.
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
  if (!isPublicJwk(jwk)) throw new TypeError('The public key is no usable Ed25519 key');
  const payload: ContextPayload = {
    iss: await serialOf(jwk),
    jti: input.jti,
    iat: input.iat,
    counter: input.counter,
    digest: input.digest,
  };
  if (!isContextPayload(payload)) throw new TypeError('jti, iat, counter or digest has not the form of a context');
  const key = 'kty' in input.privateKey ? await importJWK(input.privateKey, ALGORITHM) : input.privateKey;
  return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: ALGORITHM, typ: CONTEXT_TYPE, jwk })
    .sign(key);
}

/**
 * Verifies a context. The key is in it, and the serial is the key's thumbprint: a context proves itself, and needs no
 * enrolment. Total: hostile input gives a reason, never an exception.
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
