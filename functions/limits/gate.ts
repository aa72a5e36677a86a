import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Endpoint } from '../endpoints.ts';
import type { Answer } from '../http/answer.ts';
import { problem } from '../http/problem.ts';
import type { Runtime } from '../ports.ts';
import type { Caller } from '../tokens/caller.ts';
import { hashToken } from '../tokens/hash-token.ts';
import { type Allowances, createAllowances, type Taken } from './allowances.ts';
import { createBoundedMap } from './bounded-map.ts';
import { type Buckets, createBuckets } from './buckets.ts';
import { networkOf } from './network-of.ts';

/**
 * What an instance lets through. Callers with a token share an exact allowance (`allowances.ts`). Source addresses are
 * counted in the memory of each instance: that costs no write, and holds for each instance alone.
 */
export interface Gate {
  /** Why a request is not even looked at; `undefined` lets it in. */
  refuse(runtime: Runtime, endpoint: Endpoint, event: APIGatewayProxyEventV2): Answer | undefined;
  /** Takes one request from the caller's allowance. */
  spend(runtime: Runtime, caller: Caller, event: APIGatewayProxyEventV2): Promise<Spent>;
  /** Counts an answer that says that somebody tried what he has no right to. */
  note(runtime: Runtime, endpoint: Endpoint, event: APIGatewayProxyEventV2, answer: Answer): void;
}

/** `headers` tell the caller where he stands; they belong to whatever is answered. */
export interface Spent {
  readonly refused?: Answer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Tokens that this instance has seen to be good. */
const MAX_TRUSTED = 10_000;

export function createGate(): Gate {
  const allowances: Allowances = createAllowances();
  const requests = bucketsOf();
  const failures = bucketsOf();
  const trusted = createBoundedMap<true>(MAX_TRUSTED);
  return {
    refuse(runtime, endpoint, event) {
      const now = runtime.now().getTime();
      const { addressRequestsPerMinute, addressFailuresPerMinute } = runtime.limits ?? {};
      const source = networkOf(sourceOf(event));
      const failed = failures(addressFailuresPerMinute);
      const tried = Math.max(...failureKeysOf(event).map((key) => failed?.wait(key, now) ?? 0));
      // Behind one address may be a broken script and the ERP, whose token is known to be good.
      if (tried > 0 && trusted.get(credentialOf(event)) === undefined) {
        return comeBackIn(tried, 'Too many failed attempts from your address.');
      }
      if (endpoint.function !== 'depot') return undefined;
      const asked = requests(addressRequestsPerMinute);
      const wait = asked?.wait(source, now) ?? 0;
      if (wait > 0) return comeBackIn(wait, 'Too many requests from your address.');
      asked?.take(source, now);
      return undefined;
    },

    async spend(runtime, caller, event) {
      trusted.set(credentialOf(event), true);
      const limit = caller.requestsPerMinute ?? runtime.limits?.callerRequestsPerMinute ?? 0;
      if (limit === 0) return { headers: {} };
      const taken = await allowances.take(runtime, caller.id, limit);
      const headers = rateHeaders(taken);
      if (taken.allowed) return { headers };
      const refused = comeBackIn(taken.resetSeconds * 1000, `Your limit is ${limit} requests a minute.`);
      return { refused, headers };
    },

    note(runtime, endpoint, event, answer) {
      if (!isFailedAttempt(endpoint, answer)) return;
      const failed = failures(runtime.limits?.addressFailuresPerMinute);
      const now = runtime.now().getTime();
      for (const key of failureKeysOf(event)) failed?.take(key, now);
    },
  };
}

/** Buckets of the limit that the first event brings; none where there is no limit. */
function bucketsOf(): (perMinute: number | undefined) => Buckets | undefined {
  let made: Buckets | undefined;
  return (perMinute) => {
    if (perMinute === undefined || perMinute === 0) return undefined;
    made ??= createBuckets(perMinute);
    return made;
  };
}

/** A failed attempt counts for where it came from, and for the ticket that it named, wherever that came from. */
function failureKeysOf(event: APIGatewayProxyEventV2): string[] {
  const code = event.pathParameters?.code;
  const isTicket = event.routeKey.startsWith('GET /depot/tickets/');
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

function comeBackIn(milliseconds: number, detail: string): Answer {
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
