import { shown } from '../../terminal/text.ts';
import type { Refused } from '../depot.ts';
import { reasonInWords } from '../faults-in-words.ts';
import { EXIT, type ExitCode } from '../help.ts';
import type { ActionReason } from '../http-client.ts';
import type { Surroundings } from './command.ts';

/** Tells a person why the server did not do it. */
export function tellRefused(refused: Refused, { err }: Surroundings): ExitCode {
  if (refused.kind === 'unreachable') {
    err(`The server was not reached: ${shown(refused.detail)}.\n`);
    return EXIT.unreachable;
  }
  const { title, detail, code, conflicts = [] } = refused.problem;
  err(`The server said no: ${shown(title)} (${shown(code)}).\n`);
  // The conflicts say the same as the detail does, one on a line.
  if (conflicts.length > 0) for (const conflict of conflicts) err(`  ${actionInWords(conflict)}\n`);
  else if (detail !== undefined) err(`${shown(detail)}\n`);
  return EXIT.serverRefused;
}

export function actionInWords({ action, license, reason }: ActionReason): string {
  return `cannot ${shown(action)} ${shown(license)}: ${shown(reasonInWords(reason))}`;
}
