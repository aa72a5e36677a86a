import { escapeForTerminal } from '../../terminal/text.ts';
import type { Refused } from '../depot.ts';
import type { ActionReason } from '../depot-request.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { formatReason } from '../format-faults.ts';
import type { Io } from './command.ts';

/** Prints why the server did not do it, and returns the exit code. */
export function printRefusal(refused: Refused, { err }: Io): ExitCode {
  if (refused.kind === 'unreachable') {
    err(`The server was not reached: ${escapeForTerminal(refused.detail)}.\n`);
    return EXIT.unreachable;
  }
  const { title, detail, code, conflicts = [] } = refused.problem;
  err(`The server refused: ${escapeForTerminal(title)} (${escapeForTerminal(code)}).\n`);
  // The conflicts repeat the detail, one per line.
  if (conflicts.length > 0) for (const conflict of conflicts) err(`  ${formatAction(conflict)}\n`);
  else if (detail !== undefined) err(`${escapeForTerminal(detail)}\n`);
  return EXIT.serverRefused;
}

export function formatAction({ action, license, reason }: ActionReason): string {
  return `cannot ${escapeForTerminal(action)} ${escapeForTerminal(license)}: ${escapeForTerminal(formatReason(reason))}`;
}
