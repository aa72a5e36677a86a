import { createClient, ProblemError, UnreachableError } from '../client/index.ts';
import { createStyle, wantsColour } from '../terminal/style.ts';
import { escapeForTerminal } from '../terminal/text.ts';
import type { Command, ParsedArguments } from './command.ts';
import { COMMANDS } from './commands.ts';
import { complete } from './completion/complete.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { findCommand, nextWords } from './find-command.ts';
import { commandHelp, overview, PROGRAM } from './help.ts';
import { type Io, UsageError } from './io.ts';
import { parseCommand } from './parse.ts';
import { printFailure } from './refusals.ts';
import type { Session } from './session.ts';
import { findSettings, type Known, usable } from './settings.ts';
import { didYouMean } from './suggest.ts';
import { version } from './version.ts';

/** What the shells' scripts call; it is in no help. */
const COMPLETE = '__complete';

/** Runs one command line, and says with what the program ends. Throws for faults of this program only. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  if (argv[0] === COMPLETE) return complete(argv.slice(1), io);
  if (argv[0] === '--version') {
    io.out(`${version()}\n`);
    return EXIT.done;
  }
  const asked = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
  const found = findCommand(COMMANDS, asked);
  if (found.kind === 'command') return runCommand(found.command, found.rest, io);
  const { path, next } = found;
  if (next !== undefined) {
    const fault = `There is no command ${[...path, escapeForTerminal(next)].join(' ')}.`;
    const meant = didYouMean(next, nextWords(COMMANDS, path), path.map((word) => `${word} `).join(''));
    return wrongUsage(io, `${fault}${meant}`, path);
  }
  const isHelp = asked.includes('--help') || asked.includes('-h');
  const text = overview(COMMANDS, path);
  if (isHelp) io.out(text);
  else io.err(text);
  return isHelp ? EXIT.done : EXIT.usage;
}

async function runCommand(command: Command, argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    const given = parseCommand(command, argv);
    if (given.is('help')) {
      io.out(commandHelp(command));
      return EXIT.done;
    }
    const session = await openSession(given, io);
    return await ending(() => command.run(given, session), session);
  } catch (error) {
    if (error instanceof UsageError) return wrongUsage(io, error.message, command.name);
    throw error;
  }
}

async function openSession(given: ParsedArguments, io: Io): Promise<Session> {
  const known = await findSettings(io, { server: given.text('server'), token: given.text('token') });
  const style = createStyle(io.env.TERM !== 'dumb' && wantsColour(io.stdout.isTerminal, io.env.NO_COLOR));
  let client: ReturnType<typeof createClient> | undefined;
  return { io, json: given.is('json'), style, known, client: () => (client ??= connect(known, io)) };
}

function connect(known: Known, io: Io): ReturnType<typeof createClient> {
  return createClient({
    ...usable(known, io),
    signal: io.signal,
    fetch: io.fetch,
    onRetry: ({ reason, pauseMilliseconds }) => {
      io.err(`Trying again in ${(pauseMilliseconds / 1000).toFixed(1)} s: ${escapeForTerminal(reason)}\n`);
    },
  });
}

/** Runs it and turns what the server or the person has to say against it into an exit code. */
async function ending(run: () => Promise<ExitCode>, session: Session): Promise<ExitCode> {
  try {
    return await run();
  } catch (error) {
    if (session.io.signal.aborted) {
      session.io.err('Interrupted. What was asked last may have been done; the same command again is safe.\n');
      return EXIT.interrupted;
    }
    if (error instanceof ProblemError || error instanceof UnreachableError) return printFailure(error, session);
    throw error;
  }
}

function wrongUsage(io: Io, fault: string, path: readonly string[]): ExitCode {
  io.err(`${fault}\n\nSee: ${[PROGRAM, ...path].join(' ')} --help\n`);
  return EXIT.usage;
}
