import type { Tally } from './campaign.ts';
import type { Shrunk } from './shrink.ts';

/** Faults after which an invocation, or all of them, ended. */
const CRASHES = ['stop-before', 'stop-after', 'restart', 'frozen-task', 'execution-stopped'] as const;

/** Which rules (design, section 3) each counted name covers. */
const RULES: Readonly<Record<string, readonly string[]>> = {
  'executed withdraw': ['W2', 'W3', 'W4', 'Q1'],
  'executed deactivate': ['Q1', 'T4'],
  'executed assign': ['A1', 'Q1'],
  'executed replace': ['R2', 'Q1'],
  'executed activate': ['Q1', 'T4', 'T6'],
  dropped: ['Q3'],
  'manual-conflict': ['Q4', 'Q6'],
  'dependency-violation': ['W2', 'Q2', 'Q7', 'A2'],
  'reprogramming-in-flight': ['W6'],
  'license-final': ['W1', 'R1', 'R4'],
  'container-diverged': ['T3'],
  'container-retired': ['T7'],
  'withdrawn at once': ['W1', 'A2'],
  'replaced at once': ['R1', 'R5'],
  'withdrawn after a return': ['W5'],
  'offered after a return': ['R3'],
  cancelled: ['W6'],
  'order on an order': ['W7'],
  receipt: ['T1', 'T2'],
  unchanged: ['Q5'],
  repeated: ['T5'],
  push: ['P1'],
};

/** The rules that these histories covered. */
function rulesCovered({ coverage }: Tally): string[] {
  return [...new Set([...coverage.keys()].flatMap((name) => RULES[name] ?? []))].sort();
}

const ALL_RULES: readonly string[] = [...new Set(Object.values(RULES).flat())].sort();

const number = (value: number): string => value.toLocaleString('en');

/** The summary of a run in a few lines. */
export function summaryOf(tally: Tally, seconds: number): string {
  const list = (counts: ReadonlyMap<string, number>): string =>
    [...counts]
      .sort(([, one], [, other]) => other - one)
      .map(([name, count]) => `${name} ${number(count)}`)
      .join(', ');
  const crashes = CRASHES.reduce((sum, kind) => sum + (tally.fired.get(kind) ?? 0), 0);
  const missing = ALL_RULES.filter((rule) => !rulesCovered(tally).includes(rule));
  return [
    `${number(tally.histories)} histories, ${number(tally.steps)} steps, ${number(tally.requests)} requests, ${number(tally.transactions)} commits`,
    `${number(tally.reprogrammings)} reprogrammings issued, ${number(tally.receipts)} receipts, in ${seconds.toFixed(0)} s (${number(Math.round(tally.reprogrammings / seconds))} reprogrammings a second)`,
    `faults: ${list(tally.fired) || 'none'}`,
    `crashes survived: ${number(crashes)}`,
    `coverage: ${list(tally.coverage)}`,
    `rules: ${rulesCovered(tally).join(' ')}${missing.length === 0 ? '' : `; not met: ${missing.join(' ')}`}`,
  ].join('\n');
}

/** A violation with the short history that leads to it. */
export function violationOf({ history, result, tried }: Shrunk): string {
  return [
    `VIOLATION ${result.violation?.message}`,
    '',
    `The shortest history found that leads to it (seed ${history.seed}, ${history.steps.length} steps, ${tried} tried):`,
    ...result.log,
    '',
    `Again: npm run simulate -- --seed ${history.seed}`,
  ].join('\n');
}
