import type { RequestOf } from '../../../contract/endpoint.ts';
import type { ORDERS } from '../../../contract/orders.ts';
import type { Fault } from '../../../contract/parse-input.ts';
import { refusalDocument } from '../../../contract/problems.ts';
import { defined } from '../../../domain/defined.ts';
import type { OrderContent, OrderedItem, VendorActor } from '../../../domain/history.ts';
import { containerOf, revisionMarkOf } from '../../../domain/license.ts';
import { contentKey, reviseUnits, type UnitChange } from '../../../domain/order-revision.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import { type LicenseRevision, reviseContainer } from '../../../domain/revised-container.ts';
import { criticalTerms } from '../../../domain/terms.ts';

import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { orderOfCustomerKey } from '../../store/customer-item.ts';
import type { Key } from '../../store/keys.ts';
import { licensesOfTicket, type StoredLicense } from '../../store/license-item.ts';
import { customerNames, getDeliveredOrder, revisionOf, type StoredOrder } from '../../store/order-item.ts';
import { getOrderRevision, type OrderRevision, type RevisedUnit } from '../../store/order-revision-item.ts';
import { getSettlement } from '../../store/order-settlement-item.ts';
import { getProducts, type StoredProduct } from '../../store/product-item.ts';
import { commit, packTransactions, remove } from '../../store/transactions.ts';
import { loadUnlocked, stillLocked } from '../containers/await-unlocked.ts';
import { type Container, viewOf } from '../containers/container.ts';
import { withEffect } from '../containers/effective-by.ts';
import { awaitRevision, reasonOfRevision } from '../containers/large-revision.ts';
import { isBlocked, isPlannedSinceRead } from '../containers/pending-writes.ts';
import {
  containerOfUnit,
  type PlannedUnit,
  type RevisedContainer,
  type RevisionPlan,
  revisionsOf,
} from '../containers/revision-plan.ts';
import { inParallel } from '../in-parallel.ts';
import { commitRevision } from './commit-revision.ts';
import { faultsOf, licenseId, writeLookupItems } from './deliver-order.ts';
import { type OrderUnit, orderedUnits, unitsOfOrder } from './order-units.ts';

const CONTAINERS_AT_ONCE = 8;
const ORDINAL_CHARACTERS = 4;

type RevisionBody = Pick<RequestOf<(typeof ORDERS)['reviseOrder']>['body'], 'items' | 'customer' | 'allowExpired'>;

/** The order's whole new state. */
export interface RevisionRequest {
  readonly items: readonly OrderedItem[];
  /** The customer stays if it is absent. */
  readonly customer?: OrderContent['customer'];
  readonly allowExpired?: boolean | undefined;
}

/** The request of a body that the contract has parsed. */
export function revisionRequest({ items, customer, allowExpired }: RevisionBody): RevisionRequest {
  return {
    items: items.map(({ product, quantity = 1, terms, crit }) =>
      defined({ product, quantity, terms: terms === undefined ? undefined : defined(terms), crit }),
    ),
    ...defined({ customer, allowExpired }),
  };
}

export interface RevisionOptions {
  /** Whether the caller has seen this revision; always, unless given. */
  readonly isExpected?: (number: number) => boolean;
  /** Decides, and writes nothing. */
  readonly isPreview?: boolean;
  /** The webhook that orders the revision. */
  readonly webhook?: string;
}

export interface Revised {
  readonly orderId: string;
  readonly ticket: string;
  readonly number: number;
  readonly units: readonly RevisedUnit[];
}

/** A unit that cannot be changed, and why. */
export interface RefusedUnit {
  readonly index: number;
  readonly outcome: RevisedUnit['outcome'];
  readonly license: string;
  readonly refusal: Refusal;
}

export type RevisionResult =
  | { readonly kind: 'revised'; readonly revised: Revised }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'units-refused'; readonly units: readonly [RefusedUnit, ...RefusedUnit[]] }
  | { readonly kind: 'stale'; readonly number: number };

/**
 * Revises an order: takes its whole new state, and makes of its units what O1 says. All of it is accepted and committed, or
 * nothing.
 */
