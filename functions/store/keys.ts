import { BULK_ORDER, DELIVERY_QUEUE, KEY_SET_PREFIX } from '../../contract/table.ts';

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Digits of a counter in a sort key, so that the order of text is the order of numbers. */
const COUNTER_DIGITS = 10;

const padded = (counter: number): string => String(counter).padStart(COUNTER_DIGITS, '0');

/** Sorts after every key that starts with the same prefix and `#`: `$` follows `#`. */
export const afterPrefix = (prefix: string): string => `${prefix}$`;

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
/** A context that confirmed the removal of a license, by its counter. */
export const receiptKey = (serial: string, counter: number): Key => ({
  pk: `CONTAINER#${serial}`,
  sk: `RECEIPT#${padded(counter)}`,
});
/** The partition of the vendor's key sets, so that one query reads them. */
export const KEY_SETS = 'KEY-SETS';
/** A key set of the vendor. */
export const keySetKey = (version: number): Key => ({ pk: KEY_SETS, sk: `${KEY_SET_PREFIX}${padded(version)}` });
export const tokenKey = (hash: string): Key => ({ pk: `TOKEN#${hash}`, sk: 'TOKEN' });
/** An order among the orders of a product or a customer, which are sorted by time. */
const soldAtKey = (createdAt: string, orderId: string): string => `ORDER#${createdAt}#${orderId}`;
/** Lookup items for the orders of a product or a customer: one small item for each order. */
export const productOrderKey = (product: string, createdAt: string, orderId: string): Key => ({
  pk: `SOLD#${product}`,
  sk: soldAtKey(createdAt, orderId),
});
/** `name` is in the form of `customer-item.ts`. */
export const customerOrderKey = (name: string, createdAt: string, orderId: string): Key => ({
  pk: `CUSTOMER#${name}`,
  sk: soldAtKey(createdAt, orderId),
});
/** A name among all names of customers, which a search reads. */
export const customerNameKey = (name: string): Key => ({ pk: 'CUSTOMERS', sk: `NAME#${name}` });
/** The answer stored under an `Idempotency-Key`, by caller. The item has the key's hash, not the key. */
export const idempotencyKey = (caller: string, keyHash: string): Key => ({
  pk: `IDEMPOTENCY#${caller}#${keyHash}`,
  sk: 'ANSWER',
});
/** How much of a caller's allowance of a minute is leased. */
export const rateKey = (caller: string, minute: number): Key => ({ pk: `RATE#${caller}`, sk: `MINUTE#${minute}` });
/** An incoming webhook, by the sender's id: each id is stored once. */
export const webhookKey = (id: string): Key => ({ pk: `WEBHOOK#${id}`, sk: 'WEBHOOK' });
/** An event of a webhook that concerns no license. */
export const webhookEventKey = (id: string, event: string): Key => ({ pk: `WEBHOOK#${id}`, sk: `EVENT#${event}` });
/** A waiting webhook, sorted by the start of its wait. The scheduled run reports it once and removes this item. */
export const waitingWebhookKey = (since: string, id: string): Key => ({
  pk: 'WAITING-WEBHOOKS',
  sk: `SINCE#${since}#${id}`,
});
/** The settings for a shop's webhooks: test mode and unknown SKUs. */
export const webhookSourceKey = (source: string): Key => ({ pk: 'WEBHOOK-SOURCES', sk: `SOURCE#${source}` });
/** The secrets that verify the webhooks of a source, all in one item. */
export const webhookSecretsKey = (source: string): Key => ({
  pk: 'WEBHOOK-SECRETS',
  // The ERP was the first, and had no name.
  sk: source === 'erp' ? 'WEBHOOK-SECRETS' : `WEBHOOK-SECRETS#${source}`,
});
/** The webhooks that wait for an order, and what is refunded of a shop's order. */
export const refundsKey = (orderId: string): Key => ({ pk: `ORDER#${orderId}`, sk: 'REFUNDS' });
/** A revision of an order, from 2: the first body is not a revision. */
export const orderRevisionKey = (orderId: string, number: number): Key => ({
  pk: `ORDER#${orderId}`,
  sk: `REVISION#${padded(number)}`,
});
/** Whether the licenses that an order's last revision changed are settled. */
export const orderSettlementKey = (orderId: string): Key => ({ pk: `ORDER#${orderId}`, sk: 'SETTLEMENT' });
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
/** An endpoint of the vendor's that receives events. All endpoints share a partition, so that one query reads them. */
export const eventEndpointKey = (id: string): Key => ({ pk: 'EVENT-ENDPOINTS', sk: `ENDPOINT#${id}` });
/** A queue of deliveries: those of an order's licenses, or of a container, to one endpoint. */
export const deliveryQueueKey = (endpoint: string, queue: string): Key => ({
  pk: `DELIVERIES#${endpoint}#${queue}`,
  sk: DELIVERY_QUEUE,
});
/** A delivery in its queue. `position` is the event's position in the table's stream, so that a queue has the order of the commits. */
export const deliveryKey = (endpoint: string, queue: string, position: string): Key => ({
  pk: `DELIVERIES#${endpoint}#${queue}`,
  sk: `DELIVERY#${position}`,
});
/** When deliveries to an endpoint last succeeded and failed. Sorts before the backlogs of its queues. */
export const endpointAttemptsKey = (endpoint: string): Key => ({
  pk: `ENDPOINT-HEALTH#${endpoint}`,
  sk: 'ATTEMPTS',
});
/** What waits in a queue of an endpoint after a round that did not deliver everything. */
export const endpointBacklogKey = (endpoint: string, queue: string): Key => ({
  pk: `ENDPOINT-HEALTH#${endpoint}`,
  sk: `BACKLOG#${queue}`,
});
/** An event that could not be delivered. */
export const deadLetterKey = (endpoint: string, event: string): Key => ({
  pk: `DEAD-LETTERS#${endpoint}`,
  sk: `LETTER#${event}`,
});

