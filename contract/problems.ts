import { assertNever } from '../domain/license.ts';
import { MAX_ORDERS_CHECKED } from '../domain/limits.ts';
import type { Refusal, RefusalCode } from '../domain/refusal.ts';

/** Error codes of the HTTP layer, beside the domain's refusals. */
type HttpProblemCode =
  | 'unauthorized'
  | 'forbidden'
  | 'method-not-allowed'
  | 'precondition-failed'
  | 'precondition-required'
  | 'idempotency-key-in-use'
  | 'idempotency-key-reused'
  | 'payload-too-large'
  | 'too-many-requests'
  | 'identity-provider-unavailable'
  | 'workflow-busy'
  | 'internal-error';
export type ProblemCode = RefusalCode | HttpProblemCode;

/** The HTTP status and title of each code (RFC 9457). */
export const PROBLEMS: Readonly<Record<ProblemCode, { readonly status: number; readonly title: string }>> = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'invalid-context': { status: 400, title: 'The context is not valid' },
  'unsupported-version': { status: 400, title: 'The version of the context is not supported' },
  unauthorized: { status: 401, title: 'A valid token is needed' },
  forbidden: { status: 403, title: 'The token does not allow this' },
  'container-retired': { status: 403, title: 'The container is retired' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here' },
  'order-exists': { status: 409, title: 'Another order has this id' },
  'order-in-revision': { status: 409, title: 'The order is being revised' },
  'order-cancelled': { status: 409, title: 'The order is cancelled' },
  'product-in-use': { status: 409, title: 'The product is in use' },
  'dependency-violation': { status: 409, title: 'Other licenses depend on this license' },
  'manual-conflict': { status: 409, title: 'The actions conflict' },
  'container-diverged': { status: 409, title: 'The container is not at the state that its updates produced' },
  'too-many-outstanding': { status: 409, title: 'Too many updates or actions are outstanding' },
  'reprogramming-in-flight': { status: 409, title: 'A reprogramming is under way' },
  'key-set-refused': { status: 409, title: 'The key set cannot follow the newest one' },
  'license-final': { status: 409, title: 'The license is withdrawn or replaced' },
  'precondition-failed': { status: 412, title: 'The resource has changed' },
  'precondition-required': { status: 428, title: 'The request must be conditional' },
  'idempotency-key-in-use': { status: 409, title: 'The same request is still running' },
  'idempotency-key-reused': { status: 422, title: 'The idempotency key belongs to another request' },
  'payload-too-large': { status: 413, title: 'The request is too large' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'workflow-busy': { status: 503, title: 'No reprogramming can start at the moment' },
  'no-key-set': { status: 503, title: 'No key set is published' },
  'identity-provider-unavailable': { status: 503, title: 'The identity provider does not respond' },
  'internal-error': { status: 500, title: 'Internal error' },
};

/** The detail of `no-key-set`; users see it, too. */
export const NO_KEY_SET =
  'The vendor has not published its first key set, so no update can be signed. Nothing was changed. Try again later.';

/** A problem document (RFC 9457): the body of a refusing answer, and a part of reports. */
export interface ProblemDocument {
  readonly type: string;
  readonly code: ProblemCode;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly [member: string]: unknown;
}

/** The problem document of this code. `members` are the code's own members. */
export function problemDocument(
  code: ProblemCode,
  detail: string,
  members: Readonly<Record<string, unknown>> = {},
): ProblemDocument {
  const { status, title } = PROBLEMS[code];
  return { type: `/problems/${code}`, code, title, status, detail, ...members };
}

/** A refusal as a problem document: a detail that can be shown to a person, and the refusal's data. */
export function refusalDocument(refusal: Refusal): ProblemDocument {
  switch (refusal.code) {
    case 'license-final':
      return problemDocument(
        refusal.code,
        `License ${refusal.license} is ${refusal.state}; no vendor action can change that.`,
        {
          license: refusal.license,
          state: refusal.state,
        },
      );
    case 'dependency-violation':
      return problemDocument(refusal.code, refusal.explanation, { dependents: refusal.dependents });
    case 'manual-conflict':
      return problemDocument(
        refusal.code,
        `Nothing was changed: ${refusal.conflicts.map(formatConflict).join('; ')}.`,
        {
          conflicts: refusal.conflicts,
        },
      );
    case 'reprogramming-in-flight':
      return problemDocument(refusal.code, refusal.explanation, { container: refusal.container });
    case 'container-diverged':
      return problemDocument(refusal.code, refusal.explanation, {
        divergence: refusal.divergence,
        ...(refusal.late === undefined ? {} : { late: refusal.late }),
      });
    case 'container-retired':
      return problemDocument(
        refusal.code,
        `Container ${refusal.container} is blocked for ever: the vendor retired it.`,
      );
    case 'key-set-refused':
      return problemDocument(refusal.code, refusal.explanation, { fault: refusal.fault });
    case 'no-key-set':
      return problemDocument(refusal.code, NO_KEY_SET);
    case 'too-many-outstanding':
    case 'not-found':
      return problemDocument(refusal.code, refusal.explanation);
    case 'order-exists':
      return problemDocument(refusal.code, `Order ${refusal.orderId} already exists with different content.`, {
        orderId: refusal.orderId,
      });
    case 'order-in-revision':
      return problemDocument(
        refusal.code,
        `Order ${refusal.orderId} is being revised at this moment. Try again in some seconds.`,
        { orderId: refusal.orderId },
      );
    case 'order-cancelled':
      return problemDocument(refusal.code, `Order ${refusal.orderId} is cancelled, so it cannot be revised.`, {
        orderId: refusal.orderId,
      });
    case 'product-in-use': {
      const { product, licenses, products, skus } = refusal;
      return problemDocument(refusal.code, formatUses(refusal), { product, licenses, products, skus });
    }
    case 'invalid-request': {
      const faults = refusal.errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
      return problemDocument(refusal.code, faults.join('; '), { errors: refusal.errors });
    }
    case 'unsupported-version':
      return problemDocument(
        refusal.code,
        `The context must have a ver that this server reads: ${refusal.supported.join(', ')}.`,
        { supported: refusal.supported },
      );
    case 'invalid-context':
      return problemDocument(refusal.code, refusal.explanation, { reason: refusal.reason });
    default:
      return assertNever(refusal);
  }
}

function formatUses({
  product,
  licenses,
  products,
  skus,
  tooManyOrders,
}: Extract<Refusal, { code: 'product-in-use' }>): string {
  const uses = [
    ...(licenses.length === 0 ? [] : [`licenses of it are neither withdrawn nor replaced (${licenses.join(', ')})`]),
    ...(products.length === 0 ? [] : [`products require it or are upgrades of it (${products.join(', ')})`]),
    ...(skus.length === 0 ? [] : [`SKUs deliver it (${skus.join(', ')})`]),
    ...(tooManyOrders ? [`more than ${MAX_ORDERS_CHECKED.toLocaleString('en')} orders have sold it`] : []),
  ];
  return `Product ${product} is in use: ${uses.join('; ')}.`;
}

type Conflicts = Extract<Refusal, { code: 'manual-conflict' }>['conflicts'];

const REASONS: Readonly<Record<Conflicts[number]['reason'], string>> = {
  'not-on-ticket': 'it is not on that ticket',
  'not-available': 'it is not available',
  'reserved-elsewhere': 'it is reserved for another container',
  'not-in-container': 'it is not in this container',
  withdrawn: 'the vendor withdraws it',
  expired: 'it has expired',
  'requires-unmet': 'a product that it requires would be missing',
  'required-by': 'other licenses require it',
  'dropped-together': 'other actions of the request conflict; request it again alone',
};

function formatConflict({ action, license, reason }: Conflicts[number]): string {
  return `cannot ${action} ${license}, ${REASONS[reason]}`;
}

/** Dependents that a report names for one license: a container can hold thousands. */
const MAX_DEPENDENTS = 100;

/** Faults that a report names, and characters of each: a report is stored in one item with the webhook's body. */
const MAX_FAULTS = 20;
const MAX_FAULT_CHARACTERS = 300;

type Faults = Extract<Refusal, { code: 'invalid-request' }>['errors'];

function fewFaults(faults: Faults): Faults {
  const few = faults.slice(0, MAX_FAULTS).map(({ path, message }) => ({
    path,
    message:
      message.length > MAX_FAULT_CHARACTERS ? `${message.slice(0, MAX_FAULT_CHARACTERS)}…`.toWellFormed() : message,
  }));
  const left = faults.length - few.length;
  return left === 0 ? few : [...few, { path: '', message: `and ${left} more` }];
}

/** A refusal short enough for a report, and the number of dependents that it leaves out. */
export function shortenRefusal(refusal: Refusal): { readonly refusal: Refusal; readonly moreDependents: number } {
  if (refusal.code === 'invalid-request') {
    return { refusal: { code: refusal.code, errors: fewFaults(refusal.errors) }, moreDependents: 0 };
  }
  if (refusal.code !== 'dependency-violation') return { refusal, moreDependents: 0 };
  const { code, dependents: all } = refusal;
  const dependents = all.slice(0, MAX_DEPENDENTS);
  const moreDependents = all.length - dependents.length;
  if (moreDependents === 0) return { refusal, moreDependents };
  const explanation = `${all.length} licenses in the container would miss a product that they require.`;
  return { refusal: { code, dependents, explanation }, moreDependents };
}
