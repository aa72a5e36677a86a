/** What vendors, users and containers do in a history. A command is a few numbers, so that a shortened history stays valid. */
import type { SeededRandom } from './seeded-random.ts';

/** Each with its weight. */
const WEIGHTS = {
  order: 5,
  activate: 16,
  sync: 8,
  preview: 2,
  receipt: 5,
  'auto-updates': 1,
  withdraw: 5,
  replace: 5,
  renew: 5,
  assign: 6,
  cancel: 3,
  push: 3,
  fetch: 2,
  retire: 0.15,
  repeat: 3,
  'old-context': 0.8,
  'tampered-context': 0.4,
  copy: 1.5,
  stop: 1,
  days: 0.3,
  'late-task': 3,
  look: 2,
} as const;
export type CommandKind = keyof typeof WEIGHTS;

/** `a`, `b` and `c` choose among what exists when the command runs. */
export interface Command {
  readonly kind: CommandKind;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const KINDS = Object.keys(WEIGHTS) as CommandKind[];
const TOTAL = KINDS.reduce((sum, kind) => sum + WEIGHTS[kind], 0);
/** The upper bound of a command's numbers. */
const NUMBERS = 5_040;
const WEIGHT_STEPS = 1_000;
/** A request whose `c` is a multiple of this loses its answer. */
export const UNANSWERED = 7;

export function randomCommand(random: SeededRandom): Command {
  let left = (random.below(WEIGHT_STEPS) / WEIGHT_STEPS) * TOTAL;
  const kind = KINDS.find((one) => {
    left -= WEIGHTS[one];
    return left < 0;
  });
  return { kind: kind ?? 'look', a: random.below(NUMBERS), b: random.below(NUMBERS), c: random.below(NUMBERS) };
}

const IMPORTING: ReadonlySet<CommandKind> = new Set(['sync', 'receipt', 'fetch', 'push', 'copy', 'activate', 'retire']);

/** Like {@link randomCommand}, but most commands are requests of one container, and no answer arrives. */
export function hoardingCommand(random: SeededRandom): Command {
  const command = randomCommand(random);
  if (!IMPORTING.has(command.kind)) return command;
  const { b, c } = command;
  return { kind: 'activate', a: random.chance(0.9) ? 0 : command.a, b, c: c - (c % UNANSWERED) };
}
