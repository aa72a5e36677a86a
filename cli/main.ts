import { createClient, ProblemError, UnreachableError } from '../client/index.ts';
import type { ParsedArguments } from '../terminal/command.ts';
import { formatUsageError, readCommandLine } from '../terminal/read-command-line.ts';
import { createStyle, wantsColour } from '../terminal/style.ts';
import { escapeForTerminal } from '../terminal/text.ts';
import { UsageError } from '../terminal/usage-error.ts';
import type { Command } from './command.ts';
import { complete } from './completion/complete.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Io } from './io.ts';
import { printFailure } from './print-failure.ts';
import { PROGRAM } from './program.ts';
import type { Session } from './session.ts';
import { findSettings, requireSettings, type Settings } from './settings.ts';
import { version } from './version.ts';

/** The completion scripts call this command; the help does not list it. */
const COMPLETE = '__complete';

/** Runs one command line and returns the exit code. It throws for bugs of this program only. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  if (argv[0] === COMPLETE) return complete(argv.slice(1), io);
  if (argv[0] === '--version') {
    io.out(`${version()}\n`);
    return EXIT.done;
  }
  const line = readCommandLine(PROGRAM, argv);
  switch (line.kind) {
    case 'command':
      return runCommand(line.command, line.given, io);
    case 'help':
      io.out(line.text);
      return EXIT.done;
    case 'usage':
      io.err(line.text);
      return EXIT.usage;
  }
}

async function runCommand(command: Command, given: ParsedArguments, io: Io): Promise<ExitCode> {
  const session = await openSession(given, io);
  try {
    return await command.run(given, session);
  } catch (error) {
    if (error instanceof UsageError) {
      io.err(formatUsageError(PROGRAM, command.name, error.message));
      return EXIT.usage;
    }
    if (io.signal.aborted) {
      io.err('Interrupted. The last request may have been carried out; running the same command again is safe.\n');
      return EXIT.interrupted;
    }
    if (error instanceof ProblemError || error instanceof UnreachableError) return printFailure(error, session);
    throw error;
  }
}

async function openSession(given: ParsedArguments, io: Io): Promise<Session> {
  const settings = await findSettings(io, { server: given.text('server'), token: given.text('token') });
  const style = createStyle(io.env.TERM !== 'dumb' && wantsColour(io.stdout.isTerminal, io.env.NO_COLOR));
  let client: ReturnType<typeof createClient> | undefined;
  return { io, json: given.is('json'), style, settings, client: () => (client ??= connect(settings, io)) };
}

function connect(settings: Settings, io: Io): ReturnType<typeof createClient> {
  return createClient({
    ...requireSettings(settings, io),
    signal: io.signal,
    fetch: io.fetch,
    onRetry: ({ reason, pauseMilliseconds }) => {
      io.err(`Retrying in ${(pauseMilliseconds / 1000).toFixed(1)} s: ${escapeForTerminal(reason)}\n`);
    },
  });
}
