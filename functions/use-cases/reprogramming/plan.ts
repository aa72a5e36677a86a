import type { PlannedWork, WorkflowInput } from '../../../contract/tasks.ts';
import { defined } from '../../../domain/defined.ts';
import { countByStep, type Decision } from '../../../domain/reprogramming.ts';
import { digestOf } from '../../../protocol/index.ts';
import type { Dependencies } from '../../dependencies.ts';
import { type Head, putHead } from '../../store/container-head-item.ts';
import { containerKey, outcomeKey } from '../../store/keys.ts';
import type { StoredLicense } from '../../store/license-item.ts';
import { getItem } from '../../store/queries.ts';
import { putReprogramming, type Reprogramming } from '../../store/reprogramming-item.ts';
import { parseOutcome, putOutcome, type RequestOutcome } from '../../store/request-outcome-item.ts';
import { checkUnchanged, commit } from '../../store/transactions.ts';
import { type Container, loadContainer, loadReprogrammings, remainingPending } from '../containers/container.ts';
import { resumeRevision } from '../containers/large-revision.ts';
import { recordContact, recordQuietContact } from '../containers/last-contact.ts';
import { decideRequest } from './decide-request.ts';
import { type KnownPlan, knownPlanJson, parseKnownPlan } from './known-plan.ts';
import { releasePlan, reservationWrite, reservedLicense, reserveRest, roomBeside } from './reserve.ts';

export type PlanResult =
  | { readonly kind: 'planned'; readonly work: PlannedWork }
  /** Refused, unchanged or satisfied: the outcome is stored, and no update follows. */
  | { readonly kind: 'nothing'; readonly outcome: RequestOutcome }
  /** A manual action conflicts while a vendor action is pending (Q3); never when only the vendor's actions are planned. */
  | { readonly kind: 'conflict' }
  /** Another reprogramming holds the container's lock, or a revision of an order holds the container. */
  | { readonly kind: 'locked' }
  /** The container or a license changed since it was read: plan again. */
  | { readonly kind: 'moved' };

/**
 * Plans a reprogramming: the only step that can refuse. Locks the container, reserves the licenses to activate and writes the
 * plan, in one transaction. Licenses that do not fit into it are reserved in further transactions under the lock; if one is
 * taken, all are released. A second run finds the plan of the first and returns the same work.
 */
export async function plan(dependencies: Dependencies, input: WorkflowInput, vendorOnly: boolean): Promise<PlanResult> {
  const proposed = vendorOnly ? undefined : parseKnownPlan(input.known);
  // Once refused, it stays refused: revisions only grow. So a second run cannot commit it after the first one decided otherwise.
  const committed = proposed === undefined ? undefined : await commitPlan(dependencies, input, proposed);
  if (committed !== undefined) return reserveAll(dependencies, input, committed);
  const container = await loadContainer(dependencies, input.container);
  const own = await findOwnPlan(dependencies, container, input);
  if (own !== undefined) {
    const known = { head: container.head, plan: own, licenses: new Map() };
    if (own.counter <= container.head.issued.counter) return planned(input, known);
    return reserveAll(dependencies, input, known);
  }
  const stored = await getItem(dependencies, outcomeKey(input.container, input.reprogramming));
  if (stored !== undefined) return { kind: 'nothing', outcome: parseOutcome(stored) };
  const { lock, hold } = container.head;
  if (hold !== undefined) await resumeRevision(dependencies, hold.orderId, false);
  if (lock !== undefined || hold !== undefined) return { kind: 'locked' };
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
  const now = dependencies.now().toISOString();
  const { reprogramming: id, from: contextCounter, keys, request, actor } = input;
  const proposal = await proposePlan(container, decision, licenses, { id, contextCounter, keys, request, actor, now });
  const made = await commitPlan(dependencies, input, proposal);
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
async function reserveAll(dependencies: Dependencies, input: WorkflowInput, made: KnownPlan): Promise<PlanResult> {
  if (await reserveRest(dependencies, input.container, made.plan)) return planned(input, made);
  await releasePlan(dependencies, input.container, made.plan);
  return { kind: 'moved' };
}

/**
 * The plan of a decision, to be committed by {@link plan} while the container and the licenses are as they were read.
 * @param id of the reprogramming
 */
export async function proposePlan(
  { head, ...container }: Container,
  { content, changes, dropped }: Extract<Decision, { kind: 'reprogram' }>,
  licenses: ReadonlyMap<string, StoredLicense>,
  { id, now, ...request }: PlanRequest,
): Promise<KnownPlan> {
  const from = head.issued;
  const counter = from.counter + 1;
  const made: Reprogramming = {
    id,
    counter,
    from,
    to: { counter, digest: await digestOf({ counter, licenses: [...content.values()] }) },
    ...request,
    plannedAt: now,
    dropped,
    changes,
  };
  const pendingCount = remainingPending({ ...container, head, inFlight: made }).length;
  return { head: { ...head, pendingCount }, plan: made, licenses: activatedAmong(licenses, made) };
}

/** The request of a reprogramming, as its plan keeps it. */
interface PlanRequest extends Pick<Reprogramming, 'id' | 'contextCounter' | 'keys' | 'request' | 'actor'> {
  /** RFC 3339. */
  readonly now: string;
}

function activatedAmong(
  licenses: ReadonlyMap<string, StoredLicense>,
  { changes }: Reprogramming,
): ReadonlyMap<string, StoredLicense> {
  const activated = new Map<string, StoredLicense>();
  for (const {
    step,
    license: { id },
  } of changes) {
    if (step !== 'activate') continue;
    const license = licenses.get(id);
    if (license === undefined) throw new Error(`Bug: license ${id} was planned, but not read`);
    activated.set(id, license);
  }
  return activated;
}

/**
 * Locks the container, reserves as many of the licenses as fit into one transaction, and writes the plan.
 * @returns the plan with the revisions that it wrote; `undefined` when the container or a license changed since it was read.
 */
async function commitPlan(
  dependencies: Dependencies,
  input: WorkflowInput,
  { head: read, plan: proposed, licenses }: KnownPlan,
): Promise<KnownPlan | undefined> {
  const now = dependencies.now().toISOString();
  const made: Reprogramming = { ...proposed, plannedAt: now };
  const isContact = input.actor === 'user';
  if (isContact) await recordContact(dependencies, read, now);
  const head: Head = {
    ...read,
    lock: { reprogramming: made.id, counter: made.counter, since: now },
    ...(isContact ? { lastContactAt: now } : {}),
  };
  const first = [...licenses.values()].slice(0, roomBeside(made));
  const writes = [
    putHead(dependencies, head),
    ...putReprogramming(dependencies, input.container, made),
    ...first.map((license) => reservationWrite(dependencies, license, input.container, made.id)),
  ];
  if ((await commit(dependencies, writes)) !== 'committed') return undefined;
  return {
    head: { ...head, revision: head.revision + 1 },
    plan: made,
    licenses: new Map(first.map((license) => [license.id, reservedLicense(license, input.container, made.id)])),
  };
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

function planned(input: WorkflowInput, made: KnownPlan): PlanResult {
  const { id, counter, changes } = made.plan;
  const work: PlannedWork = defined({
    reprogramming: id,
    container: input.container,
    counter,
    work: countByStep(changes),
    known: knownPlanJson(made),
  });
  return { kind: 'planned', work };
}
