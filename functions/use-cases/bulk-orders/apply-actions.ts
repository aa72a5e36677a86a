import { defined } from '../../../domain/defined.ts';
import { type Acceptance, type Candidate, forecastActions } from '../../../domain/forecast.ts';
import { containerOf } from '../../../domain/license.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import type { ContainerView } from '../../../domain/sequence.ts';
import { decideReplacement, type VendorActionDecision } from '../../../domain/vendor-action.ts';
import { singleAttempt } from '../../attempt.ts';
import type { Dependencies } from '../../dependencies.ts';
import {
  type BulkLicense,
  type BulkResult,
  putResult,
  refusedResult,
  saveResult,
} from '../../store/bulk-license-item.ts';
import type { BulkOrder } from '../../store/bulk-order-item.ts';
import { getLicenses, type StoredLicense } from '../../store/license-item.ts';
import { loadUnlocked, stillLocked } from '../containers/await-unlocked.ts';
import type { Container } from '../containers/container.ts';
import { inParallel } from '../in-parallel.ts';
import { currentReplacement, makeReplacement, replaceLicense } from '../licenses/replace.ts';
import { actionDetails, optionalViewOf, refuseIfBlocked } from '../licenses/vendor-action.ts';
import { decideWithdrawalIn, withdrawLicense } from '../licenses/withdraw.ts';
import { isTimeUp, type TaskRound } from './task-round.ts';

/** Containers, and licenses in no container, that are processed at once. */
const GROUPS_AT_ONCE = 8;

/** A selected license, and the license as it is now. */
interface SelectedLicense {
  readonly row: BulkLicense;
  readonly license: StoredLicense;
}

/**
 * Applies the action to each of these licenses that has no result, or forecasts it for a preview, and stores the result. When
 * the round's time is up, the other licenses stay open.
 */
export async function applyActions(round: TaskRound, order: BulkOrder, rows: readonly BulkLicense[]): Promise<void> {
  const groups = byContainer(await selectedLicenses(round.dependencies, rows));
  await inParallel(groups, GROUPS_AT_ONCE, async ([serial, group]) => {
    await applyActionsIn(round, order, serial, group);
  });
}

async function selectedLicenses(dependencies: Dependencies, rows: readonly BulkLicense[]): Promise<SelectedLicense[]> {
  const open = rows.filter(({ outcome }) => outcome === 'open');
  const licenses = await getLicenses(
    dependencies,
    open.map(({ ticket, license }) => ({ ticket, id: license })),
  );
  return open.map((row) => {
    const license = licenses.get(row.license);
    if (license === undefined) throw new Error(`License ${row.license} is missing`);
    return { row, license };
  });
}

type Group = readonly [serial: string | undefined, group: readonly SelectedLicense[]];

/** Groups by the current container, since a license can have moved after it was selected. A license in no container is a group. */
function byContainer(all: readonly SelectedLicense[]): Group[] {
  const alone: Group[] = [];
  const groups = new Map<string, SelectedLicense[]>();
  for (const one of all) {
    const serial = containerOf(one.license.standing);
    const group = serial === undefined ? undefined : groups.get(serial);
    if (serial === undefined) alone.push([undefined, [one]]);
    else if (group === undefined) groups.set(serial, [one]);
    else group.push(one);
  }
  return [...alone, ...groups];
}

/**
 * Applies the actions in one container, in the order of the forecast. Refused licenses are decided again after the others, as
 * long as one was accepted: the container can have changed since the forecast.
 */
async function applyActionsIn(
  round: TaskRound,
  order: BulkOrder,
  serial: string | undefined,
  group: readonly SelectedLicense[],
) {
  const { dependencies } = round;
  let left = group;
  while (left.length > 0) {
    const container = serial === undefined ? undefined : await loadUnlocked(dependencies, serial);
    if (serial !== undefined && container === undefined) {
      for (const { row } of left) await saveResult(dependencies, order, row, refusedResult(stillLocked(serial)));
      return;
    }
    const forecast = forecastActions(
      await candidatesOf(dependencies, order, left, container),
      optionalViewOf(container),
    );
    const rows = new Map(left.map(({ row }) => [row.license, row]));
    const refused = new Map(forecast.refused.map(({ license, refusal }) => [license, formatRefusal(refusal)]));
    for (const { license, decision } of forecast.accepted) {
      if (isTimeUp(round)) return;
      const row = rows.get(license);
      if (row === undefined) throw new Error(`Bug: license ${license} is in the forecast, but was not selected`);
      const refusal = await applyAction(dependencies, order, row, decision, serial);
      if (refusal === undefined) rows.delete(license);
      else refused.set(license, refusal);
    }
    if (rows.size === left.length || order.preview) {
      for (const [license, row] of rows) {
        if (isTimeUp(round)) return;
        const refusal = refused.get(license);
        if (refusal === undefined) throw new Error(`Bug: license ${license} was neither accepted nor refused`);
        await saveResult(dependencies, order, row, refusedResult(refusal));
      }
      return;
    }
    left = await selectedLicenses(dependencies, [...rows.values()]);
  }
}

