import * as z from 'zod/mini';
import { parseInput } from '../../../contract/parse-input.ts';
import { defined } from '../../../domain/defined.ts';
import { MAX_LINES_OF_SALE } from '../../../domain/limits.ts';
import { lookupSku } from './lookup-sku.ts';
import {
  customerOf,
  EQUAL_MONEY,
  ifSound,
  ignoredEvent,
  moneyOf,
  parseShopJson,
  type RefundedLine,
  type Sale,
  type ShopEvent,
  unusableEvent,
  withCause,
} from './shop-event.ts';

/**
 * Shopify's payloads: the Order, Refund, OrderEdit and Dispute resources of its Admin REST API, which its webhooks send. Members
 * that do not concern licenses are ignored, and so is a flaw in a member that is only shown.
 */

/** An id is an integer that can exceed a double's precision; the parser returns such an integer as text. */
const id = z.pipe(
  z.union([z.int().check(z.nonnegative()), z.string().check(z.regex(/^\d{1,30}$/, 'a Shopify id'))]),
  z.transform(String),
);
const quantity = z.int().check(z.nonnegative(), z.maximum(1_000_000));
/** Money is a decimal as text; older API versions send numbers. */
const decimal = z.pipe(
  z.union([z.number(), z.string().check(z.regex(/^-?\d{1,15}(\.\d{1,6})?$/, 'an amount of money'))]),
  z.transform(Number),
);

/** What identifies a line, and whether it can be a license at all. */
const namedLine = {
  sku: ifSound(z.string()),
  variant_id: ifSound(id),
  product_id: ifSound(id),
  title: ifSound(z.string()),
  gift_card: ifSound(z.boolean()),
  /** Of a tip: how it was paid. Newer API versions nest it. */
  tip: ifSound(z.looseObject({})),
  tip_payment_gateway: ifSound(z.string()),
  price: ifSound(decimal),
};

const lineItem = z.object({ id, quantity, ...namedLine });

const refundLine = z
  .object({ quantity, line_item_id: z.nullish(id), line_item: z.nullish(z.object({ id, ...namedLine })) })
  .check(
    z.refine((line) => lineOf(line) !== undefined, { path: ['line_item_id'], error: 'the id of the refunded line' }),
  );

const paidOrder = z.object({
  id,
  test: ifSound(z.boolean()),
  email: ifSound(z.string()),
  customer: ifSound(
    z.object({
      id: ifSound(id),
      email: ifSound(z.string()),
      first_name: ifSound(z.string()),
      last_name: ifSound(z.string()),
    }),
  ),
  total_price: ifSound(decimal),
  total_tip_received: ifSound(decimal),
  currency: ifSound(z.string()),
  line_items: z.array(lineItem).check(z.minLength(1), z.maxLength(MAX_LINES_OF_SALE)),
  refunds: z.nullish(z.array(z.object({ id, refund_line_items: z.nullish(z.array(refundLine)) }))),
});
type PaidOrder = z.infer<typeof paidOrder>;

const refund = z.object({
  id,
  order_id: id,
  refund_line_items: z.array(refundLine).check(z.maxLength(MAX_LINES_OF_SALE)),
  order_adjustments: ifSound(
    z.array(z.object({ kind: z.nullish(z.string()), amount: z.nullish(decimal), tax_amount: z.nullish(decimal) })),
  ),
  refund_shipping_lines: ifSound(
    z.array(z.object({ subtotal_amount_set: ifSound(z.object({ shop_money: z.object({ amount: decimal }) })) })),
  ),
  transactions: ifSound(
    z.array(z.object({ kind: z.nullish(z.string()), status: z.nullish(z.string()), amount: z.nullish(decimal) })),
  ),
});
type ShopifyRefund = z.infer<typeof refund>;

const cancelledOrder = z.object({
  id,
  cancel_reason: ifSound(z.string()),
  financial_status: ifSound(z.string()),
});

const changedLines = z.nullish(z.array(z.object({ id, delta: quantity })).check(z.maxLength(MAX_LINES_OF_SALE)));
const orderEdit = z.object({
  order_edit: z.object({ id, order_id: id, line_items: z.nullish(z.object({ removals: changedLines })) }),
});

const dispute = z.object({
  id,
  order_id: z.nullish(id),
  type: ifSound(z.string()),
  status: ifSound(z.string()),
  reason: ifSound(z.string()),
  amount: ifSound(decimal),
  currency: ifSound(z.string()),
});

