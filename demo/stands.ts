import type { Style } from '../terminal/style.ts';
import type { License } from './answers.ts';

/**
 * Where a license stands, in one word: its state, with `+withdraw` or `+replace` when it is earmarked. `not-on-offer` is a
 * replacement that waits for its turn, `assigned` an available license that the vendor has bound to a container.
 */
export type Stand = string;

export function standOf({ state, pending }: License, isOnTicket: boolean): Stand {
  if (state === 'available' && pending?.action === 'assign') return 'assigned';
  if (state === 'available' && !isOnTicket) return 'not-on-offer';
  return pending === undefined ? state : `${state}+${pending.action}`;
}

interface Sign {
  readonly sign: string;
  /** The source's words. */
  readonly long: string;
  /** For a narrow terminal. */
  readonly short: string;
  readonly colour: keyof Style;
}

const SIGNS: Readonly<Record<string, Sign>> = {
  available: { sign: '○', long: 'available', short: 'available', colour: 'cyan' },
  assigned: { sign: '◌', long: 'assigned', short: 'assigned', colour: 'magenta' },
  'not-on-offer': { sign: '◌', long: 'not yet on offer', short: 'not on offer', colour: 'magenta' },
  'collected-without-receipt': { sign: '◐', long: 'collected (no receipt)', short: 'collected', colour: 'yellow' },
  'confirmed-collected': { sign: '●', long: 'confirmed collected', short: 'confirmed', colour: 'green' },
  'returned-without-receipt': { sign: '◑', long: 'returned (no receipt)', short: 'returned', colour: 'yellow' },
  withdrawn: { sign: '✕', long: 'withdrawn', short: 'withdrawn', colour: 'red' },
  replaced: { sign: '⇄', long: 'replaced', short: 'replaced', colour: 'red' },
};

/** Marks a license that a vendor's order is pending for. */
const EARMARK = '⚑';

/** A stand as a cell of a table; `undefined` is a license that is not there yet. */
export function drawn(stand: Stand | undefined, style: Style, isNarrow: boolean): string {
  if (stand === undefined) return style.dim('–');
  const [state = '', earmark] = stand.split('+');
  const known = SIGNS[state];
  if (known === undefined) return stand;
  const flag = earmark === undefined ? '' : ` ${style.magenta(isNarrow ? EARMARK : `${EARMARK} ${earmark}`)}`;
  return `${style[known.colour](`${known.sign} ${isNarrow ? known.short : known.long}`)}${flag}`;
}
