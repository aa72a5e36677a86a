// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it replaces.
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]+/g;

/** A text of a sender as it can be stored and shown: each run of control characters becomes a space. */
export function singleLine(text: string): string {
  return text.toWellFormed().replace(CONTROL_CHARACTERS, ' ').trim();
}

/** As {@link singleLine}, and cut to `longest` UTF-16 units, of which the last is then an ellipsis. */
export function shortLine(text: string, longest: number): string {
  const line = singleLine(text);
  return line.length <= longest
    ? line
    : `${line
        .slice(0, longest - 1)
        .toWellFormed()
        .replace(/\uFFFD$/, '')}…`;
}
