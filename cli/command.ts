import type { ExitCode } from './exit.ts';
import type { Session } from './session.ts';

/** What the vendor's data can complete a word or a value to. */
export type Completes = 'container' | 'endpoint' | 'file' | 'license' | 'order' | 'product' | 'token' | 'webhook';

interface Value {
  readonly help: string;
  readonly choices?: readonly string[];
  readonly completes?: Completes;
}

/** `--name`, or `--name VALUE`. */
export interface Option extends Value {
  /** What stands for the value in the help; none: a switch. */
  readonly value?: string;
  /** Can be given several times, or once with commas. */
  readonly many?: true;
  readonly required?: true;
}

/** What follows the command without being an option. */
export interface Word extends Value {
  readonly name: string;
  readonly optional?: true;
  /** One or more; the last word only. */
  readonly many?: true;
}

/** A parsed command line; the names of the options are the command's own. */
export interface ParsedArguments<Name extends string = string> {
  readonly words: readonly string[];
  /** A word that the parser has made sure of. */
  word(index: number): string;
  text(option: Name): string | undefined;
  is(option: Name): boolean;
  list(option: Name): readonly string[];
}

/** One command, as data: it is parsed, helped, completed and documented by this. */
export interface Command {
  /** `['orders', 'create']`. */
  readonly name: readonly string[];
  readonly summary: string;
  /** Whole sentences on what the summary leaves open. */
  readonly about?: string;
  readonly words: readonly Word[];
  readonly options: Readonly<Record<string, Option>>;
  /** Each is run by a test; words in capitals stand for ids. */
  readonly examples: readonly string[];
  /** What `--json` prints: one document, or one line for each item. None: the command has no `--json`. */
  readonly json?: 'document' | 'lines';
  run(given: ParsedArguments, session: Session): Promise<ExitCode>;
}

interface Definition<Options extends Readonly<Record<string, Option>>>
  extends Omit<Command, 'name' | 'words' | 'options' | 'run'> {
  readonly words?: readonly Word[];
  readonly options?: Options;
  run(given: ParsedArguments<keyof Options & string>, session: Session): Promise<ExitCode>;
}

/** Defines a command, so that its `run` knows the names of its options. */
export function command<const Options extends Readonly<Record<string, Option>> = Record<never, never>>(
  name: string,
  { words = [], options, run, ...definition }: Definition<Options>,
): Command {
  return {
    ...definition,
    name: name.split(' '),
    words,
    options: options ?? {},
    run: (given, session) => run(given as ParsedArguments<keyof Options & string>, session),
  };
}

/** Options of every command. */
export const COMMON_OPTIONS = {
  server: { value: 'URL', help: 'the server; else $RELICENSE_SERVER, else the one of relicense login' },
  token: { value: 'TOKEN', help: 'the vendor’s token; else $RELICENSE_TOKEN, else the one of relicense login' },
  json: { help: 'print JSON' },
  help: { help: 'show this' },
} as const satisfies Readonly<Record<string, Option>>;
