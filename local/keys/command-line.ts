import type { Command, ParsedArguments } from '../../terminal/command.ts';
import { EXIT, type ExitCode } from '../../terminal/exit.ts';
import { formatUsageError, readCommandLine } from '../../terminal/read-command-line.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { EnvironmentError } from '../environment.ts';
import { StartError } from '../start-error.ts';
import { CommandError } from './command-error.ts';
import { PROGRAM } from './program.ts';
import type { Session } from './session.ts';

/** Runs one command line and returns the exit code. It throws for bugs, and for failures of KMS. */
export async function runKeys(argv: readonly string[], session: Session): Promise<ExitCode> {
  const line = readCommandLine(PROGRAM, argv);
  switch (line.kind) {
    case 'command':
      return run(line.command, line.given, session);
    case 'help':
      session.io.out(line.text);
      return EXIT.done;
    case 'usage':
      session.io.err(line.text);
      return EXIT.usage;
  }
}

async function run(command: Command<Session, ExitCode>, given: ParsedArguments, session: Session): Promise<ExitCode> {
  try {
    return await command.run(given, session);
  } catch (error) {
    if (error instanceof UsageError) {
      session.io.err(formatUsageError(PROGRAM, command.name, error.message));
      return EXIT.usage;
    }
    if (error instanceof EnvironmentError) {
      session.io.err(`${error.message}\n`);
      return EXIT.usage;
    }
    if (error instanceof CommandError || error instanceof StartError) {
      session.io.err(`${error.message}\n`);
      return error instanceof CommandError && error.isUnreachable ? EXIT.unreachable : EXIT.refused;
    }
    throw error;
  }
}
