import { cut, padded, widthOf } from './measure.ts';
import { escapeForTerminal } from './text.ts';

export interface Column {
  readonly title: string;
  /**
   * Columns that the text may be cut down to where the terminal is narrow. None: what is in it is copied by people, and
   * stays whole.
   */
  readonly narrowest?: number;
}

export interface TableLayout {
  /** Columns of the terminal; unlimited unless said. */
  readonly width?: number | undefined;
  /** Paints a cell after it was measured. */
  readonly paint?: ((cell: string, column: number, row: number) => string) | undefined;
  readonly paintHeading?: ((heading: string) => string) | undefined;
}

const GAP = '  ';

/**
 * A table with a heading; columns without any value are left out. Where the terminal is too narrow, texts are cut, and where
 * that is not enough, each row is told over several lines.
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
  const widths = fitted(used, wanted, layout.width);
  if (widths === undefined) return records(used, cells, layout);
  const { paint = (cell: string) => cell, paintHeading = (heading: string) => heading } = layout;
  const heading = used.map(({ title }, index) => padded(cut(title, widths[index] ?? 0), widths[index] ?? 0));
  const lines = cells.map((row, number) =>
    used
      .map(({ at }, index) => {
        const width = widths[index] ?? 0;
        const cell = cut(row[at] ?? '', width);
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

/** The widths of the columns within `available`, the widest that may be cut being cut first; `undefined`: it cannot be. */
function fitted(
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

/** Each row as lines of `title  value`, a blank line between two rows. */
function records(columns: readonly UsedColumn[], cells: readonly (readonly string[])[], layout: TableLayout): string {
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

/** Lines of `title  value`; those without a value are left out. Values are shown as they are. */
export function fields(
  lines: readonly (readonly [title: string, value: string | undefined])[],
  paintTitle: (title: string) => string = (title) => title,
): string {
  const response = lines.filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(0, ...response.map(([title]) => widthOf(title)));
  return response.map(([title, value]) => `${paintTitle(padded(title, width))}${GAP}${value}`).join('\n');
}
