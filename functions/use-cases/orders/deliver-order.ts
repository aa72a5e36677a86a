import { createHash } from 'node:crypto';
import type { RequestOf } from '../../../contract/endpoint.ts';
import type { ORDERS } from '../../../contract/orders.ts';
import type { Fault } from '../../../contract/parse-input.ts';
import { defined } from '../../../domain/defined.ts';
import { fixEnd } from '../../../domain/duration.ts';
import type { VendorActor } from '../../../domain/history.ts';
import {
  MAX_CUSTOMER_NAMES,
  MAX_LICENSE_CONTENT_BYTES,
  MAX_LICENSES_ON_TICKET,
  MAX_ORDER_BYTES,
} from '../../../domain/limits.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import { criticalTerms, isExpired, type Terms } from '../../../domain/terms.ts';
import { base32, TICKET_CODE_BYTES, ticketCode } from '../../../domain/ticket-code.ts';
import { type ContainerLicense, canonicalJson, isContainerLicense, MAX_TERMS } from '../../../protocol/index.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { orderOfCustomerKey, writesOfNewCustomers } from '../../store/customer-item.ts';
import { expiryWrites, itemsOfExpiry } from '../../store/expiry-item.ts';
import { orderHistory } from '../../store/history-items.ts';
import { ORDERS_INDEX, orderKey, productOrderKey, ticketKey } from '../../store/keys.ts';
import { putLicense, type StoredLicense } from '../../store/license-item.ts';
import { customerNames, getOrder, type StoredOrder, type StoredSale } from '../../store/order-item.ts';
import { getProducts, type StoredProduct } from '../../store/product-item.ts';
import { commit, packTransactions, put, putNew, type Write } from '../../store/transactions.ts';

export type OrderBody = RequestOf<(typeof ORDERS)['createOrder']>['body'];

export type OrderDelivery =
  | { readonly kind: 'delivered'; readonly order: StoredOrder; readonly isNew: boolean }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Members that are `undefined`, as a request has them. */
type Loose<Value> = { readonly [Key in keyof Value]?: Value[Key] | undefined };

const SEED_BYTES = 16;
const LICENSE_ID_CHARACTERS = 20;
/** Beside the licenses of a transaction: the order, the ticket and the evidence. */
const ITEMS_BESIDE_LICENSES = 3;

/**
 * Delivers an order: one ticket, one license per unit. A repeated body gets the same ticket (T5), and completes a delivery that
 * was stopped. Queries return the order only when it is complete.
 * @param sale what each line of a shop's order delivers, stored for refunds.
 */
export async function deliverOrder(
  dependencies: Dependencies,
  vendor: VendorActor,
  body: OrderBody,
  sale?: StoredSale,
): Promise<OrderDelivery> {
  const digest = createHash('sha256').update(canonicalJson(body)).digest('hex');
  return retryOnConflict<OrderDelivery>(dependencies, `order ${body.orderId}`, async () => {
    const known = await getOrder(dependencies, body.orderId);
    if (known !== undefined && known.body !== digest) {
      return { kind: 'refused', refusal: { code: 'order-exists', orderId: body.orderId } };
    }
    if (known?.state === 'delivered') return { kind: 'delivered', order: known, isNew: false };
    const products = await getProducts(
      dependencies,
      body.items.map((item) => item.product),
    );
    const order = known ?? newOrder(dependencies, body, digest, sale);
    // The request that created the order has passed this check; time that passes until a retry does not refuse it.
    const mayBeExpired = known !== undefined || body.allowExpired === true;
    const faults = faultsOf(order, products, mayBeExpired ? undefined : dependencies.now().getTime());
    if (faults.length > 0) return { kind: 'refused', refusal: { code: 'invalid-request', errors: faults } };
    await writeLookupItems(dependencies, order);
    const result = await writeLicenses(dependencies, vendor, order, licensesOf(order, products), known !== undefined);
    if (result === 'changed') return 'changed';
    return { kind: 'delivered', order: { ...order, state: 'delivered' }, isNew: result === 'delivered' };
  });
}

/**
 * Writes the items by which the order's products and customer find it. They are written first: readers ignore one without an
 * order, while an order without them could not be found.
 */
export async function writeLookupItems(
  dependencies: Dependencies,
  { orderId, items, customer, createdAt }: StoredOrder,
): Promise<void> {
  const keys = [
    ...[...new Set(items.map((item) => item.product))].map((product) => productOrderKey(product, createdAt, orderId)),
    ...customerNames(customer).map((name) => orderOfCustomerKey(name, createdAt, orderId)),
  ];
  const distinct = new Map(keys.map((key) => [key.pk, key]));
  const writes = [
    ...[...distinct.values()].map((key) => put(dependencies, key, { orderId })),
    ...(await writesOfNewCustomers(dependencies, customerNames(customer))),
  ];
  for (const chunk of packTransactions(writes)) await commit(dependencies, chunk);
}

