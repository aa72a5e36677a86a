import { type ReactNode, useState } from 'react';
import type { Answer } from '../../client/index.ts';
import { useTexts } from '../shared/text.ts';
import { ActionDialog } from './action-dialog.tsx';
import { History } from './history.tsx';
import { Fact } from './license.tsx';
import { LicenseLink } from './links.tsx';
import { Loaded } from './loaded.tsx';
import { Table } from './table.tsx';

export function ContainerView({ serial }: { readonly serial: string }): ReactNode {
  return (
    <>
      <Loaded queryKey={['container', serial]} load={(vendor) => vendor.getContainer({ params: { serial } })}>
        {(container) => <Card container={container} />}
      </Loaded>
      <History
        of={['container', serial]}
        load={(vendor, query) => vendor.getContainerHistory({ params: { serial }, query })}
      />
    </>
  );
}

function Card({ container }: { readonly container: Answer<'getContainer'> }): ReactNode {
  const { text, time } = useTexts();
  const [isRetiring, setRetiring] = useState(false);
  const { serial, name, counter, status, lastContactAt, contents, pending, outstanding, retirement } = container;
  return (
    <section className="card">
      <h2>{text('container.heading', { container: name ?? serial })}</h2>
      <dl className="facts">
        <Fact name={text('list.container')}>
          <span className="code">{serial}</span>
        </Fact>
        <Fact name={text('list.state')}>
          {status}
          {retirement !== undefined && `: ${retirement.reason}`}
        </Fact>
        <Fact name={text('list.counter')}>
          {counter}
          {outstanding.length > 0 && ` (+${outstanding.length})`}
        </Fact>
        {lastContactAt !== undefined && <Fact name={text('list.contact')}>{time(lastContactAt)}</Fact>}
      </dl>
      <h3>{text('container.content')}</h3>
      <Table
        caption={text('container.content')}
        rows={contents}
        keyOf={({ license, state }) => `${license} ${state}`}
        columns={[
          { title: 'list.license', cell: ({ license }) => <LicenseLink id={license} /> },
          { title: 'list.product', cell: ({ product }) => product },
          { title: 'list.state', cell: ({ state }) => state },
          { title: 'list.pending', cell: ({ license }) => pendingOf(pending, license) },
        ]}
      />
      <div className="row">
        <button type="button" disabled={status === 'retired'} onClick={() => setRetiring(true)}>
          {text('do.retire')}
        </button>
      </div>
      {isRetiring && (
        <ActionDialog
          title={text('do.retire.heading', { container: name ?? serial })}
          confirm="do.retire"
          order={async (vendor, reason) => {
            await vendor.retireContainer({ params: { serial }, body: { licenses: 'restore', reason } });
            return {};
          }}
          onClose={() => setRetiring(false)}
        >
          {text('do.retire.help')}
        </ActionDialog>
      )}
    </section>
  );
}

function pendingOf(pending: Answer<'getContainer'>['pending'], license: string): ReactNode {
  const found = pending.find((one) => one.license === license || one.replacement === license);
  return found !== undefined && `${found.action}${found.reason === undefined ? '' : `: ${found.reason}`}`;
}