export async function reviseOrder(
  dependencies: Dependencies,
  vendor: VendorActor,
  orderId: string,
  request: RevisionRequest,
  options: RevisionOptions = {},
): Promise<RevisionResult> {
  return retryOnConflict<RevisionResult>(dependencies, `order ${orderId}`, async () => {
    const order = await getDeliveredOrder(dependencies, orderId);
    if (order === undefined) return refused({ code: 'not-found', explanation: `There is no order ${orderId}.` });
    if (order.revising !== undefined) {
      if (!(await awaitRevision(dependencies, orderId))) return refused({ code: 'order-in-revision', orderId });
      return 'changed';
    }
    const number = revisionOf(order);
    if (options.isExpected?.(number) === false) return { kind: 'stale', number };
    if (options.webhook !== undefined) {
      const newest = number === 1 ? undefined : await getOrderRevision(dependencies, orderId, number);
      // An earlier attempt has carried out this webhook.
      if (newest?.webhook === options.webhook) return { kind: 'revised', revised: revisedBy(order, newest) };
    }
    if (order.cancelledAt !== undefined) return refused({ code: 'order-cancelled', orderId });
    const decided = await decideRevision(dependencies, order, request, options.webhook);
    if (decided === 'changed' || decided.kind !== 'decided') return decided;
    const { plan } = decided;
    if (options.isPreview === true) return { kind: 'revised', revised: revisedBy(order, plan.revision) };
    await writeLookupItems(dependencies, plan.order);
    const committed = await commitRevision(dependencies, vendor, order, plan);
    if (committed !== 'committed') return 'changed';
    await removeFormerNames(dependencies, order, plan.order);
    return { kind: 'revised', revised: revisedBy(order, plan.revision) };
  });
}

/** Removes the lookup items of names that the customer no longer has. If this is stopped, the order is also found by them. */
async function removeFormerNames(dependencies: Dependencies, before: StoredOrder, after: StoredOrder): Promise<void> {
  const { createdAt, orderId } = before;
  const keyOf = (name: string): Key => orderOfCustomerKey(name, createdAt, orderId);
  const kept = new Set(customerNames(after.customer).map((name) => keyOf(name).pk));
  const former = new Map(customerNames(before.customer).map((name) => [keyOf(name).pk, keyOf(name)]));
  const removed = [...former.values()].filter(({ pk }) => !kept.has(pk));
  for (const chunk of packTransactions(removed)) {
    await commit(
      dependencies,
      chunk.map((key) => remove(dependencies, key)),
    );
  }
}

function revisedBy({ orderId, ticket }: StoredOrder, { number, units }: OrderRevision): Revised {
  return { orderId, ticket, number, units };
}

/** The units of a refused revision, as an answer or a webhook's result has them. */
export function refusedUnits(units: readonly RefusedUnit[]) {
  return units.map(({ index, outcome, license, refusal }) => {
    const { detail, code: reason } = refusalDocument(refusal);
    const dependents = refusal.code === 'dependency-violation' ? refusal.dependents : undefined;
    const container = refusal.code === 'reprogramming-in-flight' ? refusal.container : undefined;
    return { index, outcome, license, reason, detail, ...defined({ dependents, container }) };
  });
}

function refused(refusal: Refusal): RevisionResult {
  return { kind: 'refused', refusal };
}

type Decided =
  | { readonly kind: 'decided'; readonly plan: RevisionPlan }
  | Extract<RevisionResult, { kind: 'refused' | 'units-refused' }>;

async function decideRevision(
  dependencies: Dependencies,
  order: StoredOrder,
  request: RevisionRequest,
  webhook: string | undefined,
): Promise<Decided | 'changed'> {
  const settlement = await getSettlement(dependencies, order.orderId);
  const codes = new Set([...request.items, ...order.items].map(({ product }) => product));
  const [products, licenses] = await Promise.all([
    getProducts(dependencies, [...codes]),
    licensesOfTicket(dependencies, order.ticket),
  ]);
  const next = nextOrder(order, request);
  const faults = faultsOf(next, products, undefined);
  if (faults.length > 0) return { kind: 'refused', refusal: { code: 'invalid-request', errors: faults } };
  const units = await unitsOfOrder(dependencies, order, licenses);
  const upgradeOf = new Map([...products.values()].map((product) => [product.code, product.upgradeOf]));
  const changes = reviseUnits(units, orderedUnits(next.items, products, Date.parse(order.createdAt)), upgradeOf);
  const expired = request.allowExpired === true ? [] : expiredItems(next, changes, dependencies.now().getTime());
  if (expired.length > 0) return { kind: 'refused', refusal: { code: 'invalid-request', errors: expired } };

  const byLicense = new Map(units.map((unit) => [unit.license, unit]));
  const details = { at: dependencies.now().toISOString(), reason: reasonOfRevision(revisionOf(next)) };
  const numbering = { made: order.unitsMade ?? order.items.reduce((sum, { quantity }) => sum + quantity, 0) };
  const prepared = changes.map((change) => prepareUnit(change, byLicense, next, products, numbering, details));
  const loaded = await loadContainers(dependencies, prepared);
  if (loaded.kind !== 'loaded') return loaded;
  const { containers } = loaded;
  if (containers.size > 0 && (await isChanged(dependencies, order.ticket, prepared, containers))) return 'changed';
  const planned = prepared.map((one) => withEffectOf(one, containers));
  const decided = decideContainers(planned, containers);
  if (decided.kind === 'units-refused') return decided;
  const revision: OrderRevision = {
    number: revisionOf(next),
    at: details.at,
    ...defined({ webhook }),
    before: contentOf(order),
    after: contentOf(next),
    units: planned.map(revisedUnit),
  };
  return {
    kind: 'decided',
    plan: {
      order: { ...next, unitsMade: numbering.made },
      revision,
      units: planned,
      containers: decided.containers,
      licenses,
      settlement,
    },
  };
}

