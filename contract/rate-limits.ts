/** Requests a minute; 0, or nothing, is no limit. */
export interface RateLimits {
  /** Of a token that has no limit of its own, and of a person. Exact over all instances. */
  readonly callerRequestsPerMinute?: number;
  /** From one source address to the user's endpoints. Of each instance. */
  readonly addressRequestsPerMinute?: number;
  /** From one source address with a wrong token, ticket or signature, and for one wrong ticket. Of each instance. */
  readonly addressFailuresPerMinute?: number;
}

/** What a deployment has unless its operator says otherwise. */
export const DEFAULT_RATE_LIMITS: Required<RateLimits> = {
  // Half of what the whole API lets through: no token has it for itself.
  callerRequestsPerMinute: 6_000,
  // A site with many containers behind one address.
  addressRequestsPerMinute: 600,
  addressFailuresPerMinute: 60,
};
