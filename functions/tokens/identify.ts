import type { Answer } from '../http/answer.ts';
import { problem } from '../http/problem.ts';
import type { Runtime } from '../ports.ts';
import type { Caller } from './caller.ts';
import { callerOfToken } from './caller-of-token.ts';

const BEARER = /^Bearer ([\x21-\x7e]{1,8192})$/i;

/** Who a request comes from, by its `Authorization` header, or why nobody can tell. */
export type Identify = (
  runtime: Runtime,
  authorization: string | undefined,
) => Promise<{ readonly refused: Answer } | { readonly caller: Caller }>;

/** Vendor tokens. */
export function createIdentify(): Identify {
  return async (runtime, authorization) => {
    const [, token] = BEARER.exec(authorization ?? '') ?? [];
    const caller = token === undefined ? undefined : await callerOfToken(runtime, token);
    return caller === undefined ? { refused: unauthorized('Bearer') } : { caller };
  };
}

function unauthorized(challenge: string): Answer {
  const headers = { 'www-authenticate': challenge };
  return problem('unauthorized', 'Send a valid token: Authorization: Bearer <token>.', {}, headers);
}
