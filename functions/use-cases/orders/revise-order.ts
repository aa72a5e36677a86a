import type { RequestOf } from '../../../contract/endpoint.ts';
import type { ORDERS } from '../../../contract/orders.ts';
import type { Fault } from '../../../contract/parse-input.ts';
import { refusalDocument } from '../../../contract/problems.ts';
import { defined } from '../../../domain/defined.ts';
import type { OrderContent, OrderedItem, VendorActor } from '../../../domain/history.ts';
import { containerOf, revisionMarkOf, ticketLicenseOf } from '../../../domain/license.ts';
import { contentKey, reviseUnits, type UnitChange } from '../../../domain/order-revision.ts';
import type { PendingAction } from '../../../domain/pending.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import { type LicenseRevision, reviseContainer } from '../../../domain/revised-container.ts';
import { criticalTerms } from '../../../domain/terms.ts';

import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { licensesOfTicket, type StoredLicense } from '../../store/license-item.ts';
import { getDeliveredOrder, revisionOf, type StoredOrder } from '../../store/order-item.ts';
import { getOrderRevision, type OrderRevision, type RevisedUnit } from '../../store/order-revision-item.ts';
import { getSettlement, type OrderSettlement } from '../../store/order-settlement-item.ts';
import { getProducts, type StoredProduct } from '../../store/product-item.ts';
import { loadUnlocked, stillLocked } from '../containers/await-unlocked.ts';
import { type Container, viewOf } from '../containers/container.ts';
import { inParallel } from '../in-parallel.ts';
import { withEffect } from '../licenses/effective-by.ts';
import { isBlocked, isPlannedSinceRead } from '../licenses/vendor-action.ts';
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
    const committed = await commitRevision(dependencies, vendor, plan);
    return committed === 'committed' ? { kind: 'revised', revised: revisedBy(order, plan.revision) } : 'changed';
  });
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

/** What is done with one license, or the license that is new. */
export interface PlannedUnit {
  readonly change: UnitChange;
  /** The license of the unit as it was read; absent for an added unit. */
  readonly unit?: OrderUnit;
  /** The pending action of an earlier revision that ends; its replacement is discarded. */
  readonly isUndone: boolean;
  /** Whether the license stays as it is. */
  readonly isUnchanged: boolean;
  /** The new license of a replaced or added unit. */
  readonly fresh?: StoredLicense;
  readonly details: LicenseRevision['details'];
}

/** A container that a revision concerns, and its pending actions afterwards. */
export interface RevisedContainer {
  readonly container: Container;
  readonly pending: readonly PendingAction[];
}

export interface RevisionPlan {
  /** The order after the revision; `revision` as it was read. */
  readonly order: StoredOrder;
  readonly revision: OrderRevision;
  readonly units: readonly PlannedUnit[];
  readonly containers: ReadonlyMap<string, RevisedContainer>;
  /** All licenses of the ticket as they were read. */
  readonly licenses: readonly StoredLicense[];
  /** As it was read before the licenses. */
  readonly settlement: OrderSettlement | undefined;
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
  const changes = reviseUnits(units, orderedUnits(next.items, products), upgradeOf);
  const expired = request.allowExpired === true ? [] : expiredItems(next, changes, dependencies.now().getTime());
  if (expired.length > 0) return { kind: 'refused', refusal: { code: 'invalid-request', errors: expired } };

