import type { Fault } from '../../../contract/parse-input.ts';

/** What a shop's webhook tells, whichever shop it comes from. Money and addresses are left out. */
export type ShopEvent =
  | { readonly kind: 'sale'; readonly sale: Sale }
  | { readonly kind: 'refund'; readonly refund: Refund }
  /** Nothing that concerns licenses. */
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'unusable'; readonly errors: readonly Fault[] };

/** A sale that is paid. `orderId` is derived from the shop's own id, so that the same sale is always the same order. */
export interface Sale {
  readonly orderId: string;
  readonly customer?: Readonly<Record<string, string>>;
  readonly lines: readonly SoldLine[];
  /** Refunds that are off the lines' quantities already. */
  readonly refunded: readonly string[];
}

export interface SoldLine {
  readonly line: string;
  readonly sku: string;
  readonly quantity: number;
}

/** A refund, under the shop's own id: of some units of some lines, or of everything that the sale delivered. */
export interface Refund {
  readonly orderId: string;
  readonly refund: string;
  readonly reason: string;
  readonly lines: readonly RefundedLine[] | 'all';
}

export interface RefundedLine {
  readonly line: string;
  readonly quantity: number;
  /** What the line sold, where the refund says so: of an order that delivered nothing, nobody else can tell. */
  readonly sku?: string;
}

export function unusable(...errors: readonly Fault[]): ShopEvent {
  return { kind: 'unusable', errors };
}
