import { type Option, optionsOf } from '../../terminal/command.ts';
import { EXIT, type ExitCode } from '../../terminal/exit.ts';
import { commandsBelow, findCommand, nextWords } from '../../terminal/find-command.ts';
import type { Completes } from '../command.ts';
import type { Io } from '../io.ts';
import { PROGRAM } from '../program.ts';
import type { Candidate } from './candidate.ts';
import { serverCandidates } from './server-candidates.ts';

const FILE = ':file';

/** Answers a shell: `INDEX WORD...`. The first word is the program, the word at the index is being typed. */
export async function complete(argv: readonly string[], io: Io): Promise<ExitCode> {
  const [index = '0', ...words] = argv;
  const typed = words.slice(1, Number(index) + 1);
  while (typed.length < Number(index)) typed.push('');
  const candidates = await candidatesFor(joinAtEquals(typed), io);
  if (candidates === FILE) io.out(`${FILE}\n`);
  else for (const [word, meaning] of candidates) io.out(`${word}\t${meaning}\n`);
  return EXIT.done;
}

/** Bash splits `--state=x` into three words. */
function joinAtEquals(words: readonly string[]): readonly string[] {
  const result: string[] = [];
  for (const word of words) {
    const last = result.at(-1);
    if (last?.startsWith('--') === true && word === '=') result.push('=');
    else if (last === '=') result[result.length - 1] = word === '=' ? '' : word;
    else result.push(word);
  }
  return result.map((word) => (word === '=' ? '' : word));
}

async function candidatesFor(words: readonly string[], io: Io): Promise<readonly Candidate[] | typeof FILE> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const found = findCommand(PROGRAM, before);
  if (found.kind === 'group') {
    if (found.next !== undefined || current.startsWith('-')) return [];
    return matching(current, nextCandidates(found.path));
  }
  const { command, rest } = found;
  const options = optionsOf(PROGRAM, command);
  const [, name = '', value] = /^--([^=]*)=(.*)$/s.exec(current) ?? [];
  if (value !== undefined) return valuesOf(options[name], value, io, `--${name}=`);
  const previous = rest.at(-1)?.replace(/^--/, '');
  const awaited = rest.at(-1)?.startsWith('--') === true ? options[previous ?? ''] : undefined;
  if (awaited?.value !== undefined) return valuesOf(awaited, current, io);
  if (current.startsWith('-')) {
    const taken = new Set(rest);
    const left = Object.entries(options).filter(([option, { many }]) => many === true || !taken.has(`--${option}`));
    return matching(
      current,
      left.map(([option, { help }]): Candidate => [`--${option}`, help]),
    );
  }
  const position = countWords(rest, options);
  const word = command.words[position] ?? (command.words.at(-1)?.many === true ? command.words.at(-1) : undefined);
  return word === undefined ? [] : valuesOf(word, current, io);
}

function nextCandidates(path: readonly string[]): readonly Candidate[] {
  return nextWords(PROGRAM.commands, path).map((word): Candidate => {
    const name = [...path, word];
    const [first] = commandsBelow(PROGRAM.commands, name);
    return [word, first?.name.length === name.length ? first.summary : (PROGRAM.groups[name.join(' ')] ?? '')];
  });
}

/** The number of words of the command that are typed already. */
function countWords(rest: readonly string[], options: Readonly<Record<string, Option>>): number {
  let count = 0;
  for (let index = 0; index < rest.length; index++) {
    const argument = rest[index] ?? '';
    if (!argument.startsWith('--')) count += 1;
    else if (!argument.includes('=') && options[argument.slice(2)]?.value !== undefined) index += 1;
  }
  return count;
}

interface Completed {
  readonly choices?: readonly string[];
  readonly completes?: Completes;
  readonly many?: true;
  readonly value?: string;
}

async function valuesOf(
  completed: Completed | undefined,
  typed: string,
  io: Io,
  prefix = '',
): Promise<readonly Candidate[] | typeof FILE> {
  if (completed === undefined) return [];
  const { choices, completes, many, value } = completed;
  if (completes === 'file') return FILE;
  // Only the last item of a list is completed.
  const comma = value !== undefined && many === true ? typed.lastIndexOf(',') + 1 : 0;
  const before = typed.slice(0, comma);
  const candidates =
    choices?.map((choice): Candidate => [choice, '']) ??
    (completes === undefined ? [] : await serverCandidates(completes, typed.slice(comma), io));
  // Bash completes only the text after the equals sign.
  return matching(typed.slice(comma), candidates).map(([word, meaning]) => [`${prefix}${before}${word}`, meaning]);
}

function matching(typed: string, candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter(([word]) => word.startsWith(typed));
}