/** Applies the action to one license, or stores its forecast. @returns the refusal, if there is one. */
async function applyAction(
  dependencies: Dependencies,
  order: BulkOrder,
  row: BulkLicense,
  decision: Acceptance,
  serial: string | undefined,
): Promise<Refusal | undefined> {
  if (order.preview) {
    await saveResult(dependencies, order, row, forecastResult(order, decision, serial));
    return undefined;
  }
  const { action, reason, replacement = {} } = order;
  // Not a retry: a license with a result is not processed again.
  const attempt = singleAttempt(dependencies.random);
  const vendor = { kind: 'vendor', author: order.by } as const;
  const applied =
    action === 'withdraw'
      ? await withdrawLicense(dependencies, vendor, row.license, reason, attempt, (done) => [
          putResult(
            dependencies,
            order,
            row,
            done.status === 'withdrawn' ? { outcome: 'withdrawn' } : pendingResult(done.container),
          ),
        ])
      : await replaceLicense(
          dependencies,
          vendor,
          row.license,
          { ...replacement, ...defined({ reason }) },
          attempt,
          (done) => {
            const { id } = done.license;
            const result: BulkResult =
              done.status === 'replaced'
                ? { outcome: 'replaced', replacement: id }
                : { ...pendingResult(done.container), replacement: id };
            return [putResult(dependencies, order, row, result)];
          },
        );
  return applied.kind === 'refused' ? applied.refusal : undefined;
}

function pendingResult(container: string): Extract<BulkResult, { outcome: 'pending' }> {
  return { outcome: 'pending', pendingIn: container };
}

function forecastResult({ action }: BulkOrder, decision: Acceptance, serial: string | undefined): BulkResult {
  if (decision.kind === 'at-once') return { outcome: action === 'withdraw' ? 'withdrawn' : 'replaced' };
  const container = decision.kind === 'unchanged' ? decision.container : serial;
  if (container === undefined) throw new Error('Bug: an action is pending in no container');
  return pendingResult(container);
}

/** The actions as pure decisions, made by the functions that decide an action on a single license. */
async function candidatesOf(
  dependencies: Dependencies,
  order: BulkOrder,
  group: readonly SelectedLicense[],
  container: Container | undefined,
): Promise<Candidate[]> {
  const details = actionDetails(dependencies, order.reason);
  if (order.action === 'withdraw') {
    return group.map(({ license }) => ({
      license: license.id,
      decide: (view) => decideWithdrawalIn(license, container, view, details),
    }));
  }
  return Promise.all(
    group.map(async ({ license }) => {
      const made = await makeReplacement(dependencies, license, `${license.id}${FORECAST}`, order.replacement ?? {});
      if ('refusal' in made) return { license: license.id, decide: () => ({ kind: 'refused', ...made }) as const };
      const current = await currentReplacement(dependencies, license);
      const decide = (view: ContainerView | undefined): VendorActionDecision =>
        refuseIfBlocked(decideReplacement(license, made.replacement, current, view, details), container);
      return { license: license.id, decide };
    }),
  );
}

/** Marks the id of a replacement in a forecast; no id has a space. */
const FORECAST = ' (replacement)';

/** In a refusal, names the replaced license instead of a replacement that was only forecast. */
function formatRefusal(refusal: Refusal): Refusal {
  if (refusal.code !== 'dependency-violation') return refusal;
  const own = (text: string): string => text.replaceAll(FORECAST, '');
  const dependents = [...new Set(refusal.dependents.map(own))];
  return { ...refusal, dependents, explanation: own(refusal.explanation) };
}
