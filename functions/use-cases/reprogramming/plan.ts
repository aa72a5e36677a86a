import type { PlannedWork, WorkflowInput } from '../../../contract/tasks.ts';
import type { TicketLicense } from '../../../domain/license.ts';
import { countByStep } from '../../../domain/reprogramming.ts';
import type { Conflict } from '../../../domain/sequence.ts';
import { digestOf, normalizeContent } from '../../../protocol/index.ts';
import type { Dependencies } from '../../dependencies.ts';
import {
  parseOutcome,
  putHead,
  putOutcome,
  putReprogramming,
  type Reprogramming,
  type RequestOutcome,
} from '../../store/container-items.ts';
import { containerKey, outcomeKey } from '../../store/keys.ts';
import { getItem } from '../../store/queries.ts';
import { commit, unchanged } from '../../store/transactions.ts';
import {
  type Container,
  loadContainer,
  loadReprogrammings,
  nextHead,
  remainingPending,
} from '../containers/container.ts';
import { recordContact } from '../containers/last-contact.ts';
import { decideRequest, type RequestDecision } from './decide-request.ts';
import { releasePlan, reservationWrite, reserveRest, roomBeside } from './reserve.ts';
import { TaskError } from './task-error.ts';

const ATTEMPTS = 25;

/**
 * The only step that can refuse. Locks the container, reserves the licenses to activate and writes the plan, in one
 * transaction; more licenses than a transaction holds are reserved in chunks under the lock, and all released again when
 * one is refused. Run again, it finds its own plan and hands on the same work.
 *
 * Throws the task errors `ManualConflict` (Q3; never when `vendorOnly`), `NothingToDo` (the answer is stored) and
 * `ContainerLocked`.
 */
export async function plan(
  dependencies: Dependencies,
  input: WorkflowInput,
  vendorOnly: boolean,
): Promise<PlannedWork> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const container = await loadContainer(dependencies, input.container);
    const known = await findOwn(dependencies, container, input);
    if (known !== undefined) {
      if (known.counter <= container.head.issued.counter || (await reserveRest(dependencies, input.container, known)))
        return plannedWork(input, known);
      await releasePlan(dependencies, input.container, known);
      continue;
    }
    await endIfAnswered(dependencies, input);
    if (container.head.lock !== undefined)
      throw new TaskError('containerLocked', 'Another reprogramming holds the lock');
    if (container.head.status !== 'active') {
      await end(dependencies, input, container, {
        kind: 'refused',
        refusal: { code: 'container-retired', container: input.container },
      });
      continue;
    }
    const made = await decideRequest(dependencies, container, input);
    const planned = await commitPlan(dependencies, input, container, made, vendorOnly);
    // The table moved between the read and the commit: decide anew.
    if (planned === undefined) continue;
    if (await reserveRest(dependencies, input.container, planned)) return plannedWork(input, planned);
    await releasePlan(dependencies, input.container, planned);
  }
  throw new Error(`The container ${input.container} moved on ${ATTEMPTS} times while it was planned`);
}

/** The plan that an earlier run of this task has committed. */
async function findOwn(
  dependencies: Dependencies,
  container: Container,
  input: WorkflowInput,
): Promise<Reprogramming | undefined> {
  if (container.inFlight?.id === input.reprogramming) return container.inFlight;
  const outstanding = container.outstanding.find((one) => one.id === input.reprogramming);
  if (outstanding !== undefined) return outstanding;
  // Confirmed already: an execution that starts again from the beginning, long after.
  if (container.head.confirmed.counter <= input.from) return undefined;
  const confirmed = await loadReprogrammings(
    dependencies,
    input.container,
    input.from + 1,
    container.head.confirmed.counter,
  );
  return confirmed.find((one) => one.id === input.reprogramming);
}

async function endIfAnswered(dependencies: Dependencies, input: WorkflowInput): Promise<void> {
  const item = await getItem(dependencies, outcomeKey(input.container, input.reprogramming));
  if (item !== undefined) throw nothingToDo(parseOutcome(item));
}

async function commitPlan(
  dependencies: Dependencies,
  input: WorkflowInput,
  container: Container,
  { decision, licenses, answeredBy }: RequestDecision,
  vendorOnly: boolean,
): Promise<Reprogramming | undefined> {
  if (decision.kind === 'refused') return end(dependencies, input, container, decision);
  if (decision.kind === 'nothing') {
    return end(
      dependencies,
      input,
      container,
      nothing(decision.dropped, (answeredBy ?? container.outstanding.at(-1))?.id),
    );
  }
  if (decision.dropped.length > 0 && !vendorOnly) {
    throw new TaskError('manualConflict', 'A manual action conflicts: only the vendor actions run');
  }
  const from = container.head.issued;
  const counter = from.counter + 1;
  const content = normalizeContent({ counter, licenses: [...decision.content.values()].map(contentOf) });
  const planned: Reprogramming = {
    id: input.reprogramming,
    counter,
    from,
    to: { counter, digest: await digestOf(content) },
    contextCounter: input.from,
    request: input.request,
    actor: input.actor,
    plannedAt: dependencies.now().toISOString(),
    dropped: decision.dropped,
    changes: decision.changes,
  };
  const now = planned.plannedAt;
  if (input.actor === 'user') await recordContact(dependencies, container.head, now);
  const lock = { reprogramming: planned.id, counter, since: now };
  const writes = [
    putHead(
      dependencies,
      nextHead(container, {
        lock,
        pendingCount: remainingPending({ ...container, inFlight: planned }).length,
        ...contact(input, now),
      }),
    ),
    ...putReprogramming(dependencies, input.container, planned),
  ];
  const activated = decision.changes.filter(({ step }) => step === 'activate');
  for (const change of activated.slice(0, roomBeside(planned))) {
    const license = licenses.get(change.license.id);
    if (license === undefined) throw new Error(`License ${change.license.id} was planned, but not read`);
    writes.push(reservationWrite(dependencies, license, input.container, planned.id));
  }
  return (await commit(dependencies, writes)) === 'committed' ? planned : undefined;
}

function contact(input: WorkflowInput, now: string): { lastContactAt?: string } {
  return input.actor === 'user' ? { lastContactAt: now } : {};
}

function contentOf({ id, product, terms, requires }: TicketLicense) {
  return { id, product, terms, requires: [...requires] };
}

/**
 * Stores the answer of a request that plans nothing, and ends the execution. `undefined`: the container has moved since it
 * was read, perhaps by another run of this very task, and what was decided on it is nobody's answer.
 */
async function end(
  dependencies: Dependencies,
  input: WorkflowInput,
  { head }: Container,
  outcome: RequestOutcome,
): Promise<undefined> {
  const committed = await commit(dependencies, [
    putOutcome(dependencies, input.container, input.reprogramming, outcome),
    unchanged(dependencies, containerKey(input.container), head.revision),
  ]);
  if (committed === 'committed') throw nothingToDo(outcome);
  return undefined;
}

function nothing(dropped: readonly Conflict[], answeredBy: string | undefined): RequestOutcome {
  return { kind: 'nothing', dropped: dropped as never, ...(answeredBy === undefined ? {} : { answeredBy }) };
}

function nothingToDo(outcome: RequestOutcome): TaskError {
  return new TaskError('nothingToDo', outcome.kind);
}

function plannedWork(input: WorkflowInput, planned: Reprogramming): PlannedWork {
  return {
    reprogramming: planned.id,
    container: input.container,
    counter: planned.counter,
    work: countByStep(planned.changes),
  };
}
