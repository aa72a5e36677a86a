import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Endpoint } from '../../../contract/endpoint.ts';
import type { Dependencies } from '../../dependencies.ts';
import { hashToken } from '../../store/token-item.ts';
import { endpointKeyOf } from '../addressed.ts';
import type { Answer } from '../answer.ts';
import type { Caller } from '../authentication/caller.ts';
import { problem } from '../problem.ts';
import { createLruMap } from './lru-map.ts';
import { networkOf } from './network-of-address.ts';
import { createTokenBuckets, type TokenBuckets } from './token-buckets.ts';
import { createTokenRateLimit, type Taken, type TokenRateLimit } from './token-rate-limit.ts';

/**
 * What an instance lets through. Callers with a token share an exact allowance (`allowances.ts`). Source addresses are
 * counted in the memory of each instance: that costs no write, and holds for each instance alone.
 */
export interface RateLimiter {
  /** Why a request is not even looked at; `undefined` lets it in. */
  refuse(dependencies: Dependencies, endpoint: Endpoint, event: APIGatewayProxyEventV2): Answer | undefined;
  /** Takes one request from the caller's allowance. */
  takeToken(dependencies: Dependencies, caller: Caller, event: APIGatewayProxyEventV2): Promise<RateLimitResult>;
  /** Counts an answer that says that somebody tried what he has no right to. */
  recordFailure(dependencies: Dependencies, endpoint: Endpoint, event: APIGatewayProxyEventV2, answer: Answer): void;
}

/** `headers` tell the caller where he stands; they belong to whatever is answered. */
export interface RateLimitResult {
  readonly refused?: Answer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Tokens that this instance has seen to be good. */
const MAX_TRUSTED = 10_000;

export function createRateLimiter(): RateLimiter {
  const allowances: TokenRateLimit = createTokenRateLimit();
  const requests = bucketsOf();
  const failures = bucketsOf();
  const trusted = createLruMap<true>(MAX_TRUSTED);
  return {
    refuse(dependencies, endpoint, event) {
      const now = dependencies.now().getTime();
      const { addressRequestsPerMinute, addressFailuresPerMinute } = dependencies.limits ?? {};
      const source = networkOf(sourceOf(event));
      const failed = failures(addressFailuresPerMinute);
      const tried = Math.max(...failureKeysOf(event).map((key) => failed?.wait(key, now) ?? 0));
      // Behind one address may be a broken script and the ERP, whose token is known to be good.
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

    async takeToken(dependencies, caller, event) {
      trusted.set(credentialOf(event), true);
      const limit = caller.requestsPerMinute ?? dependencies.limits?.callerRequestsPerMinute ?? 0;
      if (limit === 0) return { headers: {} };
      const taken = await allowances.take(dependencies, caller.id, limit);
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

/** Buckets of the limit that the first event brings; none where there is no limit. */
function bucketsOf(): (perMinute: number | undefined) => TokenBuckets | undefined {
  let made: TokenBuckets | undefined;
  return (perMinute) => {
    if (perMinute === undefined || perMinute === 0) return undefined;
    made ??= createTokenBuckets(perMinute);
    return made;
  };
}

/** A failed attempt counts for where it came from, and for the ticket that it named, wherever that came from. */
function failureKeysOf(event: APIGatewayProxyEventV2): string[] {
  const code = event.pathParameters?.code;
  const isTicket = endpointKeyOf(event).startsWith('GET /depot/tickets/');
  return [
    `from ${networkOf(sourceOf(event))}`,
    ...(isTicket && code !== undefined ? [`ticket ${hashToken(code)}`] : []),
  ];
}

/** No valid token or signature, no such ticket or reprogramming, a license that is not on the ticket that was named. */
function isFailedAttempt(endpoint: Endpoint, { status, body }: Answer): boolean {
  if (status === 401 || (status === 404 && endpoint.function === 'depot')) return true;
  const { code, conflicts } = (body ?? {}) as { code?: string; conflicts?: readonly { reason: string }[] };
  if (code === 'invalid-context') return true;
  return code === 'manual-conflict' && conflicts?.some(({ reason }) => reason === 'not-on-ticket') === true;
}

/** API Gateway says where a request comes from; what the request says of itself is not asked. */
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

/** draft-ietf-httpapi-ratelimit-headers: the policy, and what is left of it. */
function rateHeaders({ limit, remaining, resetSeconds }: Taken): Record<string, string> {
  return {
    'ratelimit-policy': `"minute";q=${limit};w=60`,
    ratelimit: `"minute";r=${remaining};t=${resetSeconds}`,
  };
}
