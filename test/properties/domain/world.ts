import { containerOf, isOnTicket, type License, type Standing, type TicketLicense } from '../../../domain/license.ts';
import { licenseOfAction, type PendingAction } from '../../../domain/pending.ts';
import { type Decision, decideReprogramming } from '../../../domain/reprogramming.ts';
import {
  type Activation,
  type Change,
  type ContainerView,
  isRenewal,
  type ManualActions,
} from '../../../domain/sequence.ts';
import { settleReturn } from '../../../domain/settlement.ts';
import type { Renewal } from '../../../domain/terms.ts';
import {
  decideAssignment,
  decideCancellation,
  decideRenewal,
  decideReplacement,
  decideWithdrawal,
  type VendorActionDecision,
} from '../../../domain/vendor-action.ts';

/** A container of this small world. */
export interface Box {
  readonly serial: string;
  readonly content: Map<string, TicketLicense>;
  pending: readonly PendingAction[];
  readonly outstanding: { readonly counter: number; readonly changes: readonly Change[] }[];
  confirmed: number;
  issued: number;
}

/** Licenses, products and two containers. Only the domain's decisions change them: there is no table and no workflow. */
export interface World {
  readonly licenses: Map<string, License>;
  readonly boxes: readonly [Box, Box];
  /** The products that each product requires: only earlier ones. */
  readonly requires: readonly (readonly number[])[];
  clock: number;
}

/** One event of a history. Numbers choose among the existing licenses and products. */
export type Step =
  | { readonly kind: 'sell'; readonly product: number; readonly expires: boolean }
  | { readonly kind: 'withdraw'; readonly license: number }
  | { readonly kind: 'replace'; readonly license: number; readonly product: number }
  | { readonly kind: 'renew'; readonly license: number; readonly term: 'expiresAt' | 'leaseDays' }
  | { readonly kind: 'assign'; readonly license: number; readonly box: 0 | 1 }
  | { readonly kind: 'cancel'; readonly license: number }
  | {
      readonly kind: 'reprogram';
      readonly box: 0 | 1;
      readonly activate: readonly number[];
      readonly deactivate: readonly number[];
    }
  | { readonly kind: 'receipt'; readonly box: 0 | 1; readonly upTo: number };

/** The decision about a step, with the arguments that it was made from. */
export type Outcome =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'vendor-action';
      readonly step: Step['kind'];
      readonly license: License;
      readonly container: ContainerView | undefined;
      readonly decision: VendorActionDecision;
    }
  | {
      readonly kind: 'reprogramming';
      readonly container: ContainerView;
      readonly manual: ManualActions;
      readonly decision: Decision;
    };

const NOTHING: Outcome = { kind: 'none' };
const TICKET = 'ticket';
const HOUR = 3_600_000;

export function openWorld(requires: readonly (readonly number[])[]): World {
  const box = (serial: string): Box => ({
    serial,
    content: new Map(),
    pending: [],
    outstanding: [],
    confirmed: 0,
    issued: 0,
  });
  return { licenses: new Map(), boxes: [box('one'), box('two')], requires, clock: 0 };
}

/** A low limit, so that random histories reach it. */
const MOST_OUTSTANDING = 2;

export function viewOf(box: Box): ContainerView {
  const changes = box.outstanding.flatMap((update) => update.changes);
  const put = changes.filter((change) => change.op === 'put' && !isRenewal(change)).map((change) => change.license.id);
  const deactivated = changes.filter((change) => change.step === 'deactivate').map((change) => change.license.id);
  return {
    content: new Map(box.content),
    pending: box.pending,
    arriving: new Set(put),
    leaving: new Set(deactivated),
    renewing: new Set(changes.filter(isRenewal).map(({ license }) => license.id)),
    isFull: box.outstanding.length >= MOST_OUTSTANDING,
  };
}

/** Plays one step and returns its outcome. */
export function take(world: World, step: Step): Outcome {
  world.clock += HOUR;
  switch (step.kind) {
    case 'sell':
      make(world, step.product, step.expires ? world.clock + 5 * HOUR : undefined, { at: 'available' });
      return NOTHING;
    case 'withdraw':
    case 'cancel':
    case 'replace':
    case 'renew':
    case 'assign':
      return applyVendorAction(world, step);
    case 'reprogram':
      return reprogram(world, world.boxes[step.box], step.activate, step.deactivate);
    case 'receipt':
      return receive(world, world.boxes[step.box], step.upTo);
  }
}

function content(world: World, id: string, product: number, ends: number | undefined): TicketLicense {
  const number = product % world.requires.length;
  return {
    id,
    product: `p${number}`,
    requires: (world.requires[number] ?? []).map((required) => `p${required}`),
    terms: ends === undefined ? {} : { expiresAt: new Date(ends).toISOString() },
    ticket: TICKET,
    orderId: 'order',
  };
}

function make(world: World, product: number, ends: number | undefined, standing: Standing): void {
  const id = nextId(world);
  world.licenses.set(id, { ...content(world, id, product, ends), standing });
}

