import { createClient, ProblemError, UnreachableError } from '../client/index.ts';
import type { ParsedArguments } from '../terminal/command.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { printFailure as printToTerminal } from '../terminal/failure.ts';
import { formatUsageError, readCommandLine } from '../terminal/read-command-line.ts';
import { outputStyle } from '../terminal/style.ts';
import { escapeForTerminal } from '../terminal/text.ts';
import { UsageError } from '../terminal/usage-error.ts';
import type { Command } from './command.ts';
import { complete } from './completion/complete.ts';
import { UnchangedError } from './confirm.ts';
import type { Io } from './io.ts';
import { NothingFoundError } from './nothing-found-error.ts';
import { printFailure } from './print-failure.ts';
import { PROGRAM } from './program.ts';
import type { Session } from './session.ts';
import { findSettings, requireSettings, type Settings } from './settings.ts';
import { writtenBy } from './written.ts';

/** The completion scripts call this command; the help does not list it. */
const COMPLETE = '__complete';

/** Runs one command line and returns the exit code. It throws for bugs of this program only. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  if (argv[0] === COMPLETE) return complete(argv.slice(1), io);
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
  const session = await openSession(command, given, io);
  try {
    return await command.run(given, session);
  } catch (error) {
    // Ctrl-C at a question ends it with an empty answer, which is then refused.
    if (io.signal.aborted) {
      const mayHaveChanged = session.hasRequestedChange() && !(error instanceof UnchangedError);
      const consequence = mayHaveChanged
        ? 'The last request may have been carried out; running the same command again is safe.'
        : 'Nothing was changed.';
      io.err(`Interrupted. ${consequence}\n`);
      return EXIT.interrupted;
    }
    if (error instanceof UsageError) {
      io.err(formatUsageError(PROGRAM, command.name, error.message));
      return EXIT.usage;
    }
    if (error instanceof NothingFoundError) {
      printToTerminal(io, session.json, {
        title: 'Nothing found.',
        code: 'nothing-found',
        lines: [error.message],
        document: { detail: error.message },
      });
      return EXIT.nothing;
    }
    if (error instanceof ProblemError || error instanceof UnreachableError) {
      return printFailure(error, session, session.written);
    }
    throw error;
  }
}

async function openSession(command: Command, given: ParsedArguments, io: Io): Promise<Session> {
  const settings = await findSettings(io, { server: given.text('server'), token: given.text('token') });
  const style = outputStyle(io);
  let client: ReturnType<typeof createClient> | undefined;
  let hasRequestedChange = false;
  const watched: typeof fetch = (input, init) => {
    if (init?.method !== 'GET') hasRequestedChange = true;
    return (io.fetch ?? fetch)(input, init);
  };
  return {
    io,
    json: given.is('json'),
    style,
    settings,
    written: writtenBy(command, given),
    hasRequestedChange: () => hasRequestedChange,
    client: () => (client ??= connect(settings, { ...io, fetch: watched })),
  };
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
