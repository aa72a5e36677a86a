import type { ParsedArguments } from '../terminal/command.ts';
import { UsageError } from '../terminal/usage-error.ts';
import type { Session } from './session.ts';

export const YES_OPTION = { yes: { help: 'do not ask for confirmation' } } as const;

/** The command was interrupted before it changed anything. */
export class UnchangedError extends Error {}

/**
 * Asks before a change that cannot be undone, unless `--yes` is given. Returns whether to go ahead.
 *
 * @throws UsageError when there is no terminal to ask, UnchangedError after Ctrl-C.
 */
export async function confirm(given: ParsedArguments<'yes'>, { io }: Session, question: string): Promise<boolean> {
  if (given.is('yes')) return true;
  if (!io.stdin.isTerminal) {
    throw new UsageError(`${question} Add --yes to confirm: there is no terminal to ask.`);
  }
  const answer = (await io.stdin.ask(`${question} [y/N] `)).trim().toLowerCase();
  if (io.signal.aborted) throw new UnchangedError('Interrupted at a question.');
  if (answer === 'y' || answer === 'yes') return true;
  io.err('Nothing was changed.\n');
  return false;
}
