/**
 * The reference model: the whole system as sets and counters, written from the rules (design, sections 2 and 3). It shares
 * nothing with `domain/`, so an error would have to be made twice to stay unnoticed.
 */

/** Where a license is: on its ticket, in a container, on its way out of one, or gone. */
export type Place =
  | { readonly on: 'ticket'; readonly assignedTo?: string; readonly waitsFor?: string }
  | { readonly on: 'container'; readonly serial: string; readonly counter: number; readonly order?: Order }
  | {
      readonly on: 'way-out';
      readonly serial: string;
      readonly counter: number;
      readonly cause: Cause;
      readonly order?: Order;
    }
  | { readonly on: 'gone'; readonly as: 'withdrawn' | 'replaced' };

export type Cause = 'withdraw' | 'deactivate' | 'replace';

/** A pending vendor action on a license that a customer has. */
export type Order =
  | { readonly kind: 'withdraw' }
  | { readonly kind: 'replace'; readonly by: string; readonly renewed?: string }
  /** N1: `end` is the `expiresAt` that the license gets. */
  | { readonly kind: 'renew'; readonly end: string };

export interface ModelLicense {
  readonly id: string;
  readonly ticket: string;
  readonly product: string;
  readonly requires: readonly string[];
  readonly isExpired: boolean;
  /** `expiresAt`, or empty. */
  readonly end: string;
  readonly place: Place;
}

export interface Executed {
  readonly withdraw: readonly string[];
  readonly deactivate: readonly string[];
  readonly assign: readonly string[];
  readonly replace: readonly string[];
  readonly activate: readonly string[];
}

export interface ModelUpdate {
  readonly counter: number;
  readonly request: string;
  readonly executed: Executed;
  /** The container's licenses after it. */
  readonly content: ReadonlySet<string>;
}

export interface ModelContainer {
  readonly serial: string;
  readonly confirmed: number;
  readonly updates: readonly ModelUpdate[];
  readonly isRetired: boolean;
  /** What happens to its licenses, until the retirement is complete. */
  readonly retirement?: 'withdraw' | 'restore';
}

export interface Model {
  readonly licenses: Map<string, ModelLicense>;
  readonly containers: Map<string, ModelContainer>;
}

/** An expected answer; `undefined` members are not checked. */
export interface Expected {
  readonly status: number;
  readonly code?: string;
  /** `reprogrammed`, `unchanged` or `previewed`; the answer's executed lists. */
  readonly executed?: Executed;
  /** `action license reason` for each conflict. */
  readonly conflicts?: readonly string[];
  /** `action license` for each dropped manual action. */
  readonly dropped?: readonly string[];
  readonly dependents?: readonly string[];
  /** The license that the answer must name. */
  readonly license?: string;
  /** The `status` of the answer's body must be one of these. */
  readonly progress?: readonly string[];
}

/** A context in the model: its container, its counter, and whether its content is what the updates made of it. */
export interface ModelContext {
  readonly serial: string;
  readonly counter: number;
  readonly isGenuine: boolean;
}

export interface ManualRequest {
  /** Identifies a repeated request; empty for a request without manual actions. */
  readonly key: string;
  readonly activate: readonly { readonly license: string; readonly ticket: string }[];
  readonly deactivate: readonly string[];
}

const MAX_OUTSTANDING = 20;

export const newModel = (): Model => ({ licenses: new Map(), containers: new Map() });

/** The members of its values are never changed, only replaced, so a copy of the maps is a copy of the model. */
export const copyOf = (model: Model): Model => ({
  licenses: new Map(model.licenses),
  containers: new Map(model.containers),
});

const ok = (status = 200): Expected => ({ status });
const no = (code: string, more: Partial<Expected> = {}): Expected => ({ status: STATUS[code] ?? 409, code, ...more });
const STATUS: Readonly<Record<string, number>> = { 'not-found': 404, 'container-retired': 403 };

function move(model: Model, id: string, place: Place): void {
  const license = model.licenses.get(id);
  if (license === undefined) throw new Error(`The model does not know the license ${id}`);
  model.licenses.set(id, { ...license, place });
}

