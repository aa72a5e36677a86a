import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { Dependencies } from '../dependencies.ts';
import { author } from './item-schemas.ts';
import { TOKENS_INDEX, tokenKey } from './keys.ts';
import { findIndexed, getItem, type Page, pageOfIndexed, type RawItem } from './queries.ts';
import { commit, remove, type Write } from './transactions.ts';

const tokenItem = z.object({
  /** SHA-256 of the token, lower-case hex. Its first 16 characters are the token's id. */
  hash: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  /** The token's own rate limit; 0: unlimited. Absent: the deployment's rate limit. */
  requestsPerMinute: z.exactOptional(z.int()),
  /** Who created it with the API. */
  createdBy: z.exactOptional(author),
  createdAt: z.string(),
  expiresAt: z.exactOptional(z.string()),
  lastUsedAt: z.exactOptional(z.string()),
});

/** A token as it is stored: its hash, never the token itself. */
export type StoredToken = z.infer<typeof tokenItem>;

/** Tokens are stored by their SHA-256 (lower-case hex): 256 random bits need no salt and no slow hash. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

const ID_CHARACTERS = 16;

export const tokenId = (hash: string): string => hash.slice(0, ID_CHARACTERS);

export async function getToken(dependencies: Dependencies, hash: string): Promise<StoredToken | undefined> {
  const item = await getItem(dependencies, tokenKey(hash));
  return item === undefined ? undefined : parse(item);
}

/** Finds a token by its id, through the index. */
export async function findToken(dependencies: Dependencies, id: string): Promise<StoredToken | undefined> {
  const item = await findIndexed(dependencies, TOKENS_INDEX, id);
  return item === undefined ? undefined : parse(item);
}

/** The item of a token, which the index lists by the token's id. */
export function tokenItemOf(token: StoredToken): Record<string, unknown> {
  return { ...tokenKey(token.hash), ...token, indexPk: TOKENS_INDEX, indexSk: tokenId(token.hash) };
}

export async function pageOfTokens(
  dependencies: Dependencies,
  limit: number,
  cursor: string | undefined,
): Promise<Page<StoredToken>> {
  return pageOfIndexed(dependencies, TOKENS_INDEX, limit, cursor, parse);
}

/** Changes a token's name and rate limit. @returns `false` when it was revoked meanwhile. */
export async function changeToken(
  dependencies: Dependencies,
  { hash }: StoredToken,
  { name, requestsPerMinute }: Pick<StoredToken, 'name' | 'requestsPerMinute'>,
): Promise<boolean> {
  const limited = requestsPerMinute !== undefined;
  const write: Write = {
    // Updates only these members: requests with the token write its last use at any time.
    Update: {
      TableName: dependencies.tableName,
      Key: { ...tokenKey(hash) },
      UpdateExpression: limited
        ? 'SET #name = :name, requestsPerMinute = :limit'
        : 'SET #name = :name REMOVE requestsPerMinute',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeNames: { '#name': 'name' },
      ExpressionAttributeValues: { ':name': name, ...(limited ? { ':limit': requestsPerMinute } : {}) },
    },
  };
  return (await commit(dependencies, [write])) === 'committed';
}

/** Revokes at once: the next request with the token is refused. */
export async function revokeToken(dependencies: Dependencies, { hash }: StoredToken): Promise<void> {
  await commit(dependencies, [remove(dependencies, tokenKey(hash))]);
}

export function tokenView({ hash, ...token }: StoredToken): object {
  return { id: tokenId(hash), ...token };
}

function parse(item: RawItem): StoredToken {
  return tokenItem.parse(item);
}
