import type { ReactNode } from 'react';
import type { Answer } from '../../client/index.ts';
import { useTexts } from '../shared/text.ts';
import { ContainerLink, LicenseLink, OrderLink } from './links.tsx';
import { type Column, Table } from './table.tsx';

export type License = Answer<'getLicense'>;

interface Props {
  readonly caption: string;
  readonly licenses: readonly License[];
  readonly withOrder?: boolean;
  readonly isCut?: boolean;
}

export function Licenses({ caption, licenses, withOrder = false, isCut = false }: Props): ReactNode {
  const order: Column<License> = { title: 'list.order', cell: ({ orderId }) => <OrderLink id={orderId} /> };
  return (
    <Table
      caption={caption}
      rows={licenses}
      keyOf={({ id }) => id}
      isCut={isCut}
      columns={[
        { title: 'list.license', cell: ({ id }) => <LicenseLink id={id} /> },
        { title: 'list.product', cell: ({ product }) => product },
        { title: 'list.state', cell: (license) => <State license={license} /> },
        { title: 'list.pending', cell: (license) => <Pending license={license} /> },
        {
          title: 'list.container',
          cell: ({ container, containerName }) =>
            container !== undefined && <ContainerLink serial={container} name={containerName} />,
        },
        ...(withOrder ? [order] : []),
      ]}
    />
  );
}

export function State({ license: { state, onOffer } }: { readonly license: License }): ReactNode {
  const { text } = useTexts();
  return onOffer === false ? text('state.waits-to-replace') : state;
}

/** The pending action of a license, and the latest time at which it takes effect. */
export function Pending({ license: { pending } }: { readonly license: License }): ReactNode {
  const { text, time } = useTexts();
  if (pending === undefined) return null;
  return (
    <>
      {pending.action} <ContainerLink serial={pending.container} name={pending.containerName} />
      {pending.reason !== undefined && <div className="quiet">{text('state.because', { reason: pending.reason })}</div>}
      {pending.effectiveBy !== undefined && (
        <div className="quiet">{text('license.effective', { time: time(pending.effectiveBy) })}</div>
      )}
    </>
  );
}

/** The terms in one line each. */
export function Terms({ terms }: Pick<License, 'terms'>): ReactNode {
  return Object.entries(terms).map(([name, value]) => (
    <div key={name}>
      {name}:{' '}
      {Array.isArray(value)
        ? value.join(', ')
        : typeof value === 'object'
          ? Object.values(value).join(', ')
          : String(value)}
    </div>
  ));
}
