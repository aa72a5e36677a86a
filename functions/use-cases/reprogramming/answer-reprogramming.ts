import type { Refusal } from '../../../domain/refusal.ts';
import { type Decision, type Executed, executedBy } from '../../../domain/reprogramming.ts';
import { type Answer, answer } from '../../api/answer.ts';
import { refuse } from '../../api/problem.ts';
import type { Dependencies } from '../../dependencies.ts';
import { parseHead } from '../../store/container-head-item.ts';
import { afterPrefix, containerKey, outcomeKey, reprogrammingKey } from '../../store/keys.ts';
import { getItem, getItems, queryRange, type RawItem } from '../../store/queries.ts';
import { parseReprogrammings, type Reprogramming } from '../../store/reprogramming-item.ts';
import { parseOutcome } from '../../store/request-outcome-item.ts';
import { parseReprogrammingId } from './reprogramming-id.ts';
import { type Chain, chainFrom, NO_CHAIN } from './update-chain.ts';

export const NOTHING_EXECUTED: Executed = { withdraw: [], deactivate: [], assign: [], replace: [], activate: [] };

/** How far a reprogramming has come. `planning`: its execution has not planned it yet. */
export type ReprogrammingProgress =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'planning' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'nothing'; readonly dropped: Reprogramming['dropped']; readonly answeredBy?: string }
  | {
      readonly kind: 'planned' | 'issued' | 'confirmed';
      readonly reprogramming: Reprogramming;
      readonly issued: number;
    };

/** Looks a reprogramming up by its id. */
export async function progressOf(dependencies: Dependencies, id: string): Promise<ReprogrammingProgress> {
  const where = parseReprogrammingId(id);
  if (where === undefined) return { kind: 'unknown' };
  const { serial, counter } = where;
  const [headItem, found] = await Promise.all([
    getItem(dependencies, containerKey(serial)),
    findReprogramming(dependencies, serial, counter, id),
  ]);
  if (found !== undefined && headItem !== undefined) {
    const head = parseHead(headItem);
    // T7: whatever was issued before, and whoever asks for it.
    if (head.status !== 'active') return { kind: 'refused', refusal: { code: 'container-retired', container: serial } };
    const issued = head.issued.counter;
    const kind = found.counter <= head.confirmed.counter ? 'confirmed' : found.counter <= issued ? 'issued' : 'planned';
    return { kind, reprogramming: found, issued };
  }
  const stored = await getItem(dependencies, outcomeKey(serial, id));
  if (stored !== undefined) return progressOfOutcome(stored);
  return (await dependencies.workflow.isRunning(id)) ? { kind: 'planning' } : { kind: 'unknown' };
}

function progressOfOutcome(stored: RawItem): ReprogrammingProgress {
  const outcome = parseOutcome(stored);
  if (outcome.kind === 'refused') return { kind: 'refused', refusal: outcome.refusal as unknown as Refusal };
  const dropped = outcome.dropped as Reprogramming['dropped'];
  return {
    kind: 'nothing',
    dropped,
    ...(outcome.answeredBy === undefined ? {} : { answeredBy: outcome.answeredBy }),
  };
}

/**
 * Looks whether it has come to its end: one small read, while its plan may have thousands of changes. The outcome says that
 * there will be no update; the head says when one is issued at the counter where it is expected, or after it, and only then
 * it is looked up. `undefined`: not yet.
 */
export async function findCompletion(
  dependencies: Dependencies,
  id: string,
): Promise<ReprogrammingProgress | undefined> {
  const where = parseReprogrammingId(id);
  if (where === undefined) return { kind: 'unknown' };
  const [headKey, storedKey] = [containerKey(where.serial), outcomeKey(where.serial, id)];
  const items = await getItems(dependencies, [headKey, storedKey]);
  const stored = items.find(({ sk }) => sk === storedKey.sk);
  if (stored !== undefined) return progressOfOutcome(stored);
  const head = items.find(({ sk }) => sk === headKey.sk);
  if (head === undefined || parseHead(head).issued.counter < where.counter) return undefined;
  return progressOf(dependencies, id);
}

