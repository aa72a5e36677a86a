import * as z from 'zod/mini';
import { parseInput } from '../../../contract/parse-input.ts';
import { defined } from '../../../domain/defined.ts';
import { MAX_LINES_OF_SALE } from '../../../domain/limits.ts';
import { parseJson } from '../../../protocol/index.ts';
import { type RefundedLine, type Sale, type ShopEvent, unusableEvent, usableEmail } from './shop-event.ts';

/**
 * Shopify's payloads: the Order and Refund resources of its Admin REST API, which its webhooks send. Members that do not
 * concern licenses are ignored.
 */

/** An id is an integer that can exceed a double's precision; the parser returns such an integer as text. */
const id = z.pipe(
  z.union([z.int().check(z.nonnegative()), z.string().check(z.regex(/^\d{1,30}$/, 'a Shopify id'))]),
  z.transform(String),
);
const quantity = z.int().check(z.nonnegative(), z.maximum(1_000_000));

const lineItem = z.object({
  id,
  quantity,
  sku: z.nullish(z.string()),
  variant_id: z.nullish(id),
  title: z.nullish(z.string()),
});

const refundLine = z
  .object({
    quantity,
    line_item_id: z.nullish(id),
    line_item: z.nullish(
      z.object({ id, sku: z.nullish(z.string()), variant_id: z.nullish(id), title: z.nullish(z.string()) }),
    ),
  })
  .check(
    z.refine((line) => lineOf(line) !== undefined, { path: ['line_item_id'], error: 'the id of the refunded line' }),
  );

const paidOrder = z.object({
  id,
  email: z.nullish(z.string()),
  customer: z.nullish(z.object({ id: z.nullish(id), email: z.nullish(z.string()) })),
  line_items: z.array(lineItem).check(z.minLength(1), z.maxLength(MAX_LINES_OF_SALE)),
  refunds: z.nullish(z.array(z.object({ id, refund_line_items: z.nullish(z.array(refundLine)) }))),
});

const refund = z.object({
  id,
  order_id: id,
  refund_line_items: z.array(refundLine).check(z.maxLength(MAX_LINES_OF_SALE)),
});

/** Parses a webhook's body by its `X-Shopify-Topic`. */
export function readShopifyEvent(topic: string, body: string): ShopEvent {
  if (topic !== 'orders/paid' && topic !== 'refunds/create') {
    return { kind: 'ignored', reason: `The topic ${topic || '(none)'} does not concern licenses.` };
  }
  const json = parseJson(body, { largeIntegers: 'text' });
  if (!json.ok) return unusableEvent({ path: '', message: `not valid JSON: ${json.code}` });
  return topic === 'orders/paid' ? readOrder(json.value) : readRefund(json.value);
}

function readOrder(value: unknown): ShopEvent {
  const parsed = parseInput(paidOrder, value);
  if (!parsed.ok) return unusableEvent(...parsed.errors);
  const order = parsed.value;
  const refunds = order.refunds ?? [];
  const refunded = new Map<string, number>();
  for (const line of refunds.flatMap((one) => one.refund_line_items ?? [])) {
    const name = lineOf(line) ?? '';
    refunded.set(name, (refunded.get(name) ?? 0) + line.quantity);
  }
  const lines = order.line_items.map((line) => ({
    line: line.id,
    sku: skuOf(line),
    quantity: Math.max(0, line.quantity - (refunded.get(line.id) ?? 0)),
  }));
  const sale: Sale = {
    orderId: orderIdOf(order.id),
    ...customerOf(order),
    lines,
    refunded: refunds.map((one) => one.id),
  };
  return { kind: 'sale', sale };
}

function readRefund(value: unknown): ShopEvent {
  const parsed = parseInput(refund, value);
  if (!parsed.ok) return unusableEvent(...parsed.errors);
  const { id: name, order_id: order, refund_line_items: refunded } = parsed.value;
  const lines = refunded.filter((line) => line.quantity > 0).map(refundedLine);
  if (lines.length === 0) {
    const message = 'the refund names an amount but no line: withdraw the refunded licenses yourself';
    return unusableEvent({ path: 'refund_line_items', message });
  }
  return {
    kind: 'refund',
    refund: { orderId: orderIdOf(order), refund: name, reason: `Shopify refund ${name}`, lines },
  };
}

function refundedLine(line: z.infer<typeof refundLine>): RefundedLine {
  const { line_item: item, quantity: units } = line;
  const sku = item === undefined || item === null ? undefined : skuOf(item);
  return defined({ line: lineOf(line) ?? '', quantity: units, sku });
}

function lineOf(line: {
  readonly line_item_id?: string | null | undefined;
  readonly line_item?: { readonly id: string } | null | undefined;
}): string | undefined {
  return line.line_item_id ?? line.line_item?.id;
}

/**
 * The SKU that identifies a line in the SKU mappings. A line without a SKU is identified by its variant or its title, so every
 * line can be mapped.
 */
function skuOf(line: Pick<z.infer<typeof lineItem>, 'sku' | 'variant_id' | 'title'>): string {
  const sku = line.sku?.trim() ?? '';
  if (sku !== '') return sku;
  return typeof line.variant_id === 'string' ? `variant:${line.variant_id}` : `title:${line.title?.trim() ?? ''}`;
}

function orderIdOf(order: string): string {
  return `shopify-${order}`;
}

function customerOf({ customer, email }: z.infer<typeof paidOrder>): Pick<Sale, 'customer'> {
  const known = defined({
    email: usableEmail(email ?? customer?.email ?? ''),
    shopifyCustomer: customer?.id ?? undefined,
  });
  return Object.keys(known).length === 0 ? {} : { customer: known };
}
