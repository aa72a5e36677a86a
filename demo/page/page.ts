import { padded, widthOf, wrapped } from '../../terminal/measure.ts';
import type { Style } from '../../terminal/style.ts';

/** Formats the demo's output and writes it line by line. */
export interface Page {
  readonly style: Style;
  /** Columns of a line. */
  readonly width: number;
  line(text?: string): void;
  /** Prints one text at the left margin and one at the right. */
  title(left: string, right?: string): void;
  /** Prints the heading of a scene. */
  heading(number: number, text: string): void;
  /** Prints wrapped text. */
  prose(text: string): void;
  /** Prints a quotation of the source text, wrapped, with a bar at its left. */
  quote(text: string): void;
  /** Prints an action: who acted, what they did, and the outcome. */
  action(who: string, what: string, outcome: string): void;
  /** Prints a name with a wrapped text beside it. */
  named(name: string, text: string): void;
  /** Prints a remark on the action before, wrapped. */
  note(text: string): void;
  /** Returns whether the table fits between the margins without wrapping a cell. */
  fits(headers: readonly string[], rows: readonly (readonly string[])[]): boolean;
  /** Prints a table. Columns are as wide as their longest cell; the last column wraps at the right margin. */
  table(headers: readonly string[], rows: readonly (readonly string[])[]): void;
  /** Prints a check that passed. */
  passed(text: string): void;
  /** Prints a check that failed. */
  failed(text: string, found: string): void;
}

const NARROWEST = 60;
const WIDEST = 104;
const MARGIN = 5;
const BETWEEN_CELLS = 3;
/** The narrowest width of a wrapped cell, in columns. */
const LEAST_CELL = 20;
/** Width of the actor of an action, and of a name in a list, in columns. */
const WHO = 8;
const NAME = 11;

/** @param columns width of the terminal; 100 if there is no terminal. */
export function createPage(write: (text: string) => void, style: Style, columns = 100): Page {
  const width = Math.max(NARROWEST, Math.min(columns, WIDEST));
  const inner = width - MARGIN - 1;
  const margin = ' '.repeat(MARGIN);
  let previous: 'action' | 'other' = 'other';
  const line = (text = ''): void => {
    write(`${text.trimEnd()}\n`);
    previous = 'other';
  };
  /** Prints a text after a lead and indents its further lines to the first word. */
  const hanging = (lead: string, text: string): void => {
    const [first = '', ...rest] = wrapped(text, inner - widthOf(lead));
    line(`${margin}${lead}${first}`);
    for (const more of rest) line(`${margin}${' '.repeat(widthOf(lead))}${more}`);
  };
  return {
    style,
    width,
    line,
    title(left, right = '') {
      const gap = Math.max(1, width - 2 - widthOf(left) - widthOf(right));
      line(`  ${left}${' '.repeat(gap)}${right}`);
    },
    heading(number, text) {
      line();
      line();
      const rule = '─'.repeat(Math.max(0, width - MARGIN - widthOf(text) - 1));
      line(`${style.cyan(style.bold(String(number).padStart(MARGIN - 2)))}  ${style.bold(text)} ${style.dim(rule)}`);
    },
    prose(text) {
      for (const one of wrapped(text, inner)) line(margin + one);
    },
    quote(text) {
      line();
      for (const one of wrapped(`“${text}”`, inner - 2)) line(`${margin}${style.dim('┃')} ${style.dim(one)}`);
    },
    action(who, what, outcome) {
      if (previous !== 'action') line();
      hanging(`${style.blue('▸')} ${style.blue(padded(who, WHO))} `, `${what} ${style.dim('→')} ${outcome}`);
      previous = 'action';
    },
    note(text) {
      for (const one of wrapped(text, inner - WHO - 3)) line(`${margin}${' '.repeat(WHO + 3)}${style.dim(one)}`);
      previous = 'action';
    },
    named(name, text) {
      hanging(`${padded(name, NAME)} `, text);
    },
    fits(headers, rows) {
      const widths = columnWidths(headers, rows);
      return widths.reduce((sum, one) => sum + one + BETWEEN_CELLS, -BETWEEN_CELLS) <= inner;
    },
    table(headers, rows) {
      const widths = columnWidths(headers, rows);
      const before = widths.slice(0, -1).reduce((sum, one) => sum + one + BETWEEN_CELLS, 0);
      const between = ' '.repeat(BETWEEN_CELLS);
      const lead = (cells: readonly string[]): string =>
        cells
          .slice(0, -1)
          .map((cell, column) => padded(cell, widths[column] ?? 0) + between)
          .join('');
      line();
      line(margin + style.dim(lead(headers) + (headers.at(-1) ?? '')));
      for (const row of rows) {
        const [first = '', ...rest] = wrapped(row.at(-1) ?? '', Math.max(LEAST_CELL, inner - before));
        line(margin + lead(row) + first);
        for (const more of rest) line(`${margin}${' '.repeat(before)}${more}`);
      }
    },
    passed(text) {
      hanging(`${style.green('✓')} `, text);
    },
    failed(text, found) {
      hanging(`${style.red('✗')} `, style.red(text));
      hanging('  ', `found: ${found}`);
    },
  };
}

function columnWidths(headers: readonly string[], rows: readonly (readonly string[])[]): number[] {
  return headers.map((header, column) => Math.max(widthOf(header), ...rows.map((row) => widthOf(row[column] ?? ''))));
}
