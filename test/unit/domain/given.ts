import type { Earmark, License, Standing, TicketLicense } from '../../../domain/license.ts';
import type { PendingAction } from '../../../domain/pending.ts';
import type { Activation, ContainerView, ManualActions } from '../../../domain/sequence.ts';
import type { Terms } from '../../../domain/terms.ts';

export const TICKET = '00000-00000-00000-00000-00000';
export const NOW = Date.parse('2026-03-01T00:00:00Z');
export const DETAILS = { at: '2026-02-01T00:00:00Z' };
const LATER = '2026-02-02T00:00:00Z';

interface Options {
  readonly product?: string;
  readonly requires?: readonly string[];
  readonly terms?: Terms;
}

/** A license on a ticket. Its product's code is its own id if `product` is absent. */
export function aLicense(id: string, { product = id, requires = [], terms = {} }: Options = {}): TicketLicense {
  return { id, product, terms, requires, ticket: TICKET, orderId: 'order-1' };
}

/** The license with this standing. */
export function withStanding(license: TicketLicense, at: Standing): License {
  return { ...license, standing: at };
}

export function available(license: TicketLicense, reservation?: Extract<Standing, { at: 'available' }>['reservation']) {
  return withStanding(license, reservation === undefined ? { at: 'available' } : { at: 'available', reservation });
}

/** The license in container `c`; update 1 put it there. */
export function collected(license: TicketLicense, earmark?: Earmark): License {
  const base = { at: 'collected', container: 'c', counter: 1 } as const;
  return withStanding(license, earmark === undefined ? base : { ...base, earmark });
}

/** The license that update 2 removed from container `c`; the update has no receipt yet. */
export function returned(
  license: TicketLicense,
  cause: 'withdraw' | 'deactivate' | 'replace' = 'deactivate',
  earmark?: Earmark,
): License {
  const base = { at: 'returned', container: 'c', counter: 2, cause } as const;
  return withStanding(license, earmark === undefined ? base : { ...base, earmark });
}

export function earmarked(action: 'withdraw' | 'replace', replacement?: string): Earmark {
  return { action, orderedAt: DETAILS.at, ...(replacement === undefined ? {} : { replacement }) };
}

interface Given {
  readonly holds?: readonly TicketLicense[];
  readonly pending?: readonly PendingAction[];
  /** Ids that an outstanding update puts. */
  readonly arriving?: readonly string[];
  /** Ids that an outstanding update removes because the user deactivated them. */
  readonly leaving?: readonly string[];
  /** Ids that an outstanding update renews. */
  readonly renewing?: readonly string[];
  readonly isFull?: boolean;
}

/** The view of a container that has these licenses, pending actions and outstanding updates. */
export function aContainer({
  holds = [],
  pending = [],
  arriving = [],
  leaving = [],
  renewing = [],
  isFull = false,
}: Given = {}): ContainerView {
  return {
    content: new Map(holds.map((license) => [license.id, license])),
    pending,
    arriving: new Set(arriving),
    leaving: new Set(leaving),
    renewing: new Set(renewing),
    isFull,
  };
}

export function withdrawing(license: string): PendingAction {
  return { action: 'withdraw', license, orderedAt: DETAILS.at };
}

export function replacing(license: string, replacement: TicketLicense): PendingAction {
  return { action: 'replace', license, replacement, orderedAt: LATER };
}

export function assigning(license: TicketLicense): PendingAction {
  return { action: 'assign', license, orderedAt: DETAILS.at };
}

export function activating(
  license: TicketLicense,
  offer: 'free' | 'not-available' | 'reserved-elsewhere' = 'free',
): Activation {
  return { license, offer };
}

export function activatingUnknown(id: string): Activation {
  return { license: { id }, offer: 'not-on-ticket' };
}

export function manually({ deactivate = [], activate = [] }: Partial<ManualActions>): ManualActions {
  return { deactivate, activate };
}

/** `step op license` of each change, in order. */
export function steps(changes: readonly { step: string; op: string; license: { id: string } }[]): string[] {
  return changes.map(({ step, op, license }) => `${step} ${op} ${license.id}`);
}

export function ids(content: ReadonlyMap<string, unknown>): string[] {
  return [...content.keys()].sort();
}
