import type { Style } from '../terminal/style.ts';
import type { License } from './answers.ts';

/**
 * A license's state as the demo shows it, with `+withdraw` or `+replace` when the license is earmarked. `not-on-offer` is a
 * replacement that is not available yet; `assigned` is an available license that the vendor assigned to a container.
 */
export type ShownState = string;

export function shownStateOf({ state, pending }: License, isOnTicket: boolean): ShownState {
  if (state === 'available' && pending?.action === 'assign') return 'assigned';
  if (state === 'available' && !isOnTicket) return 'not-on-offer';
  return pending === undefined ? state : `${state}+${pending.action}`;
}

interface Sign {
  readonly sign: string;
  /** The name that the source text uses. */
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

/** Marks a license with a pending vendor action. */
const EARMARK = '⚑';

/** Formats a state as a cell of a table. `undefined` means that the license does not exist yet. */
export function formatState(state: ShownState | undefined, style: Style, isNarrow: boolean): string {
  if (state === undefined) return style.dim('–');
  const [name = '', earmark] = state.split('+');
  const known = SIGNS[name];
  if (known === undefined) return state;
  const flag = earmark === undefined ? '' : ` ${style.magenta(isNarrow ? EARMARK : `${EARMARK} ${earmark}`)}`;
  return `${style[known.colour](`${known.sign} ${isNarrow ? known.short : known.long}`)}${flag}`;
}
