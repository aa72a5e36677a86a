import type { ReactNode } from 'react';
import { type TextKey, useTexts } from '../shared/text.ts';

export interface Column<Row> {
  readonly title: TextKey;
  readonly cell: (row: Row) => ReactNode;
}

interface Props<Row> {
  readonly caption: string;
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly columns: readonly Column<Row>[];
  /** There are more rows than the table shows. */
  readonly isCut?: boolean;
}

export function Table<Row>({ caption, rows, keyOf, columns, isCut = false }: Props<Row>): ReactNode {
  const { text } = useTexts();
  if (rows.length === 0) return <p>{text('list.empty')}</p>;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls inside of its card, with the keyboard, too */}
      <section className="scroll" aria-label={caption} tabIndex={0}>
        <table>
          <caption className="hidden">{caption}</caption>
          <thead>
            <tr>
              {columns.map(({ title }) => (
                <th key={title} scope="col">
                  {text(title)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={keyOf(row)}>
                {columns.map(({ title, cell }) => (
                  <td key={title}>{cell(row)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {isCut && <p className="quiet">{text('console.more')}</p>}
    </>
  );
}
