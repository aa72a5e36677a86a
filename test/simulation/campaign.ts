/** Runs many histories one after the other, and adds up their coverage. */
import type { FaultKind } from './faults.ts';
import {
  type History,
  type HistoryOptions,
  type HistoryResult,
  historyOf,
  type RunOptions,
  runHistory,
} from './history.ts';

export interface Tally {
  histories: number;
  steps: number;
  requests: number;
  transactions: number;
  reprogrammings: number;
  receipts: number;
  readonly fired: Map<FaultKind, number>;
  readonly coverage: Map<string, number>;
}

export const newTally = (): Tally => ({
  histories: 0,
  steps: 0,
  requests: 0,
  transactions: 0,
  reprogrammings: 0,
  receipts: 0,
  fired: new Map(),
  coverage: new Map(),
});

export function add(
  tally: Tally,
  other: Omit<Tally, 'fired' | 'coverage'> & Pick<HistoryResult, 'fired' | 'coverage'>,
): void {
  tally.histories += other.histories;
  tally.steps += other.steps;
  tally.requests += other.requests;
  tally.transactions += other.transactions;
  tally.reprogrammings += other.reprogrammings;
  tally.receipts += other.receipts;
  addCounts(tally.fired, other.fired);
  addCounts(tally.coverage, other.coverage);
}

function addCounts<Name>(counts: Map<Name, number>, more: ReadonlyMap<Name, number>): void {
  for (const [name, number] of more) counts.set(name, (counts.get(name) ?? 0) + number);
}

/**
 * The length of a history and its number of containers. Every fourth history has no faults, so that undisturbed runs are
 * tested too. One in sixteen imports nothing.
 */
export function optionsOf(seed: number): HistoryOptions {
  return { faults: seed % 4 !== 0, steps: 40, containers: 2 + (seed % 3), hoards: seed % 16 === 5 };
}

export interface Campaign {
  readonly tally: Tally;
  /** The first history that violates an invariant. */
  readonly broken?: { readonly history: History; readonly result: HistoryResult };
}

/**
 * Runs the histories of `first`, `first + stride`, … until `isEnough` or until one violates an invariant. `onHistory`
 * receives the tally of each.
 */
export async function runCampaign(
  options: RunOptions,
  seeds: { readonly first: number; readonly stride: number },
  isEnough: (tally: Tally) => boolean,
  onHistory: (one: Tally) => void = () => undefined,
): Promise<Campaign> {
  const tally = newTally();
  for (let seed = seeds.first; !isEnough(tally); seed += seeds.stride) {
    const history = historyOf(seed, optionsOf(seed));
    const result = await runHistory(history, options);
    const one = newTally();
    add(one, { ...result, histories: 1 });
    add(tally, one);
    onHistory(one);
    if (result.violation !== undefined) return { tally, broken: { history, result } };
  }
  return { tally };
}
