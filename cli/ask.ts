import type { ParsedArguments } from './command.ts';
import { UsageError } from './io.ts';
import type { Session } from './session.ts';

export const YES_OPTION = { yes: { help: 'do not ask' } } as const;

/** What cannot be taken back is asked for: a person at the terminal says yes, a script says `--yes`. */
export async function isConfirmed(given: ParsedArguments<'yes'>, { io }: Session, question: string): Promise<boolean> {
  if (given.is('yes')) return true;
  if (!io.stdin.isTerminal) throw new UsageError(`${question} Say --yes, since nobody can be asked.`);
  const answer = (await io.stdin.ask(`${question} [y/N] `)).trim().toLowerCase();
  io.signal.throwIfAborted();
  if (answer === 'y' || answer === 'yes') return true;
  io.err('Nothing was changed.\n');
  return false;
}
