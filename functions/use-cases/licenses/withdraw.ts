import type { Acceptance } from '../../../domain/forecast.ts';
import type { ContainerView } from '../../../domain/sequence.ts';
import {
  decideWithdrawal,
  type VendorActionDecision,
  type VendorActionDetails,
} from '../../../domain/vendor-action.ts';
import type { Attempt } from '../../attempt.ts';
import type { Dependencies } from '../../dependencies.ts';
import { type OrderEntry, orderHistory } from '../../store/history-items.ts';
import { putLicense, type StoredLicense } from '../../store/license-item.ts';
import type { Write } from '../../store/transactions.ts';
import type { Container } from '../containers/container.ts';
import {
  applyVendorAction,
  discardWrites,
  pendingWrites,
  unlessBlocked,
  type VendorAction,
  type VendorActionResult,
  vendorActionEntry,
  viewFor,
} from './vendor-action.ts';

export type Withdrawal = { readonly status: 'withdrawn' } | { readonly status: 'pending'; readonly container: string };

/**
 * Withdraws a license: at once when it is available (W1, A2), otherwise at the next reprogramming (W3 to W5). `extraWrites` is
 * written with it.
 */
export async function withdrawLicense(
  dependencies: Dependencies,
  id: string,
  reason: string | undefined,
  { isRetry }: Pick<Attempt, 'isRetry'>,
  extraWrites?: (result: Withdrawal) => readonly Write[],
): Promise<VendorActionResult<Withdrawal>> {
  const details = detailsNow(dependencies, reason);
  const order: VendorAction<Withdrawal> = {
    ...(extraWrites === undefined ? {} : { extraWrites }),
    async decide(license, container) {
      // What an earlier run of the same request has done is done, and no order on a license that is gone.
      if (isRetry && license.standing.at === 'withdrawn') return { kind: 'unchanged', result: { status: 'withdrawn' } };
      const decision = decideWithdrawalIn(license, container, viewFor(container), details);
      if (decision.kind === 'refused') return decision;
      const { writes, entries, result } = await withdrawalWrites(dependencies, license, container, decision, details);
      if (decision.kind === 'unchanged') return { kind: 'unchanged', result };
      const pending =
        container === undefined || decision.pending === undefined
          ? []
          : pendingWrites(dependencies, container, decision.pending);
      const evidence = orderHistory(dependencies, 'vendor', container?.serial, entries);
      return { kind: 'commit', writes: [...writes, ...pending, ...evidence], result };
    },
  };
  return applyVendorAction(dependencies, id, order);
}

export function detailsNow(dependencies: Dependencies, reason: string | undefined): VendorActionDetails {
  return { at: dependencies.now().toISOString(), ...(reason === undefined ? {} : { reason }) };
}

/** What the withdrawal comes to when the container stands as `view` says. */
export function decideWithdrawalIn(
  license: StoredLicense,
  container: Container | undefined,
  view: ContainerView | undefined,
  details: VendorActionDetails,
): VendorActionDecision {
  return unlessBlocked(decideWithdrawal(license, view, details), container);
}

/** What an accepted withdrawal writes and tells, beside the pending actions of its container. */
export interface WithdrawalWrites {
  readonly writes: readonly Write[];
  readonly entries: readonly OrderEntry[];
  readonly result: Withdrawal;
}

export async function withdrawalWrites(
  dependencies: Dependencies,
  license: StoredLicense,
  container: Container | undefined,
  decision: Acceptance,
  { at, ...why }: VendorActionDetails,
): Promise<WithdrawalWrites> {
  switch (decision.kind) {
    case 'unchanged':
      return { writes: [], entries: [], result: { status: 'pending', container: decision.container } };
    case 'at-once':
      return {
        writes: [putLicense(dependencies, { ...license, standing: { at: 'withdrawn' } })],
        entries: [vendorActionEntry(license, container?.serial, 'license.withdrawn', why)],
        result: { status: 'withdrawn' },
      };
    case 'pending': {
      const { standing } = license;
      if (container === undefined || (standing.at !== 'collected' && standing.at !== 'returned')) {
        throw new Error(`License ${license.id} is in no container`);
      }
      const { serial } = container;
      const discarded = await discardWrites(dependencies, decision.discard);
      const earmark = { action: 'withdraw', orderedAt: at, ...why } as const;
      return {
        writes: [putLicense(dependencies, { ...license, standing: { ...standing, earmark } }), ...discarded.writes],
        entries: [vendorActionEntry(license, serial, 'withdrawal.ordered', why), ...discarded.entries],
        result: { status: 'pending', container: serial },
      };
    }
  }
}
