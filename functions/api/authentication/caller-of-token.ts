import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Dependencies } from '../../dependencies.ts';
import { tokenKey } from '../../store/keys.ts';
import { getToken, hashToken, type StoredToken, tokenId } from '../../store/token-item.ts';
import type { Caller } from '../http/caller.ts';

/** No vendor token is longer. */
const MAX_TOKEN_CHARACTERS = 512;
/** The accuracy of `lastUsedAt`: a write per request would cost more than the requests. */
const LAST_USED_MILLISECONDS = 3_600_000;

/** The caller of a vendor token; `undefined` for an unknown, revoked or expired token. */
export async function callerOfToken(dependencies: Dependencies, token: string): Promise<Caller | undefined> {
  const stored = token.length > MAX_TOKEN_CHARACTERS ? undefined : await getToken(dependencies, hashToken(token));
  if (stored === undefined || isExpired(dependencies, stored)) return undefined;
  await noteUse(dependencies, stored);
  const { hash, name, scopes, expiresAt, requestsPerMinute } = stored;
  return {
    id: hash,
    author: { kind: 'token', id: tokenId(hash), name },
    scopes,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    secret: token,
  };
}

function isExpired(dependencies: Dependencies, { expiresAt }: StoredToken): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= dependencies.now().getTime();
}

async function noteUse(dependencies: Dependencies, { hash, lastUsedAt }: StoredToken): Promise<void> {
  const now = dependencies.now();
  if (lastUsedAt !== undefined && now.getTime() - Date.parse(lastUsedAt) < LAST_USED_MILLISECONDS) return;
  try {
    await dependencies.documents.send(
      new UpdateCommand({
        TableName: dependencies.tableName,
        Key: { ...tokenKey(hash) },
        UpdateExpression: 'SET lastUsedAt = :now',
        // The write must not restore a token that was revoked a moment ago.
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':now': now.toISOString() },
      }),
    );
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ConditionalCheckFailedException')) throw error;
  }
}
