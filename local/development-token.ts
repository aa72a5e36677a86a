/** The token with all scopes that a person at this machine works with. */
import { randomBytes } from 'node:crypto';
import { newToken } from '../functions/store/store-token.ts';
import { createSecretFile, readSecretFile } from './secret-file.ts';

/**
 * The token kept in `path`, made there (mode 0600) at first start.
 * @param path `undefined` keeps a new one in memory only.
 */
export function keptToken(path: string | undefined, warn: (message: string) => void): string {
  return path === undefined
    ? newToken(randomBytes)
    : (readSecretFile(path, warn) ?? createSecretFile(path, `${newToken(randomBytes)}\n`)).trim();
}
