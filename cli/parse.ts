import { type ParseArgsConfig, parseArgs } from 'node:util';
import { escapeForTerminal } from '../terminal/text.ts';
import { COMMON_OPTIONS, type Command, type Option, type ParsedArguments } from './command.ts';
import { UsageError } from './io.ts';
import { didYouMean } from './suggest.ts';

/** The options that a command takes: its own and those of every command. */
export function optionsOf(command: Command): Readonly<Record<string, Option>> {
  const { json, ...common } = COMMON_OPTIONS;
  return { ...command.options, ...common, ...(command.json === undefined ? {} : { json }) };
}

/** Reads what follows a command. @throws UsageError that says what is wrong. */
export function parseCommand(command: Command, argv: readonly string[]): ParsedArguments {
  const options = optionsOf(command);
  const { values, positionals } = parsed(argv, options);
  if (values.help !== true) checkWords(command, positionals);
  for (const [name, option] of Object.entries(options)) checkOption(name, option, values[name], values.help === true);
  return {
    words: positionals,
    word: (index) => {
      const word = positionals[index];
      if (word === undefined) throw new Error(`The command ${command.name.join(' ')} has no word ${index}`);
      return word;
    },
    text: (name) => textsOf(values[name])[0],
    is: (name) => values[name] === true,
    list: (name) => itemsOf(textsOf(values[name])),
  };
}

type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

function parsed(
  argv: readonly string[],
  options: Readonly<Record<string, Option>>,
): { readonly values: Values; readonly positionals: readonly string[] } {
  const config: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, { value, many }] of Object.entries(options)) {
    config[name] = { type: value === undefined ? 'boolean' : 'string', ...(many === true ? { multiple: true } : {}) };
  }
  config.help = { type: 'boolean', short: 'h' };
  try {
    const args = argv.map((argument) => (SERIAL_LIKE_AN_OPTION.test(argument) ? `${SHIELD}${argument}` : argument));
    const { values, positionals } = parseArgs({ args, options: config, allowPositionals: true, strict: true });
    return { values: mapValues(values), positionals: positionals.map(bare) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const [, unknown] = /^Unknown option '--([^']*)'/.exec(error.message) ?? [];
    if (unknown === undefined) throw new UsageError(error.message, { cause: error });
    const meant = didYouMean(unknown, Object.keys(options), '--');
    throw new UsageError(`There is no option --${escapeForTerminal(unknown)}.${meant}`, { cause: error });
  }
}

/** A container's serial is base64url: one of 64 begins with a dash. */
const SERIAL_LIKE_AN_OPTION = /^-[A-Za-z0-9_-]{42}$/;
/** Keeps it from being read as an option; no argument of a process can have this character. */
const SHIELD = '\0';

function bare(text: string): string {
  return text.startsWith(SHIELD) ? text.slice(SHIELD.length) : text;
}

function mapValues(values: Values): Values {
  const bareOf = <Value>(value: Value): Value | string => (typeof value === 'string' ? bare(value) : value);
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? value.map(bareOf) : bareOf(value)]),
  );
}

function checkWords({ words }: Command, given: readonly string[]): void {
  if (given.includes('')) throw new UsageError('A word is empty.');
  const least = words.filter(({ optional }) => optional !== true).length;
  const most = words.at(-1)?.many === true ? Number.POSITIVE_INFINITY : words.length;
  if (given.length < least) {
    const missing = words.slice(given.length, least).map(({ name, many }) => (many === true ? `${name}...` : name));
    throw new UsageError(`Say ${missing.join(' and ')} as well.`);
  }
  if (given.length > most) throw new UsageError(`That is too much: ${escapeForTerminal(given.slice(most).join(' '))}.`);
  for (const [index, { name, choices }] of words.entries()) {
    const word = given[index];
    if (word !== undefined && choices !== undefined) checkChoice(name, word, choices);
  }
}

function checkOption(name: string, option: Option, value: Values[string], isHelp: boolean): void {
  const texts = option.many === true ? itemsOf(textsOf(value)) : textsOf(value);
  if (option.required === true && value === undefined && !isHelp) {
    throw new UsageError(`Say --${name} ${option.value} as well.`);
  }
  if (option.value !== undefined && value !== undefined && (texts.length === 0 || texts.includes(''))) {
    throw new UsageError(`--${name} has an empty value.`);
  }
  if (option.choices !== undefined) for (const text of texts) checkChoice(`--${name}`, text, option.choices);
}

function checkChoice(what: string, given: string, choices: readonly string[]): void {
  if (choices.includes(given)) return;
  throw new UsageError(
    `${what} cannot be ${escapeForTerminal(given)}.${didYouMean(given, choices)} It is one of: ${choices.join(', ')}.`,
  );
}

function textsOf(value: Values[string]): string[] {
  return [value].flat().filter((item) => typeof item === 'string');
}

/** `--scope a,b` says the same as `--scope a --scope b`. */
function itemsOf(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(',')).map((item) => item.trim());
}
