import type { Refusal } from '../../../domain/refusal.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { Reprogramming } from '../../store/reprogramming-item.ts';
import { startDeadline } from '../deadline.ts';
import { type Container, loadContainer } from './container.ts';
import { resumeRevision } from './large-revision.ts';

/** How long a request waits for a reprogramming that is between its plan and its update. */
const WAIT_MILLISECONDS = 8_000;
const FIRST_PAUSE_MILLISECONDS = 10;
const LONGEST_PAUSE_MILLISECONDS = 250;
/** A lock older than this can belong to an execution that was stopped. */
const OLD_LOCK_MILLISECONDS = 5_000;
/** Within one slot of this length, only one more execution is started. */
const SLOT_MILLISECONDS = 15_000;
const SLOT_CHARACTERS = 4;
const SLOTS = 36 ** SLOT_CHARACTERS;

/**
 * Waits until no reprogramming holds the container's lock, and no revision of an order holds the container. If the execution that holds the lock is gone, starts another one to
 * finish its work.
 * @param read the container as it was read a moment ago; read here unless given.
 * @returns `undefined` when the container is still locked after 8 seconds.
 */
export async function loadUnlocked(
  dependencies: Dependencies,
  serial: string,
  read?: Container,
): Promise<Container | undefined> {
  const waiting = startDeadline(dependencies);
  let container = read ?? (await loadContainer(dependencies, serial));
  for (let pause = FIRST_PAUSE_MILLISECONDS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MILLISECONDS)) {
    const { lock, hold } = container.head;
    if (lock === undefined && hold === undefined) return container;
    if (hold !== undefined) await resumeRevision(dependencies, hold.orderId, false);
    if (
      lock !== undefined &&
      isOldLock(dependencies, lock.since) &&
      container.inFlight !== undefined &&
      !(await dependencies.workflow.isRunning(lock.reprogramming))
    ) {
      await restartExecution(dependencies, serial, container.inFlight);
    }
    if (waiting.elapsed() >= WAIT_MILLISECONDS) return undefined;
    await waiting.pause(pause);
    container = await loadContainer(dependencies, serial);
  }
}

function isOldLock(dependencies: Dependencies, since: string): boolean {
  return dependencies.now().getTime() - Date.parse(since) > OLD_LOCK_MILLISECONDS;
}

/**
 * Starts a second execution for a planned reprogramming whose execution was stopped or has expired. It finds the plan and
 * continues to the update. Within one slot of time it has the same name, so that all waiting requests start the same one.
 */
async function restartExecution(dependencies: Dependencies, serial: string, planned: Reprogramming): Promise<void> {
  const { id, contextCounter, keys, request, actor } = planned;
  const slot = Math.floor(dependencies.now().getTime() / SLOT_MILLISECONDS) % SLOTS;
  await dependencies.workflow.start(`${id}.${slot.toString(36).padStart(SLOT_CHARACTERS, '0')}`, {
    reprogramming: id,
    container: serial,
    activate: [],
    deactivate: [],
    from: contextCounter,
    keys,
    request,
    actor,
  });
}

/** The refusal of a request whose container stays locked. */
export function stillLocked(serial: string): Refusal {
  return {
    code: 'reprogramming-in-flight',
    container: serial,
    explanation: 'The container is being reprogrammed at this moment. Try again in some seconds.',
  };
}
