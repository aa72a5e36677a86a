/** The problem documents (RFC 9457) of the server in front of the functions, in the shape of the functions' own. */
import { STATUS_CODES } from 'node:http';
import { GATEWAY_PROBLEMS, type GatewayCode, gatewayProblem } from '../contract/gateway-problems.ts';
import { problem, refuse } from '../functions/api/http/problem.ts';
import type { Response } from './api-gateway-result.ts';

/** Limits of API Gateway's HTTP APIs. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;
export const INTEGRATION_TIMEOUT_MILLISECONDS = 30_000;

/** Codes that the functions also use, with the same status, title and members. */
const REFUSED = {
  'invalid-request': refuse({
    code: 'invalid-request',
    errors: [{ path: '', message: 'The address or the message is not valid HTTP.' }],
  }),
  'not-found': problem('not-found', 'There is nothing at this address.'),
  'payload-too-large': problem('payload-too-large', `A request body may have ${MAX_BODY_BYTES} bytes.`),
  'internal-error': problem('internal-error', 'The request could not be carried out. It is safe to send it again.'),
} as const;

export type GatewayProblem = keyof typeof REFUSED | GatewayCode;

export function problemResponse(code: GatewayProblem): Response {
  const { status, body } = isOwn(code) ? ownProblem(code) : REFUSED[code];
  return {
    status,
    headers: { 'content-type': 'application/problem+json' },
    cookies: [],
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** Whether only this server uses the code. */
function isOwn(code: GatewayProblem): code is GatewayCode {
  return Object.hasOwn(GATEWAY_PROBLEMS, code);
}

function ownProblem(code: GatewayCode): { readonly status: number; readonly body: object } {
  const body = gatewayProblem(code);
  return { status: body.status, body };
}

/** The bytes of a whole HTTP response, for a connection whose bytes are not a valid request. */
export function rawProblem(code: GatewayProblem): Buffer {
  const { status, headers, body } = problemResponse(code);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    `content-type: ${headers['content-type']}`,
    `content-length: ${body.length}`,
    'connection: close',
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}