export const issuedOf = (container: ModelContainer): number => container.updates.length;

export const knownContainer = (model: Model, serial: string): ModelContainer =>
  model.containers.get(serial) ?? { serial, confirmed: 0, updates: [], isRetired: false };

/** The licenses in the container after all its updates. */
export function targetOf(model: Model, serial: string): Set<string> {
  const held = new Set<string>();
  for (const { id, place } of model.licenses.values())
    if (place.on === 'container' && place.serial === serial) held.add(id);
  return held;
}

/** Every pending vendor action of a container: license id to action. */
export function pendingOf(model: Model, serial: string): Map<string, Order | { readonly kind: 'assign' }> {
  const pending = new Map<string, Order | { readonly kind: 'assign' }>();
  for (const { id, place } of model.licenses.values()) {
    if (place.on === 'ticket' && place.assignedTo === serial) pending.set(id, { kind: 'assign' });
    if ((place.on === 'container' || place.on === 'way-out') && place.serial === serial && place.order !== undefined) {
      pending.set(id, place.order);
    }
  }
  return pending;
}

/** The licenses of a set that miss a required product. */
function unmet(model: Model, held: ReadonlySet<string>): string[] {
  const licenses = [...held].map((id) => licenseOf(model, id));
  const products = new Set(licenses.map(({ product }) => product));
  return licenses.filter(({ requires }) => requires.some((code) => !products.has(code))).map(({ id }) => id);
}

function licenseOf(model: Model, id: string): ModelLicense {
  const license = model.licenses.get(id);
  if (license === undefined) throw new Error(`The model does not know the license ${id}`);
  return license;
}

/** What the container would hold after the vendor's actions alone; Q7 demands that all requirements are met then. */
function afterVendor(
  held: ReadonlySet<string>,
  pending: ReadonlyMap<string, { readonly kind: string; readonly by?: string }>,
): Set<string> {
  const after = new Set(held);
  for (const [id, order] of pending) {
    if (order.kind === 'assign') after.add(id);
    else if (order.kind !== 'renew' && after.delete(id) && order.by !== undefined) after.add(order.by);
  }
  return after;
}

function vendorFault(
  model: Model,
  serial: string,
  pending: ReadonlyMap<string, { readonly kind: string; readonly by?: string }>,
): Expected | undefined {
  const dependents = unmet(model, afterVendor(targetOf(model, serial), pending));
  return dependents.length === 0 ? undefined : no('dependency-violation', { dependents });
}

export function order(model: Model, licenses: readonly Omit<ModelLicense, 'place'>[]): Expected {
  const isKnown = licenses.every(({ id }) => model.licenses.has(id));
  for (const license of licenses) if (!isKnown) model.licenses.set(license.id, { ...license, place: { on: 'ticket' } });
  return ok(isKnown ? 200 : 201);
}

/** The place of a license that a vendor action can still change, or the refusal. */
function orderOnPlace(
  model: Model,
  id: string,
  kind: 'withdraw' | 'replace',
  without: (pending: Map<string, { kind: string; by?: string }>) => void,
  isUnderWay: (id: string) => boolean = () => false,
): { readonly at: 'once' | 'customer' } | { readonly refused: Expected } | { readonly same: true } {
  const { place } = licenseOf(model, id);
  if (place.on === 'gone') return { refused: no('license-final') };
  if (place.on === 'ticket') {
    if (place.waitsFor !== undefined) return { refused: no('dependency-violation', { dependents: [place.waitsFor] }) };
    if (place.assignedTo === undefined) return { at: 'once' };
    const pending = new Map<string, { kind: string; by?: string }>(pendingOf(model, place.assignedTo));
    without(pending);
    const fault = vendorFault(model, place.assignedTo, pending);
    return fault === undefined ? { at: 'once' } : { refused: fault };
  }
  if (place.on === 'way-out' && place.cause !== 'deactivate') {
    const isSameOrder = place.cause === kind && (kind === 'withdraw' || isUnderWay(id));
    return isSameOrder ? { same: true } : { refused: no('reprogramming-in-flight') };
  }
  return { at: 'customer' };
}

