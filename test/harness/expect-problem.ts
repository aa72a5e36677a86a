import { expect } from 'vitest';
import { PROBLEMS } from '../../contract/problems.ts';
import type { ProblemBody } from './answers.ts';
import type { Reply } from './client.ts';

/** Statuses by code, copied from the contract (design, section 5) and not imported from the product. */
const STATUSES: Readonly<Record<string, number>> = {
  'invalid-request': 400,
  'invalid-context': 400,
  unauthorized: 401,
  forbidden: 403,
  'container-retired': 403,
  'not-found': 404,
  'payload-too-large': 413,
  'too-many-requests': 429,
  'order-exists': 409,
  'dependency-violation': 409,
  'manual-conflict': 409,
  'container-diverged': 409,
  'too-many-outstanding': 409,
  'reprogramming-in-flight': 409,
  'license-final': 409,
};

/** New codes may be added; a code of the contract must have the contract's status. */
const STATUS_OF: ReadonlyMap<string, number> = new Map([
  ...Object.entries(PROBLEMS).map(([code, { status }]) => [code, status] as const),
  ...Object.entries(STATUSES),
]);

/** Asserts that an answer is an RFC 9457 document with this code and without internals. @returns the document. */
export function expectProblem(reply: Reply, code: string): ProblemBody {
  const problem = problemOf(reply);
  expect(problem.code, reply.text).toBe(code);
  return problem;
}

/** Asserts that an answer is a problem document of the contract, with any code. */
export function problemOf(reply: Reply): ProblemBody {
  const { status, headers, text } = reply;
  expect(headers.get('content-type'), text.slice(0, 500)).toBe('application/problem+json');
  const body = reply.body as ProblemBody;
  expect(body, text.slice(0, 500)).toMatchObject({
    type: `/problems/${body.code}`,
    title: expect.any(String),
    status,
    detail: expect.any(String),
  });
  expect(STATUS_OF.get(body.code), `${body.code} is not a code of the contract`).toBe(status);
  expect(body.title.length, text).toBeGreaterThan(0);
  expect(body.detail.length, text).toBeGreaterThan(0);
  expect(text).not.toMatch(LEAKS);
  return body;
}

/** Stack frames, ARNs, paths and names of internals. */
const LEAKS = /\n\s+at |node_modules|arn:aws|\.ts:\d+|DynamoDB|Exception\b|ZodError|TypeError|dynoxide/;
