import { formatUsageError, readCommandLine } from '../terminal/read-command-line.ts';
import { UsageError } from '../terminal/usage-error.ts';
import type { Io } from './commands/command.ts';
import { ContainerError } from './container-error.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { errorCode } from './file-system.ts';
import { PROGRAM } from './program.ts';

/** Runs one command line and returns the exit code. It throws for bugs of this program only. */
export async function runCommandLine(argv: readonly string[], io: Io): Promise<ExitCode> {
  const line = readCommandLine(PROGRAM, argv);
  switch (line.kind) {
    case 'command':
      try {
        return await line.command.run(line.given, io);
      } catch (error) {
        return printError(error, line.command.name, io);
      }
    case 'help':
      io.out(line.text);
      return EXIT.done;
    case 'usage':
      io.err(line.text);
      return EXIT.usage;
  }
}

function printError(error: unknown, name: readonly string[], io: Io): ExitCode {
  if (error instanceof UsageError) {
    io.err(formatUsageError(PROGRAM, name, error.message));
    return EXIT.usage;
  }
  if (error instanceof ContainerError || isSystemError(error)) {
    io.err(`${error.message}\n`);
    return EXIT.refused;
  }
  throw error;
}

/** An error of the operating system, such as a file that cannot be read. */
function isSystemError(error: unknown): error is Error {
  return errorCode(error) !== undefined;
}
