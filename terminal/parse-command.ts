import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type CommandDefinition, type Option, optionsOf, type ParsedArguments, type Program } from './command.ts';
import { didYouMean } from './suggest.ts';
import { escapeForTerminal } from './text.ts';
import { UsageError } from './usage-error.ts';

/** Parses the arguments that follow a command's name. @throws UsageError */
export function parseCommand(program: Program, command: CommandDefinition, argv: readonly string[]): ParsedArguments {
  const options = optionsOf(program, command);
  const { values, words } = parseArguments(argv, options);
  const isHelp = values.help === true;
  if (!isHelp) checkWords(command, words);
  for (const [name, option] of Object.entries(options)) checkOption(name, option, values[name], isHelp);
  return {
    words,
    word: (index) => {
      const word = words[index];
      if (word === undefined) throw new Error(`Bug: the command ${command.name.join(' ')} has no word ${index}`);
      return word;
    },
    text: (name) => textsOf(values[name])[0],
    is: (name) => values[name] === true,
    list: (name) => listOf(options[name], values[name]),
  };
}

type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
type Options = Readonly<Record<string, Option>>;

function parseArguments(
  argv: readonly string[],
  options: Options,
): { readonly values: Values; readonly words: readonly string[] } {
  const config: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, { value, many }] of Object.entries(options)) {
    config[name] = { type: value === undefined ? 'boolean' : 'string', ...(many === true ? { multiple: true } : {}) };
  }
  config.help = { type: 'boolean', short: 'h' };
  const args = repeatOptions(argv.map(shield), options);
  try {
    const { values, positionals } = parseArgs({ args, options: config, allowPositionals: true, strict: true });
    return { values: mapValues(values), words: positionals.map(unshield) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(formatParseError(error.message, options), { cause: error });
  }
}

/** The message of `parseArgs` in this program's words. */
function formatParseError(message: string, options: Options): string {
  const [, unknown] = /^Unknown option '(-[^']*)'/.exec(message) ?? [];
  if (unknown !== undefined) {
    const meant = unknown.startsWith('--') ? didYouMean(unknown.slice(2), Object.keys(options), '--') : '';
    return `Unknown option: ${escapeForTerminal(unknown)}.${meant}`;
  }
  const [, name, problem] =
    /^Option '(?:-\w, )?--([^ ']+)[^']*' (argument missing|argument is ambiguous|does not)/.exec(message) ?? [];
  if (name === undefined) return message;
  if (problem === 'does not') return `--${name} does not take a value.`;
  const missing = `Missing value: --${name} ${options[name]?.value ?? 'VALUE'}.`;
  if (problem === 'argument missing') return missing;
  return `${missing} If the value begins with a dash, write --${name}=-VALUE.`;
}

/**
 * Serials of containers and other thumbprints are 43 characters of base64url: one of 64 begins with a dash. A serial may be
 * given by its first 8 or more characters. No option of one dash is that long.
 */
const THUMBPRINT_WITH_DASH = /^-(?:[A-Za-z0-9_-]{42}|[A-Za-z0-9_][A-Za-z0-9_-]{6,40})$/;
/** Marks a value that begins with a dash. No argument of a process can contain this character. */
const SHIELD = '\0';

function shield(argument: string): string {
  return THUMBPRINT_WITH_DASH.test(argument) ? `${SHIELD}${argument}` : argument;
}

function unshield(text: string): string {
  return text.startsWith(SHIELD) ? text.slice(SHIELD.length) : text;
}

function mapValues(values: Values): Values {
  const unshieldText = <Value>(value: Value): Value | string => (typeof value === 'string' ? unshield(value) : value);
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(unshieldText) : unshieldText(value),
    ]),
  );
}

/** Makes `--activate A B,C` into `--activate=A --activate=B,C`, the form that `parseArgs` reads. */
function repeatOptions(argv: readonly string[], options: Options): string[] {
  const repeated: string[] = [];
  let list: string | undefined;
  for (const argument of argv) {
    const [, name = '', value] = /^--([^=]*)(?:=(.*))?$/s.exec(argument) ?? [];
    if (options[name]?.takesFollowing === true) {
      list = `--${name}`;
      // Without a value, so that a list without items is refused. Items that follow replace it.
      repeated.push(value === undefined ? list : `${list}=${withoutLastComma(value)}`);
    } else if (list === undefined || argument.startsWith('-')) {
      list = undefined;
      repeated.push(argument);
    } else {
      if (repeated.at(-1) === list) repeated.pop();
      repeated.push(`${list}=${withoutLastComma(argument)}`);
    }
  }
  return repeated;
}

/** `A, B` are two arguments, the first with a comma. */
function withoutLastComma(text: string): string {
  return text.replace(/,$/, '');
}

function checkWords({ words }: CommandDefinition, given: readonly string[]): void {
  if (given.includes('')) throw new UsageError('An argument is empty.');
  const least = words.filter(({ optional }) => optional !== true).length;
  const most = words.at(-1)?.many === true ? Number.POSITIVE_INFINITY : words.length;
  if (given.length < least) {
    throw new UsageError(
      `Missing ${words
        .slice(given.length, least)
        .map(({ name }) => name)
        .join(' and ')}.`,
    );
  }
  if (given.length > most) {
    throw new UsageError(`Unexpected argument: ${escapeForTerminal(given.slice(most).join(' '))}.`);
  }
  for (const [index, { name, choices }] of words.entries()) {
    const word = given[index];
    if (word !== undefined && choices !== undefined) checkChoice(name, word, choices);
  }
}

function checkOption(name: string, option: Option, value: Values[string], isHelp: boolean): void {
  const texts = listOf(option, value);
  if (option.required === true && value === undefined && !isHelp) {
    throw new UsageError(`Missing --${name} ${option.value}.`);
  }
  if (option.value !== undefined && value !== undefined && (texts.length === 0 || texts.includes(''))) {
    throw new UsageError(`--${name} has an empty value.`);
  }
  if (option.choices !== undefined) for (const text of texts) checkChoice(`--${name}`, text, option.choices);
}

function checkChoice(name: string, given: string, choices: readonly string[]): void {
  if (choices.includes(given)) return;
  throw new UsageError(
    `${name} cannot be ${escapeForTerminal(given)}.${didYouMean(given, choices)} Allowed: ${choices.join(', ')}.`,
  );
}

function textsOf(value: Values[string]): string[] {
  return [value].flat().filter((item) => typeof item === 'string');
}

/** `--scope a,b` means `--scope a --scope b`. */
function listOf(option: Option | undefined, value: Values[string]): string[] {
  const texts = textsOf(value);
  return option?.many === true && option.whole !== true ? splitLists(texts) : texts;
}

function splitLists(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(',')).map((item) => item.trim());
}