/** It stands at the counter where it was expected, or after it when others came first. */
async function findReprogramming(
  dependencies: Dependencies,
  serial: string,
  counter: number,
  id: string,
): Promise<Reprogramming | undefined> {
  const key = reprogrammingKey(serial, counter);
  const [expected] = parseReprogrammings(
    await queryRange(dependencies, { pk: key.pk, from: key.sk, to: afterPrefix(key.sk) }),
  );
  if (expected === undefined || expected.id === id) return expected;
  const items = await queryRange(dependencies, {
    pk: key.pk,
    from: afterPrefix(key.sk),
    to: afterPrefix('REPROGRAMMING'),
  });
  return parseReprogrammings(items).find((one) => one.id === id);
}

/** The depot's shape. `contextCounter` overrides the counter from which the chain is told. */
export async function answerProgress(
  dependencies: Dependencies,
  id: string,
  progress: Exclude<ReprogrammingProgress, { kind: 'unknown' }>,
  contextCounter?: number,
): Promise<Answer> {
  switch (progress.kind) {
    case 'planning':
      return answer(202, { id, status: 'planned', executed: NOTHING_EXECUTED, dropped: [], updates: [] }, location(id));
    case 'refused':
      return refuse(progress.refusal);
    case 'nothing':
      return answerNothing(dependencies, id, progress, contextCounter);
    case 'planned':
      return answer(202, shape(progress.reprogramming, 'planned', NO_CHAIN), location(id));
    case 'issued':
    case 'confirmed': {
      const { reprogramming, issued, kind } = progress;
      const chain = await chainFrom(dependencies, serialOf(id), contextCounter ?? reprogramming.contextCounter, issued);
      return answer(200, shape(reprogramming, kind, chain));
    }
  }
}

/** Nothing was left to do: the answer is the last outstanding reprogramming (T4), or that nothing changed (Q5). */
async function answerNothing(
  dependencies: Dependencies,
  id: string,
  { answeredBy, dropped }: Extract<ReprogrammingProgress, { kind: 'nothing' }>,
  contextCounter: number | undefined,
): Promise<Answer> {
  if (answeredBy !== undefined) {
    const earlier = await progressOf(dependencies, answeredBy);
    if (earlier.kind !== 'unknown') {
      const response = await answerProgress(dependencies, answeredBy, earlier, contextCounter);
      return withDropped(response, dropped);
    }
  }
  return answer(200, { id, status: 'unchanged', executed: NOTHING_EXECUTED, dropped, updates: [] });
}

/** The earlier reprogramming's answer, with what this request had to drop. */
export function withDropped(response: Answer, dropped: Reprogramming['dropped']): Answer {
  return dropped.length === 0 ? response : { ...response, body: { ...(response.body as object), dropped } };
}

function shape(reprogramming: Reprogramming, status: string, chain: Chain): object {
  const { id, changes, dropped } = reprogramming;
  return { id, status, executed: executedBy(changes), dropped, ...chain };
}

/** What a preview shows: the decision, with nothing done, and the chain as it stands (T1). */
export function answerPreview(
  id: string,
  decision: Extract<Decision, { kind: 'reprogram' | 'nothing' }>,
  chain: Chain,
): Answer {
  const executed = decision.kind === 'reprogram' ? executedBy(decision.changes) : NOTHING_EXECUTED;
  return answer(200, { id, status: 'previewed', executed, dropped: decision.dropped, ...chain });
}

function serialOf(id: string): string {
  return parseReprogrammingId(id)?.serial ?? '';
}

function location(id: string): Record<string, string> {
  return { location: `/depot/reprogrammings/${id}`, 'retry-after': '1' };
}
