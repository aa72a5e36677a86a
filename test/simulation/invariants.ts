/**
 * The invariants, checked on the table after every commit (docs/simulation.md lists the checks). They read raw items and
 * share nothing with `domain/`, except I9, which checks the product's own function.
 */
import { createHash } from 'node:crypto';
import { NO_MANUAL_ACTIONS, runSequence } from '../../domain/sequence.ts';
import { parseEntry } from '../../functions/store/container-entry-item.ts';
import { parseHead } from '../../functions/store/container-head-item.ts';
import { parseReprogrammings } from '../../functions/store/reprogramming-item.ts';
import { TRANSACTION_ITEMS } from '../../functions/store/transactions.ts';
import type { Container } from '../../functions/use-cases/containers/container.ts';
import { viewOf } from '../../functions/use-cases/containers/container.ts';
import type { Item, ItemChange, MemoryTable } from './memory-table.ts';
import { describeContainer, describeLicense, describeUpdate, type Executed, type Order, type Place } from './model.ts';

/** A broken invariant, or an answer that the model does not allow. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly rule: string;

  constructor(rule: string, message: string) {
    super(`${rule}: ${message}`);
    this.rule = rule;
  }
}

interface Position {
  readonly counter: number;
  readonly digest: string;
}

interface HeadItem {
  readonly serial: string;
  readonly status: 'active' | 'retiring' | 'retired';
  readonly confirmed: Position;
  readonly issued: Position;
  readonly lock?: { readonly reprogramming: string; readonly counter: number };
  readonly pendingCount: number;
  readonly revision: number;
}

interface LicenseItem {
  readonly pk: string;
  readonly id: string;
  readonly orderId: string;
  readonly terms: { readonly expiresAt?: string };
  readonly standing: {
    readonly at: 'available' | 'collected' | 'returned' | 'withdrawn' | 'replaced';
    readonly container?: string;
    readonly counter?: number;
    readonly cause?: 'withdraw' | 'deactivate' | 'replace';
    readonly earmark?: {
      readonly action: 'withdraw' | 'replace' | 'renew';
      readonly replacement?: string;
      readonly terms?: { readonly expiresAt?: string };
      readonly renewed?: unknown;
    };
    readonly reservation?: { readonly for: string; readonly container: string; readonly predecessor?: string };
  };
  readonly revision: number;
}

interface EntryItem {
  readonly id: string;
  readonly held?: { readonly license: Item; readonly since: number };
  readonly pending?: { readonly action: string };
}

interface ChangeItem {
  readonly op: 'put' | 'remove';
  readonly step: keyof Executed;
  readonly license: { readonly id: string };
  readonly for?: string;
}

interface ReprogrammingItem {
  readonly id: string;
  readonly counter: number;
  readonly from: Position;
  readonly to: Position;
  readonly request: string;
  readonly changes?: readonly ChangeItem[];
}

interface EventItem {
  readonly entries: readonly { readonly type: string; readonly license?: string }[];
}

export interface Invariants {
  /** Reports a genuine context, which may confirm from now on. */
  contextSent(serial: string, counter: number, digest: string): void;
  /** What must hold while no request is being processed. `isEnd`: faults have stopped and all receipts have arrived. */
  checkAtRest(isEnd: boolean): void;
  /** Containers that a reprogramming still locks. */
  locked(): { serial: string; reprogramming: string; status: string }[];
  /** Containers that have proven more than their head says: a receipt of several transactions may be half settled. */
  halfReceived(): { serial: string; counter: number }[];
  /** License id or serial to a line of text, in the model's words. */
  observed(): Map<string, string>;
  /** Licenses that replaced this one, or are to replace it, as stored in the table. */
  successorsOf(license: string): string[];
  readonly counts: { reprogrammings: number; receipts: number; transactions: number };
}

/** A transaction of the real size holds the evidence of every receipt in the simulation. */
const IN_PARTS = TRANSACTION_ITEMS < 100;

