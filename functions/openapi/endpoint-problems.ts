import type { Endpoint } from '../../contract/endpoint.ts';
import type { ProblemCode } from '../../contract/problems.ts';

/** Every endpoint refuses unknown members, and can fail. */
const ANY = ['invalid-request', 'internal-error'] as const;
const WITH_BODY = ['payload-too-large'] as const;
/** DynamoDB can throttle every endpoint that uses the table. */
const WITH_TABLE = ['too-many-requests'] as const;
/** A change may have to start a reprogramming, or to continue one. */
const WITH_WORKFLOW = ['workflow-busy'] as const;
const WITH_TOKEN = ['unauthorized', 'forbidden', 'identity-provider-unavailable'] as const;
/** For changes with an entity tag as the condition. */
const WITH_TAG = ['precondition-failed'] as const;
const WITH_KEY = ['idempotency-key-in-use', 'idempotency-key-reused'] as const;

/** Problems of requests that no endpoint serves, so no operation lists them. */
export const PROBLEMS_OF_NO_ENDPOINT: ReadonlySet<ProblemCode> = new Set(['method-not-allowed']);

/** The codes of all problems that an endpoint can return: those of its kind, and its own. */
export function problemsOf(endpoint: Endpoint): readonly ProblemCode[] {
  return [
    ...ANY,
    ...(endpoint.method === 'GET' ? [] : WITH_BODY),
    ...(endpoint.function === 'public' ? [] : WITH_TABLE),
    ...(endpoint.function === 'public' || endpoint.method === 'GET' ? [] : WITH_WORKFLOW),
    ...(endpoint.scope === undefined ? [] : WITH_TOKEN),
    ...(takesIdempotencyKey(endpoint) ? WITH_KEY : []),
    ...(endpoint.tagged === true && endpoint.method !== 'GET' ? WITH_TAG : []),
    ...endpoint.problems,
  ];
}

/** The vendor's POST endpoints accept an `Idempotency-Key`. */
export function takesIdempotencyKey({ method, scope }: Endpoint): boolean {
  return method === 'POST' && scope !== undefined;
}

/** The answer to a `DELETE` has no entity tag. */
export function isShownWithTag({ method, tagged }: Endpoint): boolean {
  return tagged === true && method !== 'DELETE';
}
