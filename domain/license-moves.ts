import type { LicenseState } from './license.ts';

/** What moves a license from one state to another. */
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
 * The legal moves, all of them (design, section 2). Full circle: available, collected without receipt, confirmed
 * collected, returned without receipt, available. `withdrawn` and `replaced` are final.
 * A retirement (T7) is the one way that ends a license's stay in a container without a receipt.
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

/** An illegal move: a broken invariant, never a user's fault. */
export class IllegalMove extends Error {
  override readonly name = 'IllegalMove';
  readonly from: LicenseState;
  readonly move: Move;

  constructor(from: LicenseState, move: Move) {
    super(`A license that is ${from} cannot ${move}.`);
    this.from = from;
    this.move = move;
  }
}

/** The state after `move`. Throws {@link IllegalMove} for every move that the table does not name. */
export function moved(from: LicenseState, move: Move): LicenseState {
  const to = MOVES[from][move];
  if (to === undefined) throw new IllegalMove(from, move);
  return to;
}
