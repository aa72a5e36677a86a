import type { Refusal } from '../../../domain/refusal.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { Reprogramming } from '../../store/reprogramming-item.ts';
import { startDeadline } from '../deadline.ts';
import { type Container, loadContainer } from './container.ts';

/** How long a request waits for a reprogramming that is between its plan and its update: well within one request. */
const WAIT_MILLISECONDS = 8_000;
const FIRST_PAUSE_MILLISECONDS = 10;
const LONGEST_PAUSE_MILLISECONDS = 250;
/** A lock older than this may belong to an execution that somebody has stopped. */
const SUSPICIOUS_MILLISECONDS = 5_000;
/** How long a second execution is given before a third one may be started. */
const SLOT_MILLISECONDS = 15_000;
const SLOT_CHARACTERS = 4;
const SLOTS = 36 ** SLOT_CHARACTERS;

/**
 * The container when no reprogramming holds it. If the execution that holds the lock is gone, another one is started to
 * finish its job. `undefined`: it is still held after some seconds.
 * @param read the container as it was read a moment ago, which is looked at first.
 */
export async function loadUnlocked(
  dependencies: Dependencies,
  serial: string,
  read?: Container,
): Promise<Container | undefined> {
  const waiting = startDeadline(dependencies);
  let container = read ?? (await loadContainer(dependencies, serial));
  for (let pause = FIRST_PAUSE_MILLISECONDS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MILLISECONDS)) {
    const { lock } = container.head;
    if (lock === undefined) return container;
    if (
      isSuspicious(dependencies, lock.since) &&
      container.inFlight !== undefined &&
      !(await dependencies.workflow.isRunning(lock.reprogramming))
    ) {
      await startAgain(dependencies, serial, container.inFlight);
    }
    if (waiting.elapsed() >= WAIT_MILLISECONDS) return undefined;
    await waiting.pause(pause);
    container = await loadContainer(dependencies, serial);
  }
}

function isSuspicious(dependencies: Dependencies, since: string): boolean {
  return dependencies.now().getTime() - Date.parse(since) > SUSPICIOUS_MILLISECONDS;
}

/**
 * Has a planned reprogramming rolled forward to its update, when its execution was stopped by hand or has expired: by a
 * second execution, which finds the plan and goes on. Within one slot of time it has the same name, so that everybody
 * who waits for the lock starts the same one.
 */
async function startAgain(dependencies: Dependencies, serial: string, planned: Reprogramming): Promise<void> {
  const { id, contextCounter, request, actor } = planned;
  const slot = Math.floor(dependencies.now().getTime() / SLOT_MILLISECONDS) % SLOTS;
  await dependencies.workflow.start(`${id}.${slot.toString(36).padStart(SLOT_CHARACTERS, '0')}`, {
    reprogramming: id,
    container: serial,
    activate: [],
    deactivate: [],
    from: contextCounter,
    request,
    actor,
  });
}

/** What a request is told when the container stays locked. */
export function stillLocked(serial: string): Refusal {
  return {
    code: 'reprogramming-in-flight',
    container: serial,
    explanation: 'The container is being reprogrammed at this moment. Try again in some seconds.',
  };
}
