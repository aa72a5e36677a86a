import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Endpoint } from '../../../contract/endpoint.ts';
import type { Dependencies } from '../../dependencies.ts';
import { hashToken } from '../../store/token-item.ts';
import { endpointKeyOf } from '../addressed.ts';
import type { Answer } from '../http/answer.ts';
import type { Caller } from '../http/caller.ts';
import { problem } from '../http/problem.ts';
import { createLruMap } from './lru-map.ts';
import { networkOf } from './network-of-address.ts';
import { createTokenBuckets, type TokenBuckets } from './token-buckets.ts';
import { createTokenRateLimit, type Taken, type TokenRateLimit } from './token-rate-limit.ts';

/**
 * The rate limits of one function instance. The limit of a caller with a token is exact over all instances
 * (`token-rate-limit.ts`). Source addresses are counted in the memory of each instance, which needs no write.
 */
export interface RateLimiter {
  /** Refuses a request by its source address, before authentication; `undefined` accepts it. */
  refuseAddress(dependencies: Dependencies, endpoint: Endpoint, event: APIGatewayProxyEventV2): Answer | undefined;
  /** Counts one request of the caller. */
  countRequest(dependencies: Dependencies, caller: Caller, event: APIGatewayProxyEventV2): Promise<RateLimitResult>;
  /** Counts an answer to a failed attempt, such as an unknown token or ticket. */
  recordFailure(dependencies: Dependencies, endpoint: Endpoint, event: APIGatewayProxyEventV2, answer: Answer): void;
}

/** `headers` have the caller's remaining requests; every answer to the caller gets them. */
export interface RateLimitResult {
  readonly refused?: Answer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Valid tokens that this instance remembers. */
const MAX_TRUSTED = 10_000;

export function createRateLimiter(): RateLimiter {
  const callers: TokenRateLimit = createTokenRateLimit();
  const requests = bucketsOf();
  const failures = bucketsOf();
  const trusted = createLruMap<true>(MAX_TRUSTED);
  return {
    refuseAddress(dependencies, endpoint, event) {
      const now = dependencies.now().getTime();
      const { addressRequestsPerMinute, addressFailuresPerMinute } = dependencies.limits ?? {};
      const source = networkOf(sourceOf(event));
      const failed = failures(addressFailuresPerMinute);
      const tried = Math.max(...failureKeysOf(event).map((key) => failed?.wait(key, now) ?? 0));
      // A broken script and the ERP can share an address: known valid tokens still pass.
      if (tried > 0 && trusted.get(credentialOf(event)) === undefined) {
        return retryAfter(tried, 'Too many failed attempts from your address.');
      }
      if (endpoint.function !== 'depot') return undefined;
      const asked = requests(addressRequestsPerMinute);
      const wait = asked?.wait(source, now) ?? 0;
      if (wait > 0) return retryAfter(wait, 'Too many requests from your address.');
      asked?.take(source, now);
      return undefined;
    },

    async countRequest(dependencies, caller, event) {
      trusted.set(credentialOf(event), true);
      const limit = caller.requestsPerMinute ?? dependencies.limits?.callerRequestsPerMinute ?? 0;
      if (limit === 0) return { headers: {} };
      const taken = await callers.take(dependencies, caller.id, limit);
      const headers = rateHeaders(taken);
      if (taken.allowed) return { headers };
      const refused = retryAfter(taken.resetSeconds * 1000, `Your limit is ${limit} requests a minute.`);
      return { refused, headers };
    },

    recordFailure(dependencies, endpoint, event, answer) {
      if (!isFailedAttempt(endpoint, answer)) return;
      const failed = failures(dependencies.limits?.addressFailuresPerMinute);
      const now = dependencies.now().getTime();
      for (const key of failureKeysOf(event)) failed?.take(key, now);
    },
  };
}

/** Creates the buckets at the first event that has a limit; `undefined` without a limit. */
function bucketsOf(): (perMinute: number | undefined) => TokenBuckets | undefined {
  let made: TokenBuckets | undefined;
  return (perMinute) => {
    if (perMinute === undefined || perMinute === 0) return undefined;
    made ??= createTokenBuckets(perMinute);
    return made;
  };
}

/** A failed attempt counts for its source, and for the ticket that it named, from any source. */
function failureKeysOf(event: APIGatewayProxyEventV2): string[] {
  const code = event.pathParameters?.code;
  const isTicket = endpointKeyOf(event).startsWith('GET /depot/tickets/');
  return [
    `from ${networkOf(sourceOf(event))}`,
    ...(isTicket && code !== undefined ? [`ticket ${hashToken(code)}`] : []),
  ];
}

/** An invalid token or signature, an unknown ticket or reprogramming, or a license that is not on the given ticket. */
function isFailedAttempt(endpoint: Endpoint, { status, body }: Answer): boolean {
  if (status === 401 || (status === 404 && endpoint.function === 'depot')) return true;
  const { code, conflicts } = (body ?? {}) as { code?: string; conflicts?: readonly { reason: string }[] };
  if (code === 'invalid-context') return true;
  return code === 'manual-conflict' && conflicts?.some(({ reason }) => reason === 'not-on-ticket') === true;
}

/** The address that API Gateway saw. Headers such as `X-Forwarded-For` are ignored, because the sender can forge them. */
function sourceOf(event: APIGatewayProxyEventV2): string {
  return event.requestContext.http.sourceIp ?? '';
}

function credentialOf(event: APIGatewayProxyEventV2): string {
  return hashToken(event.headers.authorization ?? '');
}

function retryAfter(milliseconds: number, detail: string): Answer {
  const seconds = Math.max(Math.ceil(milliseconds / 1000), 1);
  return problem('too-many-requests', `${detail} Try again in ${seconds} s.`, {}, { 'retry-after': String(seconds) });
}

/** The limit and the remaining requests (draft-ietf-httpapi-ratelimit-headers). */
function rateHeaders({ limit, remaining, resetSeconds }: Taken): Record<string, string> {
  return {
    'ratelimit-policy': `"minute";q=${limit};w=60`,
    ratelimit: `"minute";r=${remaining};t=${resetSeconds}`,
  };
}
