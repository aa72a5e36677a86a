import { defined } from './defined.ts';
import { activatedAt } from './duration.ts';
import type { TicketLicense } from './license.ts';
import { MAX_NAMED_DEPENDENTS } from './limits.ts';
import type { PendingAction } from './pending.ts';
import { isExpired, type Renewal } from './terms.ts';

/** The five steps of the sequence, in their order. */
export const STEPS = ['withdraw', 'deactivate', 'assign', 'replace', 'activate'] as const;
export type Step = (typeof STEPS)[number];

/** One license that a step puts into the container or removes from it. */
export type Change =
  | { readonly step: 'withdraw' | 'deactivate'; readonly op: 'remove'; readonly license: TicketLicense }
  | ({ readonly step: 'replace'; readonly op: 'remove'; readonly license: TicketLicense } & ReplacedBy)
  | { readonly step: 'replace'; readonly op: 'put'; readonly license: TicketLicense; readonly for: string }
  | { readonly step: 'assign' | 'activate'; readonly op: 'put'; readonly license: TicketLicense };

/** A change as a plan stores it. Of a removed license it keeps only what finds the license's item in the table. */
export type PlannedChange =
  | Extract<Change, { op: 'put' }>
  | { readonly step: 'withdraw' | 'deactivate'; readonly op: 'remove'; readonly license: LicenseReference }
  | ({ readonly step: 'replace'; readonly op: 'remove'; readonly license: LicenseReference } & ReplacedBy);

interface ReplacedBy {
  /** The id of the new license. A renewal has the same id twice (N1). */
  readonly by: string;
  /** Of a renewal: the license's `leaseDays` before it. */
  readonly leaseDays?: number;
}

type LicenseReference = Pick<TicketLicense, 'id' | 'ticket' | 'orderId'>;

/** Whether the change is one of the two by which a renewal changes the terms of a license in place (N1). */
export function isRenewal(change: PlannedChange): boolean {
  if (change.step !== 'replace') return false;
  return (change.op === 'remove' ? change.by : change.for) === change.license.id;
}

export type ConflictReason =
  | 'not-on-ticket'
  | 'not-available'
  | 'reserved-elsewhere'
  | 'not-in-container'
  | 'withdrawn'
  | 'expired'
  | 'requires-unmet'
  | 'required-by'
  /** Only of dropped actions: it could run alone, and others conflicted (Q3). */
  | 'dropped-together';

/** Why an action cannot be carried out (Q6). */
export interface Conflict {
  readonly action: 'activate' | 'deactivate' | 'assign';
  readonly license: string;
  readonly reason: ConflictReason;
  /** Ids of the other licenses that make it a conflict: the first ten, or absent. */
  readonly because?: readonly string[];
}

/** A manual activation, and whether the license on the ticket is free for this container. */
export type Activation =
  | { readonly license: TicketLicense; readonly offer: 'free' | 'not-available' | 'reserved-elsewhere' }
  | { readonly license: { readonly id: string }; readonly offer: 'not-on-ticket' };

/** The manual actions of one request: ids to deactivate, licenses to activate. A repeated one counts once. */
export interface ManualActions {
  readonly deactivate: readonly string[];
  readonly activate: readonly Activation[];
}

/** One manual action by its license's id. */
export interface ManualAction {
  readonly action: 'activate' | 'deactivate';
  readonly license: string;
}

export const NO_MANUAL_ACTIONS: ManualActions = { deactivate: [], activate: [] };

/** What the sequence needs to know of a container: target content, pending vendor actions, outstanding updates. */
export interface ContainerView {
  /** The target content by license id: what the container holds once it has applied every outstanding update (T4). */
  readonly content: ReadonlyMap<string, TicketLicense>;
  readonly pending: readonly PendingAction[];
  /** Ids that an outstanding update puts, even if a later one removes them again. */
  readonly arriving: ReadonlySet<string>;
  /** Ids that an outstanding update removes because the user deactivated them. */
  readonly leaving: ReadonlySet<string>;
  /** Ids of the licenses that an outstanding update renews. */
  readonly renewing: ReadonlySet<string>;
  /** True when the limit of outstanding updates is reached, so that no further update can be issued (T1). */
  readonly isFull: boolean;
}

