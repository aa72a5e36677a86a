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
/** The narrowest width of the last cell of a row, and of each other cell, in columns. */
const LEAST_LAST_CELL = 20;
const LEAST_CELL = 8;
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
      const widths = fittedWidths(columnWidths(headers, rows), inner);
      const between = ' '.repeat(BETWEEN_CELLS);
      /** A row as lines, each cell wrapped to its column. */
      const linesOf = (row: readonly string[]): string[] => {
        const cells = row.map((cell, column) => wrapped(cell, widths[column] ?? 0));
        return Array.from({ length: Math.max(...cells.map((cell) => cell.length)) }, (_, index) =>
          cells.map((cell, column) => padded(cell[index] ?? '', widths[column] ?? 0)).join(between),
        );
      };
      line();
      for (const one of linesOf(headers)) line(margin + style.dim(one.trimEnd()));
      for (const row of rows) for (const one of linesOf(row)) line(margin + one);
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

/** The widths, narrowed until the row fits: the last column first, then the widest of the others. */
function fittedWidths(widths: readonly number[], inner: number): number[] {
  const fitted = [...widths];
  const last = fitted.length - 1;
  const excess = (): number => fitted.reduce((sum, one) => sum + one + BETWEEN_CELLS, -BETWEEN_CELLS) - inner;
  const narrow = (column: number, least: number): void => {
    const width = fitted[column] ?? 0;
    fitted[column] = Math.max(Math.min(width, least), width - Math.max(0, excess()));
  };
  narrow(last, LEAST_LAST_CELL);
  while (excess() > 0) {
    const widest = fitted
      .slice(0, -1)
      .reduce((best, width, column, all) => (width > (all[best] ?? 0) ? column : best), 0);
    const width = fitted[widest] ?? 0;
    if (width <= LEAST_CELL) break;
    fitted[widest] = width - 1;
  }
  return fitted;
}
