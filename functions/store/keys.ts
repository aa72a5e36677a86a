import { BULK_ORDER, DELIVERY_QUEUE } from '../../contract/table.ts';

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Digits of a counter in a sort key, so that the order of text is the order of numbers. */
const COUNTER_DIGITS = 10;

const padded = (counter: number): string => String(counter).padStart(COUNTER_DIGITS, '0');

/** Sorts after every key that starts with the same prefix and `#`: `$` follows `#`. */
export const after = (prefix: string): string => `${prefix}$`;

export const productKey = (code: string): Key => ({ pk: `PRODUCT#${code}`, sk: 'PRODUCT' });
/** What one unit of a shop's SKU delivers. */
export const skuKey = (sku: string): Key => ({ pk: `SKU#${sku}`, sk: 'SKU' });
export const orderKey = (orderId: string): Key => ({ pk: `ORDER#${orderId}`, sk: 'ORDER' });
export const ticketKey = (code: string): Key => ({ pk: `TICKET#${code}`, sk: 'TICKET' });
export const licenseKey = (ticket: string, license: string): Key => ({
  pk: `TICKET#${ticket}`,
  sk: `LICENSE#${license}`,
});
export const containerKey = (serial: string): Key => ({ pk: `CONTAINER#${serial}`, sk: 'CONTAINER' });
export const entryKey = (serial: string, license: string): Key => ({
  pk: `CONTAINER#${serial}`,
  sk: `LICENSE#${license}`,
});
export const outcomeKey = (serial: string, reprogramming: string): Key => ({
  pk: `CONTAINER#${serial}`,
  sk: `OUTCOME#${reprogramming}`,
});
export const reprogrammingKey = (serial: string, counter: number): Key => ({
  pk: `CONTAINER#${serial}`,
  sk: `REPROGRAMMING#${padded(counter)}`,
});
/** A page of a plan that is too large for one item. */
export const changesKey = (serial: string, counter: number, page: number): Key => ({
  pk: `CONTAINER#${serial}`,
  sk: `REPROGRAMMING#${padded(counter)}#CHANGES#${String(page).padStart(3, '0')}`,
});
export const updateKey = (serial: string, counter: number): Key => ({
  pk: `CONTAINER#${serial}`,
  sk: `UPDATE#${padded(counter)}`,
});
export const tokenKey = (hash: string): Key => ({ pk: `TOKEN#${hash}`, sk: 'TOKEN' });
/** Where to find the orders that sold a product, or a customer's: one small item each. */
export const productOrderKey = (product: string, orderId: string): Key => ({
  pk: `SOLD#${product}`,
  sk: `ORDER#${orderId}`,
});
export const customerKey = (customer: string, orderId: string): Key => ({
  pk: `CUSTOMER#${customer}`,
  sk: `ORDER#${orderId}`,
});
/** The answer that was given under an `Idempotency-Key`, by caller; of the key itself only its hash is here. */
export const idempotencyKey = (caller: string, keyHash: string): Key => ({
  pk: `IDEMPOTENCY#${caller}#${keyHash}`,
  sk: 'ANSWER',
});
/** How much of a caller's allowance of a minute is leased. */
export const rateKey = (caller: string, minute: number): Key => ({ pk: `RATE#${caller}`, sk: `MINUTE#${minute}` });
/** A webhook that came in, by the sender's id: that it is taken once. */
export const webhookKey = (id: string): Key => ({ pk: `WEBHOOK#${id}`, sk: 'WEBHOOK' });
/** The secrets that verify the webhooks of a source, all in one item. */
export const webhookSecretsKey = (source: string): Key => ({
  pk: 'WEBHOOK-SECRETS',
  // The ERP was the first, and had no name.
  sk: source === 'erp' ? 'WEBHOOK-SECRETS' : `WEBHOOK-SECRETS#${source}`,
});
/** The webhooks that wait for an order, and what is refunded of a shop's order. */
export const refundsKey = (orderId: string): Key => ({ pk: `ORDER#${orderId}`, sk: 'REFUNDS' });
/** An event of an order's history. */
export const orderEventKey = (orderId: string, event: string): Key => ({
  pk: `ORDER#${orderId}`,
  sk: `EVENT#${event}`,
});
/** An event that concerns a container and no order. */
export const containerEventKey = (serial: string, event: string): Key => ({
  pk: `HISTORY#${serial}`,
  sk: `EVENT#${event}`,
});
/** An endpoint of the vendor's that events are sent to; all are read at once. */
export const eventEndpointKey = (id: string): Key => ({ pk: 'EVENT-ENDPOINTS', sk: `ENDPOINT#${id}` });
/** A queue of deliveries: those of an order's licenses, or of a container, to one endpoint. */
export const deliveryQueueKey = (endpoint: string, queue: string): Key => ({
  pk: `DELIVERIES#${endpoint}#${queue}`,
  sk: DELIVERY_QUEUE,
});
/** A delivery in its queue. `position` is where the table's stream has the event, so that the order is that of the commits. */
export const deliveryKey = (endpoint: string, queue: string, position: string): Key => ({
  pk: `DELIVERIES#${endpoint}#${queue}`,
  sk: `DELIVERY#${position}`,
});
/** An event that could not be delivered. */
export const deadLetterKey = (endpoint: string, event: string): Key => ({
  pk: `DEAD-LETTERS#${endpoint}`,
  sk: `LETTER#${event}`,
});

/** A container by the hour of a contact, so that the fleet can be read in that order; `-` sorts before every hour. */
export const contactKey = (hour: string, serial: string): Key => ({ pk: 'CONTACTS', sk: `CONTACT#${hour}#${serial}` });

/** How far a run that reports overdue actions has come, when it had to stop before the end. */
export const overduePositionKey: Key = { pk: 'OVERDUE', sk: 'POSITION' };

/** A bulk order, followed by its licenses: in the order of their containers, those in none in front. */
export const bulkOrderKey = (id: string): Key => ({ pk: `BULK-ORDER#${id}`, sk: BULK_ORDER });
export const bulkLicenseKey = (id: string, container: string | undefined, license: string): Key => ({
  pk: `BULK-ORDER#${id}`,
  sk: `LICENSE#${container ?? NO_CONTAINER}#${license}`,
});

/** Stands in a key where a serial, which is longer, would. */
const NO_CONTAINER = '-';

/** Partitions of the index. */
export const historyIndex = (serial: string): string => `HISTORY#${serial}`;
export const licenseIndex = (license: string): string => `LICENSE#${license}`;
/** Containers with pending vendor actions. */
export const PENDING_INDEX = 'PENDING';
export const PRODUCTS_INDEX = 'PRODUCTS';
export const SKUS_INDEX = 'SKUS';
export const ORDERS_INDEX = 'ORDERS';
export const BULK_ORDERS_INDEX = 'BULK-ORDERS';
export const TOKENS_INDEX = 'TOKENS';
export const webhooksIndex = (state: string): string => `WEBHOOKS#${state}`;
