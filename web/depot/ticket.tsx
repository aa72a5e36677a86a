import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ProblemError } from '../../client/index.ts';
import { depot, REFRESH_MILLISECONDS } from '../shared/api.ts';
import { BRAND, type Column } from '../shared/brand.ts';
import { Tick } from '../shared/checkbox.tsx';
import { Notice } from '../shared/notice.tsx';
import { useTexts } from '../shared/text.ts';
import { type Described, describeLicense, type TicketLicense } from './describe-license.ts';

/** A license that a person selected, and where it is. */
export interface Selected {
  readonly ticket: string;
  readonly license: TicketLicense;
  readonly possible: NonNullable<Described['possible']>;
}

interface Props {
  readonly code: string;
  /** The serial of the container in this browser. */
  readonly own: string | undefined;
  readonly selected: ReadonlyMap<string, Selected>;
  readonly onSelect: (changed: readonly Selected[], isSelected: boolean) => void;
  readonly onClose: () => void;
}

export function Ticket({ code, own, selected, onSelect, onClose }: Props): ReactNode {
  const texts = useTexts();
  const { text } = texts;
  const { data, error, isPending } = useQuery({
    queryKey: ['ticket', code],
    queryFn: () => depot.getTicket({ params: { code } }),
    refetchInterval: REFRESH_MILLISECONDS,
  });
  const now = Date.now();
  const rows = (data?.licenses ?? []).map((license) => ({ license, ...describeLicense(license, own, texts, now) }));
  const choosable = rows.flatMap(({ license, possible }) =>
    possible === undefined ? [] : [{ ticket: code, license, possible }],
  );
  const chosen = choosable.filter(({ license }) => selected.has(license.id));
  return (
    <section className="card" aria-label={text('tickets.caption', { code })}>
      <div className="row">
        <h2 className="code">{code}</h2>
        <button type="button" aria-label={text('tickets.remove', { code })} onClick={onClose}>
          ✕
        </button>
      </div>
      {isPending && <p>{text('tickets.loading')}</p>}
      {error !== null && <Notice kind="bad">{problemOf(error, texts)}</Notice>}
      {data?.licenses.length === 0 && <p>{text('tickets.empty')}</p>}
      {rows.length > 0 && (
        <table className="stacked">
          <caption className="hidden">{text('tickets.caption', { code })}</caption>
          <thead>
            <tr>
              <th className="tick" scope="col">
                <Tick
                  label={text('select.all')}
                  checked={chosen.length > 0 && chosen.length === choosable.length}
                  indeterminate={chosen.length > 0 && chosen.length < choosable.length}
                  disabled={choosable.length === 0}
                  onChange={(isSelected) => onSelect(choosable, isSelected)}
                />
              </th>
              {BRAND.columns.map((column) => (
                <th key={column} scope="col">
                  {text(`column.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ license, possible, state, notes }) => (
              <tr key={license.id}>
                <td className="tick">
                  <Tick
                    label={text('select.one', { product: license.product, license: license.id })}
                    checked={selected.has(license.id)}
                    disabled={possible === undefined}
                    onChange={(isSelected) =>
                      possible !== undefined && onSelect([{ ticket: code, license, possible }], isSelected)
                    }
                  />
                </td>
                {BRAND.columns.map((column) => (
                  <td key={column}>{cellOf(column, license, { state, notes }, texts)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function cellOf(
  column: Column,
  license: TicketLicense,
  { state, notes }: Pick<Described, 'state' | 'notes'>,
  { text, day }: ReturnType<typeof useTexts>,
): ReactNode {
  switch (column) {
    case 'product':
      return <strong>{license.product}</strong>;
    case 'id':
      return <span className="code quiet">{license.id}</span>;
    case 'until':
      return license.terms.expiresAt === undefined ? text('until.none') : day(license.terms.expiresAt);
    case 'features':
      return (license.terms.features ?? []).join(', ');
    case 'state':
      return (
        <>
          {state}
          {notes.map((note) => (
            <div key={note} className="warn">
              {note}
            </div>
          ))}
        </>
      );
  }
}

function problemOf(error: unknown, { text }: ReturnType<typeof useTexts>): string {
  if (!(error instanceof ProblemError)) return text('failed.unreachable');
  return error.code === 'not-found' ? text('tickets.unknown') : error.detail;
}
