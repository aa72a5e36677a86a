import { defined } from '../../../domain/defined.ts';
import { assertNever } from '../../../domain/license.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import { type Decision, type Executed, executedBy } from '../../../domain/reprogramming.ts';
import type { Dependencies } from '../../dependencies.ts';
import { getHead, type Head, parseHead } from '../../store/container-head-item.ts';
import { afterPrefix, containerKey, type Key, outcomeKey, reprogrammingKey, updateKey } from '../../store/keys.ts';
import { getItem, getItems, queryRange, type RawItem } from '../../store/queries.ts';
import { isWhole, parseReprogrammings, type Reprogramming } from '../../store/reprogramming-item.ts';
import { parseOutcome } from '../../store/request-outcome-item.ts';
import { parseUpdate, type StoredUpdate } from '../../store/update-item.ts';
import { loadReprogrammings } from '../containers/container.ts';
import { parseReprogrammingId } from './reprogramming-id.ts';
import { type Chain, chainFrom, NO_CHAIN } from './update-chain.ts';

const NOTHING_EXECUTED: Executed = { withdraw: [], deactivate: [], assign: [], replace: [], activate: [] };

/** The progress of a reprogramming. `planning`: its execution has not planned it yet. */
export type ReprogrammingProgress =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'planning' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'nothing'; readonly dropped: Reprogramming['dropped']; readonly answeredBy?: string }
  | {
      readonly kind: 'planned' | 'issued' | 'confirmed';
      readonly reprogramming: Reprogramming;
      readonly issued: number;
      /** The update of the reprogramming, if it was read with it. */
      readonly update?: StoredUpdate;
    };

/** The progress of the reprogramming with this id; `unknown` if the table does not have it. */
export async function progressOf(dependencies: Dependencies, id: string): Promise<ReprogrammingProgress> {
  const where = parseReprogrammingId(id);
  if (where === undefined) return { kind: 'unknown' };
  const { serial, counter } = where;
  const [head, found] = await Promise.all([
    getHead(dependencies, serial),
    findReprogramming(dependencies, serial, counter, id),
  ]);
  if (found !== undefined && head !== undefined) return progressOfPlan(head, found);
  const stored = await getItem(dependencies, outcomeKey(serial, id));
  if (stored !== undefined) return progressOfOutcome(stored);
  return (await dependencies.workflow.isRunning(id)) ? { kind: 'planning' } : { kind: 'unknown' };
}

function progressOfOutcome(stored: RawItem): ReprogrammingProgress {
  const outcome = parseOutcome(stored);
  if (outcome.kind === 'refused') return { kind: 'refused', refusal: outcome.refusal };
  return defined({ kind: 'nothing' as const, dropped: outcome.dropped, answeredBy: outcome.answeredBy });
}

/** What {@link findCompletion} reads: `whole` also reads the plan and the update, for a plan that is known to be small. */
export type CompletionRead = 'short' | 'whole';

/**
 * Checks for the end of a reprogramming with one call. A plan, which can have thousands of changes, is read only when the head
 * shows an update at the expected counter or above, unless it is small. A stored outcome means that no update follows.
 * @returns `undefined` while neither is there.
 */
export async function findCompletion(
  dependencies: Dependencies,
  id: string,
  read: CompletionRead = 'short',
): Promise<ReprogrammingProgress | undefined> {
  const where = parseReprogrammingId(id);
  if (where === undefined) return { kind: 'unknown' };
  const { serial, counter } = where;
  const keys = { head: containerKey(serial), outcome: outcomeKey(serial, id) };
  const [planKey, itsUpdateKey] = [reprogrammingKey(serial, counter), updateKey(serial, counter)];
  const more = read === 'whole' ? [planKey, itsUpdateKey] : [];
  const items = await getItems(dependencies, [keys.head, keys.outcome, ...more]);
  const itemOf = ({ sk }: Key): RawItem | undefined => items.find((item) => item.sk === sk);
  const stored = itemOf(keys.outcome);
  if (stored !== undefined) return progressOfOutcome(stored);
  const headItem = itemOf(keys.head);
  const head = headItem === undefined ? undefined : parseHead(headItem);
  if (head === undefined || head.issued.counter < counter) return undefined;
  return progressOfRead(head, id, itemOf(planKey), itemOf(itsUpdateKey)) ?? progressOf(dependencies, id);
}

/** The progress by the items at the expected counter; `undefined` if they are of another reprogramming, or were not all read. */
function progressOfRead(
  head: Head,
  id: string,
  planItem: RawItem | undefined,
  updateItem: RawItem | undefined,
): ReprogrammingProgress | undefined {
  if (planItem === undefined || updateItem === undefined || !isWhole(planItem)) return undefined;
  const [reprogramming] = parseReprogrammings([planItem]);
  const update = parseUpdate(updateItem);
  if (reprogramming?.id !== id || update.reprogramming !== id) return undefined;
  return progressOfPlan(head, reprogramming, update);
}

