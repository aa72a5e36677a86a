import { stripVTControlCharacters } from 'node:util';

/** The number of columns that a text takes on the screen. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) width += columnsOf(character);
  return width;
}

const WITHOUT_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60]/u;

function columnsOf(character: string): 0 | 1 | 2 {
  // Most characters, without a look-up in Unicode.
  if (character < '\u0300') return 1;
  if (WITHOUT_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** Shortens a text to `width` columns, with an ellipsis at its end. The text must have no escape sequences. */
export function truncate(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let start = '';
  let taken = 0;
  for (const character of text) {
    const columns = columnsOf(character);
    if (taken + columns > width - 1) break;
    start += character;
    taken += columns;
  }
  return width < 1 ? '' : `${start}…`;
}

/** The text with non-breaking spaces. */
export function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00a0');
}

/** Splits a text into lines of at most `width` columns. A longer word gets its own line. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
