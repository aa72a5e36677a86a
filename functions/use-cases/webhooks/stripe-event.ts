import * as z from 'zod/mini';
import { type Fault, parseInput } from '../../../contract/parse-input.ts';
import { defined } from '../../../domain/defined.ts';
import { MAX_LINES_OF_SALE } from '../../../domain/limits.ts';
import { shortLine } from '../../../domain/single-line.ts';
import { lookupSku } from './lookup-sku.ts';
import {
  customerOf,
  ifSound,
  ignoredEvent,
  MAX_QUOTED_CHARACTERS,
  moneyOf,
  parseShopJson,
  type Sale,
  type ShopEvent,
  type SoldLine,
  unusableEvent,
  withCause,
} from './shop-event.ts';

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

const envelope = z.object({
  type: z.string(),
  /** Seconds since 1970. */
  created: ifSound(z.int().check(z.nonnegative(), z.maximum(99_999_999_999))),
  livemode: ifSound(z.boolean()),
  data: z.object({ object: z.unknown() }),
});
type Envelope = z.infer<typeof envelope>;

const session = z.object({
  id: stripeId,
  mode: ifSound(z.string()),
  payment_status: z.enum(['paid', 'unpaid', 'no_payment_required']),
  payment_intent: z.nullish(reference),
  metadata: z.nullish(z.object({ [SKUS_IN_METADATA]: z.nullish(z.string()) })),
  /** Read only where the metadata has no SKUs. */
  line_items: z.optional(z.unknown()),
  customer: ifSound(reference),
  customer_details: ifSound(z.object({ email: ifSound(z.string()), name: ifSound(z.string()) })),
  amount_total: ifSound(z.int()),
  currency: ifSound(z.string()),
});

const lineItems = z.nullish(
  z.object({
    data: z.array(z.object({ quantity: z.nullish(z.int().check(z.positive())), price: z.object({ id: stripeId }) })),
    has_more: z.nullish(z.boolean()),
  }),
);

const charge = z.object({
  id: stripeId,
  amount: z.int(),
  amount_captured: z.nullish(z.int()),
  amount_refunded: z.int().check(z.positive()),
  refunded: z.nullish(z.boolean()),
  payment_intent: z.nullish(reference),
});

const failedCharge = z.object({ id: stripeId, payment_intent: z.nullish(reference) });
const failedIntent = z.object({ id: stripeId });
const failedSession = z.object({ id: stripeId, payment_intent: z.nullish(reference) });

const dispute = z.object({
  id: stripeId,
  status: z.string(),
  reason: ifSound(z.string()),
  payment_intent: z.nullish(reference),
  amount: ifSound(z.int()),
  currency: ifSound(z.string()),
});

const refund = z.object({ id: stripeId, status: z.nullish(z.string()), payment_intent: z.nullish(reference) });

/** Path of the event's object in the body. */
const OBJECT = 'data.object.';

const READERS: Readonly<Record<string, (event: Envelope) => ShopEvent>> = {
  'checkout.session.completed': readSession,
  // A slow payment method: the session was completed unpaid, and is paid now.
  'checkout.session.async_payment_succeeded': readSession,
  'checkout.session.async_payment_failed': readFailedSession,
  'payment_intent.payment_failed': readFailedIntent,
  'payment_intent.canceled': readFailedIntent,
  'charge.failed': readFailedCharge,
  'charge.refunded': readCharge,
  'refund.updated': readRefundState,
  'refund.failed': readRefundState,
  // Sent beside the two above to endpoints with an API version before 2024-10-28.
  'charge.refund.updated': readRefundState,
  'charge.dispute.created': readDispute,
  'charge.dispute.updated': readDispute,
  'charge.dispute.funds_withdrawn': readDispute,
  'charge.dispute.funds_reinstated': readDispute,
  'charge.dispute.closed': readDispute,
};

/** Parses a webhook's body: a Stripe event. Members that do not concern licenses are ignored. */
export function readStripeEvent(body: string): ShopEvent {
  const json = parseShopJson(body);
  if (!json.ok) return unusableEvent({ path: '', message: `not valid JSON: ${json.code}` });
  const event = parseInput(envelope, json.value);
  if (!event.ok) return unusableEvent(...event.errors);
  const { type } = event.value;
  const read = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  return read === undefined
    ? ignoredEvent(`The event ${shortLine(type, MAX_QUOTED_CHARACTERS)} does not concern licenses.`)
    : read(event.value);
}