export interface SequenceResult {
  readonly changes: readonly Change[];
  /** The content after the whole sequence. */
  readonly content: ReadonlyMap<string, TicketLicense>;
  /** Manual actions that cannot be carried out. If there is one, the plan must not use `changes` (Q3, Q4). */
  readonly conflicts: readonly Conflict[];
  /** Manual actions that need no change: an outstanding update, or the vendor's own assignment, carries them out (T4). */
  readonly satisfied: readonly ManualAction[];
  /** Licenses that require a product which the content after the whole sequence lacks (Q2). */
  readonly broken: readonly TicketLicense[];
}

/**
 * Runs the sequence: withdraw, deactivate, assign, replace, activate, in a single process (Q1). This one pure function
 * decides whether a vendor action is accepted (it is run without manual actions), what the user's preview shows, and what
 * a reprogramming plans (Q7).
 *
 * `now` is in milliseconds since 1970. Only a manual activation can fail by it: a vendor action that was accepted once
 * must be able to run at any later time (Q7). A duration that starts with the activation starts at `now` (N2).
 */
export function runSequence(container: ContainerView, manual: ManualActions, now: number): SequenceResult {
  const sequence = new Sequence(container, manual, now);
  sequence.withdraw();
  sequence.deactivate();
  sequence.assign();
  sequence.replace();
  sequence.activate();
  return sequence.result();
}

/** One run of the sequence. Each step changes `content` and records what it did. */
class Sequence {
  private readonly container: ContainerView;
  private readonly manual: ManualActions;
  private readonly now: number;
  private readonly content: Map<string, TicketLicense>;
  private readonly changes: Change[] = [];
  private readonly conflicts: Conflict[] = [];
  private readonly satisfied: ManualAction[] = [];
  private readonly withdrawn = new Set<string>();
  private readonly deactivated = new Map<string, TicketLicense>();
  private readonly assigned = new Set<string>();
  private readonly activated = new Set<string>();

  constructor(container: ContainerView, manual: ManualActions, now: number) {
    this.container = container;
    this.manual = manual;
    this.now = now;
    this.content = new Map(container.content);
  }

  /** Step 1 (W4). */
  withdraw(): void {
    for (const pending of this.container.pending) {
      if (pending.action !== 'withdraw') continue;
      const license = this.content.get(pending.license);
      // The user has returned the license in an earlier update: the receipt withdraws it (W5).
      if (license === undefined) continue;
      this.content.delete(license.id);
      this.withdrawn.add(license.id);
      this.changes.push({ step: 'withdraw', op: 'remove', license });
    }
  }

  /** Step 2, manual. */
  deactivate(): void {
    for (const id of new Set(this.manual.deactivate)) {
      const license = this.content.get(id);
      if (license !== undefined) {
        this.content.delete(id);
        this.deactivated.set(id, license);
        this.changes.push({ step: 'deactivate', op: 'remove', license });
      } else if (this.withdrawn.has(id)) {
        this.conflicts.push({ action: 'deactivate', license: id, reason: 'withdrawn' });
      } else if (this.container.leaving.has(id)) {
        this.satisfied.push({ action: 'deactivate', license: id });
      } else {
        this.conflicts.push({ action: 'deactivate', license: id, reason: 'not-in-container' });
      }
    }
  }

  /** Step 3 (A1). */
  assign(): void {
    for (const pending of this.container.pending) {
      if (pending.action !== 'assign') continue;
      const license = activatedAt(pending.license, this.now);
      this.content.set(license.id, license);
      this.assigned.add(license.id);
      this.changes.push({ step: 'assign', op: 'put', license });
    }
  }

  /** Step 4 (R2, N1). */
  replace(): void {
    for (const pending of this.container.pending) {
      if (pending.action !== 'replace' && pending.action !== 'renew') continue;
      const old = this.content.get(pending.license);
      // The user returns the license now, or did before: the receipt puts the new one, or the new terms, on the ticket (R3, N1).
      if (old === undefined) continue;
      if (pending.action === 'renew') {
        this.renew(old, pending.terms);
        continue;
      }
      this.content.delete(old.id);
      const license = activatedAt(pending.replacement, this.now);
      this.content.set(license.id, license);
      this.changes.push({ step: 'replace', op: 'remove', license: old, by: license.id });
      this.changes.push({ step: 'replace', op: 'put', license, for: old.id });
    }
  }

