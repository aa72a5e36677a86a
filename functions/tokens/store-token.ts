import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Scope } from '../endpoints.ts';
import type { Runtime } from '../ports.ts';
import { tokenKey } from '../table/keys.ts';
import { hashToken } from './hash-token.ts';

const TOKEN_BYTES = 32;

/** A new vendor token: 256 random bits, base64url, with a prefix that secret scanners can find. */
export function newToken(random: (length: number) => Uint8Array): string {
  return `relicense_${Buffer.from(random(TOKEN_BYTES)).toString('base64url')}`;
}

/** Stores a token's hash with its name and scopes. The token itself is never stored. */
export async function storeToken(
  runtime: Pick<Runtime, 'documents' | 'tableName' | 'now'>,
  { token, name, scopes }: { readonly token: string; readonly name: string; readonly scopes: readonly Scope[] },
): Promise<void> {
  const hash = hashToken(token);
  const item = { ...tokenKey(hash), name, scopes: [...scopes], createdAt: runtime.now().toISOString() };
  await runtime.documents.send(new PutCommand({ TableName: runtime.tableName, Item: item }));
}
