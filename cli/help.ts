import { wrapped } from '../terminal/measure.ts';
import { fields } from '../terminal/table.ts';
import { COMMON_OPTIONS, type Command, type Option, type Word } from './command.ts';
import { EXIT, EXIT_IN_WORDS } from './exit.ts';
import { commandsBelow, nextWords } from './find-command.ts';
import { optionsOf } from './parse.ts';

const WIDTH = 100;
const INDENT = '  ';

export const PROGRAM = 'relicense';

/** What the groups of commands are about. */
export const GROUPS: Readonly<Record<string, string>> = {
  products: 'what is sold',
  'sku-mappings': 'what the SKUs of your shops deliver',
  orders: 'what was sold to whom',
  tickets: 'what is behind a customer’s code',
  licenses: 'where every license is',
  'bulk-orders': 'orders on thousands of licenses',
  containers: 'where licenses live on the customer’s side',
  webhooks: 'what the ERP and the shops have sent',
  'webhooks secrets': 'what the ERP and the shops sign with',
  events: 'what is sent to your own endpoints',
  'events endpoints': 'where events are sent',
  tokens: 'who may do what',
};

/** The help of the program, of a group, or of one command. */
export function overview(commands: readonly Command[], path: readonly string[]): string {
  const lines = nextWords(commands, path).map((word): [string, string] => {
    const name = [...path, word];
    const [command] = commandsBelow(commands, name);
    const isGroup = command?.name.length !== name.length;
    const inner = isGroup ? `: ${nextWords(commands, name).join(', ')}` : '';
    return [name.join(' '), isGroup ? `${GROUPS[name.join(' ')] ?? ''}${inner}` : (command?.summary ?? '')];
  });
  const title = path.length === 0 ? 'The vendor’s command line: sell licenses, take them back, swap them.' : '';
  const about = title === '' ? `${capitalized(GROUPS[path.join(' ')] ?? '')}.` : title;
  const usage = `Usage: ${[PROGRAM, ...path].join(' ')} <command> [options]`;
  const parts = [
    about,
    usage,
    indented(aligned(lines)),
    `${[PROGRAM, ...path].join(' ')} <command> --help tells more, with examples.`,
  ];
  return `${[...parts, ...(path.length === 0 ? [EVERYWHERE, exitCodes()] : [])].join('\n\n')}\n`;
}

const EVERYWHERE = `Results go to stdout, everything else to stderr. Tables fit the terminal, and are whole in a pipe; colours are for terminals
without NO_COLOR. With --json a list is one line of JSON for each item, anything else is one document; a refusal is one on stderr.`;

export function exitCodes(): string {
  const lines = Object.entries(EXIT).map(([name, code]): [string, string] => [
    String(code),
    EXIT_IN_WORDS[name as keyof typeof EXIT],
  ]);
  return `Exit codes:\n${indented(aligned(lines))}`;
}

export function commandHelp(command: Command): string {
  const { summary, about, words, options, examples, json } = command;
  const own = Object.entries(options).map(([name, option]) => optionLine(name, option));
  const common = Object.entries(optionsOf(command))
    .filter(([name]) => Object.hasOwn(COMMON_OPTIONS, name))
    .map(([name, option]) => optionLine(name, name === 'json' ? { help: JSON_IN_WORDS[json ?? 'document'] } : option));
  const parts = [
    [`${capitalized(summary)}.`, ...(about === undefined ? [] : wrapped(about, WIDTH))].join('\n'),
    `Usage: ${usageOf(command)}`,
    indented(aligned([...words.map(wordLine), ...own, ...common])),
    `Examples:\n${indented(examples.join('\n'))}`,
  ];
  return `${parts.join('\n\n')}\n`;
}

const JSON_IN_WORDS = {
  document: 'print one JSON document',
  lines: 'print one line of JSON for each item',
} as const;

export function usageOf({ name, words, options }: Command): string {
  const required = Object.entries(options).filter(([, option]) => option.required === true);
  return [
    PROGRAM,
    ...name,
    ...words.map(({ name: word, optional, many }) => {
      const several = many === true ? `${word}...` : word;
      return optional === true ? `[${several}]` : several;
    }),
    ...required.map(([option, { value }]) => `--${option} ${value}`),
    '[options]',
  ].join(' ');
}

function wordLine({ name, help, choices }: Word): [string, string] {
  return [name, choices === undefined ? help : `${help}: ${choices.join(', ')}`];
}

function optionLine(name: string, { value, many, choices, help }: Option): [string, string] {
  const more = [
    ...(choices === undefined ? [] : [`: ${choices.join(', ')}`]),
    ...(many === true ? ['; several with commas, or one by one'] : []),
  ].join('');
  return [value === undefined ? `--${name}` : `--${name} ${value}`, `${help}${more}`];
}

/** Names in one column, what they mean in lines beside it. */
function aligned(lines: readonly (readonly [string, string])[]): string {
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines
    .map(([name, text]) => {
      const [first = '', ...others] = wrapped(text, Math.max(40, WIDTH - width));
      return [fields([[name.padEnd(width), first]]), ...others.map((line) => `${' '.repeat(width + 2)}${line}`)].join(
        '\n',
      );
    })
    .join('\n');
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `${INDENT}${line}`)
    .join('\n');
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