/** Watches the table. Throws a {@link Violation} from the write that breaks an invariant. */
export function watchInvariants(table: MemoryTable): Invariants {
  const heads = new Map<string, HeadItem>();
  const licenses = new Map<string, LicenseItem>();
  const entries = new Map<string, Map<string, EntryItem>>();
  const holders = new Map<string, string>();
  const predecessors = new Map<string, string>();
  const sent = new Set<string>();
  const jws = new Map<string, string>();
  const counts = { reprogrammings: 0, receipts: 0, transactions: 0 };
  /** Only where a transaction does not hold the evidence of a receipt. */
  const toldEarlier = new Set<string>();
  const broken: Violation[] = [];

  table.onCommit((changes) => {
    counts.transactions += 1;
    try {
      checkCommit(changes);
    } catch (error) {
      // Thrown again at rest, because a handler may turn the first throw into an answer.
      if (error instanceof Violation) broken.push(error);
      else throw error;
    }
  });

  const checkCommit = (changes: readonly ItemChange[]): void => {
    const events = eventsOf(changes);
    if (IN_PARTS) for (const event of events) toldEarlier.add(event);
    const touched = new Set<string>();
    for (const change of changes) if (kindOf(change) === 'head') takeHead(change, events);
    for (const change of changes) {
      const kind = kindOf(change);
      if (kind === 'license') takeLicense(change, events);
      else if (kind === 'entry') takeEntry(change, touched);
      else if (kind === 'reprogramming') takeReprogramming(change);
      else if (kind === 'update') takeUpdate(change);
      else if (kind === 'event' && change.before !== undefined)
        throw new Violation('I6', `the event ${change.sk} was changed`);
    }
    for (const change of changes) {
      if (kindOf(change) === 'license') checkPlaces(String(change.after?.['id']));
      if (kindOf(change) === 'head') touched.add(change.pk.slice('CONTAINER#'.length));
    }
    for (const serial of touched) checkVendorSequence(serial);
  };

  const takeHead = ({ before, after }: ItemChange, events: Events): void => {
    if (after === undefined) throw new Violation('I4', 'the head of a container was removed');
    const head = after as unknown as HeadItem;
    const old = before as unknown as HeadItem | undefined;
    heads.set(head.serial, head);
    if (head.revision !== (old?.revision ?? 0) + 1) throw new Violation('I4', `the revision of ${head.serial} leaps`);
    const confirmedBefore = old?.confirmed.counter ?? 0;
    const issuedBefore = old?.issued.counter ?? 0;
    if (head.confirmed.counter < confirmedBefore || head.issued.counter < issuedBefore) {
      throw new Violation('I4', `a counter of ${head.serial} falls`);
    }
    if (head.confirmed.counter > head.issued.counter)
      throw new Violation('I4', `${head.serial} is confirmed before it is issued`);
    if (head.issued.counter > issuedBefore) checkIssued(head, issuedBefore);
    if (head.lock !== undefined && head.lock.counter !== head.issued.counter + 1) {
      throw new Violation('I3', `${head.serial} is locked for ${head.lock.counter} after ${head.issued.counter}`);
    }
    if (old?.lock !== undefined && head.lock !== undefined && old.lock.reprogramming !== head.lock.reprogramming) {
      throw new Violation('I3', `the lock of ${head.serial} changed hands`);
    }
    if (old !== undefined && old.status !== 'active' && head.status === 'active') {
      throw new Violation('T7', `the retired container ${head.serial} is active again`);
    }
    if (head.confirmed.counter > confirmedBefore) checkConfirmed(head, confirmedBefore, events);
  };

  const checkIssued = (head: HeadItem, issuedBefore: number): void => {
    counts.reprogrammings += 1;
    const { serial, issued } = head;
    if (issued.counter !== issuedBefore + 1)
      throw new Violation('I4', `${serial} leaps from ${issuedBefore} to ${issued.counter}`);
    const plan = planOf(serial, issued.counter);
    if (plan === undefined) throw new Violation('I3', `${serial} has no plan ${issued.counter}`);
    if (plan.to.digest !== issued.digest)
      throw new Violation('I4', `${serial} is issued with another digest than planned`);
    if (!jws.has(`${serial} ${issued.counter}`)) throw new Violation('I3', `${serial} is issued without an update`);
    if (head.lock !== undefined) throw new Violation('I3', `${serial} is locked after its update`);
    const held = [...(entries.get(serial)?.values() ?? [])].flatMap((entry) =>
      entry.held === undefined ? [] : [entry.held.license],
    );
    const digest = digestOf(issued.counter, held);
    if (digest !== issued.digest)
      throw new Violation('I4', `the entries of ${serial} are not what update ${issued.counter} signs`);
  };

  const checkConfirmed = (head: HeadItem, before: number, events: Events): void => {
    counts.receipts += 1;
    const { serial, confirmed } = head;
    if (!sent.has(`${serial} ${confirmed.counter} ${confirmed.digest}`)) {
      throw new Violation('I2', `${serial} is confirmed at ${confirmed.counter} without such a context`);
    }
    for (let counter = before + 1; counter <= confirmed.counter; counter++) {
      for (const change of planOf(serial, counter)?.changes ?? []) {
        const event = `license.collection-confirmed ${change.license.id}`;
        const isRenewal = change.step === 'replace' && change.for === change.license.id;
        if (change.op === 'put' && !isRenewal && !events.has(event) && !toldEarlier.has(event)) {
          throw new Violation('I6', `no event confirms the collection of ${change.license.id}`);
        }
      }
    }
  };

  const takeLicense = ({ pk, before, after }: ItemChange, events: Events): void => {
    if (after === undefined) throw new Violation('I1', 'a license was removed');
    const license = after as unknown as LicenseItem;
    const old = before as unknown as LicenseItem | undefined;
    const known = licenses.get(license.id);
    if (known !== undefined && known.pk !== pk) throw new Violation('I1', `${license.id} is on two tickets`);
    if (license.revision !== (old?.revision ?? 0) + 1) throw new Violation('I1', `the revision of ${license.id} leaps`);
    licenses.set(license.id, license);
    const { predecessor } = after;
    if (typeof predecessor === 'string') predecessors.set(license.id, predecessor);
    checkMove(old, license, events);
  };

  const checkMove = (old: LicenseItem | undefined, license: LicenseItem, events: Events): void => {
    const { id, standing } = license;
    const from = old?.standing;
    const response = (...types: string[]): void => {
      if (!types.some((type) => events.has(`${type} ${id}`))) {
        throw new Violation(
          'I6',
          `${id} goes from ${from?.at ?? 'nothing'} to ${standing.at} without ${types.join(' or ')}`,
        );
      }
    };
    const path = `${from?.at ?? 'new'} ${standing.at}`;
    switch (path) {
      case 'new available':
        if (standing.reservation?.for !== 'replace') response('license.delivered', 'license.offered');
        break;
      case 'available available':
        checkReservation(old, license, response);
        break;
      case 'available collected':
        if (from?.reservation !== undefined && from.reservation.container !== standing.container) {
          throw new Violation('I1', `${id} was reserved for ${from.reservation.container}`);
        }
        if (from?.reservation === undefined) throw new Violation('T6', `${id} was collected without a reservation`);
        checkUnderLock(standing.container, standing.counter, id);
        response('license.collected');
        break;
      case 'available withdrawn':
        response('license.withdrawn');
        break;
      case 'available replaced':
        response('license.replaced');
        break;
      case 'collected collected':
      case 'returned returned':
        if (
          from?.container !== standing.container ||
          from?.counter !== standing.counter ||
          from?.cause !== standing.cause
        ) {
          throw new Violation('I1', `${id} changes places without a move`);
        }
        if (JSON.stringify(old?.terms) !== JSON.stringify(license.terms)) {
          response('license.renewed');
          checkUnderLock(standing.container, (heads.get(standing.container ?? '')?.issued.counter ?? 0) + 1, id);
        } else checkEarmark(from, standing, response);
        break;
      case 'collected returned':
        if (from?.container !== standing.container) throw new Violation('I1', `${id} returns from another container`);
        checkUnderLock(standing.container, standing.counter, id);
        response('license.returned');
        break;
      case 'returned available':
        checkSettled(from, id);
        response('license.return-confirmed');
        break;
      case 'returned withdrawn':
        checkSettled(from, id);
        response('license.withdrawn');
        break;
      case 'returned replaced':
        checkSettled(from, id);
        response('license.replaced');
        break;
      case 'collected available':
      case 'collected withdrawn':
      case 'collected replaced':
        if (heads.get(from?.container ?? '')?.status !== 'retiring') {
          throw new Violation('I7', `${id} leaves ${from?.container} without a receipt or a retirement`);
        }
        response('license.return-confirmed', 'license.withdrawn', 'license.replaced');
        break;
      default:
        throw new Violation('I1', `${id} makes an illegal move: ${path}`);
    }
  };

  const checkReservation = (
    old: LicenseItem | undefined,
    { id, standing }: LicenseItem,
    response: (...types: string[]) => void,
  ): void => {
    const before = old?.standing.reservation;
    const now = standing.reservation;
    if (before !== undefined && now !== undefined && before.container !== now.container) {
      throw new Violation('T6', `the reservation of ${id} changed hands`);
    }
    if (before?.for === now?.for) return;
    if (now?.for === 'assign') response('assignment.ordered');
    if (before?.for === 'assign' && now === undefined) response('assignment.cancelled');
    if (before?.for === 'replace') response('license.offered');
  };

  const checkEarmark = (
    before: LicenseItem['standing'] | undefined,
    now: LicenseItem['standing'],
    response: (...types: string[]) => void,
  ): void => {
    const earmarkOf = (standing: LicenseItem['standing'] | undefined): string =>
      JSON.stringify({ ...standing?.earmark, renewed: undefined });
    if (earmarkOf(before) === earmarkOf(now)) return;
    if (now.earmark === undefined) response('withdrawal.cancelled', 'replacement.cancelled', 'renewal.cancelled');
    else response(ORDERED[now.earmark.action]);
  };

  /** I3: a license enters or leaves only under the lock, for the counter of the plan. */
  const checkUnderLock = (serial: string | undefined, counter: number | undefined, id: string): void => {
    const head = heads.get(serial ?? '');
    if (head?.lock?.counter !== counter) throw new Violation('I3', `${id} moves outside of a reprogramming`);
  };

  /** I7: no license becomes available before the receipt, except by a retirement. */
  const checkSettled = (from: LicenseItem['standing'] | undefined, id: string): void => {
    const head = heads.get(from?.container ?? '');
    if (head?.status === 'retiring') return;
    if (head === undefined || provenUpTo(head) < (from?.counter ?? 0)) {
      throw new Violation('I7', `${id} comes back from ${from?.container} before the receipt`);
    }
  };

  /** The position that contexts have proven. The head has it only once all transactions of the receipt are written. */
  const provenUpTo = ({ serial, confirmed, issued }: HeadItem): number => {
    for (let counter = issued.counter; counter > confirmed.counter; counter--) {
      if (sent.has(`${serial} ${counter} ${planOf(serial, counter)?.to.digest}`)) return counter;
    }
    return confirmed.counter;
  };

  const takeEntry = ({ pk, sk, after }: ItemChange, touched: Set<string>): void => {
    const serial = pk.slice('CONTAINER#'.length);
    const id = sk.slice('LICENSE#'.length);
    const own = entries.get(serial) ?? new Map<string, EntryItem>();
    entries.set(serial, own);
    touched.add(serial);
    const entry = after as unknown as EntryItem | undefined;
    if (entry === undefined) own.delete(id);
    else own.set(id, entry);
    if (entry?.held !== undefined) {
      const holder = holders.get(id);
      if (holder !== undefined && holder !== serial)
        throw new Violation('I1', `${id} is in ${holder} and in ${serial}`);
      holders.set(id, serial);
    } else if (holders.get(id) === serial) holders.delete(id);
  };

  /** The license item is authoritative; the container's entry is written with it. */
  const checkPlaces = (id: string): void => {
    const standing = licenses.get(id)?.standing;
    const holder = holders.get(id);
    const holds = standing?.at === 'collected' ? standing.container : undefined;
    if (holder !== holds)
      throw new Violation('I1', `${id} is in ${holds ?? 'no container'}, its entry in ${holder ?? 'none'}`);
  };

  const takeReprogramming = ({ pk, sk, before, after }: ItemChange): void => {
    const serial = pk.slice('CONTAINER#'.length);
    const head = heads.get(serial);
    if (after === undefined) {
      if ((before as unknown as ReprogrammingItem).counter <= (head?.issued.counter ?? 0)) {
        throw new Violation('I3', `the issued reprogramming ${sk} of ${serial} was removed`);
      }
      return;
    }
    if (before !== undefined) throw new Violation('I3', `the reprogramming ${sk} of ${serial} was written twice`);
    const { counter, from, to, id } = after as unknown as ReprogrammingItem;
    if (
      from.counter !== head?.issued.counter ||
      from.digest !== head.issued.digest ||
      to.counter !== from.counter + 1
    ) {
      throw new Violation('I4', `the reprogramming ${counter} of ${serial} does not start where the one before ends`);
    }
    if (head.lock?.reprogramming !== id)
      throw new Violation('I3', `the reprogramming ${counter} of ${serial} has no lock`);
  };

  const takeUpdate = ({ pk, after }: ItemChange): void => {
    const serial = pk.slice('CONTAINER#'.length);
    if (after === undefined) throw new Violation('I3', `an update of ${serial} was removed`);
    const counter = Number(after['counter']);
    const signed = String(after['jws']);
    const known = jws.get(`${serial} ${counter}`);
    if (known !== undefined && known !== signed)
      throw new Violation('I4', `the update ${counter} of ${serial} was signed twice`);
    jws.set(`${serial} ${counter}`, signed);
    const plan = planOf(serial, counter);
    const payload = payloadOf(signed);
    if (
      payload.sub !== serial ||
      JSON.stringify([payload.from, payload.to]) !== JSON.stringify([plan?.from, plan?.to])
    ) {
      throw new Violation('I4', `the update ${counter} of ${serial} signs another way than its plan`);
    }
  };

  const outstandingOf = ({ serial, confirmed, issued }: HeadItem): string[] =>
    Array.from({ length: issued.counter - confirmed.counter }, (_, index) => {
      const plan = planOf(serial, confirmed.counter + 1 + index);
      return plan === undefined ? 'no plan' : describeUpdate(plan.request, executedBy(plan));
    });

  const planOf = (serial: string, counter: number): ReprogrammingItem | undefined => {
    const sk = `REPROGRAMMING#${String(counter).padStart(10, '0')}`;
    return table.get(`CONTAINER#${serial}`, sk) as unknown as ReprogrammingItem | undefined;
  };

  /** I9, checked whenever no reprogramming is between its plan and its update. */
  const checkVendorSequence = (serial: string): void => {
    const head = heads.get(serial);
    if (head === undefined || head.lock !== undefined || head.status !== 'active') return;
    if (![...(entries.get(serial)?.values() ?? [])].some((entry) => entry.pending !== undefined)) return;
    const { broken } = runSequence(viewOf(containerOf(serial)), NO_MANUAL_ACTIONS, 0);
    if (broken.length > 0)
      throw new Violation('I9', `${broken.map(({ id }) => id).join(', ')} in ${serial} would be unmet`);
  };

  const containerOf = (serial: string): Container => {
    const partition = table.partition(`CONTAINER#${serial}`);
    const of = (prefix: string): Item[] => partition.filter(({ sk }) => String(sk).startsWith(prefix));
    const head = parseHead(of('CONTAINER')[0] ?? {});
    const planned = parseReprogrammings(of('REPROGRAMMING#')).filter(({ counter }) => counter > head.confirmed.counter);
    return {
      serial,
      head,
      entries: new Map(
        of('LICENSE#')
          .map(parseEntry)
          .map((entry) => [entry.id, entry]),
      ),
      outstanding: planned.filter(({ counter }) => counter <= head.issued.counter),
    };
  };

  const checkAtRest = (isEnd: boolean): void => {
    const [first] = broken.splice(0);
    if (first !== undefined) throw first;
    for (const { serial, status, lock, pendingCount } of heads.values()) {
      if (lock !== undefined) throw new Violation('I8', `the lock of ${serial} stays behind`);
      if (status === 'retiring') throw new Violation('I8', `the retirement of ${serial} does not end`);
      const pending = [...(entries.get(serial)?.values() ?? [])].filter((entry) => entry.pending !== undefined);
      if (pending.length !== pendingCount) {
        throw new Violation('I8', `${serial} counts ${pendingCount} pending actions and has ${pending.length}`);
      }
    }
    for (const { id, standing } of licenses.values()) checkReservationAtRest(id, standing, isEnd);
  };

  const checkReservationAtRest = (id: string, standing: LicenseItem['standing'], isEnd: boolean): void => {
    const { reservation } = standing;
    if (reservation?.for === 'activate') throw new Violation('I8', `the reservation of ${id} stays behind`);
    if (reservation?.for === 'assign' && entries.get(reservation.container)?.get(id)?.pending?.action !== 'assign') {
      throw new Violation('I8', `${id} is reserved for ${reservation.container}, which does not list it`);
    }
    if (reservation?.for === 'replace') {
      const earmark = licenses.get(reservation.predecessor ?? '')?.standing.earmark;
      if (earmark?.replacement !== id) throw new Violation('I8', `${id} waits for a replacement that is not pending`);
    }
    if (isEnd && standing.at === 'returned') throw new Violation('I8', `the return of ${id} is never confirmed`);
  };

  return {
    counts,
    contextSent: (serial, counter, digest) => sent.add(`${serial} ${counter} ${digest}`),
    checkAtRest,
    locked: () =>
      [...heads.values()].flatMap(({ serial, status, lock }) =>
        lock === undefined && status !== 'retiring'
          ? []
          : [{ serial, reprogramming: lock?.reprogramming ?? '', status }],
      ),
    halfReceived: () =>
      [...heads.values()].flatMap((head) => {
        const counter = provenUpTo(head);
        const isHalf = IN_PARTS && head.status === 'active' && counter > head.confirmed.counter;
        return isHalf ? [{ serial: head.serial, counter }] : [];
      }),
    observed: () => {
      const states = new Map<string, string>();
      for (const { id, orderId, terms, standing } of licenses.values()) {
        // The license is not visible until its order is delivered completely.
        if (table.get(`ORDER#${orderId}`, 'ORDER')?.['state'] !== 'delivered') continue;
        states.set(id, describeStanding(standing, terms.expiresAt ?? ''));
      }
      for (const head of heads.values()) {
        const own = [...(entries.get(head.serial)?.values() ?? [])];
        const pending = own.flatMap((entry) =>
          entry.pending === undefined ? [] : [`${entry.pending.action} ${entry.id}`],
        );
        const held = own.flatMap((entry) => (entry.held === undefined ? [] : [entry.id]));
        const isRetired = head.status !== 'active';
        const { confirmed, issued, serial } = head;
        states.set(
          serial,
          describeContainer(isRetired, confirmed.counter, issued.counter, pending, held, outstandingOf(head)),
        );
      }
      return states;
    },
    successorsOf: (license) => [...predecessors].flatMap(([id, predecessor]) => (predecessor === license ? [id] : [])),
  };
}