function newOrder(
  dependencies: Dependencies,
  body: OrderBody,
  digest: string,
  sale: StoredSale | undefined,
): StoredOrder {
  const { orderId, customer, items } = body;
  return defined({
    orderId,
    customer,
    ticket: ticketCode(dependencies.random(TICKET_CODE_BYTES)),
    body: digest,
    items: items.map(({ product, quantity = 1, terms, crit }) =>
      defined({ product, quantity, terms: terms === undefined ? undefined : defined(terms), crit }),
    ),
    seed: Buffer.from(dependencies.random(SEED_BYTES)).toString('base64url'),
    createdAt: dependencies.now().toISOString(),
    sale,
    state: 'delivering',
  });
}

/** The faults of an order's body. `expiredAt`: items whose `expiresAt` is at or before it are refused (N2), in milliseconds since 1970. */
export function faultsOf(
  order: StoredOrder,
  products: ReadonlyMap<string, StoredProduct>,
  expiredAt: number | undefined,
): Fault[] {
  const faults: Fault[] = [];
  let units = 0;
  order.items.forEach((item, index) => {
    units += item.quantity;
    faults.push(...faultOfItem(item, index, products.get(item.product)));
    if (expiredAt !== undefined && isExpired(item.terms ?? {}, expiredAt)) {
      const message = 'has passed; an order that means it says allowExpired: true';
      faults.push({ path: `items.${index}.terms.expiresAt`, message });
    }
  });
  if (units > MAX_LICENSES_ON_TICKET) {
    faults.push({
      path: 'items',
      message: `a ticket holds at most ${MAX_LICENSES_ON_TICKET} licenses; the order has ${units}`,
    });
  }
  const names = customerNames(order.customer).length;
  if (names > MAX_CUSTOMER_NAMES) {
    faults.push({ path: 'customer', message: `at most ${MAX_CUSTOMER_NAMES} names; the customer has ${names}` });
  }
  const bytes = Buffer.byteLength(JSON.stringify(order));
  // If there are too many names, the items may be small enough.
  if (bytes > MAX_ORDER_BYTES && names <= MAX_CUSTOMER_NAMES) {
    const message = `the order is ${bytes} bytes; at most ${MAX_ORDER_BYTES} are allowed. Split it`;
    faults.push({ path: 'items', message });
  }
  return faults;
}

/** An item of an order or of an SKU mapping. */
interface SoldItem {
  readonly product: string;
  readonly terms?: Loose<Terms> | undefined;
  readonly crit?: readonly string[] | undefined;
}

/** The faults of one item of an order or an SKU mapping: an unknown product, or terms that a container would refuse. */
export function faultOfItem(item: SoldItem, index: number, product: StoredProduct | undefined): Fault[] {
  if (product === undefined) {
    return [{ path: `items.${index}.product`, message: `there is no product ${item.product}` }];
  }
  const terms = soldTerms(item.terms, product);
  const missing = (item.crit ?? []).findIndex((name) => !Object.hasOwn(terms, name));
  if (missing >= 0) return [{ path: `items.${index}.crit.${missing}`, message: NOT_A_TERM }];
  const fault = faultOfContent({ product: item.product, terms, requires: product.requires, crit: item.crit });
  return fault === undefined ? [] : [{ path: `items.${index}.terms`, message: fault }];
}

/** Of a name in `crit`. */
export const NOT_A_TERM = 'is not a term of the license';

