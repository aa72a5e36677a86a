import type { Terms } from './terms.ts';

/** What a container holds of a license: exactly these members go into its content, its digest and its updates. */
export interface LicenseContent {
  readonly id: string;
  readonly product: string;
  readonly terms: Terms;
  /** Codes of the products that must be in the same container. */
  readonly requires: readonly string[];
}

/** A license with the ticket that it is on and the order that sold it. */
export interface TicketLicense extends LicenseContent {
  readonly ticket: string;
  readonly orderId: string;
}

/** The states of the design, section 2. */
export type LicenseState =
  | 'available'
  | 'collected-without-receipt'
  | 'confirmed-collected'
  | 'returned-without-receipt'
  | 'withdrawn'
  | 'replaced';

/** An earmark: the vendor's order that waits for the container's next reprogramming, or for a receipt. */
export interface Earmark {
  readonly action: 'withdraw' | 'replace';
  readonly replacement?: string;
  readonly orderedAt: string;
  readonly reason?: string;
}

/**
 * Why an available license is not free for everyone.
 * `activate`: a reprogramming of `container` has planned to collect it. `assign`: the vendor bound it to `container` (A1).
 * `replace`: it waits to take the place of `predecessor` and is not yet on offer (R2, R3).
 */
export type Reservation =
  | { readonly for: 'activate'; readonly container: string; readonly reprogramming: string }
  | { readonly for: 'assign'; readonly container: string; readonly orderedAt: string; readonly reason?: string }
  | { readonly for: 'replace'; readonly container: string; readonly predecessor: string };

/** The step of the sequence that took a license out of its container. */
export type ReturnCause = 'withdraw' | 'deactivate' | 'replace';

/**
 * Where a license stands, as it is stored. Each standing owns only its own members.
 *
 * Whether a collection is confirmed is a fact about the container, not about each license: it is confirmed when the
 * container's confirmed counter has reached `counter`, the counter of the update that put it there.
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
    }
  | { readonly at: 'withdrawn' }
  | { readonly at: 'replaced' };

export interface License extends TicketLicense {
  readonly standing: Standing;
  readonly predecessor?: string;
  readonly successor?: string;
}

/**
 * The state that is shown. `confirmedCounter` is the last confirmed counter of the container that the license is in, is
 * being collected by or returned from; it is not looked at otherwise.
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

/** The container that a standing names, if any. */
export function containerOf(standing: Standing): string | undefined {
  switch (standing.at) {
    case 'available':
      return standing.reservation?.container;
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

/** Final licenses are gone from the ticket for good (W1, R4). */
export function isFinal(standing: Standing): boolean {
  return standing.at === 'withdrawn' || standing.at === 'replaced';
}

/** Whether the ticket shows the license: neither final, nor a replacement that is not yet on offer. */
export function isOnTicket(standing: Standing): boolean {
  if (isFinal(standing)) return false;
  return !(standing.at === 'available' && standing.reservation?.for === 'replace');
}

/** Proves to the compiler, and at run time, that a union was handled to its end. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`);
}
