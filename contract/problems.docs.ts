import { formatContextFault } from './context-fault-messages.ts';
import type { AnswerOf } from './endpoints.ts';
import { CAD, ORDER_ID, RENDER, SERIAL } from './examples.ts';
import { GATEWAY_CODES, type GatewayCode, gatewayProblem } from './gateway-problems.ts';
import type { ProblemMembers } from './problem-schemas.ts';
import { PROBLEMS, type ProblemCode } from './problems.ts';

/** A problem in words: what it means, what to do about it, and what an answer with it looks like. */
interface Explanation<Code extends ProblemCode> {
  readonly meaning: string;
  readonly remedy: string;
  readonly detail: string;
  /** The code's own members, as in an answer. */
  readonly members: ProblemMembers<Code>;
}

const AGAIN = 'Send the same request again after the seconds in `Retry-After`; asking again is safe.';

const EXPLANATIONS: { readonly [Code in ProblemCode]: Explanation<Code> } = {
  'invalid-request': {
    meaning: 'The request has a wrong, an unknown or a missing member. All faults are told at once.',
    remedy: 'Mend what `errors` names: `path` is a member of the body, or begins with `path.`, `query.` or `header.`.',
    detail: 'items.0.product: there is no product render; items.0.qantity: there is no such field',
    members: {
      errors: [
        { path: 'items.0.product', message: 'there is no product render' },
        { path: 'items.0.qantity', message: 'there is no such field' },
      ],
    },
  },
  'invalid-context': {
    meaning: 'What came as a context is not a valid context of a container; `reason` says which check it failed.',
    remedy: 'Have the container make a new context, and send it unchanged.',
    detail: formatContextFault('signature'),
    members: { reason: 'signature' },
  },
  unauthorized: {
    meaning: 'No token, an unknown, an expired or a revoked one; or a webhook without a valid signature from now.',
    remedy: 'Send `Authorization: Bearer <token>` with a valid token; sign a webhook with a current secret.',
    detail: 'Send a vendor token: Authorization: Bearer <token>.',
    members: {},
  },
  forbidden: {
    meaning:
      'The token is valid, and lacks the scope that the endpoint needs; or a token would be made that may more than ' +
      'its maker, and the members say in what.',
    remedy: 'Use a token with the scope that `scope` names; grant no more than your own token has.',
    detail: 'The token lacks the scope orders:write.',
    members: { scope: 'orders:write' },
  },
  'container-retired': {
    meaning: 'The vendor has retired the container as gone for good; it is blocked for ever.',
    remedy: 'Make a new container, and ask the vendor for the licenses.',
    detail: `Container ${SERIAL} was retired by the vendor and is blocked for ever.`,
    members: {},
  },
  'not-found': {
    meaning: 'There is nothing at this address, or nothing pending to be cancelled.',
    remedy: 'Check the id, the code, and the spelling of the address.',
    detail: 'There is no license 00000000000000000000.',
    members: {},
  },
  'method-not-allowed': {
    meaning: 'The address exists, and it does not support this method. Nothing was done.',
    remedy: 'Use a method that the header `Allow` lists.',
    detail: '/products does not support POST. Use GET, HEAD.',
    members: {},
  },
  'order-exists': {
    meaning: 'An order with this id has been delivered with another content. It stays as it is.',
    remedy: 'Use another order id, or send exactly the same body to get the same ticket again.',
    detail: `Order ${ORDER_ID} exists already, with another content.`,
    members: { orderId: ORDER_ID },
  },
  'dependency-violation': {
    meaning: 'Carried out, the order would leave licenses without a product that they require. Nothing was changed.',
    remedy: 'Give the order for the licenses in `dependents` first.',
    detail: `These licenses in the container would miss a product that they require: ${RENDER}.`,
    members: { dependents: [RENDER] },
  },
  'manual-conflict': {
    meaning: 'The actions that were asked for conflict, and no vendor action is pending that could run instead.',
    remedy: 'Leave out or change what `conflicts` names; each has its reason.',
    detail: `Nothing was changed: cannot activate ${CAD}, it is not available.`,
    members: { conflicts: [{ action: 'activate', license: CAD, reason: 'not-available' }] },
  },
  'container-diverged': {
    meaning:
      'The context is not on the container’s line: `behind` what it had confirmed, `ahead` of every update, or with ' +
      'another `digest`. The container was restored from an old copy, cloned or changed. No license moves.',
    remedy: 'Go back to the newest copy of the container; if it is lost, ask the vendor to retire it.',
    detail:
      'The container is behind an update that it had confirmed before: it was restored from an old copy, or cloned.',
    members: { divergence: 'behind' },
  },
  'too-many-outstanding': {
    meaning: 'Too many updates wait for a receipt, or too many vendor actions are pending for one container.',
    remedy: 'Apply the updates, and send a context.',
    detail: '20 updates wait for a receipt. Apply them, and send the container’s context.',
    members: {},
  },
  'reprogramming-in-flight': {
    meaning: 'A reprogramming of the container is under way, or has planned already what should be changed.',
    remedy: AGAIN,
    detail: 'The container is being reprogrammed at this moment. Try again in some seconds.',
    members: { container: SERIAL },
  },
  'license-final': {
    meaning: 'The license is withdrawn or replaced; no order can change that.',
    remedy: 'None: read the license’s history for what has become of it.',
    detail: `License ${RENDER} is withdrawn; no order can change that.`,
    members: { license: RENDER, state: 'withdrawn' },
  },
  'precondition-failed': {
    meaning: 'It is not what `If-Match` or `If-None-Match` says: somebody has changed, made or deleted it meanwhile.',
    remedy: 'Read it again, decide anew, and send the change with the tag that it has now.',
    detail: 'Nothing was changed. It was changed since you read it; read it again, and change that.',
    members: {},
  },
  'idempotency-key-in-use': {
    meaning: 'The first request under this `Idempotency-Key` has not ended yet.',
    remedy: AGAIN,
    detail: 'The first request under this key has not ended yet.',
    members: {},
  },
  'idempotency-key-reused': {
    meaning: 'This `Idempotency-Key` was sent with another request before.',
    remedy: 'Use a new key for every new request, and the same key only to send the same request again.',
    detail: 'This Idempotency-Key was sent with another request before.',
    members: {},
  },
  'payload-too-large': {
    meaning: 'The body is larger than the endpoint takes.',
    remedy: 'Split the request.',
    detail: 'A body may have 1048576 bytes.',
    members: {},
  },
  'too-many-requests': {
    meaning: 'Too many requests at once; nothing was changed.',
    remedy: AGAIN,
    detail: 'Too many at once; nothing was changed. Try again.',
    members: {},
  },
  'identity-provider-unavailable': {
    meaning: 'A person signs in with the vendor’s own identity provider, and that cannot be asked for its keys now.',
    remedy: AGAIN,
    detail: 'Your sign-in cannot be checked now. Try again.',
    members: {},
  },
  'internal-error': {
    meaning: 'Something broke on the server’s side. Whether the request was carried out is not known.',
    remedy: 'Send the same request again; asking again is safe.',
    detail: 'The request could not be finished. Asking again is safe.',
    members: {},
  },
};