export function withdraw(model: Model, id: string): Expected {
  const decided = orderOnPlace(model, id, 'withdraw', (pending) => pending.delete(id));
  if ('refused' in decided) return decided.refused;
  if ('same' in decided) return ok(202);
  const { place } = licenseOf(model, id);
  if (place.on === 'ticket') {
    move(model, id, { on: 'gone', as: 'withdrawn' });
    return ok();
  }
  if (place.on === 'gone' || place.order?.kind === 'withdraw') return ok(202);
  const pending = new Map<string, { kind: string; by?: string }>(pendingOf(model, place.serial));
  pending.set(id, { kind: 'withdraw' });
  const fault = vendorFault(model, place.serial, pending);
  if (fault !== undefined) return fault;
  if (knownContainer(model, place.serial).isRetired) return no('container-retired');
  discard(model, place.order);
  move(model, id, { ...place, order: { kind: 'withdraw' } });
  return ok(202);
}

function discard(model: Model, order: Order | undefined): void {
  if (order?.kind === 'replace') move(model, order.by, { on: 'gone', as: 'withdrawn' });
}

function renewalOf(order: Order | undefined): string | undefined {
  if (order?.kind === 'renew') return order.end;
  return order?.kind === 'replace' ? order.renewed : undefined;
}

/** The end of a replacement whose terms are not given: that of the old license, with its pending renewal. */
export function endOfReplacement(model: Model, id: string): Pick<ModelLicense, 'end' | 'isExpired'> {
  const license = model.licenses.get(id);
  if (license === undefined) return { end: '', isExpired: false };
  const { place, end, isExpired } = license;
  const renewed = place.on === 'container' || place.on === 'way-out' ? renewalOf(place.order) : undefined;
  return renewed === undefined ? { end, isExpired } : { end: renewed, isExpired: false };
}

/** `fresh` is the new license, with the id that the answer gave it. */
export function replace(model: Model, id: string, fresh: Omit<ModelLicense, 'place' | 'ticket'>): Expected {
  const old = licenseOf(model, id);
  const add = (place: Place): void => {
    model.licenses.set(fresh.id, { ...fresh, ticket: old.ticket, place });
  };
  // The check needs the new license's product; a refusal removes the license again.
  const isNew = !model.licenses.has(fresh.id);
  if (isNew) add({ on: 'gone', as: 'withdrawn' });
  const refused = (expected: Expected): Expected => {
    if (isNew) model.licenses.delete(fresh.id);
    return expected;
  };
  const decided = orderOnPlace(
    model,
    id,
    'replace',
    (pending) => {
      pending.delete(id);
      pending.set(fresh.id, { kind: 'assign' });
    },
    (old) => sameSuccessor(model, old, fresh) !== undefined,
  );
  if ('refused' in decided) {
    const { dependents } = decided.refused;
    if (dependents === undefined) return refused(decided.refused);
    return refused({ ...decided.refused, dependents: dependents.map((one) => (one === fresh.id ? id : one)) });
  }
  if ('same' in decided) return refused({ ...ok(202), license: sameSuccessor(model, id, fresh) ?? '' });
  const { place } = old;
  if (place.on === 'ticket') {
    add(place);
    move(model, id, { on: 'gone', as: 'replaced' });
    return ok();
  }
  if (place.on === 'gone') return refused(no('license-final'));
  if (place.order?.kind === 'replace' && isSame(licenseOf(model, place.order.by), fresh)) {
    return refused({ ...ok(202), license: place.order.by });
  }
  const pending = new Map<string, { kind: string; by?: string }>(pendingOf(model, place.serial));
  pending.set(id, { kind: 'replace', by: fresh.id });
  const fault = vendorFault(model, place.serial, pending);
  if (fault !== undefined) {
    const { dependents = [] } = fault;
    return refused({ ...fault, dependents: dependents.map((dependent) => (dependent === fresh.id ? id : dependent)) });
  }
  if (knownContainer(model, place.serial).isRetired) return refused(no('container-retired'));
  discard(model, place.order);
  const renewed = renewalOf(place.order);
  move(model, id, {
    ...place,
    order: { kind: 'replace', by: fresh.id, ...(renewed === undefined ? {} : { renewed }) },
  });
  add({ on: 'ticket', waitsFor: id });
  return ok(202);
}

