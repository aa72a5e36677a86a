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

/** Operations in one update: far more than a server plans into one reprogramming. */
export const MAX_OPERATIONS = 10_000;
/** Updates in one file. */
export const MAX_UPDATES = 1_000;
/** Bytes of an update file: more than a Lambda function can answer (6 MB). */
export const MAX_UPDATE_FILE_BYTES = 8 * 1024 * 1024;

/** What the vendor signs: where the container goes, from where. */
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

/** Why an update is refused before its content matters. */
export const UPDATE_FAULTS = [
  /** More operations, or a longer signature part, than any update has. */
  'too-large',
  /** Not exactly `{jws, operations}` with operations of the protocol. */
  'schema',
  /** No compact JWS: parts, base64url, JSON, or the form of the signature. */
  'malformed',
  /** The protected header is not exactly `alg`, `kid` and `typ`. */
  'header',
  /** `alg` is not `EdDSA`. */
  'algorithm',
  /** `typ` is not `relicense-update+jwt`. */
  'type',
  /** No pinned key has this `kid`. */
  'unknown-key',
  /** The signature is not that of the pinned key. */
  'signature',
  /** The signed payload has not its form, or `to` is not one counter after `from`. */
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
 * What the vendor's key signs (RFC 7515: `header.payload`), ASCII, with a fixed order of members, so that the same payload
 * gives the same bytes, and with Ed25519 the same signature.
 *
 * @throws TypeError when the payload has not the form that a container accepts, RangeError over 4,096 bytes.
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
  if (!isUpdatePayload(ordered)) throw new TypeError('The payload has not the form of an update');
  if (!isName(kid, MAX_KID_LENGTH)) throw new TypeError('kid is missing or too long');
  const header = { alg: ALGORITHM, kid, typ: UPDATE_TYPE };
  const input = `${encodePart(header)}.${encodePart(ordered)}`;
  if (input.length > MAX_SIGNED_BYTES) throw new RangeError(`The signing input is over ${MAX_SIGNED_BYTES} bytes`);
  return input;
}

/**
 * The compact JWS from its signing input and the raw Ed25519 signature (64 bytes) over the input's ASCII bytes.
 *
 * @throws TypeError when the signature is not 64 bytes in canonical form.
 */
export function assembleUpdateJws(signingInput: string, signature: Uint8Array): string {
  if (!isCanonicalSignature(signature))
    throw new TypeError('An Ed25519 signature is 64 bytes, with S below the group order');
  return `${signingInput}.${base64url.encode(signature)}`;
}

/**
 * Verifies one update: schema and signature, not yet whether it fits a container (`applyUpdate` does both). The algorithm
 * is fixed, and `kid` only chooses among the pinned keys. Total: hostile input gives a code, never an exception.
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
