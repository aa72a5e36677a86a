import { padded, truncate, widthOf } from './measure.ts';
import { escapeForTerminal } from './text.ts';

export interface Column {
  readonly title: string;
  /**
   * The text can be shortened to this many columns on a narrow terminal. Without it the text is never shortened: people copy
   * it.
   */
  readonly narrowest?: number;
}

export interface TableLayout {
  /** Columns of the terminal. Default: unlimited. */
  readonly width?: number | undefined;
  /** Colours a cell after its width was measured. */
  readonly paint?: ((cell: string, column: number, row: number) => string) | undefined;
  readonly paintHeading?: ((heading: string) => string) | undefined;
}

const GAP = '  ';

/**
 * A table with a heading, without the columns that are empty. On a narrow terminal texts are shortened. A table that is still
 * too wide is printed as one block per row.
 */
export function table(
  columns: readonly (Column | string)[],
  rows: readonly (readonly string[])[],
  layout: TableLayout = {},
): string {
  const cells = rows.map((row) => row.map(escapeForTerminal));
  const used = columns
    .map((column, at) => ({ ...(typeof column === 'string' ? { title: column } : column), at }))
    .filter(({ at }) => cells.some((row) => (row[at] ?? '') !== ''));
  const wanted = used.map(({ title, at }) => Math.max(widthOf(title), ...cells.map((row) => widthOf(row[at] ?? ''))));
  const widths = fitWidths(used, wanted, layout.width);
  if (widths === undefined) return formatBlocks(used, cells, layout);
  const { paint = (cell: string) => cell, paintHeading = (heading: string) => heading } = layout;
  const heading = used.map(({ title }, index) => padded(truncate(title, widths[index] ?? 0), widths[index] ?? 0));
  const lines = cells.map((row, number) =>
    used
      .map(({ at }, index) => {
        const width = widths[index] ?? 0;
        const cell = truncate(row[at] ?? '', width);
        return paint(cell, at, number) + ' '.repeat(width - widthOf(cell));
      })
      .join(GAP)
      .trimEnd(),
  );
  return [paintHeading(heading.join(GAP).trimEnd()), ...lines].join('\n');
}

interface UsedColumn extends Column {
  readonly at: number;
}

/** The widths of the columns within `available`; the widest are shortened first. `undefined` when they do not fit. */
function fitWidths(
  columns: readonly UsedColumn[],
  wanted: readonly number[],
  available: number | undefined,
): number[] | undefined {
  const widths = [...wanted];
  if (available === undefined) return widths;
  let surplus = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)) - available;
  while (surplus > 0) {
    let widest = -1;
    for (const [index, { narrowest }] of columns.entries()) {
      const width = widths[index] ?? 0;
      if (narrowest !== undefined && width > narrowest && width > (widths[widest] ?? 0)) widest = index;
    }
    if (widest === -1) return undefined;
    widths[widest] = (widths[widest] ?? 0) - 1;
    surplus -= 1;
  }
  return widths;
}

/** One block per row: lines of `title  value`. */
function formatBlocks(
  columns: readonly UsedColumn[],
  cells: readonly (readonly string[])[],
  layout: TableLayout,
): string {
  const { paint = (cell: string) => cell, paintHeading = (heading: string) => heading } = layout;
  return cells
    .map((row, number) =>
      fields(
        columns.map(({ title, at }) => [title, paint(row[at] ?? '', at, number)]),
        paintHeading,
      ),
    )
    .join('\n\n');
}

/** Lines of `title  value`, without those that have no value. Values are not escaped. */
export function fields(
  lines: readonly (readonly [title: string, value: string | undefined])[],
  paintTitle: (title: string) => string = (title) => title,
): string {
  const filled = lines.filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(0, ...filled.map(([title]) => widthOf(title)));
  return filled.map(([title, value]) => `${paintTitle(padded(title, width))}${GAP}${value}`).join('\n');
}
