import { type ParseArgsConfig, parseArgs } from 'node:util';
import { escapeForTerminal } from '../terminal/text.ts';
import { applyCommand } from './commands/apply.ts';
import { type Arguments, type CommandContext, UsageError } from './commands/command.ts';
import { contextCommand } from './commands/context.ts';
import { initCommand } from './commands/init.ts';
import { showCommand } from './commands/show.ts';
import { syncCommand } from './commands/sync.ts';
import { verifyCommand } from './commands/verify.ts';
import { ContainerError } from './container-error.ts';
import { errorCode } from './file-system.ts';
import { COMMAND_HELP, type Command, EXIT, type ExitCode, HELP } from './help.ts';

interface CommandLine {
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /** Names of the words that follow the command. */
  readonly words?: readonly string[];
  run(given: Arguments, surroundings: CommandContext): Promise<ExitCode>;
}

const TEXT = { type: 'string' } as const;
const SWITCH = { type: 'boolean' } as const;
const LIST = { type: 'string', multiple: true } as const;
const COMMON = { file: TEXT, help: { type: 'boolean', short: 'h' } } as const;

const COMMANDS: Readonly<Record<Command, CommandLine>> = {
  init: { options: { ...COMMON, server: TEXT, keys: TEXT, 'allow-http': SWITCH }, run: initCommand },
  sync: {
    options: {
      ...COMMON,
      ticket: TEXT,
      activate: LIST,
      all: SWITCH,
      deactivate: LIST,
      preview: SWITCH,
      server: TEXT,
      timeout: TEXT,
      json: SWITCH,
    },
    run: syncCommand,
  },
  show: { options: { ...COMMON, json: SWITCH }, run: showCommand },
  context: { options: { ...COMMON, out: TEXT }, run: contextCommand },
  apply: { options: { ...COMMON, receipt: TEXT, json: SWITCH }, words: ['UPDATE-FILE'], run: applyCommand },
  verify: { options: { ...COMMON, json: SWITCH }, run: verifyCommand },
};

const DEFAULT_FILE = 'container.json';

/** Runs one command line, and says with what the program ends. Unexpected errors of the machine are told in one line. */
export async function runCommandLine(argv: readonly string[], surroundings: CommandContext): Promise<ExitCode> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    surroundings.out(HELP);
    return name === undefined ? EXIT.usage : EXIT.done;
  }
  if (!isCommand(name)) return wrongUsage(surroundings, `There is no command ${escapeForTerminal(name)}.`);
  const command = COMMANDS[name];
  const given = readArguments(command, rest, surroundings);
  if (typeof given === 'string') return wrongUsage(surroundings, given, name);
  if (given.switch('help')) {
    surroundings.out(COMMAND_HELP[name]);
    return EXIT.done;
  }
  try {
    return await command.run(given, surroundings);
  } catch (error) {
    return told(error, surroundings, name);
  }
}

function told(error: unknown, surroundings: CommandContext, name: Command): ExitCode {
  if (error instanceof UsageError) return wrongUsage(surroundings, error.message, name);
  // A refusal, or what the system says about a file. Anything else is a fault of this program, and shows its stack.
  if (!(error instanceof ContainerError) && errorCode(error) === undefined) throw error;
  surroundings.err(`${(error as Error).message}\n`);
  return EXIT.refused;
}

function wrongUsage(surroundings: CommandContext, fault: string, name?: Command): ExitCode {
  surroundings.err(`${fault}\n\nSee: relicense-container ${name === undefined ? '' : `${name} `}--help\n`);
  return EXIT.usage;
}

function readArguments(command: CommandLine, argv: readonly string[], { env }: CommandContext): Arguments | string {
  const { options, words = [] } = command;
  try {
    const { values, positionals } = parseArgs({
      args: spreadLists(argv, options),
      options,
      allowPositionals: words.length > 0,
      strict: true,
    });
    if (values.help !== true && positionals.length !== words.length) return `Give exactly: ${words.join(' ')}.`;
    if (Object.values(values).flat().includes('')) return 'An option has an empty value.';
    const text = (option: string): string | undefined => {
      const value = values[option];
      return typeof value === 'string' ? value : undefined;
    };
    return {
      file: text('file') ?? env.RELICENSE_CONTAINER ?? DEFAULT_FILE,
      text,
      switch: (option) => values[option] === true,
      list: (option) => {
        const value = values[option];
        return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
      },
      words: positionals,
    };
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    throw error;
  }
}

/** `--activate A B,C` says the same as `--activate A --activate B --activate C`, which is what `parseArgs` knows. */
function spreadLists(argv: readonly string[], options: CommandLine['options']): string[] {
  const spread: string[] = [];
  let list: string | undefined;
  for (const argument of argv) {
    const [, name = '', value] = /^--([^=]*)(?:=(.*))?$/s.exec(argument) ?? [];
    if (options[name]?.multiple === true) {
      list = `--${name}`;
      // Bare, so that a list without any item is refused; its items follow.
      spread.push(...(value === undefined ? [list] : itemsOf(value).map((item) => `${list}=${item}`)));
    } else if (list === undefined || argument.startsWith('-')) {
      list = undefined;
      spread.push(argument);
    } else {
      if (spread.at(-1) === list) spread.pop();
      spread.push(...itemsOf(argument).map((item) => `${list}=${item}`));
    }
  }
  return spread;
}

function itemsOf(value: string): string[] {
  return value.replace(/,$/, '').split(',');
}

function isCommand(name: string): name is Command {
  return Object.hasOwn(COMMANDS, name);
}
