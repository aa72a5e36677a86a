import type { Dependencies, Milestone } from '../dependencies.ts';

/** A wait within a request. */
export interface Deadline {
  /** Milliseconds since it began: by the clock, so that slow reads between the pauses count as well. */
  elapsed(): number;
  pause(milliseconds: number): Promise<void>;
  /** Until an execution has come so far. `false`: so many milliseconds are over, or the engine does not tell. */
  untilReached(execution: string, milestone: Milestone, milliseconds: number): Promise<boolean>;
}

export function startDeadline(dependencies: Dependencies): Deadline {
  const startedAt = dependencies.now().getTime();
  let paused = 0;
  return {
    // A clock that stands still, or is set back, must not make the wait endless.
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