function nextId(world: World): string {
  return `l${world.licenses.size}`;
}

/** Small numbers choose among all licenses, others among those for which the step is likely to be accepted. */
function pick(world: World, chosen: number, isLikely: (license: License) => boolean): License | undefined {
  const all = [...world.licenses.values()];
  const likely = all.filter(isLikely);
  const from = chosen < FAR_FETCHED || likely.length === 0 ? all : likely;
  return from[chosen % Math.max(from.length, 1)];
}

const FAR_FETCHED = 8;

function boxNamed(world: World, serial: string | undefined): Box | undefined {
  return world.boxes.find((box) => box.serial === serial);
}

function serialOf({ standing }: License): string | undefined {
  return containerOf(standing);
}

function applyVendorAction(world: World, step: Extract<Step, { license: number }>): Outcome {
  const license = pick(world, step.license, ({ standing }) =>
    step.kind === 'assign'
      ? standing.at === 'available' && standing.reservation === undefined
      : step.kind === 'cancel'
        ? 'earmark' in standing || 'reservation' in standing
        : standing.at === 'collected' || 'reservation' in standing,
  );
  if (license === undefined) return NOTHING;
  const box = step.kind === 'assign' ? world.boxes[step.box] : boxNamed(world, serialOf(license));
  const container = box === undefined ? undefined : viewOf(box);
  const details = { at: new Date(world.clock).toISOString() };
  const fresh = step.kind === 'replace' ? content(world, nextId(world), step.product, undefined) : undefined;
  const renewal = step.kind === 'renew' ? renewalOf(world, step.term) : undefined;
  const earmark = 'earmark' in license.standing ? license.standing.earmark : undefined;
  const replacement = world.licenses.get(earmark?.replacement ?? '');
  const decision = decide();
  if (decision.kind === 'at-once' || decision.kind === 'pending') carryOut(decision);
  return { kind: 'vendor-action', step: step.kind, license, container, decision };

  function decide(): VendorActionDecision {
    if (license === undefined) throw new Error('No license');
    switch (step.kind) {
      case 'withdraw':
        return decideWithdrawal(license, container, details);
      case 'replace':
        return decideReplacement(license, fresh as TicketLicense, undefined, container, details);
      case 'renew':
        return decideRenewal(license, renewal ?? {}, replacement, container, details);
      case 'assign':
        return decideAssignment(
          license,
          world.boxes[step.box].serial,
          container as ContainerView,
          details,
          world.clock,
        );
      case 'cancel':
        return decideCancellation(license, orderedAction(license), container, box?.confirmed ?? 0);
    }
  }

  function carryOut(made: Extract<VendorActionDecision, { kind: 'at-once' | 'pending' }>): void {
    if (license === undefined) throw new Error('No license');
    if (box !== undefined && made.pending !== undefined) box.pending = made.pending;
    if (made.kind === 'pending' && made.discard !== undefined) setStanding(world, made.discard, { at: 'withdrawn' });
    const { standing } = license;
    const orderedAt = details.at;
    if (renewal !== undefined) {
      renew(made, renewal);
      return;
    }
    if (made.kind === 'at-once') {
      setStanding(world, license.id, { at: step.kind === 'withdraw' ? 'withdrawn' : 'replaced' });
      if (fresh !== undefined) world.licenses.set(fresh.id, { ...fresh, standing });
    } else if (step.kind === 'assign') {
      const reservation = { for: 'assign', container: world.boxes[step.box].serial, orderedAt } as const;
      setStanding(world, license.id, { at: 'available', reservation });
    } else if (standing.at === 'available') {
      setStanding(world, license.id, { at: 'available' });
    } else if (standing.at === 'collected' || standing.at === 'returned') {
      const { earmark: _, ...rest } = standing;
      if (step.kind === 'cancel') setStanding(world, license.id, rest);
      if (step.kind === 'withdraw')
        setStanding(world, license.id, { ...rest, earmark: { action: 'withdraw', orderedAt } });
      if (fresh !== undefined) {
        setStanding(world, license.id, { ...rest, earmark: { action: 'replace', replacement: fresh.id, orderedAt } });
        const reservation = { for: 'replace', container: standing.container, predecessor: license.id } as const;
        world.licenses.set(fresh.id, { ...fresh, standing: { at: 'available', reservation } });
      }
    }
  }

  /** What a decision about a renewal changes: the license, the replacement that waits, or the earmark. */
  function renew(made: Extract<VendorActionDecision, { kind: 'at-once' | 'pending' }>, changed: Renewal): void {
    if (license === undefined) throw new Error('No license');
    const { standing } = license;
    if (standing.at === 'available') {
      world.licenses.set(license.id, { ...license, terms: { ...license.terms, ...changed } });
    } else if (replacement !== undefined) {
      world.licenses.set(replacement.id, { ...replacement, terms: { ...replacement.terms, ...changed } });
    } else if (standing.at === 'collected' || standing.at === 'returned') {
      const { earmark: _, ...rest } = standing;
      const action = made.pending?.find((one) => one.action === 'renew' && one.license === license.id);
      const { orderedAt = '', terms = {} } = action?.action === 'renew' ? action : {};
      const isPending = action !== undefined;
      setStanding(world, license.id, isPending ? { ...rest, earmark: { action: 'renew', terms, orderedAt } } : rest);
    }
  }
}

