import { createHash } from 'node:crypto';
import type { ManualActivation } from '../../../contract/tasks.ts';
import { canonicalJson } from '../../../protocol/index.ts';

/**
 * The same context with the same manual actions is the same request, and is answered by the same reprogramming (T4, T5).
 *
 * @returns SHA-256 over both, base64url (43 characters); nothing where nothing is asked for by hand.
 */
export function requestDigest(
  jti: string,
  activate: readonly ManualActivation[],
  deactivate: readonly string[],
): string {
  if (activate.length === 0 && deactivate.length === 0) return '';
  return createHash('sha256').update(canonicalJson({ jti, activate, deactivate })).digest('base64url');
}
