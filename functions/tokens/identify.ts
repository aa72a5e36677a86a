import type { Answer } from '../http/answer.ts';
import { problem } from '../http/problem.ts';
import { createIdentifyPerson, isJwt } from '../people/identify-person.ts';
import { FAILED_SECONDS } from '../people/issuer-keys.ts';
import type { Runtime } from '../ports.ts';
import type { Caller } from './caller.ts';
import { callerOfToken } from './caller-of-token.ts';

const BEARER = /^Bearer ([\x21-\x7e]{1,8192})$/i;

/** Who a request comes from, by its `Authorization` header, or why nobody can tell. */
export type Identify = (
  runtime: Runtime,
  authorization: string | undefined,
) => Promise<{ readonly refused: Answer } | { readonly caller: Caller }>;

/** Vendor tokens, and, where there is an identity provider, its tokens for people. */
export function createIdentify(): Identify {
  const identifyPerson = createIdentifyPerson();
  return async (runtime, authorization) => {
    const [, token] = BEARER.exec(authorization ?? '') ?? [];
    if (token === undefined) return { refused: unauthorized('Bearer') };
    const provider = runtime.identityProvider;
    if (provider === undefined || !isJwt(token)) {
      const caller = await callerOfToken(runtime, token);
      return caller === undefined ? { refused: unauthorized('Bearer') } : { caller };
    }
    const person = await identifyPerson(runtime, provider, token);
    switch (person.kind) {
      case 'person':
        return { caller: person.caller };
      case 'refused':
        return { refused: unauthorized('Bearer error="invalid_token"') };
      case 'unavailable':
        return { refused: unavailable() };
    }
  };
}

function unauthorized(challenge: string): Answer {
  const headers = { 'www-authenticate': challenge };
  return problem('unauthorized', 'Send a valid token: Authorization: Bearer <token>.', {}, headers);
}

function unavailable(): Answer {
  const headers = { 'retry-after': String(FAILED_SECONDS) };
  return problem('identity-provider-unavailable', 'Your sign-in cannot be checked now. Try again.', {}, headers);
}