function explain<Code extends ProblemCode>(code: Code): AnswerOf<'getProblem'> {
  const { status, title } = PROBLEMS[code];
  const { meaning, remedy, detail, members } = EXPLANATIONS[code];
  const type = `/problems/${code}`;
  // The compiler cannot join a code with its own members; a test holds every example to its schema.
  const example = { type, code, title, status, detail, ...members } as AnswerOf<'getProblem'>['example'];
  return { type, code, title, status, meaning, remedy, example };
}

/** What `GET /problems/{code}` answers for the problems of the endpoints. */
export const EXPLAINED = Object.fromEntries(
  (Object.keys(PROBLEMS) as ProblemCode[]).map((code) => [code, explain(code)]),
) as Readonly<Record<ProblemCode, AnswerOf<'getProblem'>>>;

const EXPLANATIONS_OF_GATEWAY: Readonly<Record<GatewayCode, { readonly meaning: string; readonly remedy: string }>> = {
  'request-timeout': {
    meaning: 'The request began to arrive, and did not come to its end in time. Nothing was done.',
    remedy: 'Send the request again, and all of it at once.',
  },
  'header-too-large': {
    meaning: 'The first line and the headers of the request are larger than the server takes. Nothing was done.',
    remedy: 'Leave out headers and parts of the query that nobody needs.',
  },
  'service-unavailable': {
    meaning: 'The request took longer than any may. It may still be carried out.',
    remedy: 'Send the same request again; asking again is safe.',
  },
};

function explainOfGateway(code: GatewayCode): AnswerOf<'getProblem'> {
  const example = gatewayProblem(code);
  const { type, title, status } = example;
  return { type, code, title, status, ...EXPLANATIONS_OF_GATEWAY[code], example };
}

/** The same for those of the server in front of them. */
export const EXPLAINED_OF_GATEWAY = Object.fromEntries(
  GATEWAY_CODES.map((code) => [code, explainOfGateway(code)]),
) as Readonly<Record<GatewayCode, AnswerOf<'getProblem'>>>;