function readSession({ data, livemode, created }: Envelope): ShopEvent {
  const parsed = parseInput(session, data.object, OBJECT);
  if (!parsed.ok) return { kind: 'unusable', errors: parsed.errors, ...orderIdIn(data.object) };
  const { id, mode, payment_status: status, payment_intent: intent, amount_total: total, currency } = parsed.value;
  if (mode === 'setup') return ignoredEvent('The session stores a payment method and sells nothing.');
  if (status === 'unpaid') {
    return ignoredEvent('Not paid yet; Stripe sends checkout.session.async_payment_succeeded after the payment.');
  }
  // A refund names the payment intent, not the session.
  const orderId = orderIdOf(intent ?? id);
  const lines = linesOf(parsed.value);
  if ('errors' in lines) return { kind: 'unusable', errors: lines.errors, orderId };
  const sale: Sale = {
    orderId,
    ...customerOf(
      { name: parsed.value.customer_details?.name, email: parsed.value.customer_details?.email },
      { stripeCustomer: parsed.value.customer },
    ),
    lines,
    refunded: [],
    ...defined({ paidAt: timeOf(created), total: moneyOf(total, currency) }),
    ...(livemode === false ? { test: true as const } : {}),
  };
  return { kind: 'sale', sale };
}

/** The order's id, although the rest of the session cannot be used. */
function orderIdIn(value: unknown): { readonly orderId?: string } {
  const parsed = failedSession.safeParse(value);
  return parsed.success ? { orderId: orderIdOf(parsed.data.payment_intent ?? parsed.data.id) } : {};
}

function linesOf({
  metadata,
  line_items: given,
}: z.infer<typeof session>): readonly SoldLine[] | { readonly errors: readonly Fault[] } {
  const written = metadata?.[SKUS_IN_METADATA];
  if (written !== undefined && written !== null) return parseSkus(written);
  const parsed = parseInput(lineItems, given, `${OBJECT}line_items.`);
  if (!parsed.ok) return { errors: parsed.errors };
  const items = parsed.value;
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

/** A semicolon, a vertical bar or a line break is another list separator, and no part of a SKU in a list. */
const SKU_AND_QUANTITY = /^([^,=;|\r\n]{1,256}?)\s*(?:=\s*([1-9]\d{0,5}))?$/;

/** Parses SKUs with their quantities, such as `CAD-PRO=2, VIEWER`; a SKU without a quantity has quantity 1. */
function parseSkus(text: string): ReturnType<typeof linesOf> {
  const path = `${OBJECT}metadata.${SKUS_IN_METADATA}`;
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > MAX_LINES_OF_SALE)
    return { errors: [{ path, message: `at most ${MAX_LINES_OF_SALE} SKUs; got ${parts.length}` }] };
  const lines: SoldLine[] = [];
  for (const [index, part] of parts.entries()) {
    const [, sku, quantity] = SKU_AND_QUANTITY.exec(part) ?? [];
    if (sku === undefined) {
      const given = shortLine(text, MAX_QUOTED_CHARACTERS);
      const message = `the list of SKUs is malformed: write it with commas, such as "CAD-PRO=2, VIEWER"; got "${given}"`;
      return { errors: [{ path, message }] };
    }
    lines.push({ line: String(index), sku: lookupSku(sku), quantity: quantity === undefined ? 1 : Number(quantity) });
  }
  return lines;
}