const READERS: Readonly<Record<string, (value: unknown) => ShopEvent>> = {
  'orders/paid': readOrder,
  'orders/cancelled': readCancelledOrder,
  'orders/edited': readOrderEdit,
  'refunds/create': readRefund,
  'disputes/create': readDispute,
  'disputes/update': readDispute,
};

/** Parses a webhook's body by its `X-Shopify-Topic`. */
export function readShopifyEvent(topic: string, body: string): ShopEvent {
  const read = Object.hasOwn(READERS, topic) ? READERS[topic] : undefined;
  if (read === undefined) return ignoredEvent(`The topic ${topic || '(none)'} does not concern licenses.`);
  const json = parseShopJson(body);
  return json.ok ? read(json.value) : unusableEvent({ path: '', message: `not valid JSON: ${json.code}` });
}

function readOrder(value: unknown): ShopEvent {
  const parsed = parseInput(paidOrder, value);
  if (!parsed.ok) return { kind: 'unusable', errors: parsed.errors, ...orderIdIn(value) };
  const order = parsed.value;
  const refunds = order.refunds ?? [];
  const refunded = new Map<string, number>();
  for (const line of refunds.flatMap((one) => one.refund_line_items ?? [])) {
    const name = lineOf(line) ?? '';
    refunded.set(name, (refunded.get(name) ?? 0) + line.quantity);
  }
  const lines = order.line_items.map((line) =>
    defined({
      line: line.id,
      sku: isNoLicense(line) || isTipOf(order, line) ? undefined : skuOf(line),
      quantity: Math.max(0, line.quantity - (refunded.get(line.id) ?? 0)),
    }),
  );
  const sale: Sale = {
    orderId: orderIdOf(order.id),
    ...customerOf(
      {
        name: [order.customer?.first_name, order.customer?.last_name].join(' '),
        email: order.email ?? order.customer?.email,
      },
      { shopifyCustomer: order.customer?.id },
    ),
    lines,
    refunded: refunds.map((one) => one.id),
    ...defined({ total: moneyOf(order.total_price, order.currency) }),
    ...(order.test === true ? { test: true as const } : {}),
  };
  return { kind: 'sale', sale };
}

/** The order's id, although the rest of the payload cannot be used. */
function orderIdIn(value: unknown): { readonly orderId?: string } {
  const parsed = z.object({ id }).safeParse(value);
  return parsed.success ? { orderId: orderIdOf(parsed.data.id) } : {};
}

function readRefund(value: unknown): ShopEvent {
  const parsed = parseInput(refund, value);
  if (!parsed.ok) return unusableEvent(...parsed.errors);
  const { id: name, order_id: order, refund_line_items: refunded } = parsed.value;
  const lines = refunded.filter((line) => line.quantity > 0).map(refundedLine);
  if (lines.length === 0) {
    if (isShippingOnly(parsed.value)) return ignoredEvent('The refund is for shipping alone.');
    const message = 'the refund names an amount but no line: withdraw the refunded licenses yourself';
    return unusableEvent({ path: 'refund_line_items', message });
  }
  return {
    kind: 'refund',
    refund: { orderId: orderIdOf(order), refund: name, reason: `Shopify refund ${name}`, lines },
  };
}

/** Whether a refund without lines names shipping, and no other money goes back. */
function isShippingOnly({
  order_adjustments: adjustments,
  refund_shipping_lines: shipped,
  transactions,
}: ShopifyRefund): boolean {
  const adjusted = (adjustments ?? []).map(({ kind, amount, tax_amount: tax }) => ({
    isShipping: kind === 'shipping_refund',
    amount: Math.abs(amount ?? 0) + Math.abs(tax ?? 0),
  }));
  const ofShipping = adjusted.filter(({ isShipping }) => isShipping).map(({ amount }) => amount);
  const ofLines = (shipped ?? []).map(({ subtotal_amount_set: set }) => set?.shop_money.amount ?? 0);
  if (ofShipping.length === 0 && ofLines.length === 0) return false;
  if (adjusted.some(({ isShipping, amount }) => !isShipping && amount > EQUAL_MONEY)) return false;
  const paidBack = (transactions ?? [])
    .filter(({ kind, status }) => (kind ?? 'refund') === 'refund' && status !== 'failure' && status !== 'error')
    .map(({ amount }) => Math.abs(amount ?? 0));
  return sum(paidBack) <= sum(ofShipping.length > 0 ? ofShipping : ofLines) + EQUAL_MONEY;
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}

/** Financial statuses of an order that nobody has paid. */
const UNPAID: ReadonlySet<string> = new Set(['pending', 'authorized', 'voided', 'expired']);