function nextOrder(order: StoredOrder, { items, customer }: RevisionRequest): StoredOrder {
  return {
    ...order,
    ...defined({
      customer: customer === undefined ? order.customer : (structuredClone(customer) as typeof order.customer),
    }),
    items: items.map(({ product, quantity, terms, crit }) =>
      defined({ product, quantity, terms, crit: crit === undefined ? undefined : [...crit] }),
    ) as StoredOrder['items'],
    number: revisionOf(order) + 1,
  };
}

function contentOf({ customer, items }: StoredOrder): OrderRevision['before'] {
  return { ...defined({ customer }), items };
}

/** N2: an item whose `expiresAt` has passed is refused, unless all of its units are kept as they are. */
function expiredItems(order: StoredOrder, changes: readonly UnitChange[], now: number): Fault[] {
  const isNew = new Set(
    changes.flatMap(({ outcome, index }) => (outcome === 'added' || outcome === 'replaced' ? [index] : [])),
  );
  const faults: Fault[] = [];
  let first = 0;
  for (const [at, { quantity, terms }] of order.items.entries()) {
    const isExpired = terms?.expiresAt !== undefined && Date.parse(terms.expiresAt) <= now;
    const hasNew = Array.from({ length: quantity }, (_, unit) => first + unit).some((index) => isNew.has(index));
    if (isExpired && hasNew) {
      const message = 'has passed; an order that means it says allowExpired: true';
      faults.push({ path: `items.${at}.terms.expiresAt`, message });
    }
    first += quantity;
  }
  return faults;
}

function prepareUnit(
  change: UnitChange,
  units: ReadonlyMap<string, OrderUnit>,
  order: StoredOrder,
  products: ReadonlyMap<string, StoredProduct>,
  numbering: { made: number },
  details: LicenseRevision['details'],
): PlannedUnit {
  const { outcome, index } = change;
  const seed = `${order.seed} revision ${revisionOf(order)}`;
  if (outcome === 'added') {
    const fresh = newLicense(change.by, licenseId(seed, numbering.made), order, products);
    numbering.made += 1;
    return { outcome, index, isUnchanged: false, fresh, details };
  }
  const unit = units.get(change.unit.license);
  if (unit === undefined) throw new Error(`Bug: license ${change.unit.license} was not read`);
  const { stored: old, replacement } = unit;
  const planned = { outcome, index, old, discard: replacement?.id, details };
  const isUndone = revisionMarkOf(unit.standing) === 'undoable';
  if (outcome === 'kept') return { ...planned, isUnchanged: !isUndone };
  // The pending action of an earlier revision may be what this one wants.
  if (outcome === 'withdrawn') return { ...planned, isUnchanged: isUndone && replacement === undefined };
  const fresh = newLicense(change.by, replacementId(seed, unit.license), order, products, old);
  const isSame = isUndone && replacement !== undefined && isSameOffer(replacement, fresh);
  return { ...planned, isUnchanged: isSame, fresh: isSame ? replacement : fresh };
}

function isSameOffer(one: StoredLicense, other: StoredLicense): boolean {
  return contentKey(one) === contentKey(other) && one.requires.join(' ') === other.requires.join(' ');
}

/** The id begins like that of the old license, so that it is listed in its place. */
function replacementId(seed: string, old: string): string {
  const bytes = licenseId(`${seed} ${old}`, 0).slice(ORDINAL_CHARACTERS);
  return `${old.slice(0, ORDINAL_CHARACTERS)}${bytes}`;
}

