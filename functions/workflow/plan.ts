import type { TicketLicense } from '../../domain/license.ts';
import { workOf } from '../../domain/reprogramming.ts';
import type { Conflict } from '../../domain/sequence.ts';
import { digestOf, normalizeContent } from '../../protocol/index.ts';
import { noteContact } from '../containers/contact.ts';
import {
  type Container,
  loadContainer,
  loadReprogrammings,
  nextHead,
  remainingPending,
} from '../containers/container.ts';
import type { PlannedWork, Runtime, WorkflowInput } from '../ports.ts';
import { decideRequest, type RequestDecision } from '../reprogrammings/decide-request.ts';
import { commit, unchanged } from '../table/commit.ts';
import {
  type Outcome,
  parseOutcome,
  putHead,
  putOutcome,
  putReprogramming,
  type Reprogramming,
} from '../table/container-items.ts';
import { containerKey, outcomeKey } from '../table/keys.ts';
import { getItem } from '../table/read.ts';
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
export async function plan(runtime: Runtime, input: WorkflowInput, vendorOnly: boolean): Promise<PlannedWork> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const container = await loadContainer(runtime, input.container);
    const known = await findOwn(runtime, container, input);
    if (known !== undefined) {
      if (known.counter <= container.head.issued.counter || (await reserveRest(runtime, input.container, known)))
        return handOn(input, known);
      await releasePlan(runtime, input.container, known);
      continue;
    }
    await endIfAnswered(runtime, input);
    if (container.head.lock !== undefined)
      throw new TaskError('containerLocked', 'Another reprogramming holds the lock');
    if (container.head.status !== 'active') {
      await end(runtime, input, container, {
        kind: 'refused',
        refusal: { code: 'container-retired', container: input.container },
      });
      continue;
    }
    const made = await decideRequest(runtime, container, input);
    const planned = await commitPlan(runtime, input, container, made, vendorOnly);
    // The table moved between the read and the commit: decide anew.
    if (planned === undefined) continue;
    if (await reserveRest(runtime, input.container, planned)) return handOn(input, planned);
    await releasePlan(runtime, input.container, planned);
  }
  throw new Error(`The container ${input.container} moved on ${ATTEMPTS} times while it was planned`);
}

/** The plan that an earlier run of this task has committed. */
async function findOwn(
  runtime: Runtime,
  container: Container,
  input: WorkflowInput,
): Promise<Reprogramming | undefined> {
  if (container.inFlight?.id === input.reprogramming) return container.inFlight;
  const outstanding = container.outstanding.find((one) => one.id === input.reprogramming);
  if (outstanding !== undefined) return outstanding;
  // Confirmed already: an execution that starts again from the beginning, long after.
  if (container.head.confirmed.counter <= input.from) return undefined;
  const confirmed = await loadReprogrammings(
    runtime,
    input.container,
    input.from + 1,
    container.head.confirmed.counter,
  );
  return confirmed.find((one) => one.id === input.reprogramming);
}

async function endIfAnswered(runtime: Runtime, input: WorkflowInput): Promise<void> {
  const item = await getItem(runtime, outcomeKey(input.container, input.reprogramming));
  if (item !== undefined) throw nothingToDo(parseOutcome(item));
}

async function commitPlan(
  runtime: Runtime,
  input: WorkflowInput,
  container: Container,
  { decision, licenses, answeredBy }: RequestDecision,
  vendorOnly: boolean,
): Promise<Reprogramming | undefined> {
  if (decision.kind === 'refused') return end(runtime, input, container, decision);
  if (decision.kind === 'nothing') {
    return end(runtime, input, container, nothing(decision.dropped, (answeredBy ?? container.outstanding.at(-1))?.id));
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
    plannedAt: runtime.now().toISOString(),
    dropped: decision.dropped,
    changes: decision.changes,
  };
  const now = planned.plannedAt;
  if (input.actor === 'user') await noteContact(runtime, container.head, now);
  const lock = { reprogramming: planned.id, counter, since: now };
  const writes = [
    putHead(
      runtime,
      nextHead(container, {
        lock,
        pendingCount: remainingPending({ ...container, inFlight: planned }).length,
        ...contact(input, now),
      }),
    ),
    ...putReprogramming(runtime, input.container, planned),
  ];
  const activated = decision.changes.filter(({ step }) => step === 'activate');
  for (const change of activated.slice(0, roomBeside(planned))) {
    const license = licenses.get(change.license.id);
    if (license === undefined) throw new Error(`License ${change.license.id} was planned, but not read`);
    writes.push(reservationWrite(runtime, license, input.container, planned.id));
  }
  return (await commit(runtime, writes)) === 'committed' ? planned : undefined;
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
async function end(runtime: Runtime, input: WorkflowInput, { head }: Container, outcome: Outcome): Promise<undefined> {
  const committed = await commit(runtime, [
    putOutcome(runtime, input.container, input.reprogramming, outcome),
    unchanged(runtime, containerKey(input.container), head.revision),
  ]);
  if (committed === 'committed') throw nothingToDo(outcome);
  return undefined;
}

function nothing(dropped: readonly Conflict[], answeredBy: string | undefined): Outcome {
  return { kind: 'nothing', dropped: dropped as never, ...(answeredBy === undefined ? {} : { answeredBy }) };
}

function nothingToDo(outcome: Outcome): TaskError {
  return new TaskError('nothingToDo', outcome.kind);
}

function handOn(input: WorkflowInput, planned: Reprogramming): PlannedWork {
  return {
    reprogramming: planned.id,
    container: input.container,
    counter: planned.counter,
    work: workOf(planned.changes),
  };
}
