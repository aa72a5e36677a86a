import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { endpointKeyOf } from './addressed.ts';
import type { Authenticate } from './authentication/authenticate.ts';

/** A log that can add keys to each further line of the same invocation. */
interface KeyedLog {
  appendKeys(keys: Record<string, string>): void;
}

/**
 * Middleware that adds the request's route and API Gateway's request id to each line of the log. It never adds the path,
 * because a ticket code is part of it, nor a header or a body.
 */
export function requestLog(log: KeyedLog): MiddlewareObj<APIGatewayProxyEventV2> {
  return {
    before: ({ event }) =>
      log.appendKeys({ route: endpointKeyOf(event).trim(), request_id: event.requestContext.requestId }),
  };
}

/** Authenticates, then adds the caller to each further line: the kind, and the id of the token or the person. */
export function logCaller(authenticate: Authenticate, log: KeyedLog): Authenticate {
  return async (dependencies, authorization) => {
    const authenticated = await authenticate(dependencies, authorization);
    if ('caller' in authenticated) {
      const { kind, id } = authenticated.caller.author;
      log.appendKeys({ caller: `${kind} ${id}` });
    }
    return authenticated;
  };
}
