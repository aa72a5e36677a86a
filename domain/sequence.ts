import type { TicketLicense } from './license.ts';
import { MAX_NAMED_DEPENDENTS } from './limits.ts';
import type { PendingAction } from './pending.ts';
import { isExpired } from './terms.ts';

/** The steps of a reprogramming, in the order in which every reprogramming runs them. */
export const STEPS = ['withdraw', 'deactivate', 'assign', 'replace', 'activate'] as const;
export type Step = (typeof STEPS)[number];

/** One license that moves in or out of a container, in the order of the sequence. */
export type Change =
  | { readonly step: 'withdraw' | 'deactivate'; readonly op: 'remove'; readonly license: TicketLicense }
  | { readonly step: 'replace'; readonly op: 'remove'; readonly license: TicketLicense; readonly by: string }
  | { readonly step: 'replace'; readonly op: 'put'; readonly license: TicketLicense; readonly for: string }
  | { readonly step: 'assign' | 'activate'; readonly op: 'put'; readonly license: TicketLicense };

/** The same, when it is planned: of a license that goes, only where to find it is needed. */
export type PlannedChange =
  | Extract<Change, { op: 'put' }>
  | { readonly step: 'withdraw' | 'deactivate'; readonly op: 'remove'; readonly license: Leaving }
  | { readonly step: 'replace'; readonly op: 'remove'; readonly license: Leaving; readonly by: string };

type Leaving = Pick<TicketLicense, 'id' | 'ticket' | 'orderId'>;

export type ConflictReason =
  | 'not-on-ticket'
  | 'not-available'
  | 'reserved-elsewhere'
  | 'not-in-container'
  | 'withdrawn'
  | 'expired'
  | 'requires-unmet'
  | 'required-by';

export interface Conflict {
  readonly action: 'activate' | 'deactivate' | 'assign';
  readonly license: string;
  readonly reason: ConflictReason;
  /** Other licenses that make it a conflict, where there are such: the first ten of them. */
  readonly because?: readonly string[];
}

/** A manual activation, looked up: what the ticket says of the license, as far as this container is concerned. */
export type Activation =
  | { readonly license: TicketLicense; readonly offer: 'free' | 'not-available' | 'reserved-elsewhere' }
  | { readonly license: { readonly id: string }; readonly offer: 'not-on-ticket' };

/** The manual actions of one request. One that is named twice is meant once. */
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

/** A container as the sequence sees it: its target content, what is pending, and what outstanding updates carry out. */
export interface ContainerView {
  /** Target content: what the container holds once every outstanding update is applied (T4). */
  readonly content: ReadonlyMap<string, TicketLicense>;
  readonly pending: readonly PendingAction[];
  /** Licenses that an outstanding update puts into the container, whatever a later one does with them. */
  readonly arriving: ReadonlySet<string>;
  /** Licenses that an outstanding update removes because the user deactivated them. */
  readonly leaving: ReadonlySet<string>;
  /** As many updates wait for a receipt as may: no other one can be issued. */
  readonly isFull: boolean;
}

export interface SequenceResult {
  readonly changes: readonly Change[];
  /** Content after the whole sequence. */
  readonly content: ReadonlyMap<string, TicketLicense>;
  /** Manual actions that cannot be carried out; the changes mean nothing when there are any. */
  readonly conflicts: readonly Conflict[];
  /** Manual actions that need no change: an outstanding update, or the vendor's own assignment, carries them out (T4). */
  readonly satisfied: readonly ManualAction[];
  /** Licenses whose `requires` are unmet by the content after the whole sequence (Q2). */
  readonly unmet: readonly TicketLicense[];
}

/**
 * The sequence: withdraw, deactivate, assign, replace, activate, in a single process (Q1). One pure function decides the
 * acceptance of a vendor's order (with no manual actions), the user's preview, and the plan (Q7).
 *
 * `now` is in milliseconds since 1970; only a manual activation looks at it, because a vendor's order that was accepted
 * once must be able to run at any later time (Q7).
 */
export function runSequence(container: ContainerView, manual: ManualActions, now: number): SequenceResult {
  const content = new Map(container.content);
  const changes: Change[] = [];
  const found: Found = { conflicts: [], satisfied: [] };

  const withdrawn = withdraw(container, content, changes);
  const deactivated = deactivate(container, manual.deactivate, withdrawn, content, changes, found);
  const assigned = assign(container, content, changes);
  replace(container, content, changes);
  // Carried out already, unless the user himself takes it back, now or in another outstanding update.
  const isReturned = (id: string): boolean => deactivated.has(id) || container.leaving.has(id);
  const kept = (id: string): boolean => assigned.has(id) || (container.arriving.has(id) && !isReturned(id));
  activate(manual.activate, withdrawn, kept, now, content, changes, found);

  const unmet = unmetLicenses(content);
  const conflicts = [
    ...found.conflicts,
    ...requirementConflicts(content, unmet, changes, deactivated, container.pending),
  ];
  return { changes, content, conflicts, satisfied: found.satisfied, unmet };
}

/** What the manual steps find out on their way. */
interface Found {
  readonly conflicts: Conflict[];
  readonly satisfied: ManualAction[];
}

