import type { Runtime } from './ports.ts';

/** A wait within a request. */
export interface Waiting {
  /** Milliseconds since it began: by the clock, so that slow reads between the pauses count as well. */
  elapsed(): number;
  pause(milliseconds: number): Promise<void>;
}

export function startWaiting(runtime: Runtime): Waiting {
  const startedAt = runtime.now().getTime();
  let paused = 0;
  return {
    // A clock that stands still, or is set back, must not make the wait endless.
    elapsed: () => Math.max(runtime.now().getTime() - startedAt, paused),
    async pause(milliseconds) {
      await runtime.sleep(milliseconds);
      paused += milliseconds;
    },
  };
}
