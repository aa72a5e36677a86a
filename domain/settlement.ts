import type { LicenseState, Standing } from './license.ts';
import { assertNever, reasonOf } from './license.ts';
import { type Move, stateAfter } from './license-moves.ts';
import type { Renewal } from './terms.ts';

/** The state of a license after its return is confirmed, or after its container is retired. */
export type Settled =
  /** `terms` are those of the renewal that the return overtook (N1). */
  | { readonly state: 'available'; readonly terms?: Renewal }
  | { readonly state: 'withdrawn' }
  /** `offer` is the replacement that becomes available now, because the user returned the old license (R3). */
  | { readonly state: 'replaced'; readonly offer?: string };

type Returned = Extract<Standing, { at: 'returned' }>;
type Collected = Extract<Standing, { at: 'collected' }>;

/** Settles a license whose return a receipt confirms: it becomes available, withdrawn or replaced (W5, R3). */
export function settleReturn(standing: Returned): Settled {
  const from = 'returned-without-receipt';
  switch (standing.cause) {
    case 'withdraw':
      return settle(from, 'confirm-withdrawal', { state: 'withdrawn' });
    case 'replace':
      return settle(from, 'confirm-replacement', { state: 'replaced' });
    case 'deactivate': {
      const { earmark } = standing;
      if (earmark === undefined || earmark.action === 'renew')
        return settle(from, 'confirm-return', availableAgain(earmark?.terms));
      if (earmark.action === 'withdraw') return settle(from, 'confirm-withdrawal', { state: 'withdrawn' });
      return settle(from, 'confirm-replacement', replacedBy(earmark.replacement));
    }
    default:
      return assertNever(standing.cause);
  }
}

/**
 * Settles a license of a container that the vendor retires (T7): withdrawn or available, as the vendor says. `restore`
 * does not undo a vendor action that was accepted before. A license that an outstanding update replaces is replaced: its
 * successor exists already.
 */
export function settleRetirement(standing: Collected | Returned, disposition: 'withdraw' | 'restore'): Settled {
  const from: LicenseState = standing.at === 'returned' ? 'returned-without-receipt' : 'confirmed-collected';
  const { earmark } = standing;
  const cause = standing.at === 'returned' && standing.cause !== 'deactivate' ? standing.cause : undefined;
  if (cause === 'replace') return settle(from, 'retire-and-replace', { state: 'replaced' });
  if (disposition === 'withdraw' || (cause ?? earmark?.action) === 'withdraw') {
    return settle(from, 'retire-and-withdraw', { state: 'withdrawn' });
  }
  if (earmark === undefined || earmark.action === 'renew')
    return settle(from, 'retire-and-restore', availableAgain(earmark?.terms));
  return settle(from, 'retire-and-replace', replacedBy(earmark.replacement));
}

/** The vendor's reason for a withdrawal or replacement that is settled; `undefined` if something else settled the license. */
export function reasonOfSettlement(standing: Collected | Returned, { state }: Settled): string | undefined {
  const cause = standing.at === 'returned' && standing.cause !== 'deactivate' ? standing.cause : undefined;
  const action = cause ?? standing.earmark?.action;
  return (action === 'withdraw' && state === 'withdrawn') || (action === 'replace' && state === 'replaced')
    ? reasonOf(standing)
    : undefined;
}

function availableAgain(terms: Renewal | undefined): Settled {
  return terms === undefined ? { state: 'available' } : { state: 'available', terms };
}

function replacedBy(offer: string | undefined): Settled {
  return offer === undefined ? { state: 'replaced' } : { state: 'replaced', offer };
}

/** Returns `settled`, checked against the table of legal moves. */
function settle(from: LicenseState, move: Move, settled: Settled): Settled {
  const to = stateAfter(from, move);
  if (to !== settled.state) throw new Error(`Bug: the move ${move} leads to ${to}, not to ${settled.state}`);
  return settled;
}
