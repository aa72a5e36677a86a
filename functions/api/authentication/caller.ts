import type { Author, VendorActor } from '../../../domain/history.ts';

/** Who asks, once a token has proven it, and how far its word goes. */
export interface Caller {
  /** A hash that no other caller has: idempotency keys and limits of different callers never meet. */
  readonly id: string;
  readonly author: Author;
  readonly scopes: readonly string[];
  /** When the caller's own right ends, RFC 3339 UTC; what it hands on may not outlive that. */
  readonly expiresAt?: string;
  /** Its own limit; 0 is none. Without one it is the deployment's. */
  readonly requestsPerMinute?: number;
  /** What the caller showed and nobody has stored; empty when there is nothing of the kind. */
  readonly secret: string;
}

/** The vendor as actor of a history event, in the name of this caller. */
export function vendorOf(caller: Caller | undefined): VendorActor {
  return { kind: 'vendor', author: caller?.author };
}
