/** Shortens a history that violates a rule: removes steps, commands and faults while it violates the same rule. */
import { type History, type HistoryResult, type RunOptions, runHistory, type Step } from './history.ts';

export interface Shrunk {
  readonly history: History;
  readonly result: HistoryResult;
  /** How many histories were tried. */
  readonly tried: number;
}

/** Delta debugging: removes pieces, large ones first, while the same rule is violated. */
export async function shrink(history: History, options: RunOptions, patienceMilliseconds: number): Promise<Shrunk> {
  const until = performance.now() + patienceMilliseconds;
  let best = history;
  let result = await runHistory(best, options);
  const rule = result.violation?.rule;
  let tried = 1;

  const attempt = async (steps: readonly Step[]): Promise<boolean> => {
    if (performance.now() > until) return false;
    const candidate = { ...best, steps };
    tried += 1;
    const outcome = await runHistory(candidate, options);
    if (outcome.violation === undefined || outcome.violation.rule !== rule) return false;
    best = candidate;
    result = outcome;
    return true;
  };

  // What follows the violation cannot have caused it.
  await attempt(best.steps.slice(0, result.steps + 1));
  for (let hasShrunk = true; hasShrunk; ) {
    const before = sizeOf(best);
    for (let size = best.steps.length >> 1; size >= 1; size >>= 1) {
      for (let start = best.steps.length - size; start >= 0; start -= size) {
        await attempt([...best.steps.slice(0, start), ...best.steps.slice(start + size)]);
      }
    }
    for (const [index, step] of best.steps.entries()) {
      for (const simpler of simplerSteps(step)) {
        if (await attempt(best.steps.with(index, simpler))) break;
      }
    }
    hasShrunk = sizeOf(best) < before;
  }
  return { history: best, result, tried };
}

function* simplerSteps(step: Step): Generator<Step> {
  const { commands, faults } = step;
  if (faults.length > 0) yield { ...step, faults: [] };
  if (commands.length > 1) for (const command of commands) yield { ...step, commands: [command] };
  for (const [index] of faults.entries()) yield { ...step, faults: faults.toSpliced(index, 1) };
  for (const [index] of commands.entries()) yield { ...step, commands: commands.toSpliced(index, 1) };
}

function sizeOf({ steps }: History): number {
  return steps.reduce((sum, { commands, faults }) => sum + 1 + commands.length + faults.length, 0);
}
