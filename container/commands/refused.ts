import type { FileFault, JsonFault } from '../../protocol/index.ts';
import { EXIT, type ExitCode, isBusyOrFailed } from '../../terminal/exit.ts';
import { printFailure } from '../../terminal/failure.ts';
import { capitalized, escapeForTerminal } from '../../terminal/text.ts';
import type { Refused } from '../depot.ts';
import type { ActionReason } from '../depot-request.ts';
import { adviceOnContext, adviceOnDivergence, formatFault, formatReason } from '../format-faults.ts';
import type { Io } from './command.ts';
import { formatLicenseName, type LicenseNames } from './license-names.ts';

/** Prints why the server did not do it, and returns the exit code. */
export function printRefusal(refused: Refused, io: Io, isJson: boolean, names: LicenseNames = new Map()): ExitCode {
  if (refused.kind === 'unreachable') {
    const { detail } = refused;
    printFailure(io, isJson, {
      title: 'Not reached.',
      code: 'unreachable',
      lines: [escapeForTerminal(detail)],
      advice: 'Is the server running, and is its address right? relicense-container show shows the address.',
      document: { detail },
    });
    return EXIT.unreachable;
  }
  const { title, detail, code, status, conflicts = [], divergence, reason } = refused.problem;
  // The conflicts repeat the detail, one per line.
  const lines =
    conflicts.length > 0
      ? conflicts.map((conflict) => `  ${formatAction(conflict, names)}`)
      : detail === undefined
        ? []
        : [escapeForTerminal(detail)];
  const advice = code === 'container-retired' ? adviceOnDivergence('retired') : undefined;
  printFailure(io, isJson, {
    title: `${title}.`,
    code,
    lines,
    advice: advice ?? adviceOnDivergence(divergence) ?? adviceOnContext(reason),
    document: { ...refused.problem },
  });
  return isBusyOrFailed(status) ? EXIT.unreachable : EXIT.refused;
}

/** Prints why an update was not applied, and returns the exit code. */
export function printUpdateFault(
  io: Io,
  isJson: boolean,
  title: string,
  code: FileFault['code'] | JsonFault,
  advice?: string,
): ExitCode {
  const detail = `${title}: ${formatFault(code)}.`;
  printFailure(io, isJson, {
    title: `${title}.`,
    code,
    lines: [`${capitalized(formatFault(code))}.`],
    advice,
    document: { detail },
  });
  return EXIT.refused;
}

export function formatAction({ action, license, reason }: ActionReason, names: LicenseNames): string {
  return `cannot ${escapeForTerminal(action)} ${formatLicenseName(license, names)}: ${escapeForTerminal(formatReason(reason))}`;
}
