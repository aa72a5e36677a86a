/** The development token, which has all scopes. */
import { randomBytes } from 'node:crypto';
import { newToken } from '../functions/store/store-token.ts';
import { createSecretFile, readSecretFile } from './secret-file.ts';

/**
 * Reads the token from a file. If the file does not exist, writes a new token to it, mode 0600.
 * @param path `undefined` for a new token that is only in memory
 */
export function developmentToken(path: string | undefined, warn: (message: string) => void): string {
  return path === undefined
    ? newToken(randomBytes)
    : (readSecretFile(path, warn) ?? createSecretFile(path, `${newToken(randomBytes)}\n`)).trim();
}
