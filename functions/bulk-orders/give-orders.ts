import { type Acceptance, type Candidate, foreseeOrders } from '../../domain/bulk-order.ts';
import { containerOf } from '../../domain/license.ts';
import type { Refusal } from '../../domain/refusal.ts';
import type { ContainerView } from '../../domain/sequence.ts';
import { decideReplacement, type OrderDecision } from '../../domain/vendor-order.ts';
import type { Container } from '../containers/container.ts';
import { loadUnlocked, stillLocked } from '../containers/unlocked.ts';
import { inParallel } from '../events/in-parallel.ts';
import { onlyRun } from '../http/run.ts';
import { unlessBlocked, viewFor } from '../licenses/order-on-license.ts';
import { currentReplacement, makeReplacement, replaceLicense } from '../licenses/replace.ts';
import { detailsNow, withdrawalIn, withdrawLicense } from '../licenses/withdraw.ts';
import type { Runtime } from '../ports.ts';
import { getLicenses, type StoredLicense } from '../table/license-item.ts';
import { type BulkLicense, putResult, type Result, refusedResult, saveResult } from './bulk-license-item.ts';
import type { BulkOrder } from './bulk-order-item.ts';
import { isOver, type Round } from './rounds.ts';

/** Containers, and licenses in none, that are worked on at once. */
const GROUPS_AT_ONCE = 8;

/** A selected license as it stands now. */
interface Standing {
  readonly row: BulkLicense;
  readonly license: StoredLicense;
}

/**
 * Gives the order for each of these licenses that is still open, or foresees it for a preview, and writes down what has
 * come of it. What is left when the round's time is over stays open.
 */
export async function giveOrders(round: Round, order: BulkOrder, rows: readonly BulkLicense[]): Promise<void> {
  const groups = byContainer(await standings(round.runtime, rows));
  await inParallel(groups, GROUPS_AT_ONCE, async ([serial, group]) => {
    await giveOrdersIn(round, order, serial, group);
  });
}

async function standings(runtime: Runtime, rows: readonly BulkLicense[]): Promise<Standing[]> {
  const open = rows.filter(({ outcome }) => outcome === 'open');
  const licenses = await getLicenses(
    runtime,
    open.map(({ ticket, license }) => ({ ticket, id: license })),
  );
  return open.map((row) => {
    const license = licenses.get(row.license);
    if (license === undefined) throw new Error(`The license ${row.license} is missing`);
    return { row, license };
  });
}

type Group = readonly [serial: string | undefined, group: readonly Standing[]];

/** By the container of now: a license may have moved since it was selected. Those in none stand alone. */
function byContainer(all: readonly Standing[]): Group[] {
  const alone: Group[] = [];
  const groups = new Map<string, Standing[]>();
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
 * The orders on one container, in the order that the forecast gives. What was refused is looked at again after the others,
 * for as long as one was accepted: the container may have moved since the forecast, too.
 */
async function giveOrdersIn(round: Round, order: BulkOrder, serial: string | undefined, group: readonly Standing[]) {
  const { runtime } = round;
  let left = group;
  while (left.length > 0) {
    const container = serial === undefined ? undefined : await loadUnlocked(runtime, serial);
    if (serial !== undefined && container === undefined) {
      for (const { row } of left) await saveResult(runtime, order, row, refusedResult(stillLocked(serial)));
      return;
    }
    const forecast = foreseeOrders(await candidatesOf(runtime, order, left, container), viewFor(container));
    const rows = new Map(left.map(({ row }) => [row.license, row]));
    const refused = new Map(forecast.refused.map(({ license, refusal }) => [license, inOwnWords(refusal)]));
    for (const { license, decision } of forecast.accepted) {
      if (isOver(round)) return;
      const row = rows.get(license);
      if (row === undefined) throw new Error(`The license ${license} was not asked for`);
      const refusal = await carryOut(runtime, order, row, decision, serial);
      if (refusal === undefined) rows.delete(license);
      else refused.set(license, refusal);
    }
    if (rows.size === left.length || order.preview) {
      for (const [license, row] of rows) {
        if (isOver(round)) return;
        const refusal = refused.get(license);
        if (refusal === undefined) throw new Error(`The license ${license} was neither accepted nor refused`);
        await saveResult(runtime, order, row, refusedResult(refusal));
      }
      return;
    }
    left = await standings(runtime, [...rows.values()]);
  }
}

/** Gives one order, or says what it would come to. @returns why it was refused. */
async function carryOut(
  runtime: Runtime,
  order: BulkOrder,
  row: BulkLicense,
  decision: Acceptance,
  serial: string | undefined,
): Promise<Refusal | undefined> {
  if (order.preview) {
    await saveResult(runtime, order, row, foreseenResult(order, decision, serial));
    return undefined;
  }
  const { action, reason, replacement = {} } = order;
  // No order is given again: a license that has its result is left alone.
  const run = onlyRun(runtime.random);
  const ordered =
    action === 'withdraw'
      ? await withdrawLicense(runtime, row.license, reason, run, (done) => [
          putResult(
            runtime,
            order,
            row,
            done.status === 'withdrawn' ? { outcome: 'withdrawn' } : pendingResult(done.container),
          ),
        ])
      : await replaceLicense(runtime, row.license, { ...replacement, ...pick(reason) }, run, (done) => {
          const { id } = done.license;
          const result: Result =
            done.status === 'replaced'
              ? { outcome: 'replaced', replacement: id }
              : { ...pendingResult(done.container), replacement: id };
          return [putResult(runtime, order, row, result)];
        });
  return ordered.kind === 'refused' ? ordered.refusal : undefined;
}

function pendingResult(container: string): Extract<Result, { outcome: 'pending' }> {
  return { outcome: 'pending', pendingIn: container };
}

function foreseenResult({ action }: BulkOrder, decision: Acceptance, serial: string | undefined): Result {
  if (decision.kind === 'at-once') return { outcome: action === 'withdraw' ? 'withdrawn' : 'replaced' };
  const container = decision.kind === 'unchanged' ? decision.container : serial;
  if (container === undefined) throw new Error('An order is pending for no container');
  return pendingResult(container);
}

/** The orders as pure decisions, by the very functions that decide a single order. */
async function candidatesOf(
  runtime: Runtime,
  order: BulkOrder,
  group: readonly Standing[],
  container: Container | undefined,
): Promise<Candidate[]> {
  const details = detailsNow(runtime, order.reason);
  if (order.action === 'withdraw') {
    return group.map(({ license }) => ({
      license: license.id,
      decide: (view) => withdrawalIn(license, container, view, details),
    }));
  }
  return Promise.all(
    group.map(async ({ license }) => {
      const made = await makeReplacement(runtime, license, `${license.id}${FORESEEN}`, order.replacement ?? {});
      if ('refusal' in made) return { license: license.id, decide: () => ({ kind: 'refused', ...made }) as const };
      const current = await currentReplacement(runtime, license);
      const decide = (view: ContainerView | undefined): OrderDecision =>
        unlessBlocked(decideReplacement(license, made.replacement, current, view, details), container);
      return { license: license.id, decide };
    }),
  );
}

/** Marks the id of a replacement that is only foreseen; no id has a space. */
const FORESEEN = ' (replacement)';

/** A replacement that was never made is told by the license that it was for. */
function inOwnWords(refusal: Refusal): Refusal {
  if (refusal.code !== 'dependency-violation') return refusal;
  const own = (text: string): string => text.replaceAll(FORESEEN, '');
  const dependents = [...new Set(refusal.dependents.map(own))];
  return { ...refusal, dependents, explanation: own(refusal.explanation) };
}

function pick(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason };
}
