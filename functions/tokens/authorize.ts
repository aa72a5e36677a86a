import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Scope } from '../endpoints.ts';
import type { Answer } from '../http/answer.ts';
import { problem } from '../http/problem.ts';
import type { Runtime } from '../ports.ts';
import { tokenKey } from '../table/keys.ts';
import type { Caller } from './caller.ts';
import { hashToken } from './hash-token.ts';
import { getToken, type StoredToken, tokenId } from './token-item.ts';

const BEARER = /^Bearer ([\x21-\x7e]{1,512})$/i;
/** How exactly it is known when a token was last used: a write per request would cost more than the requests. */
const LAST_USED_MILLISECONDS = 3_600_000;

/** The caller, nobody where an endpoint needs no token. */
export type Authorized = { readonly refused: Answer } | { readonly caller: Caller | undefined };

/**
 * Whether the caller may use the endpoint. Nothing is said about what exists: the token is looked at before the request.
 */
export async function authorize(
  runtime: Runtime,
  scope: Scope | undefined,
  header: string | undefined,
): Promise<Authorized> {
  if (scope === undefined) return { caller: undefined };
  const [, token] = BEARER.exec(header ?? '') ?? [];
  const stored = token === undefined ? undefined : await getToken(runtime, hashToken(token));
  if (token === undefined || stored === undefined || isExpired(runtime, stored)) {
    const headers = { 'www-authenticate': 'Bearer' };
    return { refused: problem('unauthorized', 'Send a vendor token: Authorization: Bearer <token>.', {}, headers) };
  }
  await noteUse(runtime, stored);
  if (stored.scopes.includes(scope)) return { caller: callerOf(stored, token) };
  return { refused: problem('forbidden', `The token lacks the scope ${scope}.`, { scope }) };
}

function callerOf({ hash, name, scopes, expiresAt, requestsPerMinute }: StoredToken, secret: string): Caller {
  return {
    id: hash,
    author: { kind: 'token', id: tokenId(hash), name },
    scopes,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    secret,
  };
}

function isExpired(runtime: Runtime, { expiresAt }: StoredToken): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= runtime.now().getTime();
}

async function noteUse(runtime: Runtime, { hash, lastUsedAt }: StoredToken): Promise<void> {
  const now = runtime.now();
  if (lastUsedAt !== undefined && now.getTime() - Date.parse(lastUsedAt) < LAST_USED_MILLISECONDS) return;
  try {
    await runtime.documents.send(
      new UpdateCommand({
        TableName: runtime.tableName,
        Key: { ...tokenKey(hash) },
        UpdateExpression: 'SET lastUsedAt = :now',
        // Revoked a moment ago, it must not come back.
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':now': now.toISOString() },
      }),
    );
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ConditionalCheckFailedException')) throw error;
  }
}
