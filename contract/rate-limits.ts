/** Requests per minute. 0 or an absent member sets no limit. */
export interface RateLimits {
  /** For a person, and for a token without a limit of its own. Exact over all instances. */
  readonly callerRequestsPerMinute?: number;
  /** From one source address to the user's endpoints, per instance. */
  readonly addressRequestsPerMinute?: number;
  /** From one source address with an invalid token, ticket or signature, and for one unknown ticket, per instance. */
  readonly addressFailuresPerMinute?: number;
}

/** The limits of a deployment whose operator sets none. */
export const DEFAULT_RATE_LIMITS: Required<RateLimits> = {
  // Half of the limit of the whole API, so that one token cannot use it up.
  callerRequestsPerMinute: 6_000,
  // Enough for a site with many containers behind one address.
  addressRequestsPerMinute: 600,
  addressFailuresPerMinute: 60,
};
