import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Endpoint } from '../endpoints.ts';
import type { Answer } from '../http/answer.ts';
import { problem } from '../http/problem.ts';
import type { Runtime } from '../ports.ts';
import { tokenKey } from '../table/keys.ts';
import { hashToken } from './hash-token.ts';
import { getToken, type StoredToken } from './token-item.ts';

const BEARER = /^Bearer ([\x21-\x7e]{1,512})$/i;
/** How exactly it is known when a token was last used: a write per request would cost more than the requests. */
const LAST_USED_MILLISECONDS = 3_600_000;

/** Who calls: the hash of the token, none where an endpoint needs none. */
export type Caller = { readonly refused: Answer } | { readonly token?: string };

/**
 * Whether the caller may use the endpoint. Nothing is said about what exists: the token is looked at before the request.
 */
export async function authorize(runtime: Runtime, endpoint: Endpoint, header: string | undefined): Promise<Caller> {
  if (endpoint.scope === undefined) return {};
  const [, token] = BEARER.exec(header ?? '') ?? [];
  const stored = token === undefined ? undefined : await getToken(runtime, hashToken(token));
  if (stored === undefined || isExpired(runtime, stored)) {
    const headers = { 'www-authenticate': 'Bearer' };
    return { refused: problem('unauthorized', 'Send a vendor token: Authorization: Bearer <token>.', {}, headers) };
  }
  await noteUse(runtime, stored);
  if (stored.scopes.includes(endpoint.scope)) return { token: stored.hash };
  return { refused: problem('forbidden', `The token lacks the scope ${endpoint.scope}.`, { scope: endpoint.scope }) };
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
