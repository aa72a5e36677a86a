interface Value<Kind extends string> {
  readonly help: string;
  readonly choices?: readonly string[];
  /** The kind of value, for a shell's completion. */
  readonly completes?: Kind;
}

/** `--name`, or `--name VALUE`. */
export interface Option<Kind extends string = string> extends Value<Kind> {
  /** The placeholder of the value in the help; without it the option is a switch. */
  readonly value?: string;
  /** Can be given several times, or once with commas. */
  readonly many?: true;
  /** With `many`: a comma belongs to the value. */
  readonly whole?: true;
  /** With `many`: every argument up to the next option is a value, too. */
  readonly takesFollowing?: true;
  readonly required?: true;
}

/** An argument that is not an option. */
export interface Word<Kind extends string = string> extends Value<Kind> {
  readonly name: string;
  readonly optional?: true;
  /** One or more; the last word only. */
  readonly many?: true;
}

/** A parsed command line. `Name` is the union of the command's own options. */
export interface ParsedArguments<Name extends string = string> {
  readonly words: readonly string[];
  /** A word that the parser has required. */
  word(index: number): string;
  text(option: Name): string | undefined;
  is(option: Name | 'json'): boolean;
  list(option: Name): readonly string[];
}

/** A command as data: the parser, the help, the completion and the documents read it. */
export interface CommandDefinition<Kind extends string = string> {
  /** `['orders', 'create']`. */
  readonly name: readonly string[];
  readonly summary: string;
  /** Whole sentences that complete the summary. */
  readonly about?: string;
  readonly words: readonly Word<Kind>[];
  readonly options: Readonly<Record<string, Option<Kind>>>;
  /** Words in capitals are placeholders for ids. */
  readonly examples: readonly string[];
  /** What `--json` prints: one document, or one line per item. Without it the command has no `--json`. */
  readonly json?: 'document' | 'lines';
}

/** A command that runs with the program's `Session` and returns an exit code. */
export interface Command<Session, ExitCode extends number, Kind extends string = string>
  extends CommandDefinition<Kind> {
  run(given: ParsedArguments, session: Session): Promise<ExitCode>;
}

/** A program: its commands, and what they have in common. */
export interface Program<ProgramCommand extends CommandDefinition = CommandDefinition> {
  readonly name: string;
  /** The first line of the help. */
  readonly title: string;
  readonly commands: readonly ProgramCommand[];
  /** What each group of commands is about, by its name. */
  readonly groups: Readonly<Record<string, string>>;
  /** Options of every command, beside `--help` and `--json`. */
  readonly commonOptions: Readonly<Record<string, Option<never>>>;
  /** The last paragraphs of the program's help. */
  readonly footer: readonly string[];
}

interface Definition<
  Options extends Readonly<Record<string, Option>>,
  Session,
  ExitCode extends number,
  Kind extends string,
> extends Omit<CommandDefinition<Kind>, 'name' | 'words' | 'options'> {
  readonly words?: readonly Word<Kind>[];
  readonly options?: Options;
  run(given: ParsedArguments<keyof Options & string>, session: Session): Promise<ExitCode>;
}

/**
 * Returns the function that defines the commands of one program. Its first argument is the command's name, words separated
 * by spaces; a command's `run` knows the names of its options.
 */
export function commandOf<Session, ExitCode extends number, Kind extends string = never>() {
  return function command<const Options extends Readonly<Record<string, Option<Kind>>> = Record<never, never>>(
    name: string,
    { words = [], options, run, ...definition }: Definition<Options, Session, ExitCode, Kind>,
  ): Command<Session, ExitCode, Kind> {
    return {
      ...definition,
      name: name.split(' '),
      words,
      options: options ?? {},
      run: (given, session) => run(given as ParsedArguments<keyof Options & string>, session),
    };
  };
}

const HELP: Option<never> = { help: 'show this help' };
const JSON_HELP = { document: 'print one JSON document', lines: 'print one line of JSON per item' } as const;

/** Every option of a command: its own, the program's, `--json` if it has one, and `--help`. */
export function optionsOf<Kind extends string>(
  program: Program,
  command: CommandDefinition<Kind>,
): Readonly<Record<string, Option<Kind>>> {
  return {
    ...command.options,
    ...program.commonOptions,
    ...(command.json === undefined ? {} : { json: { help: JSON_HELP[command.json] } }),
    help: HELP,
  };
}
