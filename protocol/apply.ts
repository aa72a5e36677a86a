import type { JWK } from 'jose';
import { type Content, digestOf, normalizeContent, normalizeLicense } from './content.ts';
import { hasMembers } from './members.ts';
import { CAUSES, isOperation, type Operation } from './operation.ts';
import { MAX_UPDATES, type UpdateFault, type UpdatePayload, verifyUpdate } from './update.ts';

/** Why operations cannot be carried out. */
export const OPERATION_FAULTS = [
  /** Not operations of the protocol. */
  'operation-schema',
  /** Not in the order of the sequence: withdraw, deactivate, assign, replace, activate. */
  'operation-order',
  /** Removes a license that is not there. */
  'remove-missing',
  /** Puts a license that is there already. */
  'put-existing',
] as const;
export type OperationFault = (typeof OPERATION_FAULTS)[number];

/** Why a verified update is not for this container, or not now. */
export const FIT_FAULTS = [
  /** `sub` is another container's serial. */
  'other-container',
  /** It ends at or before the container's own counter: it was applied already. */
  'already-applied',
  /** It starts after the container's own counter: an update in between is missing. */
  'gap',
  /** It starts at the own counter with another digest: the container's line and the vendor's have parted. */
  'from-digest',
  /** The operations do not lead to the signed digest. */
  'to-digest',
] as const;
export type FitFault = (typeof FIT_FAULTS)[number];

/** The check that failed; nothing was applied. */
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

/** What became of a chain. `content` is what is reached in either case: the updates before a refused one stay applied. */
export type ApplyUpdatesResult = {
  readonly content: Content;
  readonly applied: readonly AppliedUpdate[];
  /** How many ended at or before the container's counter. */
  readonly skipped: number;
} & (
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code: ApplyFault;
      /** Which update of the file was refused, from 0; `undefined` when it is the file itself. */
      readonly index?: number;
    }
);

/**
 * Carries out operations on a content, and answers the normalized content that comes out, at the same counter: that one is
 * moved by an update. Neither argument is changed.
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
 * Applies one update to a content, all or nothing: the checks of the protocol in their order, the operations on a copy,
 * and the digest against the signed one. `content` is not changed.
 *
 * @example
 * const result = await applyUpdate(content, serial, update, pinnedKeys);
 * if (result.ok) content = result.content;
 * else console.error(`refused: ${result.code}`);
 */
export async function applyUpdate(
  content: Content,
  serial: string,
  update: unknown,
  pinnedKeys: readonly JWK[],
): Promise<ApplyResult> {
  const verified = await verifyUpdate(update, pinnedKeys);
  if (!verified.ok) return verified;
  const { payload, operations } = verified;
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

/**
 * Applies an update file, `{updates: [...]}`: skips what ends at or before the own counter (once it is verified), applies
 * the rest in order, and stops at the first that is refused. `content` is not changed. Total.
 *
 * @example
 * const result = await applyUpdates(content, serial, file, pinnedKeys);
 * content = result.content;
 * if (!result.ok) console.error(`update ${result.index} refused: ${result.code}`);
 */
export async function applyUpdates(
  content: Content,
  serial: string,
  file: unknown,
  pinnedKeys: readonly JWK[],
): Promise<ApplyUpdatesResult> {
  let reached = content;
  const applied: AppliedUpdate[] = [];
  let skipped = 0;
  if (!hasMembers(file, ['updates']) || !Array.isArray(file.updates)) {
    return { ok: false, code: 'schema', content, applied, skipped };
  }
  if (file.updates.length > MAX_UPDATES) return { ok: false, code: 'too-large', content, applied, skipped };
  for (const [index, update] of file.updates.entries()) {
    const result = await applyUpdate(reached, serial, update, pinnedKeys);
    if (result.ok) {
      reached = result.content;
      applied.push({ payload: result.payload, operations: result.operations });
    } else if (result.code === 'already-applied') {
      skipped += 1;
    } else {
      return { ok: false, code: result.code, index, content: reached, applied, skipped };
    }
  }
  return { ok: true, content: reached, applied, skipped };
}
