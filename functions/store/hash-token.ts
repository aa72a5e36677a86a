import { createHash } from 'node:crypto';

/** Tokens are stored by their SHA-256 (lower-case hex): 256 random bits need no salt and no slow hash. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
