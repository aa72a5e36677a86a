import { type ReactNode, useState } from 'react';
import { useTexts } from '../shared/text.ts';
import { ActionDialog } from './action-dialog.tsx';
import { ContainerLink, LicenseLink } from './links.tsx';
import { Loaded } from './loaded.tsx';
import { Table } from './table.tsx';

const MOST = 100;

/** Incoming webhooks that failed or wait, with what helps. */
export function Webhooks({ state }: { readonly state: 'failed' | 'waiting' }): ReactNode {
  const { text, time } = useTexts();
  const [chosen, setChosen] = useState<{ readonly id: string; readonly action: 'replay' | 'close' }>();
  const heading = text(state === 'failed' ? 'needs.failed-webhooks' : 'needs.waiting-webhooks');
  return (
    <section className="card">
      <h2>{heading}</h2>
      <Loaded
        queryKey={['webhooks', state]}
        load={(vendor) => vendor.listWebhooks({ query: { state, limit: MOST, order: 'newest' } })}
      >
        {({ items, cursor }) => (
          <Table
            caption={heading}
            rows={items}
            keyOf={({ id }) => id}
            isCut={cursor !== undefined}
            columns={[
              { title: 'list.at', cell: ({ receivedAt }) => time(receivedAt) },
              { title: 'list.webhook', cell: ({ id, source, topic }) => `${source} ${topic ?? ''} ${id}` },
              { title: 'list.problem', cell: ({ problem, result }) => problem?.detail ?? reasonOf(result) },
              {
                title: 'list.action',
                cell: ({ id }) => (
                  <div className="row">
                    <button type="button" onClick={() => setChosen({ id, action: 'replay' })}>
                      {text('do.replay')}
                    </button>
                    <button type="button" onClick={() => setChosen({ id, action: 'close' })}>
                      {text('do.close')}
                    </button>
                  </div>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      {chosen !== undefined && (
        <ActionDialog
          title={chosen.action === 'replay' ? text('do.replay') : text('do.close.heading', { webhook: chosen.id })}
          confirm={chosen.action === 'replay' ? 'do.replay' : 'do.close'}
          hasReason={chosen.action === 'close'}
          order={async (vendor, reason) => {
            const params = { id: chosen.id };
            const answer =
              chosen.action === 'replay'
                ? await vendor.replayWebhook({ params })
                : await vendor.closeWebhook({ params, body: { reason } });
            // A replay is carried out, and can fail again.
            if (answer.problem !== undefined && answer.state === 'failed') throw new Error(answer.problem.detail);
            return {};
          }}
          onClose={() => setChosen(undefined)}
        >
          {chosen.id}
        </ActionDialog>
      )}
    </section>
  );
}

const reasonOf = (result: object | undefined): ReactNode =>
  result !== undefined && 'reason' in result ? String(result.reason) : '';

/** Every container with vendor actions that wait for its next update. */
export function AutoUpdates(): ReactNode {
  const { text, time } = useTexts();
  return (
    <section className="card">
      <h2>{text('needs.pending')}</h2>
      <Loaded queryKey={['auto-updates']} load={(vendor) => vendor.listAutoUpdates({ query: { limit: MOST } })}>
        {({ items, cursor }) => (
          <Table
            caption={text('needs.pending')}
            rows={items.flatMap(({ pending, ...container }) => pending.map((action) => ({ ...action, container })))}
            keyOf={({ license, container }) => `${container.container} ${license}`}
            isCut={cursor !== undefined}
            columns={[
              { title: 'list.at', cell: ({ orderedAt }) => time(orderedAt) },
              { title: 'list.action', cell: ({ action }) => action },
              { title: 'list.license', cell: ({ license }) => <LicenseLink id={license} /> },
              { title: 'list.product', cell: ({ product }) => product },
              {
                title: 'list.container',
                cell: ({ container }) => <ContainerLink serial={container.container} name={container.name} />,
              },
              { title: 'list.reason', cell: ({ reason }) => reason },
            ]}
          />
        )}
      </Loaded>
    </section>
  );
}

/** Containers that keep away, or whose receipt is missing. */
export function Containers({ selection }: { readonly selection: 'silent' | 'outstanding' }): ReactNode {
  const { text, time } = useTexts();
  const heading = text(selection === 'silent' ? 'needs.silent' : 'needs.outstanding');
  const query =
    selection === 'silent'
      ? ({ silentFor: '90d', limit: MOST } as const)
      : ({ outstanding: true, limit: MOST } as const);
  return (
    <section className="card">
      <h2>{heading}</h2>
      <Loaded queryKey={['containers', selection]} load={(vendor) => vendor.listContainers({ query })}>
        {({ items, cursor }) => (
          <Table
            caption={heading}
            rows={items}
            keyOf={({ serial }) => serial}
            isCut={cursor !== undefined}
            columns={[
              { title: 'list.container', cell: ({ serial, name }) => <ContainerLink serial={serial} name={name} /> },
              {
                title: 'list.contact',
                cell: ({ lastContactAt }) => lastContactAt !== undefined && time(lastContactAt),
              },
              {
                title: 'list.counter',
                cell: ({ counter, outstandingCount }) =>
                  `${counter}${outstandingCount > 0 ? ` (+${outstandingCount})` : ''}`,
              },
              { title: 'list.pending', cell: ({ pendingCount }) => pendingCount },
            ]}
          />
        )}
      </Loaded>
    </section>
  );
}

/** The vendor's event endpoints, and how the deliveries to them go. */
export function Endpoints(): ReactNode {
  const { text, time } = useTexts();
  return (
    <section className="card">
      <h2>{text('needs.endpoints')}</h2>
      <Loaded queryKey={['endpoints']} load={(vendor) => vendor.listEventEndpoints()}>
        {({ items }) => (
          <Table
            caption={text('needs.endpoints')}
            rows={items}
            keyOf={({ id }) => id}
            columns={[
              { title: 'list.url', cell: ({ url }) => url },
              { title: 'list.state', cell: ({ status, health }) => `${status}, ${health.status}` },
              { title: 'list.backlog', cell: ({ health }) => health.backlog.events },
              {
                title: 'list.problem',
                cell: ({ health: { lastError } }) =>
                  lastError !== undefined && `${time(lastError.at)}: ${lastError.error}`,
              },
            ]}
          />
        )}
      </Loaded>
    </section>
  );
}
