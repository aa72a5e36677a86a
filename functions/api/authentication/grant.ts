import type { Answer } from '../http/answer.ts';
import type { Caller } from '../http/caller.ts';
import { problem } from '../http/problem.ts';

/** The rights of a new token. */
export interface Grant {
  readonly scopes: readonly string[];
  readonly expiresAt?: string | undefined;
  readonly requestsPerMinute?: number | undefined;
}

/**
 * Refuses a token with more rights than its creator: another scope, a later end or a higher limit. Otherwise the right to
 * create tokens would include every right.
 */
export function refuseGrant(caller: Caller, grant: Grant): Answer | undefined {
  const scopes = grant.scopes.filter((scope) => !caller.scopes.includes(scope));
  if (scopes.length > 0) {
    return problem('forbidden', `Your token lacks scopes that the new token would have: ${scopes.join(', ')}.`, {
      scopes,
    });
  }
  const { expiresAt } = caller;
  if (
    expiresAt !== undefined &&
    (grant.expiresAt === undefined || Date.parse(grant.expiresAt) > Date.parse(expiresAt))
  ) {
    return problem('forbidden', `The new token must not outlive yours, which ends at ${expiresAt}.`, { expiresAt });
  }
  return refuseLimit(caller, grant.requestsPerMinute);
}

/** Refuses a higher limit than the caller's own, for itself or for another token. An absent limit would be the deployment's. */
export function refuseLimit({ requestsPerMinute }: Caller, wanted: number | undefined): Answer | undefined {
  if (requestsPerMinute === undefined || requestsPerMinute === 0) return undefined;
  if (wanted !== undefined && wanted <= requestsPerMinute) return undefined;
  return problem('forbidden', `The limit must not exceed your own of ${requestsPerMinute} requests per minute.`, {
    requestsPerMinute,
  });
}