function withdraw(container: ContainerView, content: Map<string, TicketLicense>, changes: Change[]): Set<string> {
  const withdrawn = new Set<string>();
  for (const pending of container.pending) {
    if (pending.action !== 'withdraw') continue;
    const license = content.get(pending.license);
    // Not there: the user has returned it already, and the receipt will end it (W5).
    if (license === undefined) continue;
    content.delete(license.id);
    withdrawn.add(license.id);
    changes.push({ step: 'withdraw', op: 'remove', license });
  }
  return withdrawn;
}

function deactivate(
  container: ContainerView,
  requested: readonly string[],
  withdrawn: ReadonlySet<string>,
  content: Map<string, TicketLicense>,
  changes: Change[],
  found: Found,
): Map<string, TicketLicense> {
  const deactivated = new Map<string, TicketLicense>();
  for (const id of new Set(requested)) {
    const license = content.get(id);
    if (license !== undefined) {
      content.delete(id);
      deactivated.set(id, license);
      changes.push({ step: 'deactivate', op: 'remove', license });
    } else if (withdrawn.has(id)) {
      found.conflicts.push({ action: 'deactivate', license: id, reason: 'withdrawn' });
    } else if (container.leaving.has(id)) {
      found.satisfied.push({ action: 'deactivate', license: id });
    } else {
      found.conflicts.push({ action: 'deactivate', license: id, reason: 'not-in-container' });
    }
  }
  return deactivated;
}

function assign(container: ContainerView, content: Map<string, TicketLicense>, changes: Change[]): Set<string> {
  const assigned = new Set<string>();
  for (const pending of container.pending) {
    if (pending.action !== 'assign') continue;
    content.set(pending.license.id, pending.license);
    assigned.add(pending.license.id);
    changes.push({ step: 'assign', op: 'put', license: pending.license });
  }
  return assigned;
}

function replace(container: ContainerView, content: Map<string, TicketLicense>, changes: Change[]): void {
  for (const pending of container.pending) {
    if (pending.action !== 'replace') continue;
    const old = content.get(pending.license);
    // The user returns it, now or earlier: the new one goes on offer when the receipt has come (R3).
    if (old === undefined) continue;
    content.delete(old.id);
    content.set(pending.replacement.id, pending.replacement);
    changes.push({ step: 'replace', op: 'remove', license: old, by: pending.replacement.id });
    changes.push({ step: 'replace', op: 'put', license: pending.replacement, for: old.id });
  }
}

function activate(
  requested: readonly Activation[],
  withdrawn: ReadonlySet<string>,
  kept: (id: string) => boolean,
  now: number,
  content: Map<string, TicketLicense>,
  changes: Change[],
  found: Found,
): void {
  const activated = new Set<string>();
  for (const activation of requested) {
    const { id } = activation.license;
    const refuse = (reason: ConflictReason): void => {
      found.conflicts.push({ action: 'activate', license: id, reason });
    };
    if (activation.offer === 'not-on-ticket') refuse('not-on-ticket');
    else if (activated.has(id)) continue;
    else if (withdrawn.has(id)) refuse('withdrawn');
    else if (kept(id)) found.satisfied.push({ action: 'activate', license: id });
    else if (activation.offer !== 'free') refuse(activation.offer);
    else if (isExpired(activation.license.terms, now)) refuse('expired');
    else {
      content.set(id, activation.license);
      activated.add(id);
      changes.push({ step: 'activate', op: 'put', license: activation.license });
    }
  }
}

/** The licenses of a content whose `requires` it does not meet. Presence counts, not time: expiry breaks no other license. */
export function unmetLicenses(content: ReadonlyMap<string, TicketLicense>): TicketLicense[] {
  const products = productsOf(content);
  return [...content.values()].filter((license) => license.requires.some((code) => !products.has(code)));
}

function productsOf(content: ReadonlyMap<string, TicketLicense>): Set<string> {
  return new Set([...content.values()].map((license) => license.product));
}

/** Blames what is unmet at the end on the manual actions: the vendor-only sequence always succeeds (Q7). */
function requirementConflicts(
  content: ReadonlyMap<string, TicketLicense>,
  unmet: readonly TicketLicense[],
  changes: readonly Change[],
  deactivated: ReadonlyMap<string, TicketLicense>,
  pending: readonly PendingAction[],
): Conflict[] {
  const conflicts: Conflict[] = [];
  const activated = new Set(changes.filter((change) => change.step === 'activate').map((change) => change.license.id));
  for (const license of unmet) {
    if (activated.has(license.id)) {
      conflicts.push({ action: 'activate', license: license.id, reason: 'requires-unmet' });
    }
  }
  const products = productsOf(content);
  const dependents = unmet.filter((license) => !activated.has(license.id)).sort(byId);
  for (const returned of deactivated.values()) {
    // Another license of the same product may still be there: then this one is not to blame.
    const lost = productsLost(returned, pending).filter((code) => !products.has(code));
    const because = firstDependents(dependents, lost);
    if (because.length > 0) {
      conflicts.push({ action: 'deactivate', license: returned.id, reason: 'required-by', because });
    }
  }
  return conflicts;
}

/** Ids of those that require what is lost, as many as a conflict names. */
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

/** What a deactivation takes from the content: the license's product, and that of the replacement that stays away (R3). */
function productsLost(returned: TicketLicense, pending: readonly PendingAction[]): string[] {
  const products = [returned.product];
  for (const action of pending) {
    if (action.action === 'replace' && action.license === returned.id) products.push(action.replacement.product);
  }
  return products;
}
