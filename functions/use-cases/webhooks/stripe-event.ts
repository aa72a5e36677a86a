import * as z from 'zod/mini';
import { parseInput } from '../../../contract/parse-input.ts';
import { defined } from '../../../domain/defined.ts';
import { MAX_LINES_OF_SALE } from '../../../domain/limits.ts';
import { parseJson } from '../../../protocol/index.ts';
import { type Sale, type ShopEvent, type SoldLine, unusableEvent, usableEmail } from './shop-event.ts';

/**
 * Name of the metadata member that holds the SKUs. A `checkout.session.completed` webhook has no line items, so the shop must
 * write the SKUs into the session's metadata when it creates the checkout.
 */
export const SKUS_IN_METADATA = 'relicense_skus';

const stripeId = z.string().check(z.regex(/^[A-Za-z0-9_]{1,100}$/, 'a Stripe id'));
/** An id, or the expanded object. */
const reference = z.pipe(
  z.union([stripeId, z.object({ id: stripeId })]),
  z.transform((value: string | { id: string }) => (typeof value === 'string' ? value : value.id)),
);

const envelope = z.object({ type: z.string(), data: z.object({ object: z.unknown() }) });

const session = z.object({
  id: stripeId,
  mode: z.nullish(z.string()),
  payment_status: z.enum(['paid', 'unpaid', 'no_payment_required']),
  payment_intent: z.nullish(reference),
  metadata: z.nullish(z.record(z.string(), z.string())),
  line_items: z.nullish(
    z.object({
      data: z.array(z.object({ quantity: z.nullish(z.int().check(z.positive())), price: z.object({ id: stripeId }) })),
      has_more: z.nullish(z.boolean()),
    }),
  ),
  customer: z.nullish(reference),
  customer_details: z.nullish(z.object({ email: z.nullish(z.string()) })),
});

const charge = z.object({
  id: stripeId,
  amount: z.int(),
  amount_captured: z.nullish(z.int()),
  amount_refunded: z.int().check(z.positive()),
  refunded: z.nullish(z.boolean()),
  payment_intent: z.nullish(reference),
});

/** Path of the event's object in the body. */
const OBJECT = 'data.object.';

/** Parses a webhook's body: a Stripe event. Members that do not concern licenses are ignored. */
export function readStripeEvent(body: string): ShopEvent {
  const json = parseJson(body);
  if (!json.ok) return unusableEvent({ path: '', message: `not valid JSON: ${json.code}` });
  const event = parseInput(envelope, json.value);
  if (!event.ok) return unusableEvent(...event.errors);
  const { type, data } = event.value;
  switch (type) {
    case 'checkout.session.completed':
    // A slow payment method: the session was completed unpaid, and is paid now.
    case 'checkout.session.async_payment_succeeded':
      return readSession(data.object);
    case 'charge.refunded':
      return readCharge(data.object);
    default:
      return { kind: 'ignored', reason: `The event ${type} does not concern licenses.` };
  }
}

function readSession(value: unknown): ShopEvent {
  const parsed = parseInput(session, value, OBJECT);
  if (!parsed.ok) return unusableEvent(...parsed.errors);
  const { id, mode, payment_status: status, payment_intent: intent } = parsed.value;
  if (mode === 'setup') return { kind: 'ignored', reason: 'The session stores a payment method and sells nothing.' };
  if (status === 'unpaid') {
    return {
      kind: 'ignored',
      reason: 'Not paid yet; Stripe sends checkout.session.async_payment_succeeded after the payment.',
    };
  }
  const lines = linesOf(parsed.value);
  if ('errors' in lines) return unusableEvent(...lines.errors);
  // A refund names the payment intent, not the session.
  const sale: Sale = { orderId: orderIdOf(intent ?? id), ...customerOf(parsed.value), lines, refunded: [] };
  return { kind: 'sale', sale };
}

function linesOf({
  metadata,
  line_items: items,
}: z.infer<typeof session>): readonly SoldLine[] | { readonly errors: { path: string; message: string }[] } {
  const written = metadata?.[SKUS_IN_METADATA];
  if (written !== undefined) return parseSkus(written);
  if (items === undefined || items === null) {
    const message = `is missing: set it when you create the checkout session, for example "CAD-PRO=2, VIEWER"`;
    return { errors: [{ path: `${OBJECT}metadata.${SKUS_IN_METADATA}`, message }] };
  }
  if (items.has_more === true) {
    return {
      errors: [{ path: `${OBJECT}line_items.has_more`, message: 'must be false: some line items are missing' }],
    };
  }
  return items.data.map(({ price, quantity }, index) => ({
    line: String(index),
    sku: price.id,
    quantity: quantity ?? 1,
  }));
}

const SKU_AND_QUANTITY = /^([^,=]{1,256}?)\s*(?:=\s*([1-9]\d{0,5}))?$/;

/** Parses SKUs with their quantities, such as `CAD-PRO=2, VIEWER`; a SKU without a quantity has quantity 1. */
function parseSkus(text: string): ReturnType<typeof linesOf> {
  const path = `${OBJECT}metadata.${SKUS_IN_METADATA}`;
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > MAX_LINES_OF_SALE)
    return { errors: [{ path, message: `at most ${MAX_LINES_OF_SALE} SKUs; got ${parts.length}` }] };
  const lines: SoldLine[] = [];
  for (const [index, part] of parts.entries()) {
    const [, sku, quantity] = SKU_AND_QUANTITY.exec(part) ?? [];
    if (sku === undefined)
      return { errors: [{ path, message: `must be SKUs such as "CAD-PRO=2, VIEWER"; got "${text}"` }] };
    lines.push({ line: String(index), sku, quantity: quantity === undefined ? 1 : Number(quantity) });
  }
  return lines;
}

function readCharge(value: unknown): ShopEvent {
  const parsed = parseInput(charge, value, OBJECT);
  if (!parsed.ok) return unusableEvent(...parsed.errors);
  const { id, payment_intent: intent, amount_refunded: refunded } = parsed.value;
  const amount = parsed.value.amount_captured ?? parsed.value.amount;
  if (refunded < amount || parsed.value.refunded === false) {
    const message = `only ${refunded} of ${amount} are refunded: withdraw the refunded licenses yourself`;
    return unusableEvent({ path: `${OBJECT}amount_refunded`, message });
  }
  if (intent === undefined || intent === null) {
    return unusableEvent({ path: `${OBJECT}payment_intent`, message: 'is missing, so the refunded sale is unknown' });
  }
  return {
    kind: 'refund',
    refund: { orderId: orderIdOf(intent), refund: id, reason: `Stripe refund of ${id}`, lines: 'all' },
  };
}

function orderIdOf(reference: string): string {
  return `stripe-${reference}`;
}

function customerOf({ customer, customer_details: details }: z.infer<typeof session>): Pick<Sale, 'customer'> {
  const known = defined({
    email: usableEmail(details?.email ?? ''),
    stripeCustomer: customer ?? undefined,
  });
  return Object.keys(known).length === 0 ? {} : { customer: known };
}
