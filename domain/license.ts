import { defined } from './defined.ts';
import type { Renewal, Terms } from './terms.ts';

/** A license as a container holds it: exactly these members are in the container's content, digest and updates. */
export interface ContainerLicense {
  readonly id: string;
  readonly product: string;
  readonly terms: Terms;
  /** Codes of the products that must be in the same container. */
  readonly requires: readonly string[];
  /** Terms that a program must know to use the license. */
  readonly crit?: readonly string[];
}

/** A license with its ticket's code and the id of the order that sold it. */
export interface TicketLicense extends ContainerLicense {
  readonly ticket: string;
  readonly orderId: string;
}

/** The license without its state: what a plan and a container's entry store of it. */
export function ticketLicenseOf({ id, product, terms, requires, crit, ticket, orderId }: TicketLicense): TicketLicense {
  return { id, product, terms, requires, ...defined({ crit }), ticket, orderId };
}

/** The states of the design, section 2. */
export type LicenseState =
  | 'available'
  | 'collected-without-receipt'
  | 'confirmed-collected'
  | 'returned-without-receipt'
  | 'withdrawn'
  | 'replaced';

/** A withdrawal, replacement or renewal that waits for the container's next reprogramming, or for a receipt (W3, R2, N1). */
export interface Earmark {
  readonly action: 'withdraw' | 'replace' | 'renew';
  /** The id of the new license. */
  readonly replacement?: string;
  /** The terms that a renewal changes. */
  readonly terms?: Renewal;
  /** Of a replacement: the terms of the renewals that its new license includes, so that a repeated order has them, too (W7). */
  readonly renewed?: Renewal;
  /** RFC 3339 UTC. */
  readonly orderedAt: string;
  readonly reason?: string;
  /** The latest time at which a place that holds the license can be used (L3), RFC 3339 UTC. */
  readonly effectiveBy?: string;
  /** A revision of the order waits for the license (O1). */
  readonly revised?: RevisionMark;
}

/**
 * A revision of the order waits until the license has left its container (O1). `undoable`: the revision's own action is pending,
 * and the next revision undoes it. `final`: an update carries it out, or another vendor action took its place.
 */
export type RevisionMark = 'undoable' | 'final';

/**
 * Why an available license is reserved.
 *
 * - `activate`: a reprogramming of `container` has planned to collect it.
 * - `assign`: the vendor bound it to `container` (A1).
 * - `replace`: it will replace `predecessor`, and is not yet on offer (R2, R3).
 * - `revise`: a revision of its order withdraws or replaces it at this moment (O1).
 */
export type Reservation =
  | { readonly for: 'activate'; readonly container: string; readonly reprogramming: string }
  | { readonly for: 'revise'; readonly orderId: string; readonly since: string }
  | { readonly for: 'assign'; readonly container: string; readonly orderedAt: string; readonly reason?: string }
  | { readonly for: 'replace'; readonly container: string; readonly predecessor: string; readonly reason?: string };

/** The step of the sequence that took a license out of its container. */
export type ReturnCause = 'withdraw' | 'deactivate' | 'replace';

/**
 * A license's state as the table stores it. Each variant has only its own members. `counter` is that of the update that
 * put the license into the container, or removed it.
 *
 * The standing does not say whether a collection is confirmed: {@link stateOf} compares `counter` with the container's
 * confirmed counter. So a receipt need not write to each license.
 */
export type Standing =
  | { readonly at: 'available'; readonly reservation?: Reservation }
  | { readonly at: 'collected'; readonly container: string; readonly counter: number; readonly earmark?: Earmark }
  | {
      readonly at: 'returned';
      readonly container: string;
      readonly counter: number;
      readonly cause: ReturnCause;
      readonly earmark?: Earmark;
      /** Of the withdrawal or replacement that an update carries out (L3), RFC 3339 UTC. */
      readonly effectiveBy?: string;
      /** A revision of the order waits for the receipt of the update (O1). */
      readonly revised?: RevisionMark;
      /** The vendor's reason for the withdrawal or replacement that an update carries out. */
      readonly reason?: string;
    }
  | { readonly at: 'withdrawn' }
  | { readonly at: 'replaced' };

export interface License extends TicketLicense {
  readonly standing: Standing;
  readonly predecessor?: string;
  readonly successor?: string;
}

/**
 * The license's state (design, section 2). `confirmedCounter` is the last confirmed counter of the container that the
 * standing names; any number will do if it names none.
 */
export function stateOf(standing: Standing, confirmedCounter: number): LicenseState {
  switch (standing.at) {
    case 'available':
    case 'withdrawn':
    case 'replaced':
      return standing.at;
    case 'collected':
      return standing.counter <= confirmedCounter ? 'confirmed-collected' : 'collected-without-receipt';
    case 'returned':
      return 'returned-without-receipt';
    default:
      return assertNever(standing);
  }
}

