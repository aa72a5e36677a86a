import type { TicketLicense } from './license.ts';
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

/** What a request comes to. */
export type Decision =
  | {
      readonly kind: 'reprogram';
      readonly changes: readonly Change[];
      readonly content: ReadonlyMap<string, TicketLicense>;
      readonly dropped: readonly Conflict[];
    }
  | { readonly kind: 'nothing'; readonly dropped: readonly Conflict[] }
  /** There is something to do, and no room for another update; `isByHand` when a manual action has part in it. */
  | { readonly kind: 'full'; readonly isByHand: boolean; readonly dropped: readonly Conflict[] }
  | { readonly kind: 'conflict'; readonly conflicts: readonly Conflict[] };

/** The vendor-only sequence failed: an order was accepted that Q7 forbids. A broken invariant, never a user's fault. */
export class VendorSequenceFailed extends Error {
  override readonly name = 'VendorSequenceFailed';
}

/**
 * Decides a reprogramming. Without a conflict everything runs. With one, only the vendor's actions run and all manual
 * ones are dropped, each with its reason (Q3); if no vendor action is pending, nothing changes (Q4). Nothing to do is no
 * error (Q5), and what there is to do waits when as many updates are outstanding as may be.
 */
export function decideReprogramming(container: ContainerView, manual: ManualActions, now: number): Decision {
  const whole = runSequence(container, manual, now);
  if (whole.conflicts.length === 0) return settled(container, whole, []);
  if (container.pending.length === 0) return { kind: 'conflict', conflicts: whole.conflicts };
  const vendorOnly = runSequence(container, NO_MANUAL_ACTIONS, now);
  return settled(container, vendorOnly, droppedTogether(manual, whole));
}

function settled({ isFull }: ContainerView, result: SequenceResult, dropped: readonly Conflict[]): Decision {
  if (result.broken.length > 0) {
    throw new VendorSequenceFailed(`Unmet: ${result.broken.map((license) => license.id).join(', ')}`);
  }
  if (result.changes.length === 0) return { kind: 'nothing', dropped };
  if (isFull) return { kind: 'full', isByHand: dropped.length > 0 || result.changes.some(isManual), dropped };
  return { kind: 'reprogram', changes: result.changes, content: result.content, dropped };
}

function isManual({ step }: Change): boolean {
  return step === 'deactivate' || step === 'activate';
}

/**
 * Every manual action is dropped, not only those in conflict. One that is no conflict by itself carries the reason of the
 * first conflict, and names it. What is carried out anyway is not dropped.
 */
function droppedTogether(manual: ManualActions, { conflicts, satisfied }: SequenceResult): Conflict[] {
  const [first] = conflicts;
  if (first === undefined) return [];
  const dropped = new Map<string, Conflict>();
  const drop = (action: ManualAction): void => {
    dropped.set(keyOf(action), { ...action, reason: first.reason, because: [first.license] });
  };
  for (const license of manual.deactivate) drop({ action: 'deactivate', license });
  for (const { license } of manual.activate) drop({ action: 'activate', license: license.id });
  for (const action of satisfied) dropped.delete(keyOf(action));
  for (const conflict of conflicts) dropped.set(keyOf(conflict), conflict);
  return [...dropped.values()];
}

function keyOf({ action, license }: { readonly action: string; readonly license: string }): string {
  return `${action} ${license}`;
}

/** License ids per step; for `replace` the old and the new one. */
export interface Executed {
  readonly withdraw: readonly string[];
  readonly deactivate: readonly string[];
  readonly assign: readonly string[];
  readonly replace: readonly { readonly old: string; readonly new: string }[];
  readonly activate: readonly string[];
}

export function executedBy(changes: readonly PlannedChange[]): Executed {
  const of = (step: Step): string[] =>
    changes.filter((change) => change.step === step).map((change) => change.license.id);
  const replaced = changes.flatMap((change) =>
    change.step === 'replace' && change.op === 'remove' ? [{ old: change.license.id, new: change.by }] : [],
  );
  return {
    withdraw: of('withdraw'),
    deactivate: of('deactivate'),
    assign: of('assign'),
    replace: replaced,
    activate: of('activate'),
  };
}

/** How many changes each step of a plan has to make. */
export function workOf(changes: readonly PlannedChange[]): Record<Step, number> {
  const count = (step: Step): number => changes.filter((change) => change.step === step).length;
  return Object.fromEntries(STEPS.map((step) => [step, count(step)])) as Record<Step, number>;
}