function newLicense(
  { product: code, terms, ordered }: Extract<UnitChange, { outcome: 'added' }>['by'],
  id: string,
  order: StoredOrder,
  products: ReadonlyMap<string, StoredProduct>,
  old?: StoredLicense,
): StoredLicense {
  const product = products.get(code);
  if (product === undefined) throw new Error(`Bug: product ${code} was not read`);
  const isTest = old === undefined ? order.sale?.test : old.test;
  return {
    id,
    ticket: order.ticket,
    orderId: order.orderId,
    product: code,
    terms,
    requires: product.requires,
    ...defined({ crit: criticalTerms(ordered.crit, terms) }),
    standing: { at: 'available' },
    ...defined({ predecessor: old?.id, test: isTest }),
    revision: 0,
  };
}

type Loaded =
  | { readonly kind: 'loaded'; readonly containers: ReadonlyMap<string, Container> }
  | Extract<RevisionResult, { kind: 'units-refused' }>;

/** The containers of all licenses that change. Waits while a reprogramming holds the lock of one. */
async function loadContainers(dependencies: Dependencies, units: readonly PlannedUnit[]): Promise<Loaded> {
  const changing = Map.groupBy(
    units.filter((one) => !one.isUnchanged),
    containerOfUnit,
  );
  changing.delete(undefined);
  const containers = new Map<string, Container>();
  const locked: RefusedUnit[] = [];
  await inParallel(changing, CONTAINERS_AT_ONCE, async ([serial = '', its]) => {
    const container = await loadUnlocked(dependencies, serial);
    if (container === undefined || isBlocked(container)) {
      for (const one of its) locked.push(refusedUnit(one, stillLocked(serial)));
    } else containers.set(serial, container);
  });
  const [first, ...rest] = locked;
  return first === undefined ? { kind: 'loaded', containers } : { kind: 'units-refused', units: [first, ...rest] };
}

/** Whether a license that changes is no longer as it was read: loading its container may have taken seconds. */
async function isChanged(
  dependencies: Dependencies,
  ticket: string,
  units: readonly PlannedUnit[],
  containers: ReadonlyMap<string, Container>,
): Promise<boolean> {
  const current = new Map((await licensesOfTicket(dependencies, ticket)).map((license) => [license.id, license]));
  return units.some(({ old, isUnchanged }) => {
    if (old === undefined || isUnchanged) return false;
    const license = current.get(old.id);
    if (license === undefined || license.revision !== old.revision) return true;
    const container = containers.get(containerOf(license.standing) ?? '');
    return container !== undefined && isPlannedSinceRead(license, container);
  });
}

function withEffectOf(planned: PlannedUnit, containers: ReadonlyMap<string, Container>): PlannedUnit {
  const { old, details } = planned;
  if (old === undefined || old.standing.at === 'available') return planned;
  const container = containers.get(containerOf(old.standing) ?? '');
  return { ...planned, details: withEffect(details, old, container) };
}

type DecidedContainers =
  | { readonly kind: 'accepted'; readonly containers: ReadonlyMap<string, RevisedContainer> }
  | Extract<RevisionResult, { kind: 'units-refused' }>;

function decideContainers(
  units: readonly PlannedUnit[],
  containers: ReadonlyMap<string, Container>,
): DecidedContainers {
  const byLicense = new Map(units.flatMap((one) => (one.old === undefined ? [] : [[one.old.id, one] as const])));
  const decided = new Map<string, RevisedContainer>();
  const refusedUnits: RefusedUnit[] = [];
  for (const [serial, container] of containers) {
    const revisions = units.flatMap((one) => (containerOfUnit(one) === serial ? revisionsOf(one) : []));
    const decision = reviseContainer(viewOf(container), revisions);
    if (decision.kind === 'accepted') decided.set(serial, { container, pending: decision.pending });
    else {
      for (const { license, refusal } of decision.refused) {
        const planned = byLicense.get(license);
        if (planned !== undefined) refusedUnits.push(refusedUnit(planned, refusal));
      }
    }
  }
  const [first, ...rest] = refusedUnits.sort((one, other) => one.index - other.index);
  return first === undefined
    ? { kind: 'accepted', containers: decided }
    : { kind: 'units-refused', units: [first, ...rest] };
}

function refusedUnit({ index, outcome, old }: PlannedUnit, refusal: Refusal): RefusedUnit {
  return { index, outcome, license: old?.id ?? '', refusal };
}

function revisedUnit({ index, outcome, old, fresh }: PlannedUnit): RevisedUnit {
  if (outcome === 'added') return { index, outcome, license: fresh?.id ?? '' };
  if (old === undefined) throw new Error('Bug: an old unit has no license');
  const isPending = outcome !== 'kept' && old.standing.at !== 'available';
  return {
    index,
    outcome,
    ...(isPending ? { pending: true as const } : {}),
    license: old.id,
    ...(outcome === 'replaced' ? defined({ successor: fresh?.id }) : {}),
  };
}