  const byLicense = new Map(units.map((unit) => [unit.license, unit]));
  const details = { at: dependencies.now().toISOString(), reason: `Revision ${revisionOf(next)} of the order` };
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
  const seed = `${order.seed} revision ${revisionOf(order)}`;
  if (change.outcome === 'added') {
    const fresh = newLicense(change.by, licenseId(seed, numbering.made), order, products);
    numbering.made += 1;
    return { change, isUndone: false, isUnchanged: false, fresh, details };
  }
  const unit = units.get(change.unit.license);
  if (unit === undefined) throw new Error(`Bug: license ${change.unit.license} was not read`);
  const isUndone = revisionMarkOf(unit.standing) === 'undoable';
  const earmark = 'earmark' in unit.standing ? unit.standing.earmark : undefined;
  if (change.outcome === 'kept') return { change, unit, isUndone, isUnchanged: !isUndone, details };
  if (change.outcome === 'withdrawn') {
    const isSame = isUndone && earmark?.action === 'withdraw';
    return { change, unit, isUndone: isUndone && !isSame, isUnchanged: isSame, details };
  }
  const made = newLicense(change.by, replacementId(seed, unit.license), order, products, unit.stored);
  const { replacement } = unit;
  // The pending replacement of an earlier revision is what this one wants.
  const isSame = isUndone && replacement !== undefined && isSameOffer(replacement, made);
  return {
    change,
    unit,
    isUndone: isUndone && !isSame,
    isUnchanged: isSame,
    fresh: isSame ? replacement : made,
    details,
  };
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
    ({ unit }) => (unit === undefined ? undefined : containerOf(unit.standing)),
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
  return units.some(({ unit, isUnchanged }) => {
    if (unit === undefined || isUnchanged) return false;
    const license = current.get(unit.license);
    if (license === undefined || license.revision !== unit.stored.revision) return true;
    const container = containers.get(containerOf(license.standing) ?? '');
    return container !== undefined && isPlannedSinceRead(license, container);
  });
}

function withEffectOf(planned: PlannedUnit, containers: ReadonlyMap<string, Container>): PlannedUnit {
  const { unit, details } = planned;
  if (unit === undefined || unit.standing.at === 'available') return planned;
  const container = containers.get(containerOf(unit.standing) ?? '');
  return { ...planned, details: withEffect(details, unit.stored, container) };
}

type DecidedContainers =
  | { readonly kind: 'accepted'; readonly containers: ReadonlyMap<string, RevisedContainer> }
  | Extract<RevisionResult, { kind: 'units-refused' }>;

function decideContainers(
  units: readonly PlannedUnit[],
  containers: ReadonlyMap<string, Container>,
): DecidedContainers {
  const byLicense = new Map(units.flatMap((one) => (one.unit === undefined ? [] : [[one.unit.license, one] as const])));
  const decided = new Map<string, RevisedContainer>();
  const refusedUnits: RefusedUnit[] = [];
  for (const [serial, container] of containers) {
    const revisions = units.flatMap((one) =>
      one.unit !== undefined && containerOf(one.unit.standing) === serial ? revisionsOf(one) : [],
    );
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

function revisionsOf({ change, unit, isUnchanged, fresh, details }: PlannedUnit): LicenseRevision[] {
  if (unit === undefined || isUnchanged) return [];
  const license = unit.stored;
  if (change.outcome === 'kept') return [{ license, details, action: 'undo' }];
  if (change.outcome === 'withdrawn') return [{ license, details, action: 'withdraw' }];
  if (fresh === undefined) throw new Error(`Bug: license ${license.id} has no new license`);
  return [{ license, details, action: 'replace', replacement: ticketLicenseOf(fresh) }];
}

function refusedUnit({ change, unit }: PlannedUnit, refusal: Refusal): RefusedUnit {
  const { index, outcome } = change;
  return { index, outcome, license: unit?.license ?? '', refusal };
}

function revisedUnit({ change, unit, fresh }: PlannedUnit): RevisedUnit {
  const { index, outcome } = change;
  if (outcome === 'added') return { index, outcome, license: fresh?.id ?? '' };
  if (unit === undefined) throw new Error('Bug: an old unit has no license');
  const { license, standing } = unit;
  const isPending = outcome !== 'kept' && standing.at !== 'available';
  return {
    index,
    outcome,
    ...(isPending ? { pending: true as const } : {}),
    license,
    ...(outcome === 'replaced' ? defined({ successor: fresh?.id }) : {}),
  };
}