/** The serial of the container that a standing names, `undefined` if it names none. */
export function containerOf(standing: Standing): string | undefined {
  switch (standing.at) {
    case 'available':
      return standing.reservation === undefined || standing.reservation.for === 'revise'
        ? undefined
        : standing.reservation.container;
    case 'collected':
    case 'returned':
      return standing.container;
    case 'withdrawn':
    case 'replaced':
      return undefined;
    default:
      return assertNever(standing);
  }
}

/** The serial of the container that collected the license, or that returned it; `undefined` for an available license. */
export function holderOf(standing: Standing): string | undefined {
  return standing.at === 'available' ? undefined : containerOf(standing);
}

/** `false` for a replacement that waits for the license that it replaces (R2, R3). */
export function isOnOffer(standing: Standing): boolean {
  return standing.at !== 'available' || standing.reservation?.for !== 'replace';
}

/**
 * A vendor action on a license that waits for `container`: for its next update, or for the receipt of an update that is issued
 * (W5, R3).
 */
export type LicensePending = { readonly container: string; readonly waitsFor: 'update' | 'receipt' } & (
  | Omit<Earmark, 'renewed'>
  | { readonly action: 'assign'; readonly orderedAt: string; readonly reason?: string }
);

/** The vendor action that waits for the license's container, `undefined` if none waits. */
export function licensePending(standing: Standing): LicensePending | undefined {
  switch (standing.at) {
    case 'available': {
      if (standing.reservation?.for !== 'assign') return undefined;
      const { for: action, ...order } = standing.reservation;
      return { action, ...order, waitsFor: 'update' };
    }
    case 'collected':
    case 'returned': {
      if (standing.earmark === undefined) return undefined;
      const { revised: _, renewed: __, ...earmark } = standing.earmark;
      const waitsFor = standing.at === 'collected' ? 'update' : 'receipt';
      return { ...earmark, container: standing.container, waitsFor };
    }
    case 'withdrawn':
    case 'replaced':
      return undefined;
    default:
      return assertNever(standing);
  }
}

/**
 * The latest time at which a place that holds the license can be used, while a withdrawal or replacement of a leased license
 * waits for its update or its receipt (L3); otherwise `undefined`. RFC 3339 UTC.
 */
export function effectiveByOf(standing: Standing): string | undefined {
  if (standing.at !== 'collected' && standing.at !== 'returned') return undefined;
  const underWay = standing.at === 'returned' ? standing.effectiveBy : undefined;
  return underWay ?? standing.earmark?.effectiveBy;
}

/**
 * The vendor's reason for the withdrawal, replacement, renewal or assignment that waits for the license's container or that an update
 * carries out.
 */
export function reasonOf(standing: Standing): string | undefined {
  switch (standing.at) {
    case 'available':
      return standing.reservation === undefined ||
        standing.reservation.for === 'activate' ||
        standing.reservation.for === 'revise'
        ? undefined
        : standing.reservation.reason;
    case 'collected':
      return standing.earmark?.reason;
    case 'returned':
      return standing.reason ?? standing.earmark?.reason;
    case 'withdrawn':
    case 'replaced':
      return undefined;
    default:
      return assertNever(standing);
  }
}

/** The mark of a revision that waits for the license (O1); `undefined` if none waits. */
export function revisionMarkOf(standing: Standing): RevisionMark | undefined {
  if (standing.at !== 'collected' && standing.at !== 'returned') return undefined;
  return (standing.at === 'returned' ? standing.revised : undefined) ?? standing.earmark?.revised;
}

/** The license's terms with those of the renewals that wait for its container, or for its replacement (N1). */
export function termsOnceRenewed({ terms, standing }: Pick<License, 'terms' | 'standing'>): Terms {
  const earmark = standing.at === 'collected' || standing.at === 'returned' ? standing.earmark : undefined;
  return { ...terms, ...earmark?.renewed, ...earmark?.terms };
}

/** Whether the license is withdrawn or replaced: it never changes again (W1, R4). */
export function isFinal(standing: Standing): boolean {
  return standing.at === 'withdrawn' || standing.at === 'replaced';
}

/** Whether the ticket shows the license: it is not final, and is not a replacement that waits for its turn (R3). */
export function isOnTicket(standing: Standing): boolean {
  return !isFinal(standing) && isOnOffer(standing);
}

/**
 * Whether the license counts as sold, now or in the past. A replacement that was cancelled before it was on offer does not:
 * its predecessor does not name it as successor. `ofTicket`: all licenses of the ticket, by id.
 */
export function wasSold({ id, predecessor }: License, ofTicket: ReadonlyMap<string, License>): boolean {
  return predecessor === undefined || ofTicket.get(predecessor)?.successor === id;
}

/** Ends a `switch` over a union: the compiler reports a missing case, and a value of another type throws. */
export function assertNever(value: never): never {
  throw new Error(`Bug: unexpected value ${JSON.stringify(value)}`);
}