function renewalOf(world: World, term: 'expiresAt' | 'leaseDays'): Renewal {
  return term === 'expiresAt'
    ? { expiresAt: new Date(world.clock + 100 * HOUR).toISOString() }
    : { leaseDays: 1 + (world.clock % 3) };
}

function orderedAction({ standing }: License): PendingAction['action'] {
  if (standing.at === 'collected' || standing.at === 'returned') return standing.earmark?.action ?? 'withdraw';
  return 'assign';
}

function setStanding(world: World, id: string, standing: Standing): void {
  const license = world.licenses.get(id);
  if (license === undefined) throw new Error(`There is no license ${id}`);
  world.licenses.set(id, { ...license, standing });
}

function activation(license: License, serial: string): Activation {
  const { standing, ...held } = license;
  if (!isOnTicket(standing)) return { license: { id: license.id }, offer: 'not-on-ticket' };
  if (standing.at !== 'available') return { license: held, offer: 'not-available' };
  const { reservation } = standing;
  return {
    license: held,
    offer:
      reservation === undefined || (reservation.for !== 'revise' && reservation.container === serial)
        ? 'free'
        : 'reserved-elsewhere',
  };
}

function reprogram(world: World, box: Box, activate: readonly number[], deactivate: readonly number[]): Outcome {
  const container = viewOf(box);
  const picked = (chosen: readonly number[], isLikely: (license: License) => boolean): License[] =>
    chosen.flatMap((one) => pick(world, one, isLikely) ?? []);
  const isFree = ({ standing }: License): boolean => standing.at === 'available' && standing.reservation === undefined;
  const manual = {
    activate: picked(activate, isFree).map((license) => activation(license, box.serial)),
    deactivate: picked(deactivate, ({ id }) => box.content.has(id)).map((license) => license.id),
  };
  const decision = decideReprogramming(container, manual, world.clock);
  if (decision.kind === 'reprogram') {
    box.issued += 1;
    const counter = box.issued;
    for (const change of decision.changes) move(world, box, change, counter);
    const planned = new Set(
      decision.changes
        .filter(({ step }) => step !== 'deactivate' && step !== 'activate')
        .map(({ license }) => license.id),
    );
    box.pending = box.pending.filter((action) => !planned.has(licenseOfAction(action)));
    box.outstanding.push({ counter, changes: decision.changes });
  }
  return { kind: 'reprogramming', container, manual, decision };
}

function move(world: World, box: Box, change: Change, counter: number): void {
  const { license } = change;
  if (isRenewal(change)) {
    renewInBox(world, box, change);
    return;
  }
  if (change.op === 'put') {
    if (box.content.has(license.id)) throw new Error(`${license.id} is put twice`);
    box.content.set(license.id, license);
    setStanding(world, license.id, { at: 'collected', container: box.serial, counter });
    return;
  }
  if (!box.content.delete(license.id)) throw new Error(`${license.id} is removed twice`);
  const before = world.licenses.get(license.id)?.standing;
  const earmark = before?.at === 'collected' && change.step === 'deactivate' ? before.earmark : undefined;
  const base = { at: 'returned', container: box.serial, counter, cause: change.step } as const;
  setStanding(world, license.id, earmark === undefined ? base : { ...base, earmark });
}

function renewInBox(world: World, box: Box, { op, license }: Change): void {
  if (op === 'remove') return;
  if (!box.content.has(license.id)) throw new Error(`${license.id} is renewed in no container`);
  box.content.set(license.id, license);
  const known = world.licenses.get(license.id);
  if (known?.standing.at !== 'collected') throw new Error(`${license.id} is renewed, and not collected`);
  const { earmark: _, ...standing } = known.standing;
  world.licenses.set(license.id, { ...known, terms: license.terms, standing });
}

function receive(world: World, box: Box, upTo: number): Outcome {
  const received = box.outstanding.splice(0, upTo);
  for (const { counter } of received) {
    for (const license of [...world.licenses.values()]) {
      const { standing } = license;
      if (standing.at !== 'returned' || standing.container !== box.serial || standing.counter !== counter) continue;
      const settled = settleReturn(standing);
      if (settled.state === 'available' && settled.terms !== undefined)
        world.licenses.set(license.id, { ...license, terms: { ...license.terms, ...settled.terms } });
      setStanding(world, license.id, { at: settled.state });
      if (settled.state === 'replaced' && settled.offer !== undefined)
        setStanding(world, settled.offer, { at: 'available' });
      box.pending = box.pending.filter((action) => licenseOfAction(action) !== license.id);
    }
    box.confirmed = counter;
  }
  return NOTHING;
}
