import { answerBytes } from '../../../contract/answer-bytes.ts';
import type { PlannedChange } from '../../../domain/sequence.ts';
import { normalizeLicense, type Operation, type Update } from '../../../protocol/index.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { Reprogramming } from '../../store/reprogramming-item.ts';
import type { StoredUpdate } from '../../store/update-item.ts';
import { loadPlansAndUpdates } from '../containers/container.ts';
import { resigned } from '../keys/resigned.ts';

/** Bytes of a chain in one answer: Lambda returns at most 6 MB, which also include the rest of the answer. */
export const MAX_CHAIN_BYTES = 5_000_000;

/** A chain of issued updates, or the beginning of it that fits in one answer. */
export interface Chain {
  readonly updates: readonly Update[];
  /** The chain continues: the answer to the context after these updates has the rest (T1). */
  readonly more?: true;
}

export const NO_CHAIN: Chain = { updates: [] };

/**
 * @returns the chain of issued updates from `counter` (exclusive) to `to` (inclusive), the same bytes each time (T1, T4) while
 * their keys are in the newest key set (K3).
 *
 * @param read a plan and its update that the caller has read: they are not read again if they are the whole chain
 */
export async function chainFrom(
  dependencies: Dependencies,
  serial: string,
  counter: number,
  to: number,
  read?: { readonly plan: Reprogramming; readonly update: StoredUpdate },
): Promise<Chain> {
  if (counter >= to) return NO_CHAIN;
  const isRead = read?.plan.counter === to && counter + 1 === to;
  const { planned, updates } = isRead
    ? { planned: [read.plan], updates: [read.update] }
    : await loadPlansAndUpdates(dependencies, serial, { from: counter + 1, to }, to);
  const plansByCounter = new Map(planned.map((plan) => [plan.counter, plan]));
  return beginningOf(
    (await resigned(dependencies, serial, updates)).map(({ counter: at, jws }) => {
      const plan = plansByCounter.get(at);
      if (plan === undefined) throw new Error(`The plan of update ${at} of container ${serial} is missing`);
      return { jws, operations: plan.changes.map(operationOf) };
    }),
  );
}

function beginningOf(updates: readonly Update[]): Chain {
  let bytes = 0;
  for (const [index, update] of updates.entries()) {
    bytes += answerBytes(update);
    // One update is always returned; otherwise the container could never continue.
    if (bytes > MAX_CHAIN_BYTES && index > 0) return { updates: updates.slice(0, index), more: true };
  }
  return { updates };
}

function operationOf(change: PlannedChange): Operation {
  if (change.op === 'remove') return { op: 'remove', license: change.license.id, cause: change.step };
  return { op: 'put', license: normalizeLicense(change.license), cause: change.step };
}
