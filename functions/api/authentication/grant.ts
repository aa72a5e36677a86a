import type { Answer } from '../answer.ts';
import { problem } from '../problem.ts';
import type { Caller } from './caller.ts';

/** What somebody wants a token to be able to do. */
export interface Grant {
  readonly scopes: readonly string[];
  readonly expiresAt?: string | undefined;
  readonly requestsPerMinute?: number | undefined;
}

/**
 * Nobody hands on more than he has: neither a scope, nor a longer life, nor a higher limit. Otherwise the right to make
 * tokens would be the right to everything.
 */
export function refuseGrant(caller: Caller, grant: Grant): Answer | undefined {
  const scopes = grant.scopes.filter((scope) => !caller.scopes.includes(scope));
  if (scopes.length > 0) {
    return problem('forbidden', `You lack what the new token would have: ${scopes.join(', ')}.`, { scopes });
  }
  const { expiresAt } = caller;
  if (
    expiresAt !== undefined &&
    (grant.expiresAt === undefined || Date.parse(grant.expiresAt) > Date.parse(expiresAt))
  ) {
    return problem('forbidden', `The new token may not outlive yours, which ends at ${expiresAt}.`, { expiresAt });
  }
  return refuseLimit(caller, grant.requestsPerMinute);
}

/** A caller with a limit of its own gives no higher one, to itself or another; none would be the deployment's. */
export function refuseLimit({ requestsPerMinute }: Caller, wanted: number | undefined): Answer | undefined {
  if (requestsPerMinute === undefined || requestsPerMinute === 0) return undefined;
  if (wanted !== undefined && wanted <= requestsPerMinute) return undefined;
  return problem('forbidden', `Your own limit is ${requestsPerMinute} requests a minute; give one that is no higher.`, {
    requestsPerMinute,
  });
}