/** The replacement of a license on its way out, if the same replacement is requested again. */
function sameSuccessor(model: Model, id: string, fresh: Omit<ModelLicense, 'place' | 'ticket'>): string | undefined {
  for (const container of model.containers.values()) {
    for (const { executed } of container.updates) {
      for (const pair of executed.replace) {
        const [old, by = ''] = pair.split('>');
        if (old === id && isSame(licenseOf(model, by), fresh)) return by;
      }
    }
  }
  return undefined;
}

function isSame(one: ModelLicense, other: Omit<ModelLicense, 'place' | 'ticket'>): boolean {
  return one.product === other.product && one.end === other.end;
}

function setEnd(model: Model, id: string, end: string): void {
  // Every renewal of the simulation ends in the future.
  model.licenses.set(id, { ...licenseOf(model, id), end, isExpired: false });
}

/** N1: no check of requirements, except where the renewal ends a withdrawal (W7). */
export function renew(model: Model, id: string, end: string): Expected {
  const license = licenseOf(model, id);
  const { place } = license;
  if (place.on === 'gone') return no('license-final');
  if (place.on === 'ticket') {
    setEnd(model, id, end);
    return ok();
  }
  if (place.on === 'way-out' && place.cause !== 'deactivate') return no('reprogramming-in-flight');
  if (place.order?.kind === 'replace') {
    if (knownContainer(model, place.serial).isRetired) return no('container-retired');
    if (licenseOf(model, place.order.by).end === end) return ok(202);
    setEnd(model, place.order.by, end);
    move(model, id, { ...place, order: { ...place.order, renewed: end } });
    return ok(202);
  }
  const isSame = license.end === end;
  const { order: earlier, ...rest } = place;
  if (isSame && earlier === undefined) return ok(isRenewing(model, place.serial, id) ? 202 : 200);
  if (!isSame && earlier?.kind === 'renew' && earlier.end === end) return ok(202);
  const pending = new Map<string, { kind: string; by?: string }>(pendingOf(model, place.serial));
  if (isSame) pending.delete(id);
  else pending.set(id, { kind: 'renew' });
  const fault = vendorFault(model, place.serial, pending);
  if (fault !== undefined) return fault;
  if (!isSame && knownContainer(model, place.serial).isRetired) return no('container-retired');
  move(model, id, isSame ? rest : { ...rest, order: { kind: 'renew', end } });
  return ok(isSame ? 200 : 202);
}

/** Whether an outstanding update renews it. */
function isRenewing(model: Model, serial: string, id: string): boolean {
  const { updates, confirmed } = knownContainer(model, serial);
  return updates.slice(confirmed).some(({ executed }) => executed.replace.includes(`${id}>${id}`));
}

export function assign(model: Model, id: string, serial: string): Expected {
  const license = licenseOf(model, id);
  const { place } = license;
  const conflict = (reason: string): Expected => no('manual-conflict', { conflicts: [`assign ${id} ${reason}`] });
  if (knownContainer(model, serial).isRetired) return no('container-retired');
  if (place.on === 'gone') return no('license-final');
  const isUnderWay =
    place.on === 'container' && place.serial === serial && place.counter > knownContainer(model, serial).confirmed;
  if (isUnderWay) return ok(202);
  if (place.on !== 'ticket' || place.waitsFor !== undefined) return conflict('not-available');
  if (place.assignedTo === serial) return ok(202);
  if (place.assignedTo !== undefined) return conflict('reserved-elsewhere');
  if (license.isExpired) return conflict('expired');
  const pending = new Map<string, { kind: string; by?: string }>(pendingOf(model, serial));
  pending.set(id, { kind: 'assign' });
  const fault = vendorFault(model, serial, pending);
  if (fault !== undefined) return fault;
  move(model, id, { on: 'ticket', assignedTo: serial });
  model.containers.set(serial, knownContainer(model, serial));
  return ok(202);
}

