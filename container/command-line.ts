import { EXIT } from '../terminal/exit.ts';
import { printFailure } from '../terminal/failure.ts';
import { formatUsageError, readCommandLine } from '../terminal/read-command-line.ts';
import { formatSystemError, systemErrorCode } from '../terminal/system-error.ts';
import { escapeForTerminal } from '../terminal/text.ts';
import { UsageError } from '../terminal/usage-error.ts';
import type { Io } from './commands/command.ts';
import type { ContainerExit } from './commands/exit.ts';
import { ContainerError } from './container-error.ts';
import { PROGRAM } from './program.ts';

/** Runs one command line and returns the exit code. It throws for bugs of this program only. */
export async function runCommandLine(argv: readonly string[], io: Io): Promise<ContainerExit> {
  const line = readCommandLine(PROGRAM, argv);
  switch (line.kind) {
    case 'command':
      try {
        return await line.command.run(line.given, io);
      } catch (error) {
        if (error instanceof UsageError) {
          io.err(formatUsageError(PROGRAM, line.command.name, error.message));
          return EXIT.usage;
        }
        return printError(error, line.given.is('json'), io);
      }
    case 'help':
      io.out(line.text);
      return EXIT.done;
    case 'usage':
      io.err(line.text);
      return EXIT.usage;
  }
}

function printError(error: unknown, isJson: boolean, io: Io): ContainerExit {
  if (error instanceof ContainerError) {
    const { code, message } = error;
    const lines = [escapeForTerminal(message)];
    printFailure(io, isJson, { title: 'The container cannot be used.', code, lines, document: { detail: message } });
    return EXIT.refused;
  }
  const code = systemErrorCode(error);
  if (code === undefined || !(error instanceof Error)) throw error;
  const detail = formatSystemError(error);
  printFailure(io, isJson, { title: 'A file cannot be used.', code, lines: [detail], document: { detail } });
  return EXIT.refused;
}