const ORDERED = { withdraw: 'withdrawal.ordered', replace: 'replacement.ordered', renew: 'renewal.ordered' } as const;

function executedBy({ changes = [] }: ReprogrammingItem): Executed {
  const ids = (step: keyof Executed): string[] =>
    changes.flatMap((change) => {
      if (change.step !== step) return [];
      if (step !== 'replace') return [change.license.id];
      return change.op === 'put' ? [`${change.for}>${change.license.id}`] : [];
    });
  return {
    withdraw: ids('withdraw'),
    deactivate: ids('deactivate'),
    assign: ids('assign'),
    replace: ids('replace'),
    activate: ids('activate'),
  };
}

function orderOf(earmark: NonNullable<LicenseItem['standing']['earmark']>): Order {
  switch (earmark.action) {
    case 'withdraw':
      return { kind: 'withdraw' };
    case 'replace':
      return { kind: 'replace', by: earmark.replacement ?? '' };
    case 'renew':
      return { kind: 'renew', end: earmark.terms?.expiresAt ?? '' };
  }
}

function describeStanding(
  { at, container = '', counter = 0, cause, earmark, reservation }: LicenseItem['standing'],
  end: string,
): string {
  const order: { order?: Order } = earmark === undefined ? {} : { order: orderOf(earmark) };
  const describePlace = (place: Place): string => describeLicense(place, end);
  switch (at) {
    case 'available':
      if (reservation === undefined) return describePlace({ on: 'ticket' });
      if (reservation.for === 'assign') return describePlace({ on: 'ticket', assignedTo: reservation.container });
      if (reservation.for === 'replace')
        return describePlace({ on: 'ticket', waitsFor: reservation.predecessor ?? '' });
      return `available, reserved by ${reservation.container}${end === '' ? '' : `, ends ${end}`}`;
    case 'collected':
      return describePlace({ on: 'container', serial: container, counter, ...order });
    case 'returned':
      return describePlace({ on: 'way-out', serial: container, counter, cause: cause ?? 'deactivate', ...order });
    case 'withdrawn':
    case 'replaced':
      return describePlace({ on: 'gone', as: at });
  }
}

