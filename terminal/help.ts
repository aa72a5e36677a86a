import { type CommandDefinition, type Option, optionsOf, type Program, type Word } from './command.ts';
import { commandsBelow, nextWords } from './find-command.ts';
import { widthOf, wrapped } from './measure.ts';
import { fields } from './table.ts';
import { capitalized } from './text.ts';

const WIDTH = 80;
const NARROWEST_TEXT = 40;
const INDENT = '  ';

/** The help of a program, or of a group of its commands. */
export function overview(program: Program, path: readonly string[]): string {
  const { name: programName, title, commands, groups, footer } = program;
  const lines = nextWords(commands, path).map((word): [string, string] => {
    const name = [...path, word];
    const [command] = commandsBelow(commands, name);
    if (command?.name.length === name.length) return [name.join(' '), command.summary];
    return [name.join(' '), `${groups[name.join(' ')] ?? ''}: ${nextWords(commands, name).join(', ')}`];
  });
  const parts = [
    path.length === 0 ? title : `${capitalized(groups[path.join(' ')] ?? '')}.`,
    `Usage: ${[programName, ...path].join(' ')} <command> [options]`,
    alignColumns(lines),
    `For details and examples: ${[programName, ...path].join(' ')} <command> --help`,
    ...(path.length === 0 ? [`Version: ${programName} --version`] : []),
    ...(path.length === 0 ? footer : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** The help of one command. */
export function commandHelp(program: Program, command: CommandDefinition): string {
  const { summary, about, words, examples } = command;
  const options = Object.entries(optionsOf(program, command)).map(([name, option]) => optionLine(name, option));
  const parts = [
    [`${capitalized(summary)}.`, ...(about === undefined ? [] : wrapped(about, WIDTH))].join('\n'),
    wrappedCommand(`Usage: ${usageOf(program, command)}`, '').join('\n'),
    alignColumns([...words.map(wordLine), ...options]),
    `Examples:\n${examples.map((example) => indented(wrappedCommand(example, ' \\').join('\n'))).join('\n')}`,
  ];
  return `${parts.join('\n\n')}\n`;
}

/** `relicense orders show ORDER [options]`. */
export function usageOf(program: Program, { name, words, options }: CommandDefinition): string {
  const required = Object.entries(options).filter(([, option]) => option.required === true);
  return [
    program.name,
    ...name,
    ...words.map((word) => (word.optional === true ? `[${placeholderOf(word)}]` : placeholderOf(word))),
    ...required.map(([option, { value }]) => `--${option} ${value}`),
    '[options]',
  ].join(' ');
}

/** `LICENSE`, or `LICENSE...` for several. */
function placeholderOf({ name, many }: Word): string {
  return many === true ? `${name}...` : name;
}

/** Exit codes and what they mean, in the order of `codes`. */
export function exitCodes<Name extends string>(
  codes: Readonly<Record<Name, number>>,
  meanings: Readonly<Record<Name, string>>,
): string {
  const lines = Object.entries<number>(codes).map(([name, code]): [string, string] => [
    String(code),
    Object.entries<string>(meanings).find(([other]) => other === name)?.[1] ?? '',
  ]);
  return `Exit codes:\n${alignColumns(lines)}`;
}

function wordLine({ name, help, choices }: Word): [string, string] {
  return [name, choices === undefined ? help : `${help}: ${choices.join(', ')}`];
}

function optionLine(name: string, { value, many, whole, takesFollowing, choices, help }: Option): [string, string] {
  const more = [
    ...(choices === undefined ? [] : [`: ${choices.join(', ')}`]),
    ...(many === true && whole === true ? ['; repeat it for several'] : []),
    ...(many === true && whole !== true && takesFollowing !== true ? ['; for several use commas or repeat it'] : []),
  ].join('');
  const several = takesFollowing === true ? '...' : '';
  return [value === undefined ? `--${name}` : `--${name} ${value}${several}`, `${help}${more}`];
}

/** Names in one column, their texts in lines beside it. */
function alignColumns(lines: readonly (readonly [string, string])[]): string {
  const width = Math.max(...lines.map(([name]) => name.length));
  const textWidth = Math.max(NARROWEST_TEXT, WIDTH - INDENT.length - width - INDENT.length);
  const rows = lines.map(([name, text]) => {
    const [first = '', ...others] = wrapped(text, textWidth);
    return [
      fields([[name.padEnd(width), first]]),
      ...others.map((line) => `${' '.repeat(width)}${INDENT}${line}`),
    ].join('\n');
  });
  return indented(rows.join('\n'));
}

/**
 * A command line in lines that fit a terminal. It is broken at spaces outside quotes, with `continuation` at the end of each
 * line but the last, so that it can be pasted.
 */
function wrappedCommand(line: string, continuation: string): string[] {
  const words = line.match(/(?:"[^"]*"|\S)+/g) ?? [];
  const width = WIDTH - INDENT.length - continuation.length;
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `${INDENT}${INDENT}${word}`);
  }
  return lines.map((text, index) => (index === lines.length - 1 ? text : `${text}${continuation}`));
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `${INDENT}${line}`)
    .join('\n');
}

/** A paragraph in lines that fit a terminal. */
export function paragraph(text: string): string {
  return wrapped(text, WIDTH).join('\n');
}
