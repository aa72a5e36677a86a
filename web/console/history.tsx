import type { ReactNode } from 'react';
import type { Answer, Client } from '../../client/index.ts';
import { useTexts } from '../shared/text.ts';
import { ContainerLink, LicenseLink } from './links.tsx';
import { Loaded } from './loaded.tsx';
import { Table } from './table.tsx';

type Page = Answer<'getOrderHistory'>;

/** The newest events of a history, in one page. */
const NEWEST = { order: 'newest', limit: 100 } as const;

interface Props {
  /** What the history is of: a kind, and an id. */
  readonly of: readonly [string, string];
  readonly load: (vendor: Client, query: typeof NEWEST) => Promise<Page>;
}

/** The events of an order, a license or a container. */
export function History({ of, load }: Props): ReactNode {
  const { text, time } = useTexts();
  return (
    <Loaded queryKey={['history', ...of]} load={(vendor) => load(vendor, NEWEST)}>
      {({ items, cursor }) => (
        <section className="card">
          <h2>{text('history.heading')}</h2>
          <Table
            caption={text('history.heading')}
            rows={items}
            keyOf={({ id, license = '' }) => `${id} ${license}`}
            isCut={cursor !== undefined}
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
      )}
    </Loaded>
  );
}