  /** The license keeps its id: what an update can do with it is to remove it and to put it again. */
  private renew(old: TicketLicense, renewal: Renewal): void {
    const renewed = { ...old, terms: { ...old.terms, ...renewal } };
    this.content.set(old.id, renewed);
    const { leaseDays } = old.terms;
    this.changes.push({ step: 'replace', op: 'remove', license: old, by: old.id, ...defined({ leaseDays }) });
    this.changes.push({ step: 'replace', op: 'put', license: renewed, for: old.id });
  }

  /** Step 5, manual (Q6). */
  activate(): void {
    for (const activation of this.manual.activate) {
      const { id } = activation.license;
      if (activation.offer === 'not-on-ticket') this.refuseActivation(id, 'not-on-ticket');
      else if (this.activated.has(id)) continue;
      else if (this.withdrawn.has(id)) this.refuseActivation(id, 'withdrawn');
      else if (this.isCollectedAnyway(id)) this.satisfied.push({ action: 'activate', license: id });
      else if (activation.offer !== 'free') this.refuseActivation(id, activation.offer);
      else if (isExpired(activation.license.terms, this.now)) this.refuseActivation(id, 'expired');
      else {
        const license = activatedAt(activation.license, this.now);
        this.content.set(id, license);
        this.activated.add(id);
        this.changes.push({ step: 'activate', op: 'put', license });
      }
    }
  }

  result(): SequenceResult {
    const broken = brokenLicenses(this.content);
    return {
      changes: this.changes,
      content: this.content,
      conflicts: [...this.conflicts, ...this.requirementConflicts(broken)],
      satisfied: this.satisfied,
      broken,
    };
  }

  private refuseActivation(license: string, reason: ConflictReason): void {
    this.conflicts.push({ action: 'activate', license, reason });
  }

  /** T4: whether this sequence assigns the license, or an outstanding update puts it and the user does not return it. */
  private isCollectedAnyway(id: string): boolean {
    if (this.assigned.has(id)) return true;
    return this.container.arriving.has(id) && !this.deactivated.has(id) && !this.container.leaving.has(id);
  }

  /** Blames the manual actions for every broken license: the vendor-only sequence breaks none (Q7). */
  private requirementConflicts(broken: readonly TicketLicense[]): Conflict[] {
    if (broken.length === 0) return [];
    const conflicts: Conflict[] = [];
    for (const { id } of broken) {
      if (this.activated.has(id)) conflicts.push({ action: 'activate', license: id, reason: 'requires-unmet' });
    }
    const products = productsOf(this.content);
    const dependents = broken.filter(({ id }) => !this.activated.has(id)).sort(byId);
    for (const returned of this.deactivated.values()) {
      // A product that another license still provides is not lost.
      const lost = this.productsOfReturn(returned).filter((code) => !products.has(code));
      const because = firstDependents(dependents, lost);
      if (because.length > 0) {
        conflicts.push({ action: 'deactivate', license: returned.id, reason: 'required-by', because });
      }
    }
    return conflicts;
  }

  /** What a deactivation takes from the content: the license's product, and that of a replacement not made now (R3). */
  private productsOfReturn(returned: TicketLicense): string[] {
    const products = [returned.product];
    for (const pending of this.container.pending) {
      if (pending.action === 'replace' && pending.license === returned.id) products.push(pending.replacement.product);
    }
    return products;
  }
}

/**
 * The licenses of a content that require a product which the content lacks (Q2). An expired license still provides its
 * product.
 */
export function brokenLicenses(content: ReadonlyMap<string, TicketLicense>): TicketLicense[] {
  const products = productsOf(content);
  return [...content.values()].filter((license) => license.requires.some((code) => !products.has(code)));
}

function productsOf(content: ReadonlyMap<string, TicketLicense>): Set<string> {
  return new Set([...content.values()].map((license) => license.product));
}

/** Ids of the licenses that require a lost product: at most {@link MAX_NAMED_DEPENDENTS}. */
function firstDependents(licenses: readonly TicketLicense[], lost: readonly string[]): string[] {
  const ids: string[] = [];
  for (const { id, requires } of licenses) {
    if (requires.some((code) => lost.includes(code))) ids.push(id);
    if (ids.length === MAX_NAMED_DEPENDENTS) break;
  }
  return ids;
}

function byId(one: TicketLicense, other: TicketLicense): number {
  return one.id < other.id ? -1 : 1;
}
