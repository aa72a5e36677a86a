/**
 * The problems that the gateway in front of the functions returns; no function returns them. API Gateway has its own wording;
 * the embedded runtime returns problem documents, which have pages like all others.
 */

/** Bytes of a request's headers at most, the first line included. */
export const MAX_HEADER_BYTES = 10_240;

export const GATEWAY_PROBLEMS = {
  'request-timeout': { status: 408, title: 'The request did not arrive in time', detail: 'Send the request again.' },
  'header-too-large': {
    status: 431,
    title: 'The headers are too large',
    detail: `The headers of a request can have at most ${MAX_HEADER_BYTES} bytes.`,
  },
  'service-unavailable': {
    status: 503,
    title: 'No answer in time',
    detail: 'The server may still execute the request. Repeating it is safe.',
  },
} as const;

export type GatewayCode = keyof typeof GATEWAY_PROBLEMS;

export const GATEWAY_CODES = Object.keys(GATEWAY_PROBLEMS) as readonly GatewayCode[];

/** The problem document of this code (RFC 9457). */
export function gatewayProblem<Code extends GatewayCode>(code: Code) {
  const { status, title, detail } = GATEWAY_PROBLEMS[code];
  return { type: `/problems/${code}` as const, code, title, status, detail };
}
