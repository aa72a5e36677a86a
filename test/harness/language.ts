/** Finds wording that the project's plain English rejects, in comments, test titles, messages and documents. */

export interface Finding {
  readonly line: number;
  readonly word: string;
  readonly text: string;
}

/** Words that hide the subject, the object or the actor of a sentence. Each has a plain verb or noun instead. */
const REJECTED: readonly RegExp[] = [
  /\btold\b/i,
  /\btell(?:s|ing)?\b/i,
  /\banew\b/i,
  /\bwhoever\b/i,
  /(?<!\bthere )\b(?:is|are|was|were) (?:none|no)\b(?! longer| more than| later| earlier)/i,
  /\bhand(?:s|ed)? (?:it |them )?on\b/i,
  /\bnobody[’']s\b/i,
  /\bunless (?:said|told)\b/i,
  /\b(?:he|his|him)\b/,
  /\bwent on\b|\bgo(?:es)? on\b/i,
  /\bmend(?:s|ed)?\b/i,
  /\bof whom\b/i,
  /\b(?:deed|courier|riddle|fable)s?\b/i,
];

/** A title must be complete without the `describe` around it. */
const FRAGMENT = /^(?:of|that|also|but|not|with|and|too|even)\b/i;

const TITLE = /(?:\b(?:it|test)(?:\.\w+)*|\))\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/gs;
const COMMENT = /\/\*[\s\S]*?\*\/|(?<![:'"`\w])\/\/[^\n]*/g;
const STRING = /'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)"|`((?:\\.|[^`\\])*)`/g;
const CODE_SPAN = /`[^`]*`/g;
/** Words of the source text and of people, in typographic quotation marks. */
const QUOTE = /“[^”]*”/g;

const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length;

function rejectedWord(prose: string): string | undefined {
  const plain = prose.replaceAll(QUOTE, '“”').replaceAll(/\n\s*\*\s?/g, ' ');
  for (const pattern of REJECTED) {
    const found = pattern.exec(plain);
    if (found !== null) return found[0];
  }
  return undefined;
}

/** Rejected wording in a Markdown page; code is skipped. */
export function findInDocument(page: string): Finding[] {
  let isCode = false;
  return page.split('\n').flatMap((text, index) => {
    if (/^\s*```/.test(text)) isCode = !isCode;
    const word = isCode ? undefined : rejectedWord(text.replaceAll(CODE_SPAN, '``'));
    return word === undefined ? [] : [{ line: index + 1, word, text: text.trim() }];
  });
}

/** Rejected wording in a source file: its comments, its texts of two words or more, and the titles of its tests. */
export function findInSource(source: string): Finding[] {
  const findings: Finding[] = [];
  const check = (index: number, prose: string, word = rejectedWord(prose)): void => {
    if (word !== undefined) findings.push({ line: lineOf(source, index), word, text: prose.trim().slice(0, 160) });
  };
  for (const match of source.matchAll(COMMENT)) check(match.index, match[0].replaceAll(CODE_SPAN, '``'));
  const withoutComments = source.replaceAll(COMMENT, (comment) => comment.replaceAll(/[^\n]/g, ' '));
  for (const match of withoutComments.matchAll(STRING)) {
    const text = match[1] ?? match[2] ?? match[3] ?? '';
    if (/\s/.test(text)) check(match.index, text);
  }
  for (const match of source.matchAll(TITLE)) {
    const title = match[2] ?? '';
    check(match.index, title, FRAGMENT.exec(title)?.[0]);
  }
  return findings;
}
