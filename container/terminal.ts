/** Text from elsewhere as a terminal may safely show it: control and formatting characters as escapes. */
export function shown(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** A table with a heading; columns without any value are left out. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(shown));
  const columns = heading
    .map((_, column) => column)
    .filter((column) => cells.some((row) => (row[column] ?? '') !== ''));
  const widths = columns.map((column) => Math.max(...[heading, ...cells].map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    columns
      .map((column, index) => (row[column] ?? '').padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  return [heading, ...cells].map(line).join('\n');
}

/** `1 license`, `2 licenses`. */
export function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}