export function cancel(
  model: Model,
  id: string,
  kind: 'withdraw' | 'replace' | 'assign' | 'renew',
  serial: string,
): Expected {
  const { place } = licenseOf(model, id);
  if (kind === 'assign' && serialNamed(model, place) !== serial) return no('not-found');
  if (place.on === 'gone') return no('license-final');
  const isPending =
    place.on === 'ticket' ? kind === 'assign' && place.assignedTo !== undefined : place.order?.kind === kind;
  if (!isPending) {
    if (place.on === 'way-out' && place.cause === kind) return no('reprogramming-in-flight');
    if (kind === 'renew') {
      const isPlanned = place.on !== 'ticket' && isRenewing(model, place.serial, id);
      return no(isPlanned ? 'reprogramming-in-flight' : 'not-found');
    }
    const isUnderWay =
      kind === 'assign' && place.on === 'container' && place.counter > knownContainer(model, serial).confirmed;
    return no(isUnderWay ? 'reprogramming-in-flight' : 'not-found');
  }
  const where = serialNamed(model, place) ?? '';
  const pending = new Map<string, { kind: string; by?: string }>(pendingOf(model, where));
  pending.delete(id);
  const fault = vendorFault(model, where, pending);
  if (fault !== undefined) return fault;
  if (place.on === 'ticket') {
    move(model, id, { on: 'ticket' });
  } else {
    discard(model, place.order);
    const { order: _, ...rest } = place;
    move(model, id, rest);
  }
  return ok();
}

function serialNamed(model: Model, place: Place): string | undefined {
  if (place.on === 'gone') return undefined;
  if (place.on !== 'ticket') return place.serial;
  if (place.waitsFor === undefined) return place.assignedTo;
  return serialNamed(model, licenseOf(model, place.waitsFor).place);
}

/** T2, T3: the effect of a context by itself; `undefined` when it is accepted. */
export function settle(model: Model, context: ModelContext): Expected | undefined {
  const container = knownContainer(model, context.serial);
  if (container.isRetired) return no('container-retired');
  const isOnLine = context.counter >= container.confirmed && context.counter <= issuedOf(container);
  if (!isOnLine || !context.isGenuine) return no('container-diverged');
  if (context.counter > container.confirmed) confirmUpTo(model, container, context.counter);
  return undefined;
}

function confirmUpTo(model: Model, container: ModelContainer, counter: number): void {
  for (const { id, place } of [...model.licenses.values()]) {
    if (place.on !== 'way-out' || place.serial !== container.serial || place.counter > counter) continue;
    endReturn(model, id, place.cause === 'deactivate' ? place.order : { kind: place.cause }, true);
  }
  model.containers.set(container.serial, { ...container, confirmed: counter });
}

/** Moves a license out of its container for good. */
function endReturn(
  model: Model,
  id: string,
  order: { kind: string; by?: string; end?: string } | undefined,
  offers: boolean,
): void {
  if (order?.kind === 'withdraw') move(model, id, { on: 'gone', as: 'withdrawn' });
  else if (order?.kind === 'replace') {
    move(model, id, { on: 'gone', as: 'replaced' });
    if (order.by !== undefined) move(model, order.by, offers ? { on: 'ticket' } : { on: 'gone', as: 'withdrawn' });
  } else {
    if (order?.end !== undefined) setEnd(model, id, order.end);
    move(model, id, { on: 'ticket' });
  }
}

const NOTHING: Executed = { withdraw: [], deactivate: [], assign: [], replace: [], activate: [] };

