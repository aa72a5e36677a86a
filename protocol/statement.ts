import { base64url, type JWK } from 'jose';
import { ALGORITHM, isAlgorithm, isSignedBy, MAX_SIGNED_BYTES, splitJws } from './compact-jws.ts';
import { isCritical } from './content.ts';
import { isCanonicalSignature, isPublicJwk, type PublicJwk, publicPart } from './ed25519.ts';
import { hasMembers, isName } from './members.ts';

/** What the vendor signs is a statement: an update, a lease or a key set. All three have the same header. */

/** Characters of `kid`. */
export const MAX_KID_LENGTH = 256;
/** Characters of `iss`. */
export const MAX_ISSUER_LENGTH = 512;
/** Characters of `jti`. */
export const MAX_ID_LENGTH = 256;

/** A public key with the name by which a header chooses it. */
export interface KeyWithId extends PublicJwk {
  readonly kid: string;
}

/** Why the signed part of a statement is refused, in the order of the checks. */
export const STATEMENT_FAULTS = [
  /** A JWS longer than `MAX_JWS_LENGTH`. */
  'too-large',
  /** Not a compact JWS: wrong parts, base64url, JSON, or form of the signature. */
  'malformed',
  /** The protected header is not exactly `alg`, `kid` (1 to 256 characters) and `typ`. */
  'header',
  /** `alg` is not `Ed25519` or `EdDSA`. */
  'algorithm',
  /** `typ` is that of another statement. */
  'type',
  /** The key set has no key with this `kid`. */
  'unknown-key',
  /** The key of this `kid` did not make the signature. */
  'signature',
  /** The signed payload does not have the form of its type. */
  'payload',
  /** The payload names a member in `crit` that this version does not know. */
  'not-understood',
] as const;
export type StatementFault = (typeof STATEMENT_FAULTS)[number];

/** A statement whose signature is not verified yet. */
export type ReadStatement =
  | { readonly ok: true; readonly kid: string; readonly payload: unknown }
  | { readonly ok: false; readonly code: StatementFault };

/** Reads the header and the payload of a statement of the type `typ`. It does not verify the signature. */
export function readStatement(jws: unknown, typ: string): ReadStatement {
  const split = splitJws(jws);
  if (!split.ok) return split;
  const { header, payload } = split.jws;
  if (!hasMembers(header, ['alg', 'kid', 'typ']) || !isName(header.kid, MAX_KID_LENGTH))
    return { ok: false, code: 'header' };
  if (!isAlgorithm(header.alg)) return { ok: false, code: 'algorithm' };
  if (header.typ !== typ) return { ok: false, code: 'type' };
  return { ok: true, kid: header.kid, payload };
}

export type Statement<Payload> =
  | { readonly ok: true; readonly kid: string; readonly payload: Payload }
  | { readonly ok: false; readonly code: StatementFault };

/** Verifies a statement with the key of its `kid` among `keys`, and reads its payload. It never throws. */
export async function verifyStatement<Payload>(
  jws: unknown,
  typ: string,
  keys: readonly JWK[],
  payloadOf: (value: unknown) => PayloadResult<Payload>,
): Promise<Statement<Payload>> {
  const read = readStatement(jws, typ);
  if (!read.ok) return read;
  const key = keys.find(({ kid }) => kid === read.kid);
  if (key === undefined || !isPublicJwk(publicPart(key))) return { ok: false, code: 'unknown-key' };
  if (!(await isSignedBy(jws as string, publicPart(key)))) return { ok: false, code: 'signature' };
  const payload = payloadOf(read.payload);
  return payload.ok ? { ok: true, kid: read.kid, payload: payload.payload } : payload;
}

export type PayloadResult<Payload> =
  | { readonly ok: true; readonly payload: Payload }
  | { readonly ok: false; readonly code: 'payload' | 'not-understood' };

/**
 * Reads the `known` members of a signed payload. Other members are ignored, unless the payload names them in `crit`.
 *
 * @param isPayload whether the known members have their forms
 */
export function readPayload<Name extends string, Payload>(
  value: unknown,
  known: readonly Name[],
  isPayload: (members: Readonly<Record<Name, unknown>>) => Payload | undefined,
): PayloadResult<Payload> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { ok: false, code: 'payload' };
  const members = Object.fromEntries(known.map((name) => [name, own(value, name)])) as Record<Name, unknown>;
  const payload = isPayload(members);
  if (payload === undefined) return { ok: false, code: 'payload' };
  if (!Object.hasOwn(value, 'crit')) return { ok: true, payload };
  const crit = own(value, 'crit');
  if (!isCritical(crit)) return { ok: false, code: 'payload' };
  if (!crit.every((name) => (known as readonly string[]).includes(name))) return { ok: false, code: 'not-understood' };
  return { ok: true, payload };
}

function own(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}

/** The header and payload of a statement, as the vendor's key signs them. */
export interface StatementInput<Payload> {
  readonly kid: string;
  readonly payload: Payload;
}

/**
 * Returns the ASCII text that the vendor's key signs (RFC 7515: `header.payload`). The same statement gives the same bytes and,
 * with Ed25519, the same signature.
 *
 * @throws TypeError if the kid has not 1 to 256 characters.
 * @throws RangeError if the text is over 4,096 bytes.
 */
export function signingInputOf(typ: string, { kid, payload }: StatementInput<object>): string {
  return inputOf(typ, kid, encodePart(payload));
}

function inputOf(typ: string, kid: string, encodedPayload: string): string {
  if (!isName(kid, MAX_KID_LENGTH)) throw new TypeError(`kid must have 1 to ${MAX_KID_LENGTH} characters`);
  const input = `${encodePart({ alg: ALGORITHM, kid, typ })}.${encodedPayload}`;
  if (input.length > MAX_SIGNED_BYTES)
    throw new RangeError(`The signing input is ${input.length} bytes; at most ${MAX_SIGNED_BYTES}`);
  return input;
}

/**
 * Returns the text that another key signs so that a statement of this vendor has the same payload, byte for byte, under that
 * key's `kid` (K3).
 *
 * @throws TypeError if the statement or the kid is malformed.
 * @throws RangeError if the text is over 4,096 bytes.
 */
export function signingInputAgain(jws: string, kid: string): string {
  const split = splitJws(jws);
  const header = split.ok ? split.jws.header : undefined;
  if (!hasMembers(header, ['alg', 'kid', 'typ']) || typeof header.typ !== 'string')
    throw new TypeError('The statement must be a compact JWS with the members alg, kid and typ in its header');
  return inputOf(header.typ, kid, jws.split('.')[1] ?? '');
}

/**
 * Returns the compact JWS of a signing input and the raw Ed25519 signature (64 bytes) over the input's ASCII bytes.
 *
 * @throws TypeError if the signature is not 64 bytes in canonical form.
 */
export function assembleJws(signingInput: string, signature: Uint8Array): string {
  if (!isCanonicalSignature(signature))
    throw new TypeError('An Ed25519 signature must be 64 bytes with S below the group order');
  return `${signingInput}.${base64url.encode(signature)}`;
}

function encodePart(value: unknown): string {
  return base64url.encode(JSON.stringify(value));
}
