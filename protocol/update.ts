import { base64url, type JWK } from 'jose';
import { ALGORITHM, isSignedBy, MAX_SIGNED_BYTES, splitJws } from './compact-jws.ts';
import { isPosition, type Position } from './content.ts';
import { isCanonicalSignature, isPublicJwk, isThumbprint, publicPart } from './ed25519.ts';
import { hasMembers, isCount, isName } from './members.ts';
import { isOperation, type Operation } from './operation.ts';

export const UPDATE_TYPE = 'relicense-update+jwt';
const MAX_ISSUER_LENGTH = 512;
const MAX_ID_LENGTH = 256;
const MAX_KID_LENGTH = 256;

/** Operations in one update: far more than a server plans for one reprogramming. */
export const MAX_OPERATIONS = 10_000;
/** Updates in one file. */
export const MAX_UPDATES = 1_000;
/** Bytes of an update file: more than a Lambda function can return (6 MB). */
export const MAX_UPDATE_FILE_BYTES = 8 * 1024 * 1024;

/** What the vendor signs: the position before the update and the position after it. */
export interface UpdatePayload {
  /** The vendor's name for itself. */
  readonly iss: string;
  /** The container's serial. */
  readonly sub: string;
  /** The reprogramming's id. */
  readonly jti: string;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly from: Position;
  /** `to.counter` is `from.counter + 1`. */
  readonly to: Position;
}

/** The signed file that reprograms one container, once. */
export interface Update {
  readonly jws: string;
  readonly operations: readonly Operation[];
}

/** A chain of updates, each starting where the one before ends. */
export interface UpdateFile {
  readonly updates: readonly Update[];
}

/** Why `verifyUpdate` refuses an update. */
export const UPDATE_FAULTS = [
  /** More than `MAX_OPERATIONS` operations, or a JWS longer than `MAX_JWS_LENGTH`. */
  'too-large',
  /** Not exactly `{jws, operations}` with operations of the protocol. */
  'schema',
  /** Not a compact JWS: wrong parts, base64url, JSON, or form of the signature. */
  'malformed',
  /** The protected header is not exactly `alg`, `kid` and `typ`. */
  'header',
  /** `alg` is not `EdDSA`. */
  'algorithm',
  /** `typ` is not `relicense-update+jwt`. */
  'type',
  /** No pinned key has this `kid`. */
  'unknown-key',
  /** The pinned key did not make the signature. */
  'signature',
  /** The signed payload is not an {@link UpdatePayload}, or `to` is not one counter after `from`. */
  'payload',
] as const;
export type UpdateFault = (typeof UPDATE_FAULTS)[number];

export type UpdateResult =
  | {
      readonly ok: true;
      readonly payload: UpdatePayload;
      readonly operations: readonly Operation[];
      readonly kid: string;
    }
  | { readonly ok: false; readonly code: UpdateFault };

/**
 * Returns the ASCII text that the vendor's key signs (RFC 7515: `header.payload`). The members have a fixed order, so that the
 * same payload gives the same bytes and, with Ed25519, the same signature.
 *
 * @throws TypeError if a container would refuse the payload or the kid.
 * @throws RangeError if the text is over 4,096 bytes.
 *
 * @example
 * const input = updateSigningInput({ kid: await signer.kid(), payload });
 * const jws = assembleUpdateJws(input, await signer.sign(new TextEncoder().encode(input)));
 */
export function updateSigningInput({
  kid,
  payload,
}: {
  readonly kid: string;
  readonly payload: UpdatePayload;
}): string {
  const { iss, sub, jti, iat, from, to } = payload;
  const ordered = {
    iss,
    sub,
    jti,
    iat,
    from: { counter: from.counter, digest: from.digest },
    to: { counter: to.counter, digest: to.digest },
  };
  if (!isUpdatePayload(ordered))
    throw new TypeError('The payload is not that of an update, or to.counter is not from.counter + 1');
  if (!isName(kid, MAX_KID_LENGTH)) throw new TypeError(`kid must have 1 to ${MAX_KID_LENGTH} characters`);
  const header = { alg: ALGORITHM, kid, typ: UPDATE_TYPE };
  const input = `${encodePart(header)}.${encodePart(ordered)}`;
  if (input.length > MAX_SIGNED_BYTES)
    throw new RangeError(`The signing input is ${input.length} bytes; at most ${MAX_SIGNED_BYTES}`);
  return input;
}

/**
 * Returns the compact JWS of a signing input and the raw Ed25519 signature (64 bytes) over the input's ASCII bytes.
 *
 * @throws TypeError if the signature is not 64 bytes in canonical form.
 */
export function assembleUpdateJws(signingInput: string, signature: Uint8Array): string {
  if (!isCanonicalSignature(signature))
    throw new TypeError('An Ed25519 signature must be 64 bytes with S below the group order');
  return `${signingInput}.${base64url.encode(signature)}`;
}

/**
 * Verifies the form and the signature of one update, but not that it fits a container: `applyUpdate` does both. The algorithm
 * is fixed, and `kid` only chooses among `pinnedKeys`. It returns a code for hostile input instead of throwing.
 */
export async function verifyUpdate(update: unknown, pinnedKeys: readonly JWK[]): Promise<UpdateResult> {
  if (!hasMembers(update, ['jws', 'operations'])) return { ok: false, code: 'schema' };
  const { jws, operations } = update;
  if (typeof jws !== 'string' || !Array.isArray(operations)) return { ok: false, code: 'schema' };
  if (operations.length > MAX_OPERATIONS) return { ok: false, code: 'too-large' };
  if (!operations.every(isOperation)) return { ok: false, code: 'schema' };

  const split = splitJws(jws);
  if (!split.ok) return { ok: false, code: split.code };
  const { header, payload } = split.jws;
  if (!hasMembers(header, ['alg', 'kid', 'typ'])) return { ok: false, code: 'header' };
  if (header.alg !== ALGORITHM) return { ok: false, code: 'algorithm' };
  if (header.typ !== UPDATE_TYPE) return { ok: false, code: 'type' };
  const { kid } = header;
  if (!isName(kid, MAX_KID_LENGTH)) return { ok: false, code: 'header' };
  const key = pinnedKeys.find((pinned) => pinned.kid === kid);
  if (key === undefined || !isPublicJwk(publicPart(key))) return { ok: false, code: 'unknown-key' };
  if (!(await isSignedBy(jws, publicPart(key)))) return { ok: false, code: 'signature' };
  if (!isUpdatePayload(payload)) return { ok: false, code: 'payload' };
  return { ok: true, payload, operations, kid };
}

function isUpdatePayload(value: unknown): value is UpdatePayload {
  return (
    hasMembers(value, ['iss', 'sub', 'jti', 'iat', 'from', 'to']) &&
    isName(value.iss, MAX_ISSUER_LENGTH) &&
    isThumbprint(value.sub) &&
    isName(value.jti, MAX_ID_LENGTH) &&
    isCount(value.iat) &&
    isPosition(value.from) &&
    isPosition(value.to) &&
    value.to.counter === value.from.counter + 1
  );
}

function encodePart(value: unknown): string {
  return base64url.encode(JSON.stringify(value));
}