/** One reprogramming, from its request to its issued update, or its preview. The context is settled before. */
export function reprogram(
  model: Model,
  serial: string,
  request: ManualRequest,
  isPreview: boolean,
  asks: 'user' | 'vendor' = 'user',
): Expected {
  const container = knownContainer(model, serial);
  if (container.isRetired) return no('container-retired');
  const outstanding = container.updates.slice(container.confirmed);
  const earlier = request.key === '' ? undefined : outstanding.find((update) => update.request === request.key);
  const manual: ManualRequest = earlier === undefined ? request : { key: '', activate: [], deactivate: [] };
  const decided = runThrough(model, container, manual);
  const hasPending = pendingOf(model, serial).size > 0;
  if (decided.conflicts.length > 0 && !hasPending) return no('manual-conflict', { conflicts: decided.conflicts });
  const isDropped = decided.conflicts.length > 0;
  const dropped = isDropped ? namesOf(manual).filter((name) => !decided.satisfied.includes(name)) : [];
  const { executed, content } = isDropped
    ? runThrough(model, container, { ...manual, activate: [], deactivate: [] })
    : decided;
  const isNothing = Object.values(executed).every((list) => list.length === 0);
  const isFull = !isNothing && outstanding.length >= MAX_OUTSTANDING;
  const isByHand = isDropped || executed.deactivate.length + executed.activate.length > 0;
  // A request without new manual actions is answered with the chain; the vendor's actions stay pending.
  if (isFull && (isByHand || asks === 'vendor')) return no('too-many-outstanding');
  if (isPreview) return { status: 200, executed: isFull ? NOTHING : executed, dropped, progress: ['previewed'] };
  if (isNothing || isFull) {
    const response = earlier ?? outstanding.at(-1);
    const progress = response === undefined ? ['unchanged'] : ['issued', 'confirmed'];
    return {
      status: 200,
      executed: (response ?? { executed: NOTHING }).executed,
      ...(dropped.length > 0 ? { dropped } : {}),
      progress,
    };
  }
  const counter = issuedOf(container) + 1;
  carryOut(model, serial, counter, executed);
  model.containers.set(serial, {
    ...container,
    updates: [...container.updates, { counter, request: request.key, executed, content }],
  });
  return { status: 200, executed, dropped, progress: ['issued', 'confirmed'] };
}

function namesOf({ activate, deactivate }: ManualRequest): string[] {
  return [...deactivate.map((id) => `deactivate ${id}`), ...activate.map(({ license }) => `activate ${license}`)];
}

interface RunThrough {
  readonly executed: Executed;
  readonly content: ReadonlySet<string>;
  readonly conflicts: readonly string[];
  /** Manual actions that outstanding updates already carry out. */
  readonly satisfied: readonly string[];
}

/** The five steps on sets of ids. */
function runThrough(model: Model, container: ModelContainer, manual: ManualRequest): RunThrough {
  const { serial } = container;
  const pending = pendingOf(model, serial);
  const content = targetOf(model, serial);
  const conflicts: string[] = [];
  const satisfied: string[] = [];
  const ordered = (kind: string): string[] => [...pending].filter(([, one]) => one.kind === kind).map(([id]) => id);

  const withdrawn = ordered('withdraw').filter((id) => content.delete(id));
  const returned: string[] = [];
  for (const id of manual.deactivate) {
    if (content.delete(id)) returned.push(id);
    else if (withdrawn.includes(id)) conflicts.push(`deactivate ${id} withdrawn`);
    else if (isLeaving(container, id)) satisfied.push(`deactivate ${id}`);
    else conflicts.push(`deactivate ${id} not-in-container`);
  }
  const assigned = ordered('assign');
  for (const id of assigned) content.add(id);
  const replaced: string[] = [];
  for (const [id, one] of pending) {
    if (one.kind === 'renew' && content.has(id)) replaced.push(`${id}>${id}`);
    if (one.kind !== 'replace' || !content.delete(id)) continue;
    content.add(one.by);
    replaced.push(`${id}>${one.by}`);
  }
  const activated: string[] = [];
  for (const { license: id, ticket } of manual.activate) {
    const reason = whyNotActivated(model, container, id, ticket, withdrawn, returned, assigned);
    if (reason === 'already') satisfied.push(`activate ${id}`);
    else if (reason !== undefined) conflicts.push(`activate ${id} ${reason}`);
    else {
      content.add(id);
      activated.push(id);
    }
  }
  const missing = unmet(model, content);
  for (const id of missing) if (activated.includes(id)) conflicts.push(`activate ${id} requires-unmet`);
  for (const id of returned) {
    const order = pending.get(id);
    const gone = [id, ...(order?.kind === 'replace' ? [order.by] : [])].map((each) => licenseOf(model, each).product);
    const left = new Set([...content].map((each) => licenseOf(model, each).product));
    const lost = gone.filter((code) => !left.has(code));
    const needs = (other: string): boolean => licenseOf(model, other).requires.some((code) => lost.includes(code));
    if (missing.some((other) => !activated.includes(other) && needs(other)))
      conflicts.push(`deactivate ${id} required-by`);
  }
  return {
    executed: { withdraw: withdrawn, deactivate: returned, assign: assigned, replace: replaced, activate: activated },
    content,
    conflicts,
    satisfied,
  };
}

