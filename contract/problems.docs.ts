import { formatContextFault } from './context-fault-messages.ts';
import type { AnswerHeader } from './docs.ts';
import type { AnswerOf } from './endpoints.ts';
import { CAD, ORDER_ID, RENDER, SERIAL } from './examples.ts';
import { GATEWAY_CODES, type GatewayCode, gatewayProblem } from './gateway-problems.ts';
import { formatKeySetFault } from './key-set-fault-messages.ts';
import type { ProblemMembers } from './problem-schemas.ts';
import { NO_KEY_SET, PROBLEMS, type ProblemCode } from './problems.ts';

/** The page of a problem: its meaning, the remedy and an example. */
interface Explanation<Code extends ProblemCode> {
  readonly meaning: string;
  readonly remedy: string;
  readonly detail: string;
  /** The code's own members in the example. */
  readonly members: ProblemMembers<Code>;
}

const AGAIN = 'Wait the seconds that `Retry-After` names, then send the same request again. Repeating it is safe.';

const EXPLANATIONS: { readonly [Code in ProblemCode]: Explanation<Code> } = {
  'invalid-request': {
    meaning: 'The request has an invalid, unknown or missing member. `errors` lists every fault.',
    remedy:
      'Correct the members that `errors` lists. A `path` is a member of the body, or starts with `path.`, `query.` or `header.`.',
    detail: 'items.0.product: there is no product render; items.0.qantity: there is no such field',
    members: {
      errors: [
        { path: 'items.0.product', message: 'there is no product render' },
        { path: 'items.0.qantity', message: 'there is no such field' },
      ],
    },
  },
  'invalid-context': {
    meaning: 'The context is not a valid context of a container. `reason` names the check that failed.',
    remedy: 'Let the container create a new context, and send it unchanged.',
    detail: formatContextFault('signature'),
    members: { reason: 'signature' },
  },
  'unsupported-version': {
    meaning:
      'The context has no `ver`, or one that this server does not read. `supported` lists the versions that it reads.',
    remedy: 'Use a container program that writes one of these versions.',
    detail: 'The context must have a ver that this server reads: 1.',
    members: { supported: [1] },
  },
  unauthorized: {
    meaning:
      'The request has no token, or an unknown, expired or revoked one. Or the webhook has no valid, recent signature; ' +
      'then `reason` is `header-missing`, `header-malformed`, `clock`, `signature` or `no-secret`.',
    remedy:
      'Send `Authorization: Bearer <token>` with a valid token; sign a webhook with a current secret, and set the ' +
      'sender’s clock.',
    detail: 'The signed time is 3,600 seconds behind the clock of this server; at most 300 are allowed.',
    members: { reason: 'clock', secondsBehind: 3600 },
  },
  forbidden: {
    meaning:
      'The token is valid but lacks the scope that the endpoint needs, or you tried to create a token with more rights ' +
      'than your own; the members list them.',
    remedy: 'Use a token with the scope that `scope` names. Grant a new token only rights that your own token has.',
    detail: 'The token lacks the scope orders:write.',
    members: { scope: 'orders:write' },
  },
  'container-retired': {
    meaning: 'The vendor retired the container, which blocks it for ever.',
    remedy: 'Create a new container, and ask the vendor for the licenses.',
    detail: `Container ${SERIAL} is blocked for ever: the vendor retired it.`,
    members: {},
  },
  'not-found': {
    meaning: 'Nothing exists at this address, or there is no pending action to cancel.',
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
    meaning: 'An order with this id was delivered with different content. It is unchanged.',
    remedy: 'Use another order id. To get the same ticket again, send exactly the same body.',
    detail: `Order ${ORDER_ID} already exists with different content.`,
    members: { orderId: ORDER_ID },
  },
  'product-in-use': {
    meaning:
      'The product cannot be deleted: licenses of it are in use, products require it or are upgrades of it, SKUs deliver it, or too many orders ' +
      'have sold it. Nothing was changed.',
    remedy:
      'Withdraw the licenses, change the products and delete the SKU mappings that the members name; then repeat.',
    detail: `Product cad is in use: licenses of it are neither withdrawn nor replaced (${CAD}); products require it or are upgrades of it (render).`,
    members: { product: 'cad', licenses: [CAD], products: ['render'], skus: [] },
  },
  'dependency-violation': {
    meaning: 'The action would leave licenses without a product that they require. Nothing was changed.',
    remedy: 'Apply the action to the licenses in `dependents` first.',
    detail: `These licenses in the container would miss a product that they require: ${RENDER}.`,
    members: { dependents: [RENDER] },
  },
  'manual-conflict': {
    meaning: 'The requested actions conflict, and no vendor action is pending that could run instead.',
    remedy: 'Remove or change the actions that `conflicts` lists, each with its reason.',
    detail: `Nothing was changed: cannot activate ${CAD}, it is not available.`,
    members: { conflicts: [{ action: 'activate', license: CAD, reason: 'not-available' }] },
  },
  'container-diverged': {
    meaning:
      'The context does not match the container’s updates: it is `behind` the last confirmed one, `ahead` of every ' +
      'issued one, or has another `digest`. The container was restored from an old copy, cloned or changed. Or another ' +
      'copy of the container has been in contact since (`cloned`), or the context is older than one that the server has ' +
      'seen (`late`). No license changes.',
    remedy:
      'If it is `late`, make a new context. Otherwise use the newest copy of the container. If it is lost, ask the vendor ' +
      'to retire the container.',
    detail:
      'The container is behind an update that it had confirmed before: it was restored from an old copy, or cloned.',
    members: { divergence: 'behind' },
  },
  'too-many-outstanding': {
    meaning: 'Too many updates wait for a receipt, or too many vendor actions are pending for one container.',
    remedy: 'Apply the updates, then send a context.',
    detail: '20 updates wait for a receipt. Apply them, and send the container’s context.',
    members: {},
  },
  'reprogramming-in-flight': {
    meaning: 'A reprogramming of the container is running, or has already planned the license that you want to change.',
    remedy: AGAIN,
    detail: 'The container is being reprogrammed at this moment. Try again in some seconds.',
    members: { container: SERIAL },
  },
  'key-set-refused': {
    meaning:
      'The key set cannot be published. `fault` names the check that failed; with `key-set-gap`, somebody else may have ' +
      'published a set of this version.',
    remedy: 'Read the newest key set, sign the one after it with enough root keys of both, and publish that.',
    detail: formatKeySetFault('key-set-signatures'),
    members: { fault: 'key-set-signatures' },
  },
  'license-final': {
    meaning: 'The license is withdrawn or replaced, and no vendor action can change that.',
    remedy: 'None. The license’s history shows what happened to it.',
    detail: `License ${RENDER} is withdrawn; no vendor action can change that.`,
    members: { license: RENDER, state: 'withdrawn' },
  },
  'precondition-failed': {
    meaning:
      'The resource does not match `If-Match` or `If-None-Match`: another request created, changed or deleted it.',
    remedy: 'Read the resource again, and send the change with its current entity tag.',
    detail: 'Nothing was changed: the resource has changed since you read it. Read it again, then repeat your change.',
    members: {},
  },
  'precondition-required': {
    meaning: 'The request lacks `If-Match`, so it could undo what another request has changed.',
    remedy: 'Read the order, and send its `ETag` in `If-Match`.',
    detail: 'Nothing was changed: send the ETag of the order in If-Match.',
    members: {},
  },
  'order-in-revision': {
    meaning: 'A large revision of the order is under way, which takes some seconds. Nothing was changed.',
    remedy: AGAIN,
    detail: `Order ${ORDER_ID} is being revised at this moment. Try again in some seconds.`,
    members: { orderId: ORDER_ID },
  },
  'order-cancelled': {
    meaning: 'The order is cancelled, and a cancelled order cannot be revised. Nothing was changed.',
    remedy: 'Create a new order under another id.',
    detail: `Order ${ORDER_ID} is cancelled, so it cannot be revised.`,
    members: { orderId: ORDER_ID },
  },
  'idempotency-key-in-use': {
    meaning: 'The first request with this `Idempotency-Key` is still running.',
    remedy: AGAIN,
    detail: 'The first request with this Idempotency-Key is still running.',
    members: {},
  },
  'idempotency-key-reused': {
    meaning: 'This `Idempotency-Key` was used for a different request before.',
    remedy: 'Use a new key for each new request. Repeat a key only to repeat the same request.',
    detail: 'This Idempotency-Key was used for a different request before.',
    members: {},
  },
  'payload-too-large': {
    meaning: 'The body is larger than the endpoint accepts, or the answer would be larger than the server can send.',
    remedy: 'Split the request, if it has a body.',
    detail: 'A body can have at most 1048576 bytes.',
    members: {},
  },
  'too-many-requests': {
    meaning: 'Too many requests at the same time. Nothing was changed.',
    remedy: AGAIN,
    detail: 'Too many requests at the same time; nothing was changed. Try again.',
    members: {},
  },
  'workflow-busy': {
    meaning: 'The service that runs reprogrammings accepts no further one at the moment. Nothing was changed.',
    remedy: AGAIN,
    detail: 'No reprogramming can start at the moment; nothing was changed. Try again.',
    members: {},
  },
  'no-key-set': {
    meaning: 'The vendor has not published the first key set, so no update can be signed. Nothing was changed.',
    remedy:
      'The operator publishes it once after the deployment, with `npm run keys -- init`. Then send the request again.',
    detail: NO_KEY_SET,
    members: {},
  },
  'identity-provider-unavailable': {
    meaning: 'The vendor’s identity provider, which signs people in, does not return its keys at the moment.',
    remedy: AGAIN,
    detail: 'Your sign-in cannot be checked now. Try again.',
    members: {},
  },
  'internal-error': {
    meaning: 'The server failed. It is unknown whether it executed the request.',
    remedy: 'Send the same request again. Repeating it is safe.',
    detail: 'The server could not finish the request. Repeating it is safe.',
    members: {},
  },
};