/** The terms of a license when it is sold: those of the item, and the product's features and lease unless the item has them. */
export function soldTerms(terms: Loose<Terms> = {}, { features, leaseDays }: StoredProduct): Terms {
  const own: Terms = Object.fromEntries(
    Object.entries(terms).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
  return {
    ...own,
    ...(own.features !== undefined || features.length === 0 ? {} : { features }),
    ...(own.leaseDays !== undefined || leaseDays === undefined ? {} : { leaseDays }),
  };
}

/** The content of a license that has no id yet. */
export type NewContent = Pick<ContainerLicense, 'product' | 'terms' | 'requires'> & {
  readonly crit?: readonly string[] | undefined;
};

/** Bytes of a license's content in an update, as canonical JSON. */
export function contentBytes(
  product: string,
  terms: unknown,
  requires: readonly string[],
  crit?: readonly string[],
): number {
  return Buffer.byteLength(
    canonicalJson({ id: '0'.repeat(LICENSE_ID_CHARACTERS), product, terms, requires, ...defined({ crit }) }),
  );
}

/** Why a container, or a plan, could not take a license with this content; `undefined` if it can. */
export function faultOfContent({ product, terms: sold, requires, crit }: NewContent): string | undefined {
  // As the container gets them: with an end instead of a duration.
  const terms = fixEnd(fixEnd(sold, 'delivery', 0), 'activation', 0);
  const critical = criticalTerms(crit, terms);
  const names = Object.keys(terms).length;
  if (names > MAX_TERMS) return `at most ${MAX_TERMS} terms, with those of the product; this license has ${names}`;
  const bytes = contentBytes(product, terms, requires, critical);
  if (bytes > MAX_LICENSE_CONTENT_BYTES)
    return `a license has at most ${MAX_LICENSE_CONTENT_BYTES} bytes; this one has ${bytes}`;
  return isContainerLicense({ id: '0', product, terms, requires, ...defined({ crit: critical }) })
    ? undefined
    : 'a container would refuse a license with these terms';
}

/** The licenses of an order, one per unit, in the order of the items. */
function licensesOf(order: StoredOrder, products: ReadonlyMap<string, StoredProduct>): StoredLicense[] {
  const licenses: StoredLicense[] = [];
  for (const item of order.items) {
    const product = products.get(item.product);
    if (product === undefined) throw new Error(`Bug: product ${item.product} was not read`);
    const terms = fixEnd(soldTerms(item.terms, product), 'delivery', Date.parse(order.createdAt));
    for (let unit = 0; unit < item.quantity; unit++) {
      licenses.push({
        id: licenseId(order.seed, licenses.length),
        ticket: order.ticket,
        orderId: order.orderId,
        product: item.product,
        terms,
        requires: product.requires,
        ...defined({ crit: criticalTerms(item.crit, terms) }),
        standing: { at: 'available' },
        ...(order.sale?.test === true ? { test: order.sale.test } : {}),
        revision: 0,
      });
    }
  }
  return licenses;
}

const INDEX_DIGITS = 4;
const INDEX_CHARACTERS = 4;

/**
 * @returns a license's id in Crockford base32: four characters that sort in the order of the units, and 80 bits that derive from
 * the order's random seed.
 */
export function licenseId(seed: string, index: number): string {
  const hash = createHash('sha256').update(`${seed} ${index}`).digest();
  const ordinal = String(index).padStart(INDEX_DIGITS, '0').slice(0, INDEX_CHARACTERS);
  return `${ordinal}${base32(hash, LICENSE_ID_CHARACTERS - INDEX_CHARACTERS)}`;
}

/** @returns the index of the unit that a license was delivered for, from 0; a replacement has the same index. */
export function unitOf(license: string): number {
  return Number(license.slice(0, INDEX_CHARACTERS));
}

/** `changed`: another request began an order under this id, and it is not delivered yet. */
async function writeLicenses(
  dependencies: Dependencies,
  vendor: VendorActor,
  order: StoredOrder,
  licenses: readonly StoredLicense[],
  isStarted: boolean,
): Promise<'delivered' | 'delivered-by-another' | 'changed'> {
  const chunks = [
    ...packTransactions(licenses, {
      items: (license) => 1 + itemsOfExpiry(license),
      beside: ITEMS_BESIDE_LICENSES,
    }),
  ];
  for (const [index, chunk] of chunks.entries()) {
    const isFirst = index === 0;
    const isLast = index === chunks.length - 1;
    const state = isLast ? 'delivered' : 'delivering';
    const listed = isLast ? { indexPk: ORDERS_INDEX, indexSk: `${order.createdAt}#${order.orderId}` } : {};
    const stored = { ...order, ...listed, state };
    const writes: Write[] = [];
    if (isFirst && !isStarted) writes.push(putNew(dependencies, orderKey(order.orderId), stored));
    else if (isLast) writes.push(completion(dependencies, stored));
    if (isLast)
      writes.push(putNew(dependencies, ticketKey(order.ticket), { code: order.ticket, orderId: order.orderId }));
    writes.push(
      ...chunk.flatMap((license) => [putLicense(dependencies, license), ...expiryWrites(dependencies, license)]),
      ...eventsForDelivery(dependencies, vendor, order, chunk),
    );
    if ((await commit(dependencies, writes)) === 'committed') continue;
    // Another request delivers the same order, or an earlier attempt wrote this chunk: leave it as it is.
    if (isFirst && !isStarted) return 'changed';
    if (!isLast) continue;
    const known = await getOrder(dependencies, order.orderId);
    return known?.state === 'delivered' ? 'delivered-by-another' : 'changed';
  }
  return 'delivered';
}

function completion(dependencies: Dependencies, order: object & { orderId: string }): Write {
  return {
    Put: {
      TableName: dependencies.tableName,
      Item: { ...order, ...orderKey(order.orderId) },
      ConditionExpression: '#state = :delivering',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':delivering': 'delivering' },
    },
  };
}

function eventsForDelivery(
  dependencies: Dependencies,
  vendor: VendorActor,
  order: StoredOrder,
  chunk: readonly StoredLicense[],
): Write[] {
  const test = order.sale?.test === true ? { test: order.sale.test } : {};
  const { orderId } = order;
  const entries = chunk.map(({ id }) => ({ type: 'license.delivered', license: id, orderId, ...test }) as const);
  return orderHistory(dependencies, vendor, undefined, entries);
}