/** Whether an outstanding update removes it as a manual action. */
function isLeaving({ updates, confirmed }: ModelContainer, id: string): boolean {
  return updates.slice(confirmed).some(({ executed }) => executed.deactivate.includes(id));
}

/** Whether an outstanding update adds it, even if a later one removes it. */
function isEntering({ updates, confirmed }: ModelContainer, id: string): boolean {
  return updates
    .slice(confirmed)
    .some(
      ({ executed }) =>
        executed.assign.includes(id) ||
        executed.activate.includes(id) ||
        executed.replace.some((pair) => pair.split('>')[1] === id && pair !== `${id}>${id}`),
    );
}

function whyNotActivated(
  model: Model,
  container: ModelContainer,
  id: string,
  ticket: string,
  withdrawn: readonly string[],
  returned: readonly string[],
  assigned: readonly string[],
): string | undefined {
  const license = model.licenses.get(id);
  const place = license?.place;
  if (license === undefined || place === undefined || license.ticket !== ticket || place.on === 'gone')
    return 'not-on-ticket';
  if (place.on === 'ticket' && place.waitsFor !== undefined) return 'not-available';
  if (withdrawn.includes(id)) return 'withdrawn';
  if (assigned.includes(id)) return 'already';
  if (isEntering(container, id) && !isLeaving(container, id) && !returned.includes(id)) return 'already';
  if (place.on !== 'ticket') return 'not-available';
  if (place.assignedTo !== undefined && place.assignedTo !== container.serial) return 'reserved-elsewhere';
  return license.isExpired ? 'expired' : undefined;
}

function carryOut(model: Model, serial: string, counter: number, executed: Executed): void {
  const leave = (id: string, cause: Cause): void => {
    const { place } = licenseOf(model, id);
    const order = cause === 'deactivate' && place.on === 'container' ? place.order : undefined;
    move(model, id, { on: 'way-out', serial, counter, cause, ...(order === undefined ? {} : { order }) });
  };
  for (const id of executed.withdraw) leave(id, 'withdraw');
  for (const id of executed.deactivate) leave(id, 'deactivate');
  const replaced: string[] = [];
  for (const pair of executed.replace) {
    const [old = '', by = ''] = pair.split('>');
    if (old === by) renewInPlace(model, old);
    else {
      leave(old, 'replace');
      replaced.push(by);
    }
  }
  const entering = [...executed.assign, ...executed.activate, ...replaced];
  for (const id of entering) move(model, id, { on: 'container', serial, counter });
}

/** The license stays where it is: the renewal needs no confirmation. */
function renewInPlace(model: Model, id: string): void {
  const { place } = licenseOf(model, id);
  if (place.on !== 'container' || place.order?.kind !== 'renew') throw new Error(`${id} has no renewal to carry out`);
  const { order, ...rest } = place;
  setEnd(model, id, order.end);
  move(model, id, rest);
}

