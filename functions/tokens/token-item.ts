import * as z from 'zod/mini';
import type { Runtime } from '../ports.ts';
import { commit, remove } from '../table/commit.ts';
import { TOKENS_INDEX, tokenKey } from '../table/keys.ts';
import { getIndexed, getItem, type Page, queryIndex, type RawItem } from '../table/read.ts';
import { exact } from '../table/stored.ts';

const tokenItem = z.object({
  /** SHA-256 of the token, lower-case hex; its beginning is the token's id. */
  hash: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  createdAt: z.string(),
  expiresAt: z.optional(z.string()),
  lastUsedAt: z.optional(z.string()),
});

/** What is stored of a token: never the token itself. */
export type StoredToken = z.infer<typeof tokenItem>;

const ID_CHARACTERS = 16;

export const tokenId = (hash: string): string => hash.slice(0, ID_CHARACTERS);

export async function getToken(runtime: Runtime, hash: string): Promise<StoredToken | undefined> {
  const item = await getItem(runtime, tokenKey(hash));
  return item === undefined ? undefined : parse(item);
}

/** The item of a token, listed in the index by its id. */
export function tokenItemOf(token: StoredToken): Record<string, unknown> {
  return { ...tokenKey(token.hash), ...token, indexPk: TOKENS_INDEX, indexSk: tokenId(token.hash) };
}

export async function pageOfTokens(
  runtime: Runtime,
  limit: number,
  cursor: string | undefined,
): Promise<Page<StoredToken>> {
  const page = await queryIndex(runtime, TOKENS_INDEX, limit, cursor);
  const items = await getIndexed(runtime, page.items);
  return { ...page, items: items.map(parse) };
}

/** Revokes at once: the next request with the token is refused. `false` when no token has this id. */
export async function revoke(runtime: Runtime, id: string): Promise<boolean> {
  let cursor: string | undefined;
  do {
    const page = await queryIndex(runtime, TOKENS_INDEX, 1000, cursor);
    const found = page.items.find((entry) => entry.indexSk === id);
    if (found !== undefined) return (await commit(runtime, [remove(runtime, found)])) === 'committed';
    cursor = page.next;
  } while (cursor !== undefined);
  return false;
}

export function tokenView({ hash, ...token }: StoredToken): object {
  return { id: tokenId(hash), ...token };
}

function parse(item: RawItem): StoredToken {
  return exact(tokenItem.parse(item)) as StoredToken;
}