/** Lists a container by the hour of a contact; `-` sorts before every hour. */
export const contactKey = (hour: string, serial: string): Key => ({ pk: 'CONTACTS', sk: `CONTACT#${hour}#${serial}` });

/** Where the next report of overdue actions continues, if the last one did not reach the end. */
export const overduePositionKey: Key = { pk: 'OVERDUE', sk: 'POSITION' };

/** A withdrawal or replacement of a leased license, by the time at which it is effective without a receipt (L3). */
export const effectiveKey = (by: string, license: string): Key => ({ pk: 'EFFECTIVE', sk: `BY#${by}#${license}` });

/** An update whose execution ended without its receipt, by the time at which the daily run looks for the receipt. */
export const lateReceiptKey = (due: string, container: string, counter: number): Key => ({
  pk: 'LATE-RECEIPTS',
  sk: `DUE#${due}#${container}#${counter}`,
});

/** The end of a license, by time (N3). */
export const expiryKey = (at: string, license: string): Key => ({ pk: 'EXPIRY', sk: `AT#${at}#${license}` });
/** When the last report of ends started. */
export const expiryPositionKey: Key = { pk: 'EXPIRY', sk: 'POSITION' };

/** A bulk order, followed by its licenses, sorted by container; licenses in no container come first. */
export const bulkOrderKey = (id: string): Key => ({ pk: `BULK-ORDER#${id}`, sk: BULK_ORDER });
export const bulkLicenseKey = (id: string, container: string | undefined, license: string): Key => ({
  pk: `BULK-ORDER#${id}`,
  sk: `LICENSE#${container ?? NO_CONTAINER}#${license}`,
});

/** Takes the place of the serial, which is always longer, in the key of a license in no container. */
const NO_CONTAINER = '-';

// Partitions of the index.

/**
 * The events of the containers whose serials begin with the same two characters, sorted by serial: so a container is found by
 * the beginning of its serial, without an item for that.
 */
export const historyIndex = (serial: string): string => `HISTORY#${serial.slice(0, HISTORY_INDEX_CHARACTERS)}`;
const HISTORY_INDEX_CHARACTERS = 2;
export const historyIndexMembers = (serial: string, event: string): { indexPk: string; indexSk: string } => ({
  indexPk: historyIndex(serial),
  indexSk: `${serial}#EVENT#${event}`,
});
/** The serial in the sort key of an event. */
export const serialOfHistory = (indexSk: string): string => indexSk.slice(0, indexSk.indexOf('#'));
export const licenseIndex = (license: string): string => `LICENSE#${license}`;
/** Containers with pending vendor actions. */
export const PENDING_INDEX = 'PENDING';
export const PRODUCTS_INDEX = 'PRODUCTS';
export const SKUS_INDEX = 'SKUS';
export const ORDERS_INDEX = 'ORDERS';
export const BULK_ORDERS_INDEX = 'BULK-ORDERS';
export const TOKENS_INDEX = 'TOKENS';
export const webhooksIndex = (state: string): string => `WEBHOOKS#${state}`;
