import { defined } from '../../../domain/defined.ts';
import type { Acceptance } from '../../../domain/forecast.ts';
import type { VendorActor } from '../../../domain/history.ts';
import type { ContainerView } from '../../../domain/sequence.ts';
import {
  decideWithdrawal,
  type VendorActionDecision,
  type VendorActionDetails,
} from '../../../domain/vendor-action.ts';
import type { Attempt } from '../../attempt.ts';
import type { Dependencies } from '../../dependencies.ts';
import { discardWrites } from '../../store/discard-replacement.ts';
import { type OrderEntry, orderHistory } from '../../store/history-items.ts';
import { putLicense, type StoredLicense } from '../../store/license-item.ts';
import type { Write } from '../../store/transactions.ts';
import type { Container } from '../containers/container.ts';
import { effectOf, effectWrites, withEffect } from '../containers/effective-by.ts';
import { pendingWrites, vendorActionEntry, withEarmark } from '../containers/pending-writes.ts';
import {
  actionDetails,
  applyVendorAction,
  optionalViewOf,
  refuseIfBlocked,
  type VendorAction,
  type VendorActionResult,
} from './vendor-action.ts';

export type Withdrawal =
  | { readonly status: 'withdrawn' }
  | {
      readonly status: 'pending';
      readonly container: string;
      /** The time at which it is effective without a receipt (L3). */
      readonly effectiveBy?: string;
    };

/**
 * Withdraws a license: at once if it is available (W1, A2), otherwise at the container's next reprogramming (W3 to W5).
 * @param extraWrites makes writes that are committed in the same transaction.
 */
export async function withdrawLicense(
  dependencies: Dependencies,
  vendor: VendorActor,
  id: string,
  reason: string | undefined,
  { isRetry }: Pick<Attempt, 'isRetry'>,
  extraWrites?: (result: Withdrawal) => readonly Write[],
): Promise<VendorActionResult<Withdrawal>> {
  const ordered = actionDetails(dependencies, reason);
  const action: VendorAction<Withdrawal> = {
    ...defined({ extraWrites }),
    async decide(license, container) {
      // Retry: the first attempt already withdrew this license.
      if (isRetry && license.standing.at === 'withdrawn') return { kind: 'unchanged', result: { status: 'withdrawn' } };
      const details = withEffect(ordered, license, container);
      const decision = decideWithdrawalIn(license, container, optionalViewOf(container), details);
      if (decision.kind === 'refused') return decision;
      const { writes, entries, result } = await withdrawalWrites(dependencies, license, container, decision, details);
      if (decision.kind === 'unchanged') return { kind: 'unchanged', result };
      const pending =
        container === undefined || decision.pending === undefined
          ? []
          : pendingWrites(dependencies, container, decision.pending);
      const history = orderHistory(dependencies, vendor, container?.serial, entries);
      return { kind: 'commit', writes: [...writes, ...pending, ...history], result };
    },
  };
  return applyVendorAction(dependencies, id, action);
}

/** Decides the withdrawal of a license, given the container and the view of it that the withdrawals before left. */
export function decideWithdrawalIn(
  license: StoredLicense,
  container: Container | undefined,
  view: ContainerView | undefined,
  details: VendorActionDetails,
): VendorActionDecision {
  return refuseIfBlocked(decideWithdrawal(license, view, details), container);
}

/** What an accepted withdrawal writes, without the container's pending actions. */
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
  details: VendorActionDetails,
): Promise<WithdrawalWrites> {
  const { at, ...why } = details;
  switch (decision.kind) {
    case 'unchanged':
      return {
        writes: [],
        entries: [],
        result: { status: 'pending', container: decision.container, ...effectOf(license) },
      };
    case 'at-once':
      return {
        writes: [putLicense(dependencies, { ...license, standing: { at: 'withdrawn' } })],
        entries: [vendorActionEntry(license, container?.serial, 'license.withdrawn', why)],
        result: { status: 'withdrawn' },
      };
    case 'pending': {
      if (container === undefined) throw new Error(`Bug: the container of license ${license.id} was not read`);
      const { serial } = container;
      const discarded = await discardWrites(dependencies, decision.discard);
      const earmarked = withEarmark(license, { action: 'withdraw', orderedAt: at, ...why });
      return {
        writes: [
          putLicense(dependencies, earmarked),
          ...effectWrites(dependencies, license, details),
          ...discarded.writes,
        ],
        entries: [vendorActionEntry(license, serial, 'withdrawal.ordered', why), ...discarded.entries],
        result: { status: 'pending', container: serial, ...effectOf(earmarked) },
      };
    }
  }
}
