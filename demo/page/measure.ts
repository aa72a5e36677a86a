import { stripVTControlCharacters } from 'node:util';

/** Columns that a text takes on the screen; every character that the demo prints is one column wide. */
export function widthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** The same text, kept together where lines are broken. */
export function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00a0');
}

/** Breaks a text between words into lines of at most `width` columns; a longer word gets a line of its own. */
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
