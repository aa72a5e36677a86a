import type { LicenseState } from './license.ts';

/** What changes a license's state. */
export type Move =
  | 'collect'
  | 'confirm-collection'
  | 'return'
  | 'confirm-return'
  | 'withdraw'
  | 'confirm-withdrawal'
  | 'replace'
  | 'confirm-replacement'
  | 'retire-and-restore'
  | 'retire-and-withdraw'
  | 'retire-and-replace';

/**
 * All legal moves (design, section 2). The full circle: available, collected without receipt, confirmed collected,
 * returned without receipt, available. `withdrawn` and `replaced` are final. Only a retirement (T7) takes a license out of
 * a container without a receipt.
 */
export const MOVES: Readonly<Record<LicenseState, Readonly<Partial<Record<Move, LicenseState>>>>> = {
  available: { collect: 'collected-without-receipt', withdraw: 'withdrawn', replace: 'replaced' },
  'collected-without-receipt': {
    'confirm-collection': 'confirmed-collected',
    return: 'returned-without-receipt',
    'retire-and-restore': 'available',
    'retire-and-withdraw': 'withdrawn',
    'retire-and-replace': 'replaced',
  },
  'confirmed-collected': {
    return: 'returned-without-receipt',
    'retire-and-restore': 'available',
    'retire-and-withdraw': 'withdrawn',
    'retire-and-replace': 'replaced',
  },
  'returned-without-receipt': {
    'confirm-return': 'available',
    'confirm-withdrawal': 'withdrawn',
    'confirm-replacement': 'replaced',
    'retire-and-restore': 'available',
    'retire-and-withdraw': 'withdrawn',
    'retire-and-replace': 'replaced',
  },
  withdrawn: {},
  replaced: {},
};

/** A bug in this program, never the caller's fault: the table of moves has no such move. */
export class IllegalMove extends Error {
  override readonly name = 'IllegalMove';
  readonly from: LicenseState;
  readonly move: Move;

  constructor(from: LicenseState, move: Move) {
    super(`Bug: a license that is ${from} cannot ${move}`);
    this.from = from;
    this.move = move;
  }
}

/**
 * The state of a license after `move`.
 *
 * @throws IllegalMove for a move that the table does not have.
 */
export function stateAfter(from: LicenseState, move: Move): LicenseState {
  const to = MOVES[from][move];
  if (to === undefined) throw new IllegalMove(from, move);
  return to;
}
