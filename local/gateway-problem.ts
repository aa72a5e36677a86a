/** What the server in front of the functions refuses by itself: RFC 9457 documents of the same shape as the functions'. */
import { STATUS_CODES } from 'node:http';
import type { Response } from './api-gateway-result.ts';

/** Limits of API Gateway's HTTP APIs, and what they answer beyond them. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;
export const MAX_HEADER_BYTES = 10_240;
export const INTEGRATION_TIMEOUT_MS = 30_000;

const PROBLEMS = {
  'invalid-request': {
    status: 400,
    title: 'The request cannot be read',
    detail: 'The address or the message is not valid HTTP.',
  },
  'not-found': { status: 404, title: 'Not found', detail: 'There is nothing at this address.' },
  'request-timeout': { status: 408, title: 'The request did not arrive in time', detail: 'Send it again.' },
  'payload-too-large': {
    status: 413,
    title: 'The body is too large',
    detail: `A request body may have ${MAX_BODY_BYTES} bytes.`,
  },
  'header-too-large': {
    status: 431,
    title: 'The header is too large',
    detail: `A request header may have ${MAX_HEADER_BYTES} bytes.`,
  },
  'internal-error': {
    status: 500,
    title: 'Something went wrong',
    detail: 'The request could not be carried out. It is safe to send it again.',
  },
  'service-unavailable': {
    status: 503,
    title: 'No answer in time',
    detail: 'The request may still be carried out. It is safe to send it again.',
  },
} as const;

export type GatewayProblem = keyof typeof PROBLEMS;

export const problemResponse = (code: GatewayProblem): Response => {
  const { status, title, detail } = PROBLEMS[code];
  return {
    status,
    headers: { 'content-type': 'application/problem+json' },
    cookies: [],
    body: Buffer.from(JSON.stringify({ type: `/problems/${code}`, code, title, status, detail })),
  };
};

/** The same for a connection whose request never became one, as bytes for the socket. */
export const rawProblem = (code: GatewayProblem): Buffer => {
  const { status, headers, body } = problemResponse(code);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    `content-type: ${headers['content-type']}`,
    `content-length: ${body.length}`,
    'connection: close',
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
};
