import type { TicketLicense } from './license.ts';
import { MAX_NAMED_DEPENDENTS } from './limits.ts';
import {
  type Change,
  type Conflict,
  type ContainerView,
  type ManualAction,
  type ManualActions,
  NO_MANUAL_ACTIONS,
  type PlannedChange,
  runSequence,
  type SequenceResult,
  STEPS,
  type Step,
} from './sequence.ts';

/** What the rules decide about a request for a reprogramming. `dropped` are the manual actions that do not run (Q3). */
export type Decision =
  | {
      readonly kind: 'reprogram';
      readonly changes: readonly Change[];
      readonly content: ReadonlyMap<string, TicketLicense>;
      readonly dropped: readonly Conflict[];
    }
  | { readonly kind: 'nothing'; readonly dropped: readonly Conflict[] }
  /** There are changes, but the limit of outstanding updates is reached (T1). */
  | { readonly kind: 'full'; readonly hasManualActions: boolean; readonly dropped: readonly Conflict[] }
  | { readonly kind: 'conflict'; readonly conflicts: readonly Conflict[] };

/** A bug in this program, never the caller's fault: a vendor action was accepted that Q7 forbids (I9). */
export class VendorSequenceFailed extends Error {
  override readonly name = 'VendorSequenceFailed';
}

/**
 * Decides a reprogramming. Without a conflict all actions run. With a conflict only the vendor actions run, and all manual
 * actions are dropped, each with its reason (Q3). If no vendor action is pending, a conflict changes nothing (Q4). Nothing
 * to do is not an error (Q5). At the limit of outstanding updates no action runs (T1). `now` is in milliseconds since 1970.
 *
 * @throws VendorSequenceFailed if the pending vendor actions alone break a license.
 */
export function decideReprogramming(container: ContainerView, manual: ManualActions, now: number): Decision {
  const whole = runSequence(container, manual, now);
  if (whole.conflicts.length === 0) return decisionFor(container, whole, []);
  if (container.pending.length === 0) return { kind: 'conflict', conflicts: whole.conflicts };
  const vendorOnly = runSequence(container, NO_MANUAL_ACTIONS, now);
  return decisionFor(container, vendorOnly, droppedActions(manual, whole));
}

function decisionFor({ isFull }: ContainerView, result: SequenceResult, dropped: readonly Conflict[]): Decision {
  if (result.broken.length > 0) {
    const ids = result.broken.map((license) => license.id).join(', ');
    throw new VendorSequenceFailed(`Bug: the pending vendor actions leave licenses without what they require: ${ids}`);
  }
  if (result.changes.length === 0) return { kind: 'nothing', dropped };
  if (isFull) {
    const hasManualActions = dropped.length > 0 || result.changes.some(isManual);
    return { kind: 'full', hasManualActions, dropped };
  }
  return { kind: 'reprogram', changes: result.changes, content: result.content, dropped };
}

function isManual({ step }: Change): boolean {
  return step === 'deactivate' || step === 'activate';
}

/**
 * The manual actions that do not run because of a conflict: all but the satisfied ones, which happen anyway. An action that
 * could run alone gets the reason `dropped-together`, and `because` names the licenses of the conflicts.
 */
function droppedActions(manual: ManualActions, { conflicts, satisfied }: SequenceResult): Conflict[] {
  const because = [...new Set(conflicts.map(({ license }) => license))].slice(0, MAX_NAMED_DEPENDENTS);
  const dropped = new Map<string, Conflict>();
  const drop = (action: ManualAction): void => {
    dropped.set(actionKey(action), { ...action, reason: 'dropped-together', because });
  };
  for (const license of manual.deactivate) drop({ action: 'deactivate', license });
  for (const { license } of manual.activate) drop({ action: 'activate', license: license.id });
  for (const action of satisfied) dropped.delete(actionKey(action));
  for (const conflict of conflicts) dropped.set(actionKey(conflict), conflict);
  return [...dropped.values()];
}

function actionKey({ action, license }: { readonly action: string; readonly license: string }): string {
  return `${action} ${license}`;
}

/** The ids of the changed licenses per step; for `replace`, the old and the new one. */
export interface Executed {
  readonly withdraw: readonly string[];
  readonly deactivate: readonly string[];
  readonly assign: readonly string[];
  readonly replace: readonly { readonly old: string; readonly new: string }[];
  readonly activate: readonly string[];
}

/** The ids of the licenses that the changes put and remove, per step. */
export function executedBy(changes: readonly PlannedChange[]): Executed {
  const idsOf = (step: Step): string[] =>
    changes.filter((change) => change.step === step).map((change) => change.license.id);
  const replaced = changes.flatMap((change) =>
    change.step === 'replace' && change.op === 'remove' ? [{ old: change.license.id, new: change.by }] : [],
  );
  return {
    withdraw: idsOf('withdraw'),
    deactivate: idsOf('deactivate'),
    assign: idsOf('assign'),
    replace: replaced,
    activate: idsOf('activate'),
  };
}

/** The number of changes per step; a replacement counts as two. */
export function countByStep(changes: readonly PlannedChange[]): Record<Step, number> {
  const count = (step: Step): number => changes.filter((change) => change.step === step).length;
  return Object.fromEntries(STEPS.map((step) => [step, count(step)])) as Record<Step, number>;
}
