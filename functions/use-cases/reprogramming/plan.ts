import type { PlannedWork, WorkflowInput } from '../../../contract/tasks.ts';
import { defined } from '../../../domain/defined.ts';
import { countByStep, type Decision } from '../../../domain/reprogramming.ts';
import { digestOf } from '../../../protocol/index.ts';
import type { Dependencies } from '../../dependencies.ts';
import { putHead } from '../../store/container-head-item.ts';
import { containerKey, outcomeKey } from '../../store/keys.ts';
import type { StoredLicense } from '../../store/license-item.ts';
import { getItem } from '../../store/queries.ts';
import { putReprogramming, type Reprogramming } from '../../store/reprogramming-item.ts';
import { parseOutcome, putOutcome, type RequestOutcome } from '../../store/request-outcome-item.ts';
import { checkUnchanged, commit } from '../../store/transactions.ts';
import {
  type Container,
  loadContainer,
  loadReprogrammings,
  nextHead,
  remainingPending,
} from '../containers/container.ts';
import { recordContact, recordQuietContact } from '../containers/last-contact.ts';
import { decideRequest } from './decide-request.ts';
import { releasePlan, reservationWrite, reserveRest, roomBeside } from './reserve.ts';

export type PlanResult =
  | { readonly kind: 'planned'; readonly work: PlannedWork }
  /** Refused, unchanged or satisfied: the outcome is stored, and no update follows. */
  | { readonly kind: 'nothing'; readonly outcome: RequestOutcome }
  /** A manual action conflicts while a vendor action is pending (Q3); never when only the vendor's actions are planned. */
  | { readonly kind: 'conflict' }
  /** Another reprogramming holds the container's lock. */
  | { readonly kind: 'locked' }
  /** The container or a license changed since it was read: plan again. */
  | { readonly kind: 'moved' };

/**
 * Plans a reprogramming: the only step that can refuse. Locks the container, reserves the licenses to activate and writes the
 * plan, in one transaction. Licenses that do not fit into it are reserved in further transactions under the lock; if one is
 * taken, all are released. A second run finds the plan of the first and returns the same work.
 */
export async function plan(dependencies: Dependencies, input: WorkflowInput, vendorOnly: boolean): Promise<PlanResult> {
  const container = await loadContainer(dependencies, input.container);
  const own = await findOwnPlan(dependencies, container, input);
  if (own !== undefined) {
    if (own.counter <= container.head.issued.counter) return planned(input, own);
    return reserveAll(dependencies, input, own);
  }
  const stored = await getItem(dependencies, outcomeKey(input.container, input.reprogramming));
  if (stored !== undefined) return { kind: 'nothing', outcome: parseOutcome(stored) };
  if (container.head.lock !== undefined) return { kind: 'locked' };
  if (container.head.status !== 'active') {
    const refusal = { code: 'container-retired', container: input.container } as const;
    return storeOutcome(dependencies, input, container, { kind: 'refused', refusal });
  }
  const { decision, licenses, answeredBy } = await decideRequest(dependencies, container, input);
  if (decision.kind === 'refused') return storeOutcome(dependencies, input, container, decision);
  const { dropped } = decision;
  if (decision.kind === 'nothing') {
    const answer = (answeredBy ?? container.outstanding.at(-1))?.id;
    return storeOutcome(dependencies, input, container, defined({ kind: 'nothing', dropped, answeredBy: answer }));
  }
  if (dropped.length > 0 && !vendorOnly) return { kind: 'conflict' };
  const made = await commitPlan(dependencies, input, container, decision, licenses);
  return made === undefined ? { kind: 'moved' } : reserveAll(dependencies, input, made);
}

/** The plan that an earlier run of this task committed. */
async function findOwnPlan(
  dependencies: Dependencies,
  container: Container,
  input: WorkflowInput,
): Promise<Reprogramming | undefined> {
  if (container.inFlight?.id === input.reprogramming) return container.inFlight;
  const outstanding = container.outstanding.find((one) => one.id === input.reprogramming);
  if (outstanding !== undefined) return outstanding;
  // Already confirmed: an execution that was restarted from the beginning, much later.
  if (container.head.confirmed.counter <= input.from) return undefined;
  const confirmed = await loadReprogrammings(
    dependencies,
    input.container,
    input.from + 1,
    container.head.confirmed.counter,
  );
  return confirmed.find((one) => one.id === input.reprogramming);
}

/** Reserves the licenses that did not fit into the plan's transaction; takes the plan back when one of them is taken. */
async function reserveAll(dependencies: Dependencies, input: WorkflowInput, made: Reprogramming): Promise<PlanResult> {
  if (await reserveRest(dependencies, input.container, made)) return planned(input, made);
  await releasePlan(dependencies, input.container, made);
  return { kind: 'moved' };
}

/** @returns `undefined` when the container or a license changed since it was read. */
async function commitPlan(
  dependencies: Dependencies,
  input: WorkflowInput,
  container: Container,
  { content, changes, dropped }: Extract<Decision, { kind: 'reprogram' }>,
  licenses: ReadonlyMap<string, StoredLicense>,
): Promise<Reprogramming | undefined> {
  const from = container.head.issued;
  const counter = from.counter + 1;
  const now = dependencies.now().toISOString();
  const made: Reprogramming = {
    id: input.reprogramming,
    counter,
    from,
    to: { counter, digest: await digestOf({ counter, licenses: [...content.values()] }) },
    contextCounter: input.from,
    keys: input.keys,
    request: input.request,
    actor: input.actor,
    plannedAt: now,
    dropped,
    changes,
  };
  const isContact = input.actor === 'user';
  if (isContact) await recordContact(dependencies, container.head, now);
  const head = nextHead(container, {
    lock: { reprogramming: made.id, counter, since: now },
    pendingCount: remainingPending({ ...container, inFlight: made }).length,
    ...(isContact ? { lastContactAt: now } : {}),
  });
  const writes = [putHead(dependencies, head), ...putReprogramming(dependencies, input.container, made)];
  const activated = changes.filter(({ step }) => step === 'activate');
  for (const change of activated.slice(0, roomBeside(made))) {
    const license = licenses.get(change.license.id);
    if (license === undefined) throw new Error(`Bug: license ${change.license.id} was planned, but not read`);
    writes.push(reservationWrite(dependencies, license, input.container, made.id));
  }
  return (await commit(dependencies, writes)) === 'committed' ? made : undefined;
}

/**
 * Stores the outcome of a request that plans nothing. If the container changed since it was read, perhaps by another run of
 * this task, the outcome is discarded.
 */
async function storeOutcome(
  dependencies: Dependencies,
  input: WorkflowInput,
  { head }: Container,
  outcome: RequestOutcome,
): Promise<PlanResult> {
  const committed = await commit(dependencies, [
    putOutcome(dependencies, input.container, input.reprogramming, outcome),
    checkUnchanged(dependencies, containerKey(input.container), head.revision),
  ]);
  if (committed !== 'committed') return { kind: 'moved' };
  if (input.actor === 'user') await recordQuietContact(dependencies, head);
  return { kind: 'nothing', outcome };
}

function planned(input: WorkflowInput, made: Reprogramming): PlanResult {
  const work = {
    reprogramming: made.id,
    container: input.container,
    counter: made.counter,
    work: countByStep(made.changes),
  };
  return { kind: 'planned', work };
}
