import { type ReactNode, useState } from 'react';
import type { Client } from '../../client/index.ts';
import { short } from '../shared/api.ts';
import { useTexts } from '../shared/text.ts';
import { ActionDialog, type Ordered } from './action-dialog.tsx';
import { History } from './history.tsx';
import { type License, Pending, State, Terms } from './licenses.tsx';
import { ContainerLink, LicenseLink, OrderLink } from './links.tsx';
import { Loaded } from './loaded.tsx';

export function LicenseView({ license: id }: { readonly license: string }): ReactNode {
  return (
    <>
      <Loaded queryKey={['license', id]} load={(vendor) => vendor.getLicense({ params: { license: id } })}>
        {(license) => <Card license={license} />}
      </Loaded>
      <History
        of={['license', id]}
        load={(vendor, query) => vendor.getLicenseHistory({ params: { license: id }, query })}
      />
    </>
  );
}

function Card({ license }: { readonly license: License }): ReactNode {
  const { text } = useTexts();
  const [isWithdrawing, setWithdrawing] = useState(false);
  const [isCancelling, setCancelling] = useState(false);
  const { id, product, orderId, terms, container, containerName, pending, predecessor, successor, state } = license;
  const isFinal = state === 'withdrawn' || state === 'replaced';
  return (
    <section className="card">
      <h2>{text('license.heading', { license: id })}</h2>
      <dl className="facts">
        <Fact name={text('list.product')}>{product}</Fact>
        <Fact name={text('list.order')}>
          <OrderLink id={orderId} />
        </Fact>
        <Fact name={text('list.state')}>
          <State license={license} />
        </Fact>
        {container !== undefined && (
          <Fact name={text('list.container')}>
            <ContainerLink serial={container} name={containerName} />
          </Fact>
        )}
        {pending !== undefined && (
          <Fact name={text('list.pending')}>
            <Pending license={license} />
          </Fact>
        )}
        <Fact name={text('list.terms')}>
          <Terms terms={terms} />
        </Fact>
      </dl>
      {predecessor !== undefined && (
        <p>
          {text('license.predecessor', { license: '' })}
          <LicenseLink id={predecessor} />
        </p>
      )}
      {successor !== undefined && (
        <p>
          {text('license.successor', { license: '' })}
          <LicenseLink id={successor} />
        </p>
      )}
      <div className="row">
        <button type="button" disabled={isFinal || pending?.action === 'withdraw'} onClick={() => setWithdrawing(true)}>
          {text('do.withdraw')}
        </button>
        <button type="button" disabled={pending === undefined} onClick={() => setCancelling(true)}>
          {text('do.cancel')}
        </button>
      </div>
      {isWithdrawing && (
        <ActionDialog
          title={text('do.withdraw.heading', { license: id })}
          confirm="do.withdraw"
          order={(vendor, reason) => withdraw(vendor, id, reason)}
          onClose={() => setWithdrawing(false)}
        >
          {container === undefined
            ? text('do.withdraw.now')
            : text('do.withdraw.later', { container: containerName ?? short(container) })}
        </ActionDialog>
      )}
      {isCancelling && (
        <ActionDialog
          title={text('do.cancel')}
          confirm="do.cancel"
          hasReason={false}
          order={(vendor) => cancel(vendor, license)}
          onClose={() => setCancelling(false)}
        >
          {text('license.heading', { license: id })}
        </ActionDialog>
      )}
    </section>
  );
}

export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

async function withdraw(vendor: Client, license: string, reason: string): Promise<Ordered> {
  const body = reason === '' ? {} : { reason };
  const answer = await vendor.withdrawLicense({ params: { license }, body });
  return 'container' in answer ? { container: answer.container } : {};
}

async function cancel(vendor: Client, { id, pending }: License): Promise<Ordered> {
  switch (pending?.action) {
    case 'withdraw':
      await vendor.cancelWithdrawal({ params: { license: id } });
      break;
    case 'replace':
      await vendor.cancelReplacement({ params: { license: id } });
      break;
    case 'renew':
      await vendor.cancelRenewal({ params: { license: id } });
      break;
    case 'assign':
      await vendor.cancelAssignment({ params: { serial: pending.container, license: id } });
      break;
    default:
  }
  return {};
}
