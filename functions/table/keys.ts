/** Names of the table's key attributes and of its one index. The stack builds the table from these. */
export const PARTITION_KEY = 'pk';
export const SORT_KEY = 'sk';
/** The one index: sparse, overloaded, keys only. */
export const INDEX_NAME = 'index';
export const INDEX_PARTITION_KEY = 'indexPk';
export const INDEX_SORT_KEY = 'indexSk';
/** Time to live, in seconds since 1970; set on items that nobody needs for ever. */
export const EXPIRY = 'expiresAtSeconds';

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
export const soldKey = (product: string, orderId: string): Key => ({ pk: `SOLD#${product}`, sk: `ORDER#${orderId}` });
export const customerKey = (customer: string, orderId: string): Key => ({
  pk: `CUSTOMER#${customer}`,
  sk: `ORDER#${orderId}`,
});
/** The answer that was given under an `Idempotency-Key`, by token. */
export const idempotencyKey = (token: string, key: string): Key => ({
  pk: `IDEMPOTENCY#${token}#${key}`,
  sk: 'ANSWER',
});
/** A webhook that came in, by the sender's id: that it is taken once. */
export const webhookKey = (id: string): Key => ({ pk: `WEBHOOK#${id}`, sk: 'WEBHOOK' });
/** The secrets that verify the ERP's webhooks, all in one item. */
export const webhookSecretsKey: Key = { pk: 'WEBHOOK-SECRETS', sk: 'WEBHOOK-SECRETS' };
/** A cancellation that came before its order. */
export const cancellationKey = (orderId: string): Key => ({ pk: `ORDER#${orderId}`, sk: 'CANCELLATION' });
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

/** Partitions of the index. */
export const historyIndex = (serial: string): string => `HISTORY#${serial}`;
export const licenseIndex = (license: string): string => `LICENSE#${license}`;
/** Containers with pending vendor actions. */
export const PENDING_INDEX = 'PENDING';
export const PRODUCTS_INDEX = 'PRODUCTS';
export const ORDERS_INDEX = 'ORDERS';
export const TOKENS_INDEX = 'TOKENS';
export const webhooksIndex = (state: string): string => `WEBHOOKS#${state}`;
