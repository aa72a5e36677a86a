import type { Refusal } from '../../domain/refusal.ts';
import type { PlannedWork, Runtime } from '../ports.ts';
import { workOf } from '../../domain/reprogramming.ts';
import { runTask } from '../workflow/task-handler.ts';
import type { Reprogramming } from '../table/container-items.ts';
import { type Container, loadContainer } from './container.ts';

/** How long a request waits for a reprogramming that is between its plan and its update: well within one request. */
const WAIT_MILLISECONDS = 8_000;
const FIRST_PAUSE_MILLISECONDS = 10;
const LONGEST_PAUSE_MILLISECONDS = 250;
/** A lock older than this may belong to an execution that somebody has stopped. */
const SUSPICIOUS_MILLISECONDS = 5_000;

/**
 * The container when no reprogramming holds it. If the execution that holds the lock is gone, the same code that the
 * workflow runs finishes its job first. `undefined`: it is still held after some seconds.
 */
export async function loadUnlocked(runtime: Runtime, serial: string): Promise<Container | undefined> {
  let pause = FIRST_PAUSE_MILLISECONDS;
  for (let waited = 0; ; waited += pause) {
    const container = await loadContainer(runtime, serial);
    const { lock } = container.head;
    if (lock === undefined) return container;
    if (isSuspicious(runtime, lock.since) && container.inFlight !== undefined && !(await runtime.workflow.isRunning(lock.reprogramming))) {
      await finish(runtime, serial, container.inFlight);
      continue;
    }
    if (waited >= WAIT_MILLISECONDS) return undefined;
    pause = Math.min(pause * 1.5, LONGEST_PAUSE_MILLISECONDS);
    await runtime.sleep(pause);
  }
}

function isSuspicious(runtime: Runtime, since: string): boolean {
  return runtime.now().getTime() - Date.parse(since) > SUSPICIOUS_MILLISECONDS;
}

/** Rolls a planned reprogramming forward to its update: its execution was stopped by hand, or has expired. */
async function finish(runtime: Runtime, serial: string, planned: Reprogramming): Promise<void> {
  const { id, counter, contextCounter, request, actor, changes } = planned;
  // Run again, Plan finds its own plan and reserves what is missing.
  const input = { reprogramming: id, container: serial, activate: [], deactivate: [], from: contextCounter, request, actor };
  await runTask(runtime, { task: 'Plan', input });
  const work: PlannedWork = { reprogramming: id, container: serial, counter, work: workOf(changes) };
  for (const task of ['Withdraw', 'Deactivate', 'Assign', 'Replace', 'Activate'] as const) {
    await runTask(runtime, { task, input: work });
  }
  await runTask(runtime, { task: 'IssueUpdate', input: work });
}

/** What a request is told when the container stays locked. */
export function stillLocked(serial: string): Refusal {
  return {
    code: 'reprogramming-in-flight',
    container: serial,
    explanation: 'The container is being reprogrammed at this moment. Try again in some seconds.',
  };
}
