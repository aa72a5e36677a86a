import { isOnTicket } from '../../domain/license.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { withdrawLicense } from '../licenses/withdraw.ts';
import type { Runtime } from '../ports.ts';
import { licensesOfTicket } from '../table/license-item.ts';

/** What became of each license of a cancelled order. */
export interface OrderWithdrawal {
  readonly withdrawn: readonly string[];
  readonly pending: readonly string[];
  /** Reported, not lost: the order stands for the others all the same. */
  readonly refused: readonly { readonly license: string; readonly refusal: Refusal }[];
}

/**
 * Withdraws what an order delivered, by W1 to W5 for each license. One that others of the order depend on is tried again
 * after them.
 */
export async function withdrawOrder(
  runtime: Runtime,
  ticket: string,
  reason: string | undefined,
): Promise<OrderWithdrawal> {
  const withdrawn: string[] = [];
  const pending: string[] = [];
  let left = (await licensesOfTicket(runtime, ticket)).filter((one) => isOnTicket(one.standing)).map((one) => one.id);
  for (;;) {
    const refused: { license: string; refusal: Refusal }[] = [];
    for (const license of left) {
      const ordered = await withdrawLicense(runtime, license, reason, { again: false });
      if (ordered.kind === 'refused') refused.push({ license, refusal: ordered.refusal });
      else if (ordered.result.status === 'withdrawn') withdrawn.push(license);
      else pending.push(license);
    }
    const dependent = refused.filter(({ refusal }) => refusal.code === 'dependency-violation');
    if (dependent.length === 0 || refused.length === left.length) return { withdrawn, pending, refused };
    left = refused.map(({ license }) => license);
  }
}
