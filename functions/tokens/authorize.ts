import * as z from 'zod/mini';
import type { Endpoint } from '../endpoints.ts';
import { SCOPES } from '../endpoints.ts';
import type { Answer } from '../http/answer.ts';
import { problem } from '../http/problem.ts';
import type { Runtime } from '../ports.ts';
import { tokenKey } from '../table/keys.ts';
import { getItem } from '../table/read.ts';
import { hashToken } from './hash-token.ts';

const tokenItem = z.object({ scopes: z.array(z.string()) });

const BEARER = /^Bearer ([\x21-\x7e]{1,512})$/i;

/**
 * Whether the caller may use the endpoint; `undefined` when it may. Nothing is said about what exists: the token is
 * looked at before the request.
 */
export async function authorize(
  runtime: Runtime,
  endpoint: Endpoint,
  header: string | undefined,
): Promise<Answer | undefined> {
  if (endpoint.scope === undefined) return undefined;
  const [, token] = BEARER.exec(header ?? '') ?? [];
  const item = token === undefined ? undefined : await getItem(runtime, tokenKey(hashToken(token)));
  if (item === undefined) {
    return problem(
      'unauthorized',
      'Send a vendor token: Authorization: Bearer <token>.',
      {},
      { 'www-authenticate': 'Bearer' },
    );
  }
  const { scopes } = tokenItem.parse(item);
  if (scopes.includes(endpoint.scope)) return undefined;
  return problem('forbidden', `The token lacks the scope ${endpoint.scope}.`, { scope: endpoint.scope });
}

export const ALL_SCOPES: readonly string[] = SCOPES;
