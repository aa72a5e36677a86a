import * as z from 'zod/mini';
import { UNIT_OUTCOMES } from '../domain/order-revision.ts';
import { CONTEXT_FAULTS, KEY_SET_FAULTS } from '../protocol/index.ts';
import { GATEWAY_CODES, GATEWAY_PROBLEMS, type GatewayCode } from './gateway-problems.ts';
import { PROBLEMS, type ProblemCode } from './problems.ts';
import { count, licenseId, productCode, serial, text, time } from './shapes/forms.ts';
import { conflict } from './shapes/reprogramming.ts';

/** Of a refused revision of an order: each unit that causes the refusal, and its reason. */
export const refusedUnits = z.array(
  z.strictObject({
    /** Index of the unit in the new order, from 0; of a withdrawn unit, in the old one. */
    index: count,
    outcome: z.enum(UNIT_OUTCOMES),
    license: licenseId,
    reason: z.enum(['dependency-violation', 'reprogramming-in-flight', 'too-many-outstanding']),
    detail: text,
    dependents: z.exactOptional(z.array(licenseId)),
    container: z.exactOptional(serial),
  }),
);

/** Each code's own members, beside those that RFC 9457 defines for every problem. */
const MEMBERS = {
  'invalid-request': { errors: z.array(z.strictObject({ path: z.string(), message: text })).check(z.minLength(1)) },
  'invalid-context': { reason: z.enum(CONTEXT_FAULTS) },
  'unsupported-version': { supported: z.array(z.int()) },
  unauthorized: {
    /** Of a webhook: what is wrong with its signature. */
    reason: z.exactOptional(z.enum(['no-secret', 'header-missing', 'header-malformed', 'clock', 'signature'])),
    /** How far the signed time is behind the server's clock; negative if it is ahead. */
    secondsBehind: z.exactOptional(z.int()),
  },
  forbidden: {
    scope: z.exactOptional(text),
    /** The rights of a new token that its creator lacks. */
    scopes: z.exactOptional(z.array(text)),
    expiresAt: z.exactOptional(time),
    requestsPerMinute: z.exactOptional(z.int()),
  },
  'container-retired': {},
  'not-found': {},
  'method-not-allowed': {},
  'order-exists': { orderId: text },
  'order-in-revision': { orderId: text },
  'order-cancelled': { orderId: text },
  /** At most ten of each kind. */
  'product-in-use': {
    product: productCode,
    licenses: z.array(licenseId),
    products: z.array(productCode),
    skus: z.array(text),
  },
  'dependency-violation': {
    dependents: z.array(licenseId).check(z.minLength(1)),
    units: z.exactOptional(refusedUnits),
  },
  'manual-conflict': { conflicts: z.array(conflict).check(z.minLength(1)) },
  'container-diverged': {
    divergence: z.enum(['behind', 'ahead', 'digest', 'late', 'cloned']),
    /** Of a late context: the container's next one must be later than this time, in seconds since 1970. */
    late: z.exactOptional(z.int()),
  },
  'too-many-outstanding': { units: z.exactOptional(refusedUnits) },
  'reprogramming-in-flight': { container: serial, units: z.exactOptional(refusedUnits) },
  'key-set-refused': { fault: z.enum(KEY_SET_FAULTS) },
  'license-final': { license: licenseId, state: z.enum(['withdrawn', 'replaced']) },
  'precondition-failed': {},
  'precondition-required': {},
  'idempotency-key-in-use': {},
  'idempotency-key-reused': {},
  'payload-too-large': {},
  'too-many-requests': {},
  'workflow-busy': {},
  'no-key-set': {},
  'identity-provider-unavailable': {},
  'internal-error': {},
} as const satisfies Record<ProblemCode, z.core.$ZodLooseShape>;

/** The code's own members in an answer. */
export type ProblemMembers<Code extends ProblemCode> = z.infer<z.ZodMiniObject<(typeof MEMBERS)[Code]>>;

export const PROBLEM_CODES = Object.keys(PROBLEMS) as readonly ProblemCode[];

/** The schema of a code's problem document (RFC 9457). The table defines its type, title and status. */
function problemSchema<Code extends ProblemCode>(code: Code) {
  const { status, title } = PROBLEMS[code];
  return z.strictObject({
    type: z.literal(`/problems/${code}`),
    code: z.literal(code),
    title: z.literal(title),
    status: z.literal(status),
    detail: text,
    ...(MEMBERS[code] as (typeof MEMBERS)[Code]),
  });
}

/** The schema of each code, created once, because the OpenAPI document refers to it by name. */
export const PROBLEM_SCHEMAS = new Map(PROBLEM_CODES.map((code) => [code, problemSchema(code)]));

/** Any problem that a request can be answered with. */
export const problem = z.union([...PROBLEM_SCHEMAS.values()]);

/** A problem of the gateway has no members of its own, and no operation lists it. */
function gatewayProblemSchema<Code extends GatewayCode>(code: Code) {
  const { status, title } = GATEWAY_PROBLEMS[code];
  return z.strictObject({
    type: z.literal(`/problems/${code}`),
    code: z.literal(code),
    title: z.literal(title),
    status: z.literal(status),
    detail: text,
  });
}

export const GATEWAY_PROBLEM_SCHEMAS = new Map(GATEWAY_CODES.map((code) => [code, gatewayProblemSchema(code)]));