function readCharge({ data }: Envelope): ShopEvent {
  const parsed = parseInput(charge, data.object, OBJECT);
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

const NOT_DELIVERED = 'The payment failed, and nothing was delivered.';

function readFailedSession({ data, created }: Envelope): ShopEvent {
  const parsed = parseInput(failedSession, data.object, OBJECT);
  if (!parsed.ok) return unusableEvent(...parsed.errors);
  const { id, payment_intent: intent } = parsed.value;
  return failedPayment(intent ?? id, `failed-${id}`, `Stripe payment of ${id} failed`, created);
}

function readFailedIntent({ type, data, created }: Envelope): ShopEvent {
  const parsed = parseInput(failedIntent, data.object, OBJECT);
  if (!parsed.ok) return unusableEvent(...parsed.errors);
  const { id } = parsed.value;
  const state = type === 'payment_intent.canceled' ? 'was canceled' : 'failed';
  return failedPayment(id, `failed-${id}`, `Stripe payment ${id} ${state}`, created);
}

function readFailedCharge({ data, created }: Envelope): ShopEvent {
  const parsed = parseInput(failedCharge, data.object, OBJECT);
  if (!parsed.ok) return unusableEvent(...parsed.errors);
  const { id, payment_intent: intent } = parsed.value;
  if (intent === undefined || intent === null) return ignoredEvent(NOT_DELIVERED);
  return failedPayment(intent, `failed-${id}`, `Stripe charge ${id} failed`, created);
}

/** Takes everything back, if it is a failure after the delivery; most are cards that were declined before. */
function failedPayment(reference: string, refund: string, reason: string, created: Envelope['created']): ShopEvent {
  const failedAt = timeOf(created);
  const orderId = orderIdOf(reference);
  return {
    kind: 'refund',
    refund: { orderId, refund, reason, lines: 'all', ignoredBeforeDelivery: NOT_DELIVERED, ...defined({ failedAt }) },
  };
}

const FAILED_REFUNDS: ReadonlySet<string> = new Set(['failed', 'canceled']);

/** A refund that failed: the licenses are withdrawn, and the customer has not got the money. */
function readRefundState({ data }: Envelope): ShopEvent {
  const parsed = parseInput(refund, data.object, OBJECT);
  if (!parsed.ok) return unusableEvent(...parsed.errors);
  const { id, status, payment_intent: intent } = parsed.value;
  if (!FAILED_REFUNDS.has(status ?? '')) {
    return ignoredEvent('The event charge.refunded reports what a refund takes back.');
  }
  if (intent === undefined || intent === null) {
    return unusableEvent({
      path: `${OBJECT}payment_intent`,
      message: 'is missing, so the sale of the failed refund is unknown',
    });
  }
  const message = `refund ${id} is ${status}: the customer did not get the money, but the refund may have withdrawn licenses`;
  return { kind: 'inspection', orderId: orderIdOf(intent), fault: { path: `${OBJECT}status`, message } };
}

function readDispute({ type, data }: Envelope): ShopEvent {
  const parsed = parseInput(dispute, data.object, OBJECT);
  if (!parsed.ok) return unusableEvent(...parsed.errors);
  const { id, status, reason: why, payment_intent: intent, amount, currency } = parsed.value;
  const isLost = type === 'charge.dispute.closed' && status === 'lost';
  if (intent === undefined || intent === null) {
    if (!isLost) return ignoredEvent(`Stripe dispute ${id} names no payment intent.`);
    return unusableEvent({ path: `${OBJECT}payment_intent`, message: 'is missing, so the disputed sale is unknown' });
  }
  const orderId = orderIdOf(intent);
  if (isLost) {
    const disputed = defined({ amount: moneyOf(amount, currency) });
    const reason = withCause(`Stripe dispute ${id} was lost`, why);
    return { kind: 'refund', refund: { orderId, refund: id, reason, lines: 'all', ...disputed } };
  }
  if (type === 'charge.dispute.created') {
    return { kind: 'dispute', orderId, reason: withCause(`Stripe dispute ${id} was opened`, why) };
  }
  if (type === 'charge.dispute.funds_withdrawn') {
    return { kind: 'dispute', orderId, reason: withCause(`Stripe withdrew the money of dispute ${id}`, why) };
  }
  return ignoredEvent(`Stripe dispute ${id} is ${shortLine(status, MAX_QUOTED_CHARACTERS)}: the licenses stay.`);
}

function timeOf(seconds: number | null | undefined): string | undefined {
  return typeof seconds === 'number' ? new Date(seconds * 1000).toISOString() : undefined;
}

function orderIdOf(reference: string): string {
  return `stripe-${reference}`;
}
