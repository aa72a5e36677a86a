import type { Author, VendorActor } from '../../../domain/history.ts';

/** An authenticated caller with its rights. */
export interface Caller {
  /** A hash that is unique to the caller, so that callers share no idempotency keys and no limits. */
  readonly id: string;
  readonly author: Author;
  readonly scopes: readonly string[];
  /** When the caller's rights end, RFC 3339 UTC. A token that it creates must not outlive this. */
  readonly expiresAt?: string;
  /** The caller's own limit; 0 sets no limit. If absent, the deployment's limit applies. */
  readonly requestsPerMinute?: number;
  /** A secret that the caller sends and the server does not store; empty for people. */
  readonly secret: string;
}

/** The vendor as actor of a history event, in the name of this caller. */
export function vendorOf(caller: Caller | undefined): VendorActor {
  return { kind: 'vendor', author: caller?.author };
}