type Events = ReadonlySet<string>;

/** `type license` for each entry of each event in this transaction. */
function eventsOf(changes: readonly ItemChange[]): Events {
  const events = new Set<string>();
  for (const change of changes) {
    if (kindOf(change) !== 'event' || change.after === undefined) continue;
    for (const { type, license } of (change.after as unknown as EventItem).entries)
      events.add(`${type} ${license ?? ''}`);
  }
  return events;
}

function kindOf({ pk, sk }: ItemChange): 'head' | 'license' | 'entry' | 'reprogramming' | 'update' | 'event' | 'other' {
  if (sk.startsWith('EVENT#')) return 'event';
  if (pk.startsWith('TICKET#')) return sk.startsWith('LICENSE#') ? 'license' : 'other';
  if (!pk.startsWith('CONTAINER#')) return 'other';
  if (sk === 'CONTAINER') return 'head';
  if (sk.startsWith('LICENSE#')) return 'entry';
  if (sk.startsWith('UPDATE#')) return 'update';
  return sk.startsWith('REPROGRAMMING#') && !sk.includes('#CHANGES#') ? 'reprogramming' : 'other';
}

/** The digest of a content as design, section 4, defines it. */
function digestOf(counter: number, held: readonly Item[]): string {
  const licenses = held
    .map(({ id, product, terms, requires }) => ({ id, product, terms, requires }))
    .sort((one, other) => (String(one.id) < String(other.id) ? -1 : 1));
  return `sha256:${createHash('sha256').update(canonical({ counter, licenses })).digest('hex')}`;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

function payloadOf(jws: string): { sub?: string; from?: Position; to?: Position } {
  return JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8'));
}
