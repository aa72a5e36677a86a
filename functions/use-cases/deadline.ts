import type { Dependencies, Milestone } from '../dependencies.ts';

/** Limits how long a request waits. */
export interface Deadline {
  /** Milliseconds since the start, by the clock: slow reads between the pauses count, too. */
  elapsed(): number;
  pause(milliseconds: number): Promise<void>;
  /** Waits until an execution reaches a milestone. `false`: the milliseconds are over, or the engine cannot report it. */
  untilReached(execution: string, milestone: Milestone, milliseconds: number): Promise<boolean>;
}

/** Starts a wait now. */
export function startDeadline(dependencies: Dependencies): Deadline {
  const startedAt = dependencies.now().getTime();
  let paused = 0;
  return {
    // If the clock stops or is set back, the wait must end nevertheless.
    elapsed: () => Math.max(dependencies.now().getTime() - startedAt, paused),
    async pause(milliseconds) {
      await dependencies.sleep(milliseconds);
      paused += milliseconds;
    },
    async untilReached(execution, milestone, milliseconds) {
      const reached = await dependencies.workflow.untilReached?.(execution, milestone, milliseconds);
      if (reached === false) paused += milliseconds;
      return reached === true;
    },
  };
}
