import type { JWK } from 'jose';
import { isPosition, type Position } from './content.ts';
import { isThumbprint } from './ed25519.ts';
import { isCount, isName } from './members.ts';
import {
  MAX_ID_LENGTH,
  MAX_ISSUER_LENGTH,
  type PayloadResult,
  readPayload,
  type Statement,
  type StatementInput,
  signingInputOf,
  verifyStatement,
} from './statement.ts';

export const LEASE_TYPE = 'relicense-lease+jwt';

/** The vendor's statement that a container was at its place at a time (L1). */
export interface LeasePayload {
  /** The vendor's name for itself. */
  readonly iss: string;
  /** The container's serial. */
  readonly sub: string;
  readonly jti: string;
  /** Seconds since 1970. */
  readonly iat: number;
  /** `jti` of the context that the lease answers. */
  readonly re: string;
  /** The container's place. */
  readonly at: Position;
}

/** Returns the text that the vendor's key signs for a lease. @throws TypeError, RangeError as `signingInputOf` */
export function leaseSigningInput({ kid, payload }: StatementInput<LeasePayload>): string {
  const { iss, sub, jti, iat, re, at } = payload;
  const ordered = { iss, sub, jti, iat, re, at: { counter: at.counter, digest: at.digest } };
  if (!readLease(ordered).ok) throw new TypeError('The payload is not that of a lease');
  return signingInputOf(LEASE_TYPE, { kid, payload: ordered });
}

/** Verifies the form and the signature of a lease, but not that it fits a container: `applyFile` does both. */
export function verifyLease(jws: unknown, keys: readonly JWK[]): Promise<Statement<LeasePayload>> {
  return verifyStatement(jws, LEASE_TYPE, keys, readLease);
}

function readLease(value: unknown): PayloadResult<LeasePayload> {
  return readPayload(value, ['iss', 'sub', 'jti', 'iat', 're', 'at'], ({ iss, sub, jti, iat, re, at }) =>
    isName(iss, MAX_ISSUER_LENGTH) &&
    isThumbprint(sub) &&
    isName(jti, MAX_ID_LENGTH) &&
    isCount(iat) &&
    isName(re, MAX_ID_LENGTH) &&
    isPosition(at)
      ? { iss, sub, jti, iat, re, at }
      : undefined,
  );
}
