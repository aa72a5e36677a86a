import { escapeForTerminal } from '../../terminal/text.ts';
import type { Refused } from '../depot.ts';
import type { ActionReason } from '../depot-request.ts';
import { formatReason } from '../faults-in-words.ts';
import { EXIT, type ExitCode } from '../help.ts';
import type { CommandContext } from './command.ts';

/** Tells a person why the server did not do it. */
export function printRefusal(refused: Refused, { err }: CommandContext): ExitCode {
  if (refused.kind === 'unreachable') {
    err(`The server was not reached: ${escapeForTerminal(refused.detail)}.\n`);
    return EXIT.unreachable;
  }
  const { title, detail, code, conflicts = [] } = refused.problem;
  err(`The server said no: ${escapeForTerminal(title)} (${escapeForTerminal(code)}).\n`);
  // The conflicts say the same as the detail does, one on a line.
  if (conflicts.length > 0) for (const conflict of conflicts) err(`  ${formatAction(conflict)}\n`);
  else if (detail !== undefined) err(`${escapeForTerminal(detail)}\n`);
  return EXIT.serverRefused;
}

export function formatAction({ action, license, reason }: ActionReason): string {
  return `cannot ${escapeForTerminal(action)} ${escapeForTerminal(license)}: ${escapeForTerminal(formatReason(reason))}`;
}
