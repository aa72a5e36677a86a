import { createHash } from 'node:crypto';
import type { ManualActivation } from '../../../contract/tasks.ts';
import { canonicalJson } from '../../../protocol/index.ts';

/**
 * Identifies a request: the same context with the same manual actions is answered by the same reprogramming (T4, T5).
 *
 * @returns SHA-256 over both as base64url (43 characters); empty without manual actions.
 */
export function requestDigest(
  jti: string,
  activate: readonly ManualActivation[],
  deactivate: readonly string[],
): string {
  if (activate.length === 0 && deactivate.length === 0) return '';
  return createHash('sha256').update(canonicalJson({ jti, activate, deactivate })).digest('base64url');
}