function readCancelledOrder(value: unknown): ShopEvent {
  const parsed = parseInput(cancelledOrder, value);
  if (!parsed.ok) return unusableEvent(...parsed.errors);
  const { id: order, cancel_reason: why, financial_status: status } = parsed.value;
  const isUnpaid = status !== undefined && status !== null && UNPAID.has(status);
  return {
    kind: 'refund',
    refund: {
      orderId: orderIdOf(order),
      refund: `cancelled-${order}`,
      reason: withCause('Shopify order cancelled', why),
      lines: 'all',
      ...(isUnpaid ? { ignoredBeforeDelivery: 'The order was cancelled before it was paid.' } : {}),
    },
  };
}

/** An edit takes units off lines. What it adds is paid for, and comes again as `orders/paid`. */
function readOrderEdit(value: unknown): ShopEvent {
  const parsed = parseInput(orderEdit, value);
  if (!parsed.ok) return unusableEvent(...parsed.errors);
  const { id: edit, order_id: order, line_items: changes } = parsed.value.order_edit;
  const lines = (changes?.removals ?? [])
    .filter(({ delta }) => delta > 0)
    .map(({ id: line, delta }) => ({ line, quantity: delta }));
  if (lines.length === 0) return ignoredEvent('The edit removes nothing from the order.');
  return {
    kind: 'refund',
    refund: { orderId: orderIdOf(order), refund: `edit-${edit}`, reason: `Shopify order edit ${edit}`, lines },
  };
}

/** Statuses of a dispute in which the money is gone. */
const LOST: ReadonlySet<string> = new Set(['lost', 'accepted', 'charge_refunded']);
const OPEN: ReadonlySet<string> = new Set(['needs_response', 'under_review']);

function readDispute(value: unknown): ShopEvent {
  const parsed = parseInput(dispute, value);
  if (!parsed.ok) return unusableEvent(...parsed.errors);
  const { id: name, order_id: order, status, reason: why, amount, currency } = parsed.value;
  const reason = withCause(`Shopify dispute ${name} ${status ?? ''}`.trim(), why);
  if (order === undefined || order === null) {
    if (!LOST.has(status ?? '')) return ignoredEvent(`${reason}; it names no order.`);
    return unusableEvent({ path: 'order_id', message: 'is missing, so the disputed sale is unknown' });
  }
  const orderId = orderIdOf(order);
  if (LOST.has(status ?? '')) {
    const disputed = defined({ amount: moneyOf(amount, currency) });
    return { kind: 'refund', refund: { orderId, refund: `dispute-${name}`, reason, lines: 'all', ...disputed } };
  }
  if (OPEN.has(status ?? '')) return { kind: 'dispute', orderId, reason };
  return ignoredEvent(`${reason}: the licenses stay.`);
}

function refundedLine(line: z.infer<typeof refundLine>): RefundedLine {
  const { line_item: item, quantity: units } = line;
  const sku = item === undefined || item === null ? undefined : skuOf(item);
  const isNone = item !== undefined && item !== null && isNoLicense(item);
  return defined({ line: lineOf(line) ?? '', quantity: units, sku, isNoLicense: isNone ? (true as const) : undefined });
}

function lineOf(line: {
  readonly line_item_id?: string | null | undefined;
  readonly line_item?: { readonly id: string } | null | undefined;
}): string | undefined {
  return line.line_item_id ?? line.line_item?.id;
}

type NamedLine = Omit<z.infer<typeof lineItem>, 'id' | 'quantity'>;

/** Whether the shop says that the line is a gift card or a tip. */
function isNoLicense({ gift_card: isGiftCard, tip, tip_payment_gateway: gateway }: NamedLine): boolean {
  return isGiftCard === true || (tip ?? undefined) !== undefined || (gateway ?? undefined) !== undefined;
}

/** A tip that is known by its amount alone: a line of no product whose price is the tip that the order names. */
function isTipOf({ total_tip_received: tip }: PaidOrder, line: NamedLine): boolean {
  const isOfNoProduct = (line.sku ?? '') === '' && (line.variant_id ?? line.product_id ?? null) === null;
  return isOfNoProduct && (tip ?? 0) > 0 && line.price === tip;
}

/**
 * The SKU that identifies a line in the SKU mappings. A line without a SKU is identified by its variant or its title, so every
 * line can be mapped.
 */
function skuOf({ sku, variant_id: variant, title }: NamedLine): string {
  const given = lookupSku(sku ?? '');
  if (given !== '') return given;
  return typeof variant === 'string' ? `variant:${variant}` : lookupSku(`title:${(title ?? '').trim()}`);
}

function orderIdOf(order: string): string {
  return `shopify-${order}`;
}
