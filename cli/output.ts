import { type Column, table } from '../terminal/table.ts';
import type { Session } from './session.ts';

/** How the items of a list are shown to people. */
export interface ListLayout<Item> {
  readonly columns: readonly (Column | string)[];
  row(item: Item): readonly string[];
  /** Printed when the list is empty. */
  readonly none: string;
  /** Paints a cell. */
  paint?(cell: string, column: number, item: Item): string;
}

/** Items in a table without `--limit`. With `--json` a list is complete. */
const TABLE_LIMIT = 100;

/** Prints one JSON document, or the text for people. */
export function printDocument({ io, json }: Session, value: unknown, format: () => string): void {
  io.out(json ? `${JSON.stringify(value, null, 2)}\n` : `${format()}\n`);
}

/** Prints one item of several: a line of JSON, or a line for people. */
export function printLine({ io, json }: Session, value: unknown, format: () => string): void {
  io.out(json ? `${JSON.stringify(value)}\n` : `${format()}\n`);
}

export interface Limit {
  readonly limit: number | undefined;
}

/** Prints a list: a line of JSON per item as it arrives, or a table that fits the terminal. */
export async function printList<Item>(
  session: Session,
  items: AsyncIterable<Item> | Iterable<Item>,
  layout: ListLayout<Item>,
  { limit }: Limit = { limit: undefined },
): Promise<void> {
  const { io, json } = session;
  const most = limit ?? (json ? Number.POSITIVE_INFINITY : TABLE_LIMIT);
  const shown: Item[] = [];
  let count = 0;
  let hasMore = false;
  for await (const item of items) {
    if (count === most) {
      hasMore = true;
      break;
    }
    count += 1;
    if (json) io.out(`${JSON.stringify(item)}\n`);
    else shown.push(item);
  }
  if (!json) io.out(count === 0 ? '' : `${tableOf(session, shown, layout)}\n`);
  if (!json && count === 0) io.err(`${layout.none}\n`);
  const shownCount = most === 1 ? 'This is the first one' : `These are the first ${most}`;
  if (hasMore && !json) io.err(`${shownCount}; there are more. For more: --limit N; for all: --json\n`);
}

/** The items as a table that fits the terminal. */
export function tableOf<Item>(
  { io, style }: Session,
  items: readonly Item[],
  { columns, row, paint }: ListLayout<Item>,
): string {
  return table(columns, items.map(row), {
    ...(io.stdout.isTerminal ? { width: io.stdout.columns } : {}),
    paintHeading: style.bold,
    ...(paint === undefined
      ? {}
      : {
          paint: (cell, column, index) => {
            const item = items[index];
            return item === undefined ? cell : paint(cell, column, item);
          },
        }),
  });
}
