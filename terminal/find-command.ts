import type { CommandDefinition, Program } from './command.ts';

export type FoundCommand<ProgramCommand extends CommandDefinition> =
  | { readonly kind: 'command'; readonly command: ProgramCommand; readonly rest: readonly string[] }
  /** `path` is the beginning of several commands; `next` is the first word that no command has there. */
  | { readonly kind: 'group'; readonly path: readonly string[]; readonly next?: string };

/** Finds the command of a command line. Options may precede its words, if every command has them. */
export function findCommand<ProgramCommand extends CommandDefinition>(
  { commands, commonOptions }: Program<ProgramCommand>,
  argv: readonly string[],
): FoundCommand<ProgramCommand> {
  const path: string[] = [];
  const rest: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? '';
    if (argument === '--') break;
    if (argument.startsWith('-') && argument !== '-') {
      rest.push(argument);
      const value = argv[index + 1];
      if (commonOptions[argument.slice(2)]?.value !== undefined && value !== undefined) {
        rest.push(value);
        index += 1;
      }
      continue;
    }
    const matches = commandsBelow(commands, [...path, argument]);
    if (matches.length === 0) return { kind: 'group', path, next: argument };
    path.push(argument);
    const [command] = matches;
    if (command !== undefined && command.name.length === path.length) {
      return { kind: 'command', command, rest: [...rest, ...argv.slice(index + 1)] };
    }
  }
  return { kind: 'group', path };
}

/** The commands whose names begin with `path`; the command with exactly this name comes first. */
export function commandsBelow<ProgramCommand extends CommandDefinition>(
  commands: readonly ProgramCommand[],
  path: readonly string[],
): readonly ProgramCommand[] {
  return commands
    .filter(({ name }) => path.every((word, index) => name[index] === word))
    .toSorted((one, other) => Number(other.name.length === path.length) - Number(one.name.length === path.length));
}

/** The words that can follow `path`, without duplicates, in the order of the commands. */
export function nextWords(commands: readonly CommandDefinition[], path: readonly string[]): readonly string[] {
  const words = commandsBelow(commands, path).flatMap(({ name }) => name.slice(path.length, path.length + 1));
  return [...new Set(words)];
}
