import { type Content, digestOf, normalizeContent, normalizeLicense } from './content.ts';
import type { KeySetPayload } from './key-set.ts';
import { CAUSES, isOperation, type Operation } from './operation.ts';
import { type UpdateFault, type UpdatePayload, verifyUpdate } from './update.ts';

/** Why `applyOperations` refuses operations. */
export const OPERATION_FAULTS = [
  /** One of them is not an operation of the protocol. */
  'operation-schema',
  /** Their causes are not in the order of the sequence: withdraw, deactivate, assign, replace, activate. */
  'operation-order',
  /** One removes a license that the content does not have. */
  'remove-missing',
  /** One puts a license that the content has already. */
  'put-existing',
] as const;
export type OperationFault = (typeof OPERATION_FAULTS)[number];

/** Why a verified update does not fit this container, or not yet. */
export const FIT_FAULTS = [
  /** `iss` is not the vendor whose key sets the container holds. */
  'issuer',
  /** `sub` is another container's serial. */
  'other-container',
  /** It ends at or before the container's counter: the container has applied it. */
  'already-applied',
  /** It starts after the container's counter: an update in between is missing. */
  'gap',
  /** It starts at the container's counter with another digest: the container has diverged from the vendor's chain. */
  'from-digest',
  /** The content after the operations does not have the signed digest. */
  'to-digest',
] as const;
export type FitFault = (typeof FIT_FAULTS)[number];

/** The check that failed. The update was not applied. */
export type ApplyFault = UpdateFault | OperationFault | FitFault;

export type OperationsResult =
  | { readonly ok: true; readonly content: Content }
  | { readonly ok: false; readonly code: OperationFault };

export type ApplyResult =
  | {
      readonly ok: true;
      readonly content: Content;
      readonly payload: UpdatePayload;
      readonly operations: readonly Operation[];
    }
  | { readonly ok: false; readonly code: ApplyFault };

/** An update that was applied. */
export interface AppliedUpdate {
  readonly payload: UpdatePayload;
  readonly operations: readonly Operation[];
}

/**
 * Applies operations to a content and returns the normalized result at the same counter. It does not change its arguments,
 * and returns a code for hostile input instead of throwing.
 */
export function applyOperations(content: Content, operations: readonly unknown[]): OperationsResult {
  const licenses = new Map(content.licenses.map((license) => [license.id, license]));
  let step = 0;
  for (const operation of operations) {
    if (!isOperation(operation)) return { ok: false, code: 'operation-schema' };
    const next = CAUSES.indexOf(operation.cause);
    if (next < step) return { ok: false, code: 'operation-order' };
    step = next;
    if (operation.op === 'remove') {
      if (!licenses.delete(operation.license)) return { ok: false, code: 'remove-missing' };
    } else {
      if (licenses.has(operation.license.id)) return { ok: false, code: 'put-existing' };
      licenses.set(operation.license.id, normalizeLicense(operation.license));
    }
  }
  return { ok: true, content: normalizeContent({ counter: content.counter, licenses: [...licenses.values()] }) };
}

/**
 * Verifies one update and applies it to a content, all or nothing: it runs the protocol's checks in their order, applies
 * the operations to a copy, and compares the digest with the signed one. `serial` is the container's; `keySet` is the
 * newest one that it holds. It does not change `content`, and returns a code for hostile input instead of throwing.
 *
 * @example
 * const result = await applyUpdate(content, serial, update, keySet);
 * if (result.ok) content = result.content;
 * else console.error(`refused: ${result.code}`);
 */
export async function applyUpdate(
  content: Content,
  serial: string,
  update: unknown,
  { iss, update: keys }: Pick<KeySetPayload, 'iss' | 'update'>,
): Promise<ApplyResult> {
  const verified = await verifyUpdate(update, keys);
  if (!verified.ok) return verified;
  const { payload, operations } = verified;
  if (payload.iss !== iss) return { ok: false, code: 'issuer' };
  if (payload.sub !== serial) return { ok: false, code: 'other-container' };
  if (payload.to.counter <= content.counter) return { ok: false, code: 'already-applied' };
  if (payload.from.counter !== content.counter) return { ok: false, code: 'gap' };
  if (payload.from.digest !== (await digestOf(content))) return { ok: false, code: 'from-digest' };
  const changed = applyOperations(content, operations);
  if (!changed.ok) return changed;
  const reached: Content = { counter: payload.to.counter, licenses: changed.content.licenses };
  if (payload.to.digest !== (await digestOf(reached))) return { ok: false, code: 'to-digest' };
  return { ok: true, content: reached, payload, operations };
}