/** T7, first of three parts: from here on the container is blocked for ever. */
export function block(model: Model, serial: string, retirement: 'withdraw' | 'restore'): Expected {
  const container = model.containers.get(serial);
  if (container === undefined) return no('not-found');
  if (!container.isRetired) model.containers.set(serial, { ...container, isRetired: true, retirement });
  return ok();
}

/** T7, second part: licenses assigned to it become available. */
export function releaseAssigned(model: Model, serial: string): void {
  for (const { id, place } of [...model.licenses.values()]) {
    if (place.on === 'ticket' && place.assignedTo === serial) move(model, id, { on: 'ticket' });
  }
}

/** T7, third part: its licenses end as the vendor chose, except for vendor actions accepted before. */
export function endStays(model: Model, serial: string): Expected {
  const { retirement: disposition, ...container } = knownContainer(model, serial);
  for (const { id, place } of [...model.licenses.values()]) {
    if ((place.on !== 'container' && place.on !== 'way-out') || place.serial !== serial) continue;
    const cause = place.on === 'way-out' && place.cause !== 'deactivate' ? { kind: place.cause } : undefined;
    const end = cause ?? (disposition === 'withdraw' ? { kind: 'withdraw' } : place.order);
    if (cause === undefined && disposition === 'withdraw') discard(model, place.order);
    endReturn(model, id, end, disposition === 'restore');
  }
  model.containers.set(serial, container);
  return ok();
}

/** The model's states in the words of the table's observation: license id or serial to one line of text. */
export function observedStates(model: Model): Map<string, string> {
  const states = new Map<string, string>();
  for (const { id, end, place } of model.licenses.values()) states.set(id, describeLicense(place, end));
  for (const container of model.containers.values()) {
    const { serial, confirmed, isRetired } = container;
    const pending = isRetired ? [] : [...pendingOf(model, serial)].map(([id, one]) => `${one.kind} ${id}`);
    const held = isRetired ? [] : [...targetOf(model, serial)];
    const outstanding = container.updates
      .slice(confirmed)
      .map(({ request, executed }) => describeUpdate(request, executed));
    states.set(serial, describeContainer(isRetired, confirmed, issuedOf(container), pending, held, outstanding));
  }
  return states;
}

export function describeLicense(place: Place, end: string): string {
  return `${describePlace(place)}${end === '' ? '' : `, ends ${end}`}`;
}

function describePlace(place: Place): string {
  switch (place.on) {
    case 'ticket':
      if (place.waitsFor !== undefined) return `available, waits for ${place.waitsFor}`;
      return place.assignedTo === undefined ? 'available' : `available, assigned to ${place.assignedTo}`;
    case 'container':
      return `in ${place.serial} since ${place.counter}${describeOrder(place.order)}`;
    case 'way-out':
      return `${place.cause}: leaves ${place.serial} with ${place.counter}${describeOrder(place.order)}`;
    case 'gone':
      return place.as;
  }
}

function describeOrder(order: Order | undefined): string {
  if (order === undefined) return '';
  switch (order.kind) {
    case 'withdraw':
      return ', to withdraw';
    case 'replace':
      return `, to replace by ${order.by}`;
    case 'renew':
      return `, to renew until ${order.end}`;
  }
}

export function describeContainer(
  isRetired: boolean,
  confirmed: number,
  issued: number,
  pending: readonly string[],
  held: readonly string[],
  outstanding: readonly string[],
): string {
  const lists = `pending [${[...pending].sort().join(', ')}], holds [${[...held].sort().join(', ')}]`;
  return `${isRetired ? 'retired' : 'active'} ${confirmed}/${issued}, ${lists}, outstanding [${outstanding.join(' | ')}]`;
}

/** What an update does, step by step, and the manual request that it answers. */
export function describeUpdate(request: string, executed: Executed): string {
  const steps = Object.entries(executed)
    .filter(([, ids]) => ids.length > 0)
    .map(([step, ids]) => `${step} ${[...ids].sort().join(' ')}`)
    .sort();
  return [request === '' ? 'by the vendor' : `manually ${request}`, ...steps].join(', ');
}
