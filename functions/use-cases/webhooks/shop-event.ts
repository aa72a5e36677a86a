import * as z from 'zod/mini';
import type { Fault } from '../../../contract/parse-input.ts';
import { shortLine, singleLine } from '../../../domain/single-line.ts';
import { parseJson } from '../../../protocol/index.ts';

/** What a webhook from any shop reports. Addresses are left out. */
export type ShopEvent =
  | { readonly kind: 'sale'; readonly sale: Sale }
  | { readonly kind: 'refund'; readonly refund: Refund }
  /** A dispute was opened: the licenses stay until it is lost, and the order's history has it. */
  | { readonly kind: 'dispute'; readonly orderId: string; readonly reason: string }
  /** If the order is delivered, a person has to decide: the webhook fails with `fault`. Otherwise it is ignored. */
  | { readonly kind: 'inspection'; readonly orderId: string; readonly fault: Fault }
  /** The event does not concern licenses. */
  | { readonly kind: 'ignored'; readonly reason: string }
  /** The body is invalid, or does not say which licenses it concerns. `orderId`: of the sale, if that can be read. */
  | { readonly kind: 'unusable'; readonly errors: readonly Fault[]; readonly orderId?: string };

/** A paid sale. `orderId` is derived from the shop's own id, so the same sale is always the same order. */
export interface Sale {
  readonly orderId: string;
  readonly customer?: Readonly<Record<string, string>>;
  readonly lines: readonly SoldLine[];
  /** Ids of refunds that are already subtracted from the lines' quantities. */
  readonly refunded: readonly string[];
  /** The shop's test mode: nobody has paid. */
  readonly test?: true;
  /** When the shop reported the payment, RFC 3339 UTC. */
  readonly paidAt?: string;
  readonly total?: Money;
}

/** An amount as the shop writes it, in the currency's unit or in its smallest unit: compared only with others of that shop. */
export interface Money {
  readonly amount: number;
  /** ISO 4217 in capital letters. */
  readonly currency: string;
}

export interface SoldLine {
  readonly line: string;
  /** Absent: a gift card or a tip, which delivers no license whatever the mappings say. */
  readonly sku?: string;
  readonly quantity: number;
}

/** Money that goes back, identified by the shop's id: for units of some lines, or for the whole sale. */
export interface Refund {
  readonly orderId: string;
  readonly refund: string;
  readonly reason: string;
  readonly lines: readonly RefundedLine[] | 'all';
  /** Why there is nothing to do if the order is not delivered. Absent: the webhook waits for the order. */
  readonly ignoredBeforeDelivery?: string;
  /** When a payment failed, RFC 3339 UTC: a failure before the payment was an earlier attempt. */
  readonly failedAt?: string;
  /** The disputed amount: less than the sale's total does not say which licenses it is for. */
  readonly amount?: Money;
}

export interface RefundedLine {
  readonly line: string;
  readonly quantity: number;
  /** The line's SKU, where the refund names it. It is the only source for an order that delivered nothing. */
  readonly sku?: string;
  /** A gift card or a tip. */
  readonly isNoLicense?: true;
}

/** Amounts that differ by less are equal, whatever the currency's smallest unit is. */
export const EQUAL_MONEY = 0.0005;

/** A name of a customer, as in the API. */
const MAX_NAME_CHARACTERS = 256;
/** Of a text from the shop that a reason or a message quotes. */
export const MAX_QUOTED_CHARACTERS = 100;
const MAX_BODY_DEPTH = 512;

/** The sale's customer by all that people search for: name, email address and the shop's own id. Unusable texts are left out. */
export function customerOf(
  { name, email }: { readonly name: string | null | undefined; readonly email: string | null | undefined },
  shopNames: Readonly<Record<string, string | null | undefined>>,
): Pick<Sale, 'customer'> {
  const named = Object.entries({ name: usableText(name ?? ''), email: usableText(email ?? ''), ...shopNames }).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return named.length === 0 ? {} : { customer: Object.fromEntries(named) };
}

/** The text if it has 1 to 256 characters; a sale without a usable text is delivered all the same. */
function usableText(text: string): string | undefined {
  const shown = singleLine(text);
  return shown === '' || shown.length > MAX_NAME_CHARACTERS ? undefined : shown;
}

/** @returns `undefined` if the shop did not send both. */
export function moneyOf(amount: number | null | undefined, currency: string | null | undefined): Money | undefined {
  if (typeof amount !== 'number' || typeof currency !== 'string') return undefined;
  return { amount, currency: currency.toUpperCase() };
}

/** A reason, with the cause in the shop's own words if it sent one. */
export function withCause(reason: string, cause: string | null | undefined): string {
  return (cause ?? '') === '' ? reason : `${reason}: ${shortLine(cause ?? '', MAX_QUOTED_CHARACTERS)}`;
}

/** Nothing depends on the member but what is shown: a value of another shape counts as absent. */
export function ifSound<Schema extends z.ZodMiniType>(schema: Schema) {
  return z.catch(z.nullish(schema), undefined);
}

/** Parses a shop's body. A flaw in a member that is not used does not matter; integers above a double's precision are text. */
export function parseShopJson(body: string): ReturnType<typeof parseJson> {
  return parseJson(body, { largeIntegers: 'text', flaws: 'isolate', maxDepth: MAX_BODY_DEPTH });
}

export function unusableEvent(...errors: readonly Fault[]): ShopEvent {
  return { kind: 'unusable', errors };
}

export function ignoredEvent(reason: string): ShopEvent {
  return { kind: 'ignored', reason };
}
