import type { Acceptance } from '../../domain/bulk-order.ts';
import type { ContainerView } from '../../domain/sequence.ts';
import { decideWithdrawal, type OrderDecision, type OrderDetails } from '../../domain/vendor-order.ts';
import type { Container } from '../containers/container.ts';
import type { Run } from '../http/run.ts';
import type { Runtime } from '../ports.ts';
import type { Write } from '../table/commit.ts';
import { type OrderEntry, orderHistory } from '../table/history-items.ts';
import { putLicense, type StoredLicense } from '../table/license-item.ts';
import {
  discardWrites,
  type LicenseOrder,
  type Ordered,
  orderEntry,
  orderOnLicense,
  pendingWrites,
  unlessBlocked,
  viewFor,
} from './order-on-license.ts';

export type Withdrawal = { readonly status: 'withdrawn' } | { readonly status: 'pending'; readonly container: string };

/**
 * Withdraws a license: at once when it is available (W1, A2), otherwise at the next reprogramming (W3 to W5). `also` is
 * written with it.
 */
export async function withdrawLicense(
  runtime: Runtime,
  id: string,
  reason: string | undefined,
  { again }: Pick<Run, 'again'>,
  also?: (result: Withdrawal) => readonly Write[],
): Promise<Ordered<Withdrawal>> {
  const details = detailsNow(runtime, reason);
  const order: LicenseOrder<Withdrawal> = {
    ...(also === undefined ? {} : { also }),
    async decide(license, container) {
      // What an earlier run of the same request has done is done, and no order on a license that is gone.
      if (again && license.standing.at === 'withdrawn') return { kind: 'unchanged', result: { status: 'withdrawn' } };
      const decision = withdrawalIn(license, container, viewFor(container), details);
      if (decision.kind === 'refused') return decision;
      const { writes, entries, result } = await withdrawalDeed(runtime, license, container, decision, details);
      if (decision.kind === 'unchanged') return { kind: 'unchanged', result };
      const pending =
        container === undefined || decision.pending === undefined
          ? []
          : pendingWrites(runtime, container, decision.pending);
      const evidence = orderHistory(runtime, 'vendor', container?.serial, entries);
      return { kind: 'commit', writes: [...writes, ...pending, ...evidence], result };
    },
  };
  return orderOnLicense(runtime, id, order);
}

export function detailsNow(runtime: Runtime, reason: string | undefined): OrderDetails {
  return { at: runtime.now().toISOString(), ...(reason === undefined ? {} : { reason }) };
}

/** What the withdrawal comes to when the container stands as `view` says. */
export function withdrawalIn(
  license: StoredLicense,
  container: Container | undefined,
  view: ContainerView | undefined,
  details: OrderDetails,
): OrderDecision {
  return unlessBlocked(decideWithdrawal(license, view, details), container);
}

/** What an accepted withdrawal writes and tells, beside the pending actions of its container. */
export interface WithdrawalDeed {
  readonly writes: readonly Write[];
  readonly entries: readonly OrderEntry[];
  readonly result: Withdrawal;
}

export async function withdrawalDeed(
  runtime: Runtime,
  license: StoredLicense,
  container: Container | undefined,
  decision: Acceptance,
  { at, ...why }: OrderDetails,
): Promise<WithdrawalDeed> {
  switch (decision.kind) {
    case 'unchanged':
      return { writes: [], entries: [], result: { status: 'pending', container: decision.container } };
    case 'at-once':
      return {
        writes: [putLicense(runtime, { ...license, standing: { at: 'withdrawn' } })],
        entries: [orderEntry(license, container?.serial, 'license.withdrawn', why)],
        result: { status: 'withdrawn' },
      };
    case 'pending': {
      const { standing } = license;
      if (container === undefined || (standing.at !== 'collected' && standing.at !== 'returned')) {
        throw new Error(`License ${license.id} is in no container`);
      }
      const { serial } = container;
      const discarded = await discardWrites(runtime, decision.discard);
      const earmark = { action: 'withdraw', orderedAt: at, ...why } as const;
      return {
        writes: [putLicense(runtime, { ...license, standing: { ...standing, earmark } }), ...discarded.writes],
        entries: [orderEntry(license, serial, 'withdrawal.ordered', why), ...discarded.entries],
        result: { status: 'pending', container: serial },
      };
    }
  }
}
