import type { Endpoint } from '../../contract/endpoint.ts';
import type { ProblemCode } from '../../contract/problems.ts';

/** Every endpoint refuses what it does not know, and can break. */
const ANY = ['invalid-request', 'internal-error'] as const;
const WITH_BODY = ['payload-too-large'] as const;
/** Whoever reads or writes the table may find it busy. */
const WITH_TABLE = ['too-many-requests'] as const;
const WITH_TOKEN = ['unauthorized', 'forbidden', 'identity-provider-unavailable'] as const;
/** A change on the condition that it is still what the caller has read. */
const WITH_TAG = ['precondition-failed'] as const;
const WITH_KEY = ['idempotency-key-in-use', 'idempotency-key-reused'] as const;

/** Codes of requests that no endpoint serves. They are problems of an address, so no operation lists them. */
export const PROBLEMS_OF_NO_ENDPOINT: ReadonlySet<ProblemCode> = new Set(['method-not-allowed']);

/** The codes that an endpoint can be refused with: what its kind brings along, and its own. */
export function problemsOf(endpoint: Endpoint): readonly ProblemCode[] {
  return [
    ...ANY,
    ...(endpoint.method === 'GET' ? [] : WITH_BODY),
    ...(endpoint.function === 'public' ? [] : WITH_TABLE),
    ...(endpoint.scope === undefined ? [] : WITH_TOKEN),
    ...(takesIdempotencyKey(endpoint) ? WITH_KEY : []),
    ...(endpoint.tagged === true && endpoint.method !== 'GET' ? WITH_TAG : []),
    ...endpoint.problems,
  ];
}

/** A vendor's POST can be sent again under the same key. */
export function takesIdempotencyKey({ method, scope }: Endpoint): boolean {
  return method === 'POST' && scope !== undefined;
}

/** What a `DELETE` leaves has no tag. */
export function isShownWithTag({ method, tagged }: Endpoint): boolean {
  return tagged === true && method !== 'DELETE';
}
