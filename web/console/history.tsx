import type { ReactNode } from 'react';
import type { Answer } from '../../client/index.ts';
import { useTexts } from '../shared/text.ts';
import { ContainerLink, LicenseLink } from './links.tsx';
import { Table } from './table.tsx';

type Event = Answer<'getOrderHistory'>['items'][number];

/** The events of an order, a license or a container. */
export function History({ events, isCut }: { readonly events: readonly Event[]; readonly isCut: boolean }): ReactNode {
  const { text, time } = useTexts();
  return (
    <section className="card">
      <h2>{text('history.heading')}</h2>
      <Table
        caption={text('history.heading')}
        rows={events}
        keyOf={({ id, license = '' }) => `${id} ${license}`}
        isCut={isCut}
        columns={[
          { title: 'list.at', cell: ({ at }) => time(at) },
          { title: 'list.event', cell: ({ type }) => type },
          { title: 'list.license', cell: ({ license }) => license !== undefined && <LicenseLink id={license} /> },
          {
            title: 'list.container',
            cell: ({ container, containerName }) =>
              container !== undefined && <ContainerLink serial={container} name={containerName} />,
          },
          { title: 'list.by', cell: ({ actor, by }) => by?.name ?? actor },
          { title: 'list.reason', cell: ({ reason }) => reason },
        ]}
      />
    </section>
  );
}
