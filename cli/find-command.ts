import { COMMON_OPTIONS, type Command } from './command.ts';

/** Where the words of a command line lead. */
export type Found =
  | { readonly kind: 'command'; readonly command: Command; readonly rest: readonly string[] }
  /** The words so far are the beginning of several commands; `next` is the word that leads nowhere. */
  | { readonly kind: 'group'; readonly path: readonly string[]; readonly next?: string };

const WITH_VALUE: ReadonlySet<string> = new Set(
  Object.entries(COMMON_OPTIONS).flatMap(([name, option]) => ('value' in option ? [`--${name}`] : [])),
);

/** Finds the command; options of every command may stand before and between its words. */
export function findCommand(commands: readonly Command[], argv: readonly string[]): Found {
  const path: string[] = [];
  const rest: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? '';
    if (argument === '--') break;
    if (argument.startsWith('-') && argument !== '-') {
      rest.push(argument);
      const value = argv[index + 1];
      if (WITH_VALUE.has(argument) && value !== undefined) {
        rest.push(value);
        index += 1;
      }
      continue;
    }
    const within = commandsBelow(commands, [...path, argument]);
    if (within.length === 0) return { kind: 'group', path, next: argument };
    path.push(argument);
    const [command] = within;
    if (command !== undefined && command.name.length === path.length) {
      return { kind: 'command', command, rest: [...rest, ...argv.slice(index + 1)] };
    }
  }
  return { kind: 'group', path };
}

/** The commands whose names begin so; the one of exactly this name comes first. */
export function commandsBelow(commands: readonly Command[], path: readonly string[]): readonly Command[] {
  return commands
    .filter(({ name }) => path.every((word, index) => name[index] === word))
    .toSorted((one, other) => Number(other.name.length === path.length) - Number(one.name.length === path.length));
}

/** The words that can follow, each once, in the order of the commands. */
export function nextWords(commands: readonly Command[], path: readonly string[]): readonly string[] {
  const words = commandsBelow(commands, path).flatMap(({ name }) => name.slice(path.length, path.length + 1));
  return [...new Set(words)];
}
