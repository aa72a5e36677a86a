import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Scope } from '../../contract/scopes.ts';
import type { Dependencies } from '../dependencies.ts';
import { hashToken, tokenItemOf } from './token-item.ts';

const TOKEN_BYTES = 32;

/** @returns a new vendor token: 256 random bits as base64url, with a prefix that secret scanners find. */
export function newToken(random: (length: number) => Uint8Array): string {
  return `relicense_${Buffer.from(random(TOKEN_BYTES)).toString('base64url')}`;
}

export interface NewToken {
  readonly token: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** RFC 3339 UTC. Absent: the token is valid until it is revoked. */
  readonly expiresAt?: string;
  /** The token's own rate limit; 0: unlimited. Absent: the deployment's rate limit. */
  readonly requestsPerMinute?: number;
}

/** Stores a token's hash with its name and scopes. The token itself is never stored. */
export async function storeToken(
  dependencies: Pick<Dependencies, 'documents' | 'tableName' | 'now'>,
  { token, name, scopes, ...more }: NewToken,
): Promise<void> {
  const createdAt = dependencies.now().toISOString();
  const Item = tokenItemOf({ hash: hashToken(token), name, scopes: [...scopes], createdAt, ...more });
  await dependencies.documents.send(new PutCommand({ TableName: dependencies.tableName, Item }));
}
