import { hkdfSync } from 'node:crypto';

/**
 * One run of a request's work. It may run again when the first run was stopped before its answer was kept; then it draws
 * the same bytes as the first one did, so that what it makes is what is there already.
 */
export interface Attempt {
  /** Random bytes for the thing that `what` names: the same ones in each run of the request. */
  readonly deriveBytes: (what: string, length: number) => Uint8Array;
  /** Whether an earlier run may have done the work. */
  readonly isRetry: boolean;
}

/** The only run of a request: what it draws is plain chance. */
export function singleAttempt(random: (length: number) => Uint8Array): Attempt {
  return { deriveBytes: (_, length) => random(length), isRetry: false };
}

/** Bytes that nobody knows who does not know the secret (HKDF with SHA-256, RFC 5869). */
export function deriveFrom(secret: string, salt: string): Attempt['deriveBytes'] {
  return (what, length) => new Uint8Array(hkdfSync('sha256', secret, salt, what, length));
}