function explain<Code extends ProblemCode>(code: Code): AnswerOf<'getProblem'> {
  const { status, title } = PROBLEMS[code];
  const { meaning, remedy, detail, members } = EXPLANATIONS[code];
  const type = `/problems/${code}`;
  // The compiler cannot match a code with its own members; a test checks every example against its schema.
  const example = { type, code, title, status, detail, ...members } as AnswerOf<'getProblem'>['example'];
  return { type, code, title, status, meaning, remedy, example };
}

/** The answers of `GET /problems/{code}` for the problems of the endpoints. */
export const EXPLAINED = Object.fromEntries(
  (Object.keys(PROBLEMS) as ProblemCode[]).map((code) => [code, explain(code)]),
) as Readonly<Record<ProblemCode, AnswerOf<'getProblem'>>>;

const EXPLANATIONS_OF_GATEWAY: Readonly<Record<GatewayCode, { readonly meaning: string; readonly remedy: string }>> = {
  'request-timeout': {
    meaning: 'The request started to arrive, but was not complete in time. Nothing was changed.',
    remedy: 'Send the request again, without pauses.',
  },
  'header-too-large': {
    meaning: 'The first line and the headers of the request are larger than the server accepts. Nothing was changed.',
    remedy: 'Remove headers and query parameters that the endpoint does not need.',
  },
  'service-unavailable': {
    meaning: 'The request reached the time limit. The server may still execute it.',
    remedy: 'Send the same request again. Repeating it is safe.',
  },
};

function explainOfGateway(code: GatewayCode): AnswerOf<'getProblem'> {
  const example = gatewayProblem(code);
  const { type, title, status } = example;
  return { type, code, title, status, ...EXPLANATIONS_OF_GATEWAY[code], example };
}

/** The answers of `GET /problems/{code}` for the problems of the gateway. */
export const EXPLAINED_OF_GATEWAY = Object.fromEntries(
  GATEWAY_CODES.map((code) => [code, explainOfGateway(code)]),
) as Readonly<Record<GatewayCode, AnswerOf<'getProblem'>>>;

/** Headers that a problem of this code always has. */
export const PROBLEM_HEADERS: Readonly<Partial<Record<ProblemCode, readonly AnswerHeader[]>>> = {
  'reprogramming-in-flight': ['retry-after'],
  'order-in-revision': ['retry-after'],
  'idempotency-key-in-use': ['retry-after'],
  'too-many-requests': ['retry-after'],
  'identity-provider-unavailable': ['retry-after'],
  'workflow-busy': ['retry-after'],
};
