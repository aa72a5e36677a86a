import { decideWithdrawal } from '../../domain/vendor-order.ts';
import type { Run } from '../http/run.ts';
import type { Runtime } from '../ports.ts';
import type { Write } from '../table/commit.ts';
import { putLicense } from '../table/license-item.ts';
import {
  discardWrites,
  isBlocked,
  type LicenseOrder,
  type Ordered,
  orderEvidence,
  orderOnLicense,
  pendingWrites,
  retired,
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
  const details = { at: runtime.now().toISOString(), ...(reason === undefined ? {} : { reason }) };
  const order: LicenseOrder<Withdrawal> = {
    ...(also === undefined ? {} : { also }),
    async decide(license, container) {
      // What an earlier run of the same request has done is done, and no order on a license that is gone.
      if (again && license.standing.at === 'withdrawn') return { kind: 'unchanged', result: { status: 'withdrawn' } };
      const decision = decideWithdrawal(license, viewFor(container), details);
      switch (decision.kind) {
        case 'refused':
          return decision;
        case 'unchanged':
          return { kind: 'unchanged', result: { status: 'pending', container: decision.container } };
        case 'at-once': {
          const assigned = container !== undefined && decision.pending !== undefined;
          const writes = [
            putLicense(runtime, { ...license, standing: { at: 'withdrawn' } }),
            ...(assigned ? pendingWrites(runtime, container, decision.pending) : []),
            ...orderEvidence(runtime, license, container?.serial, 'license.withdrawn', pick(reason)),
          ];
          return { kind: 'commit', writes, result: { status: 'withdrawn' } };
        }
        case 'pending': {
          const { standing } = license;
          if (container === undefined || (standing.at !== 'collected' && standing.at !== 'returned')) {
            throw new Error(`License ${id} is in no container`);
          }
          if (isBlocked(container)) return retired(container);
          const discarded = await discardWrites(runtime, decision.discard);
          const earmark = { action: 'withdraw', orderedAt: details.at, ...pick(reason) } as const;
          const writes = [
            putLicense(runtime, { ...license, standing: { ...standing, earmark } }),
            ...pendingWrites(runtime, container, decision.pending),
            ...discarded.writes,
            ...orderEvidence(runtime, license, container.serial, 'withdrawal.ordered', pick(reason), discarded.entries),
          ];
          return { kind: 'commit', writes, result: { status: 'pending', container: container.serial } };
        }
      }
    },
  };
  return orderOnLicense(runtime, id, order);
}

function pick(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason };
}
