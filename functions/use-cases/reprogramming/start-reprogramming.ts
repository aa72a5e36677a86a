import type { WorkflowInput } from '../../../contract/tasks.ts';
import { defined } from '../../../domain/defined.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import type { Dependencies } from '../../dependencies.ts';
import { loadUnlocked, stillLocked } from '../containers/await-unlocked.ts';
import { type Container, hasMoved } from '../containers/container.ts';
import { recordQuietContact } from '../containers/last-contact.ts';
import { waitForUpdate } from './await-update.ts';
import { decideRequest, type ManualRequest, type RequestDecision } from './decide-request.ts';
import { knownPlanJson } from './known-plan.ts';
import { proposePlan } from './plan.ts';
import { newReprogrammingId } from './reprogramming-id.ts';
import {
  previewed,
  progressOf,
  type ReprogrammingResult,
  resultOfProgress,
  unchanged,
  withDropped,
} from './reprogramming-progress.ts';
import { chainFrom } from './update-chain.ts';

/** A request is decided again when its container changed meanwhile, at most this often. */
const ATTEMPTS = 10;

export interface ReprogrammingRequest extends ManualRequest {
  /** As it was read a moment ago. */
  readonly container: Container;
  /** The counter at which the chain starts: the context's, or the last confirmed one for a push. */
  readonly from: number;
  /** Version of the newest key set that the container holds; 1 for a push. */
  readonly keys: number;
  readonly preview: boolean;
  /** Seconds to wait for the update, 0 to 10; `undefined` returns at once. */
  readonly waitSeconds?: number | undefined;
}

/** A result, and the seconds that the request waited for it at most; absent if it did not wait. */
export interface StartResult {
  readonly result: ReprogrammingResult;
  readonly waitedSeconds?: number;
}

/**
 * Decides a request for a reprogramming, so that a refusal is returned at once, and starts an execution only when there is
 * something to do. The execution plans with the same function, and only its plan is binding (Q7). A request of the user that
 * starts none is recorded as a contact here; a plan records it with its own writes.
 */
export async function startReprogramming(
  dependencies: Dependencies,
  request: ReprogrammingRequest,
): Promise<StartResult> {
  const { started, ...result } = await startIfNeeded(dependencies, request);
  if (started === undefined && request.actor === 'user') await recordQuietContact(dependencies, request.container.head);
  return result;
}

async function startIfNeeded(
  dependencies: Dependencies,
  request: ReprogrammingRequest,
): Promise<StartResult & { readonly started?: true }> {
  const made = await decideUnmoved(dependencies, request);
  if ('refused' in made) return refused(made.refused);
  const { container, decision, answeredBy } = made;
  const id = newReprogrammingId(dependencies, container.serial, container.head.issued.counter + 1);
  if (decision.kind === 'refused') return refused(decision.refusal);
  const issued = container.head.issued.counter;
  if (request.preview) {
    return { result: previewed(id, decision, await chainFrom(dependencies, container.serial, request.from, issued)) };
  }
  if (decision.kind === 'nothing') {
    const earlier = answeredBy ?? container.outstanding.at(-1);
    if (earlier === undefined) return { result: unchanged(id, decision.dropped) };
    const progress = { kind: 'issued', reprogramming: earlier, issued } as const;
    const result = await resultOfProgress(dependencies, earlier.id, progress, request.from);
    return { result: withDropped(result, decision.dropped) };
  }
  const input = await inputOf(dependencies, id, request, made);
  await dependencies.workflow.start(id, input);
  // On AWS, the line also has the id of the request: so it joins the request, the execution and its events.
  dependencies.log.info('A reprogramming was started', { reprogramming: id, container: container.serial });
  const read = input.known === undefined ? 'short' : 'whole';
  const progress =
    request.waitSeconds === undefined
      ? await progressOf(dependencies, id)
      : await waitForUpdate(dependencies, id, request.waitSeconds, { kind: 'planning' }, read);
  // The execution was started a moment ago: `unknown` means that it has not written anything yet.
  const known = progress.kind === 'unknown' ? ({ kind: 'planning' } as const) : progress;
  const result = await resultOfProgress(dependencies, id, known, request.from);
  return defined({ result, waitedSeconds: request.waitSeconds, started: true as const });
}

function refused(refusal: Refusal): StartResult {
  return { result: { kind: 'refused', refusal } };
}

type Decided = RequestDecision & { readonly container: Container };

/**
 * Decides on one state of the container and its licenses. The two are read one after the other: if another request of the same
 * container reserves a license in between, the license looks as if another container had reserved it (T4, T6).
 */
async function decideUnmoved(
  dependencies: Dependencies,
  request: ReprogrammingRequest,
): Promise<Decided | { readonly refused: Refusal }> {
  const { serial } = request.container;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const container = await loadUnlocked(dependencies, serial, attempt === 0 ? request.container : undefined);
    if (container === undefined) break;
    if (container.head.status !== 'active') return { refused: { code: 'container-retired', container: serial } };
    const made = await decideRequest(dependencies, container, request);
    const isRefusing = made.decision.kind === 'refused' || made.decision.dropped.length > 0;
    if (!isRefusing || !(await hasMoved(dependencies, container))) return { ...made, container };
  }
  return { refused: stillLocked(serial) };
}

/** The input of the execution, with the decision as the plan that it can commit at once. */
async function inputOf(
  dependencies: Dependencies,
  id: string,
  { activate, deactivate, from, keys, request, actor }: ReprogrammingRequest,
  { container, decision, licenses }: Decided,
): Promise<WorkflowInput> {
  const input = { reprogramming: id, container: container.serial, activate, deactivate, from, keys, request, actor };
  if (decision.kind !== 'reprogram' || decision.dropped.length > 0) return input;
  const now = dependencies.now().toISOString();
  const asked = { id, contextCounter: from, keys, request, actor, now };
  return defined({ ...input, known: knownPlanJson(await proposePlan(container, decision, licenses, asked)) });
}
