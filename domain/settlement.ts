import type { LicenseState, Standing } from './license.ts';
import { assertNever } from './license.ts';
import { moved } from './license-moves.ts';

/** What becomes of a license whose return is confirmed, or whose container is retired. */
export type Settled =
  | { readonly state: 'available' }
  | { readonly state: 'withdrawn' }
  /** `offer` is the replacement that goes on offer now, because the user returned the old one himself (R3). */
  | { readonly state: 'replaced'; readonly offer?: string };

type Returned = Extract<Standing, { at: 'returned' }>;
type Collected = Extract<Standing, { at: 'collected' }>;

/** A receipt confirms a return: the license becomes available, or what the vendor ordered (W5, R3). */
export function settleReturn(standing: Returned): Settled {
  switch (standing.cause) {
    case 'withdraw':
      return checked('returned-without-receipt', 'confirm-withdrawal', { state: 'withdrawn' });
    case 'replace':
      return checked('returned-without-receipt', 'confirm-replacement', { state: 'replaced' });
    case 'deactivate':
      return settleEarmark(standing, 'returned-without-receipt');
    default:
      return assertNever(standing.cause);
  }
}

function settleEarmark(standing: Returned, from: LicenseState): Settled {
  const { earmark } = standing;
  if (earmark === undefined) return checked(from, 'confirm-return', { state: 'available' });
  if (earmark.action === 'withdraw') return checked(from, 'confirm-withdrawal', { state: 'withdrawn' });
  return checked(from, 'confirm-replacement', offered(earmark.replacement));
}

/**
 * The vendor retires the container (T7): its licenses end as the vendor says. Restoring does not undo an order that was
 * accepted before; what an outstanding update replaces has its successor already.
 */
export function settleRetirement(standing: Collected | Returned, disposition: 'withdraw' | 'restore'): Settled {
  const from: LicenseState = standing.at === 'returned' ? 'returned-without-receipt' : 'confirmed-collected';
  const { earmark } = standing;
  const cause = standing.at === 'returned' && standing.cause !== 'deactivate' ? standing.cause : undefined;
  if (cause === 'replace') return checked(from, 'retire-and-replace', { state: 'replaced' });
  if (disposition === 'withdraw' || (cause ?? earmark?.action) === 'withdraw') {
    return checked(from, 'retire-and-withdraw', { state: 'withdrawn' });
  }
  if (earmark === undefined) return checked(from, 'retire-and-restore', { state: 'available' });
  return checked(from, 'retire-and-replace', offered(earmark.replacement));
}

function offered(replacement: string | undefined): Settled {
  return replacement === undefined ? { state: 'replaced' } : { state: 'replaced', offer: replacement };
}

/** The outcome, proven against the table of legal moves. */
function checked(from: LicenseState, move: Parameters<typeof moved>[1], settled: Settled): Settled {
  const to = moved(from, move);
  if (to !== settled.state) throw new Error(`The move ${move} leads to ${to}, not to ${settled.state}`);
  return settled;
}
