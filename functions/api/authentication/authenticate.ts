import type { Dependencies } from '../../dependencies.ts';
import type { Answer } from '../http/answer.ts';
import type { Caller } from '../http/caller.ts';
import { problem } from '../http/problem.ts';
import { callerOfToken } from './caller-of-token.ts';
import { createIdentifyPerson, isJwt } from './identify-person.ts';
import { FAILED_SECONDS } from './issuer-keys.ts';

const BEARER = /^Bearer ([\x21-\x7e]{1,8192})$/i;

/** Identifies the caller by the `Authorization` header, or returns the refusal. */
export type Authenticate = (
  dependencies: Dependencies,
  authorization: string | undefined,
) => Promise<{ readonly refused: Answer } | { readonly caller: Caller }>;

/** Accepts vendor tokens and, if an identity provider is configured, its tokens for people. */
export function createAuthenticate(): Authenticate {
  const identifyPerson = createIdentifyPerson();
  return async (dependencies, authorization) => {
    const [, token] = BEARER.exec(authorization ?? '') ?? [];
    if (token === undefined) return { refused: unauthorized('Bearer') };
    const provider = dependencies.identityProvider;
    if (provider === undefined || !isJwt(token)) {
      const caller = await callerOfToken(dependencies, token);
      return caller === undefined ? { refused: unauthorized('Bearer') } : { caller };
    }
    const person = await identifyPerson(dependencies, provider, token);
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
