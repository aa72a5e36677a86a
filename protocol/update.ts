import type { JWK } from 'jose';
import { isPosition, type Position } from './content.ts';
import { isThumbprint } from './ed25519.ts';
import { hasMembers, isCount, isName } from './members.ts';
import { isOperation, type Operation } from './operation.ts';
import {
  MAX_ID_LENGTH,
  MAX_ISSUER_LENGTH,
  type PayloadResult,
  readPayload,
  STATEMENT_FAULTS,
  type StatementInput,
  signingInputOf,
  verifyStatement,
} from './statement.ts';

export const UPDATE_TYPE = 'relicense-update+jwt';

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

/** Why `verifyUpdate` refuses an update. `too-large` also means more than `MAX_OPERATIONS` operations. */
export const UPDATE_FAULTS = [
  /** Not exactly `{jws, operations}` with operations of the protocol. */
  'schema',
  ...STATEMENT_FAULTS,
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
 * Returns the text that the vendor's key signs for an update.
 *
 * @throws TypeError if a container would refuse the payload or the kid.
 * @throws RangeError if the text is over 4,096 bytes.
 *
 * @example
 * const input = updateSigningInput({ kid, payload });
 * const jws = assembleJws(input, await signer.sign(kid, new TextEncoder().encode(input)));
 */
export function updateSigningInput({ kid, payload }: StatementInput<UpdatePayload>): string {
  const { iss, sub, jti, iat, from, to } = payload;
  const ordered = {
    iss,
    sub,
    jti,
    iat,
    from: { counter: from.counter, digest: from.digest },
    to: { counter: to.counter, digest: to.digest },
  };
  if (!readUpdate(ordered).ok)
    throw new TypeError('The payload is not that of an update, or to.counter is not from.counter + 1');
  return signingInputOf(UPDATE_TYPE, { kid, payload: ordered });
}

/**
 * Verifies the form and the signature of one update, but not that it fits a container: `applyUpdate` does both. The algorithm
 * is fixed, and `kid` only chooses among `keys`. It returns a code for hostile input instead of throwing.
 */
export async function verifyUpdate(update: unknown, keys: readonly JWK[]): Promise<UpdateResult> {
  if (!hasMembers(update, ['jws', 'operations'])) return { ok: false, code: 'schema' };
  const { jws, operations } = update;
  if (typeof jws !== 'string' || !Array.isArray(operations)) return { ok: false, code: 'schema' };
  if (operations.length > MAX_OPERATIONS) return { ok: false, code: 'too-large' };
  if (!operations.every(isOperation)) return { ok: false, code: 'schema' };
  const statement = await verifyUpdateJws(jws, keys);
  return statement.ok ? { ...statement, operations } : statement;
}

/** Verifies the signed part of an update, such as a container's seal. */
export function verifyUpdateJws(jws: unknown, keys: readonly JWK[]) {
  return verifyStatement(jws, UPDATE_TYPE, keys, readUpdate);
}

/** Reads the payload of an update. It does not verify anything else. */
export function readUpdate(value: unknown): PayloadResult<UpdatePayload> {
  return readPayload(value, ['iss', 'sub', 'jti', 'iat', 'from', 'to'], ({ iss, sub, jti, iat, from, to }) =>
    isName(iss, MAX_ISSUER_LENGTH) &&
    isThumbprint(sub) &&
    isName(jti, MAX_ID_LENGTH) &&
    isCount(iat) &&
    isPosition(from) &&
    isPosition(to) &&
    to.counter === from.counter + 1
      ? { iss, sub, jti, iat, from, to }
      : undefined,
  );
}