function progressOfPlan(head: Head, reprogramming: Reprogramming, update?: StoredUpdate): ReprogrammingProgress {
  // T7: also for an update that was issued before the retirement.
  if (head.status !== 'active') {
    return { kind: 'refused', refusal: { code: 'container-retired', container: head.serial } };
  }
  const { counter } = reprogramming;
  const issued = head.issued.counter;
  const kind = counter <= head.confirmed.counter ? 'confirmed' : counter <= issued ? 'issued' : 'planned';
  return defined({ kind, reprogramming, issued, update });
}

/** Searches at the expected counter, then above it: other reprogrammings can have been planned first. */
async function findReprogramming(
  dependencies: Dependencies,
  serial: string,
  counter: number,
  id: string,
): Promise<Reprogramming | undefined> {
  const [expected] = await loadReprogrammings(dependencies, serial, counter, counter);
  if (expected === undefined || expected.id === id) return expected;
  const { pk, sk } = reprogrammingKey(serial, counter);
  const items = await queryRange(dependencies, { pk, from: afterPrefix(sk), to: afterPrefix('REPROGRAMMING') });
  return parseReprogrammings(items).find((one) => one.id === id);
}

/** The result of a request for a reprogramming, or of a question about one. */
export type ReprogrammingResult =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | {
      readonly kind: 'planned' | 'issued' | 'confirmed' | 'unchanged' | 'previewed';
      readonly id: string;
      readonly executed: Executed;
      readonly dropped: Reprogramming['dropped'];
      readonly chain: Chain;
    };

/** Adds the chain of updates to the progress. The chain starts at `contextCounter`, or else at the counter of the request. */
export async function resultOfProgress(
  dependencies: Dependencies,
  id: string,
  progress: Exclude<ReprogrammingProgress, { kind: 'unknown' }>,
  contextCounter?: number,
): Promise<ReprogrammingResult> {
  switch (progress.kind) {
    case 'planning':
      return { kind: 'planned', id, executed: NOTHING_EXECUTED, dropped: [], chain: NO_CHAIN };
    case 'refused':
      return progress;
    case 'nothing':
      return resultOfNothing(dependencies, id, progress, contextCounter);
    case 'planned':
      return resultOf(progress.reprogramming, progress.kind, NO_CHAIN);
    case 'issued':
    case 'confirmed': {
      const { reprogramming, issued, kind, update } = progress;
      const read = update === undefined ? undefined : { plan: reprogramming, update };
      const from = contextCounter ?? reprogramming.contextCounter;
      const chain = await chainFrom(dependencies, serialOf(id), from, issued, read);
      return resultOf(reprogramming, kind, chain);
    }
    default:
      return assertNever(progress);
  }
}

/** Nothing was left to do: the result is the last outstanding reprogramming (T4), or `unchanged` (Q5). */
async function resultOfNothing(
  dependencies: Dependencies,
  id: string,
  { answeredBy, dropped }: Extract<ReprogrammingProgress, { kind: 'nothing' }>,
  contextCounter: number | undefined,
): Promise<ReprogrammingResult> {
  if (answeredBy !== undefined) {
    const earlier = await progressOf(dependencies, answeredBy);
    if (earlier.kind !== 'unknown') {
      return withDropped(await resultOfProgress(dependencies, answeredBy, earlier, contextCounter), dropped);
    }
  }
  return unchanged(id, dropped);
}

export function unchanged(id: string, dropped: Reprogramming['dropped']): ReprogrammingResult {
  return { kind: 'unchanged', id, executed: NOTHING_EXECUTED, dropped, chain: NO_CHAIN };
}

/** The result of an earlier reprogramming, with the actions that this request dropped. */
export function withDropped(result: ReprogrammingResult, dropped: Reprogramming['dropped']): ReprogrammingResult {
  return dropped.length === 0 || result.kind === 'refused' ? result : { ...result, dropped };
}

function resultOf(
  { id, changes, dropped }: Reprogramming,
  kind: 'planned' | 'issued' | 'confirmed',
  chain: Chain,
): ReprogrammingResult {
  return { kind, id, executed: executedBy(changes), dropped, chain };
}

/** The result of a preview: the decision, of which nothing is executed, and the chain of the updates issued so far (T1). */
export function previewed(
  id: string,
  decision: Extract<Decision, { kind: 'reprogram' | 'nothing' }>,
  chain: Chain,
): ReprogrammingResult {
  const executed = decision.kind === 'reprogram' ? executedBy(decision.changes) : NOTHING_EXECUTED;
  return { kind: 'previewed', id, executed, dropped: decision.dropped, chain };
}

function serialOf(id: string): string {
  return parseReprogrammingId(id)?.serial ?? '';
}
