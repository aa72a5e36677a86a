import * as z from 'zod/mini';
import { parseInput } from '../../../contract/parse-input.ts';
import { MAX_LINES_OF_SALE } from '../../../domain/limits.ts';
import { parseJson } from '../../../protocol/index.ts';
import { type Sale, type ShopEvent, type SoldLine, unusable } from './shop-event.ts';

/**
 * Stripe's events, as far as they concern licenses: strict in what is needed, and blind to everything else.
 *
 * The session of a `checkout.session.completed` comes without its line items, because a webhook expands nothing. So whoever
 * sets up the checkout writes the SKUs into its metadata.
 */
export const SKUS_IN_METADATA = 'relicense_skus';

const stripeId = z.string().check(z.regex(/^[A-Za-z0-9_]{1,100}$/, 'a Stripe id'));
/** An id, or the object itself where somebody has expanded it. */
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

/** Where the members of an event's object are. */
const OBJECT = 'data.object.';

/** Reads the body of a webhook: an event, as Stripe sends it. */
export function readStripeEvent(body: string): ShopEvent {
  const json = parseJson(body);
  if (!json.ok) return unusable({ path: '', message: `no acceptable JSON: ${json.code}` });
  const event = parseInput(envelope, json.value);
  if (!event.ok) return unusable(...event.errors);
  const { type, data } = event.value;
  switch (type) {
    case 'checkout.session.completed':
    // A payment method that takes days: the session was completed before, unpaid, and is paid now.
    case 'checkout.session.async_payment_succeeded':
      return readSession(data.object);
    case 'charge.refunded':
      return readCharge(data.object);
    default:
      return { kind: 'ignored', reason: `The event ${type} concerns no licenses.` };
  }
}

function readSession(value: unknown): ShopEvent {
  const parsed = parseInput(session, value, OBJECT);
  if (!parsed.ok) return unusable(...parsed.errors);
  const { id, mode, payment_status: status, payment_intent: intent } = parsed.value;
  if (mode === 'setup') return { kind: 'ignored', reason: 'The session sets up a payment method and sells nothing.' };
  if (status === 'unpaid') {
    return { kind: 'ignored', reason: 'Not paid yet; checkout.session.async_payment_succeeded tells when it is.' };
  }
  const lines = linesOf(parsed.value);
  if ('errors' in lines) return unusable(...lines.errors);
  // A refund names the payment intent, not the session: the order is known by it.
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
    const message = `names no SKUs: set metadata.${SKUS_IN_METADATA} where the checkout is made, such as "CAD-PRO=2, VIEWER"`;
    return { errors: [{ path: `${OBJECT}metadata.${SKUS_IN_METADATA}`, message }] };
  }
  if (items.has_more === true) {
    return { errors: [{ path: `${OBJECT}line_items.has_more`, message: 'some of the line items are missing' }] };
  }
  return items.data.map(({ price, quantity }, index) => ({
    line: String(index),
    sku: price.id,
    quantity: quantity ?? 1,
  }));
}

const SKU_AND_QUANTITY = /^([^,=]{1,256}?)\s*(?:=\s*([1-9]\d{0,5}))?$/;

/** `CAD-PRO=2, VIEWER`: SKUs with their quantity, 1 unless said. */
function parseSkus(text: string): ReturnType<typeof linesOf> {
  const path = `${OBJECT}metadata.${SKUS_IN_METADATA}`;
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > MAX_LINES_OF_SALE) return { errors: [{ path, message: `at most ${MAX_LINES_OF_SALE} SKUs` }] };
  const lines: SoldLine[] = [];
  for (const [index, part] of parts.entries()) {
    const [, sku, quantity] = SKU_AND_QUANTITY.exec(part) ?? [];
    if (sku === undefined) return { errors: [{ path, message: `not SKUs such as "CAD-PRO=2, VIEWER": ${text}` }] };
    lines.push({ line: String(index), sku, quantity: quantity === undefined ? 1 : Number(quantity) });
  }
  return lines;
}

function readCharge(value: unknown): ShopEvent {
  const parsed = parseInput(charge, value, OBJECT);
  if (!parsed.ok) return unusable(...parsed.errors);
  const { id, payment_intent: intent, amount_refunded: refunded } = parsed.value;
  const amount = parsed.value.amount_captured ?? parsed.value.amount;
  if (refunded < amount || parsed.value.refunded === false) {
    const message = `${refunded} of ${amount} are refunded: an amount alone does not say which licenses; withdraw them by hand`;
    return unusable({ path: `${OBJECT}amount_refunded`, message });
  }
  if (intent === undefined || intent === null) {
    return unusable({ path: `${OBJECT}payment_intent`, message: 'without it nothing says which sale is refunded' });
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
  const email = details?.email ?? '';
  const known = {
    ...(email === '' || email.length > MAX_EMAIL_CHARACTERS ? {} : { email }),
    ...(typeof customer === 'string' ? { stripeCustomer: customer } : {}),
  };
  return Object.keys(known).length === 0 ? {} : { customer: known };
}

const MAX_EMAIL_CHARACTERS = 256;
