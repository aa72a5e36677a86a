/**
 * What stands in front of the functions refuses these itself, and no function does. API Gateway words them in its own way; the
 * embedded runtime answers with problem documents, whose types are explained like all others.
 */

/** A request's header may have so many bytes, the first line included. */
export const MAX_HEADER_BYTES = 10_240;

export const GATEWAY_PROBLEMS = {
  'request-timeout': { status: 408, title: 'The request did not arrive in time', detail: 'Send it again.' },
  'header-too-large': {
    status: 431,
    title: 'The header is too large',
    detail: `A request header may have ${MAX_HEADER_BYTES} bytes.`,
  },
  'service-unavailable': {
    status: 503,
    title: 'No answer in time',
    detail: 'The request may still be carried out. It is safe to send it again.',
  },
} as const;

export type GatewayCode = keyof typeof GATEWAY_PROBLEMS;

export const GATEWAY_CODES = Object.keys(GATEWAY_PROBLEMS) as readonly GatewayCode[];

/** One of them as RFC 9457 has it. */
export function gatewayProblem<Code extends GatewayCode>(code: Code) {
  const { status, title, detail } = GATEWAY_PROBLEMS[code];
  return { type: `/problems/${code}` as const, code, title, status, detail };
}
