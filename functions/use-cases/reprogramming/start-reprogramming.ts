import type { WorkflowInput } from '../../../contract/tasks.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import type { Answer } from '../../api/answer.ts';
import { answer } from '../../api/answer.ts';
import { refuse } from '../../api/problem.ts';
import type { Dependencies } from '../../dependencies.ts';
import { loadUnlocked, stillLocked } from '../containers/await-unlocked.ts';
import { type Container, hasMoved } from '../containers/container.ts';
import { answerPreview, answerProgress, NOTHING_EXECUTED, progressOf, withDropped } from './answer-reprogramming.ts';
import { waitForUpdate } from './await-update.ts';
import { decideRequest, type ManualRequest, type RequestDecision } from './decide-request.ts';
import { newReprogrammingId } from './reprogramming-id.ts';
import { chainFrom } from './update-chain.ts';

/** Times that a request is decided anew because its container moved meanwhile. */
const ATTEMPTS = 10;

export interface ReprogrammingRequest extends ManualRequest {
  /** As it was read a moment ago. */
  readonly container: Container;
  /** The counter from which the chain is told: the context's, or the last confirmed one for a push. */
  readonly from: number;
  readonly preview: boolean;
  /** Seconds to wait for the update, 0 to 10; `undefined` answers at once. */
  readonly waitSeconds?: number | undefined;
}

/**
 * Answers a request for a reprogramming. It is decided here once, so that a refusal is told at once, and started as an
 * execution only when there is something to do; the plan that binds is made there, by the same function (Q7).
 */
export async function startReprogramming(dependencies: Dependencies, request: ReprogrammingRequest): Promise<Answer> {
  const made = await decideUnmoved(dependencies, request);
  if ('refused' in made) return refuse(made.refused);
  const { container, decision, answeredBy } = made;
  const id = newReprogrammingId(dependencies, container.serial, container.head.issued.counter + 1);
  if (decision.kind === 'refused') return refuse(decision.refusal);
  const issued = container.head.issued.counter;
  if (request.preview)
    return answerPreview(id, decision, await chainFrom(dependencies, container.serial, request.from, issued));
  if (decision.kind === 'nothing') {
    const earlier = answeredBy ?? container.outstanding.at(-1);
    if (earlier === undefined) {
      return answer(200, {
        id,
        status: 'unchanged',
        executed: NOTHING_EXECUTED,
        dropped: decision.dropped,
        updates: [],
      });
    }
    const response = await answerProgress(
      dependencies,
      earlier.id,
      { kind: 'issued', reprogramming: earlier, issued },
      request.from,
    );
    return withDropped(response, decision.dropped);
  }
  await dependencies.workflow.start(id, inputOf(id, request));
  const progress =
    request.waitSeconds === undefined
      ? await progressOf(dependencies, id)
      : await waitForUpdate(dependencies, id, request.waitSeconds, { kind: 'planning' });
  // Started a moment ago: unknown only means that nothing of it can be seen yet.
  const response = await answerProgress(
    dependencies,
    id,
    progress.kind === 'unknown' ? { kind: 'planning' } : progress,
    request.from,
  );
  return request.waitSeconds === undefined ? response : withPreference(response, request.waitSeconds);
}

type Decided = RequestDecision & { readonly container: Container };

/**
 * Decides on the container and the licenses as they were at one time. They are read one after the other: a license that
 * another request of the same container has reserved in between would look like somebody else's (T4, T6).
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

function inputOf(
  id: string,
  { container, activate, deactivate, from, request, actor }: ReprogrammingRequest,
): WorkflowInput {
  return { reprogramming: id, container: container.serial, activate, deactivate, from, request, actor };
}

/** RFC 7240: the answer says which preference was honoured. */
export function withPreference(response: Answer, waitSeconds: number): Answer {
  return { ...response, headers: { ...response.headers, 'preference-applied': `wait=${waitSeconds}` } };
}
