import type { Fault } from '../../../contract/parse-input.ts';

/** What a webhook from any shop reports. Money and addresses are left out. */
export type ShopEvent =
  | { readonly kind: 'sale'; readonly sale: Sale }
  | { readonly kind: 'refund'; readonly refund: Refund }
  /** The event does not concern licenses. */
  | { readonly kind: 'ignored'; readonly reason: string }
  /** The body is invalid, or does not say which licenses it concerns. */
  | { readonly kind: 'unusable'; readonly errors: readonly Fault[] };

/** A paid sale. `orderId` is derived from the shop's own id, so the same sale is always the same order. */
export interface Sale {
  readonly orderId: string;
  readonly customer?: Readonly<Record<string, string>>;
  readonly lines: readonly SoldLine[];
  /** Ids of refunds that are already subtracted from the lines' quantities. */
  readonly refunded: readonly string[];
}

export interface SoldLine {
  readonly line: string;
  readonly sku: string;
  readonly quantity: number;
}

/** A refund, identified by the shop's id: of units of some lines, or of the whole sale. */
export interface Refund {
  readonly orderId: string;
  readonly refund: string;
  readonly reason: string;
  readonly lines: readonly RefundedLine[] | 'all';
}

export interface RefundedLine {
  readonly line: string;
  readonly quantity: number;
  /** The line's SKU, where the refund names it. It is the only source for an order that delivered nothing. */
  readonly sku?: string;
}

const MAX_EMAIL_CHARACTERS = 256;

/** The email address if it has 1 to 256 characters; a sale without a usable address is delivered all the same. */
export function usableEmail(address: string): string | undefined {
  return address === '' || address.length > MAX_EMAIL_CHARACTERS ? undefined : address;
}

export function unusableEvent(...errors: readonly Fault[]): ShopEvent {
  return { kind: 'unusable', errors };
}
