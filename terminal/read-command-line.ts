import type { CommandDefinition, ParsedArguments, Program } from './command.ts';
import { findCommand, nextWords } from './find-command.ts';
import { commandHelp, overview } from './help.ts';
import { parseCommand } from './parse-command.ts';
import { didYouMean } from './suggest.ts';
import { escapeForTerminal } from './text.ts';
import { UsageError } from './usage-error.ts';
import { version } from './version.ts';

export type CommandLine<ProgramCommand extends CommandDefinition> =
  | { readonly kind: 'command'; readonly command: ProgramCommand; readonly given: ParsedArguments }
  /** Help or the version, as requested. */
  | { readonly kind: 'help'; readonly text: string }
  /** Wrong usage: what is wrong and where the help is. */
  | { readonly kind: 'usage'; readonly text: string };

/** Reads a program's command line: a command with its arguments, or the text to print in its place. */
export function readCommandLine<ProgramCommand extends CommandDefinition>(
  program: Program<ProgramCommand>,
  argv: readonly string[],
): CommandLine<ProgramCommand> {
  if (argv[0] === '--version') return { kind: 'help', text: `${version()}\n` };
  const args = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
  const found = findCommand(program, args);
  if (found.kind === 'command') return readArguments(program, found.command, found.rest);
  const { path, next } = found;
  if (next !== undefined) {
    const error = `Unknown command: ${[...path, escapeForTerminal(next)].join(' ')}.`;
    const meant = didYouMean(next, nextWords(program.commands, path), path.map((word) => `${word} `).join(''));
    return { kind: 'usage', text: formatUsageError(program, path, `${error}${meant}`) };
  }
  const isHelp = args.includes('--help') || args.includes('-h');
  return { kind: isHelp ? 'help' : 'usage', text: overview(program, path) };
}

function readArguments<ProgramCommand extends CommandDefinition>(
  program: Program<ProgramCommand>,
  command: ProgramCommand,
  argv: readonly string[],
): CommandLine<ProgramCommand> {
  try {
    const given = parseCommand(program, command, argv);
    if (given.is('help')) return { kind: 'help', text: commandHelp(program, command) };
    return { kind: 'command', command, given };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { kind: 'usage', text: formatUsageError(program, command.name, error.message) };
  }
}

/** The message of a usage error, and the command that prints the help of `path`. */
export function formatUsageError(program: Program, path: readonly string[], message: string): string {
  return `${message}\n\nSee: ${[program.name, ...path].join(' ')} --help\n`;
}
