import { type AppliedUpdate, type ApplyFault, applyUpdate } from './apply.ts';
import { type Content, digestOf } from './content.ts';
import { extendKeySets, type KeySet, type KeySetFault, MAX_KEY_SETS, type SignedKeySet } from './key-set.ts';
import { LEASE_TYPE, type LeasePayload, verifyLease } from './lease.ts';
import { readStatement, type StatementFault } from './statement.ts';
import { MAX_UPDATES, type Update } from './update.ts';

/** What the vendor sends to a container: missing key sets, a chain of updates, and a lease. */
export interface UpdateFile {
  readonly keySets?: readonly SignedKeySet[];
  /** Each starts where the one before ends. */
  readonly updates: readonly Update[];
  /** Compact JWS. */
  readonly lease?: string;
}

/** What a container holds: all that an update file can change, and what decides whether it fits. */
export interface Holding {
  readonly serial: string;
  /** In the order of their versions; at least one. The last one decides which keys may sign. */
  readonly keySets: readonly KeySet[];
  readonly content: Content;
  /** JWS of the last applied update; absent in a new container. */
  readonly seal?: string;
  /** JWS of the last lease that the container took. */
  readonly lease?: string;
  /** The highest `iat` of an update or a lease that the container took; 0 in a new container. */
  readonly newestIat: number;
  /** `jti` of the last context that the container made; `''` before the first one. */
  readonly contextJti: string;
}

/** Why a verified lease does not fit this container. */
export const LEASE_FAULTS = [
  /** `iss` is another vendor. */
  'issuer',
  /** `sub` is another container's serial. */
  'other-container',
  /** `re` is not the container's last context. */
  'stale',
  /** `at` is not the container's place. */
  'other-place',
  /** `iat` is below the highest `iat` that the container has seen. */
  'back-in-time',
] as const;
export type LeaseFault = (typeof LEASE_FAULTS)[number];

/** The check that failed, and the part of the file. `index` counts the updates, or the key sets, from 0. */
export type FileFault =
  | { readonly part: 'file'; readonly code: 'schema' | 'too-large' }
  | { readonly part: 'key-sets'; readonly code: KeySetFault; readonly index: number }
  | { readonly part: 'updates'; readonly code: ApplyFault; readonly index: number }
  | { readonly part: 'lease'; readonly code: StatementFault | LeaseFault };

/**
 * `holding` is what the container holds after the parts that were applied, also if a later part is refused. It is the same
 * object as before when nothing was applied.
 */
export interface FileResult {
  readonly holding: Holding;
  readonly applied: readonly AppliedUpdate[];
  /** The number of updates that end at or before the container's counter. */
  readonly skipped: number;
  /** The lease that the container took from the file. */
  readonly lease?: LeasePayload;
  readonly fault?: FileFault;
}

/**
 * Applies an update file: its key sets, its updates, its lease, in this order. Each part is verified, and the first fault ends
 * it. It does not change `holding`, and returns a fault for hostile input instead of throwing. Other members of the file are
 * ignored, so that a saved answer of the server is an update file.
 *
 * @example
 * const { holding: next, fault } = await applyFile(holding, JSON.parse(text));
 * if (fault !== undefined) console.error(`refused: ${fault.code}`);
 */
export async function applyFile(holding: Holding, file: unknown): Promise<FileResult> {
  const nothing = { holding, applied: [], skipped: 0 };
  if (typeof file !== 'object' || file === null) return { ...nothing, fault: { part: 'file', code: 'schema' } };
  const { keySets = [], updates, lease } = file as { keySets?: unknown; updates?: unknown; lease?: unknown };
  if (!Array.isArray(updates) || !Array.isArray(keySets))
    return { ...nothing, fault: { part: 'file', code: 'schema' } };
  if (updates.length > MAX_UPDATES || keySets.length > MAX_KEY_SETS)
    return { ...nothing, fault: { part: 'file', code: 'too-large' } };

  const extended = await extendKeySets(holding.keySets, keySets);
  if (!extended.ok) {
    return { ...nothing, fault: { part: 'key-sets', code: extended.code, index: extended.index } };
  }
  const isExtended = extended.keySets.length > holding.keySets.length;
  const result = await applyUpdates(isExtended ? { ...holding, keySets: extended.keySets } : holding, updates);
  return result.fault !== undefined || lease === undefined ? result : takeLease(result, lease);
}

async function applyUpdates(start: Holding, updates: readonly unknown[]): Promise<FileResult> {
  let holding = start;
  const applied: AppliedUpdate[] = [];
  let skipped = 0;
  for (const [index, update] of updates.entries()) {
    const result = await applyUpdate(holding.content, holding.serial, update, newestOf(holding));
    if (result.ok) {
      const { content, payload, operations } = result;
      // `applyUpdate` has read it as a text.
      const { jws: seal } = update as { jws: string };
      holding = { ...holding, content, seal, newestIat: Math.max(holding.newestIat, payload.iat) };
      applied.push({ payload, operations });
    } else if (result.code === 'already-applied') {
      skipped += 1;
    } else {
      return { holding, applied, skipped, fault: { part: 'updates', code: result.code, index } };
    }
  }
  return { holding, applied, skipped };
}

async function takeLease(before: FileResult, jws: unknown): Promise<FileResult> {
  const { holding } = before;
  // Applying the same file again changes nothing, also after a further context.
  if (jws === holding.lease) return before;
  const refused = (code: StatementFault | LeaseFault): FileResult => ({ ...before, fault: { part: 'lease', code } });
  const keySet = newestOf(holding);
  const verified = await verifyLease(jws, keySet.update);
  if (!verified.ok) return refused(verified.code);
  const { payload: lease } = verified;
  if (lease.iss !== keySet.iss) return refused('issuer');
  if (lease.sub !== holding.serial) return refused('other-container');
  if (lease.re !== holding.contextJti) return refused('stale');
  if (lease.at.counter !== holding.content.counter || lease.at.digest !== (await digestOf(holding.content)))
    return refused('other-place');
  if (lease.iat < holding.newestIat) return refused('back-in-time');
  return { ...before, holding: { ...holding, lease: jws as string, newestIat: lease.iat }, lease };
}

/** The newest key set that a container holds. */
export function newestOf({ keySets }: Pick<Holding, 'keySets'>): KeySet {
  const newest = keySets.at(-1);
  if (newest === undefined) throw new Error('Bug: a container holds at least one key set');
  return newest;
}

/** `jti` of a lease that a container took, as its next context reports it; `''` without one. */
export function leaseIdOf(lease: string | undefined): string {
  if (lease === undefined) return '';
  const read = readStatement(lease, LEASE_TYPE);
  const jti: unknown =
    read.ok && typeof read.payload === 'object' && read.payload !== null ? Reflect.get(read.payload, 'jti') : '';
  return typeof jti === 'string' ? jti : '';
}
