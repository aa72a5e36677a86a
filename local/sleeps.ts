import type { Clock } from './clock.ts';
import { EngineStopped } from './task-errors.ts';

/** Executions that wait until a time. */
export interface Sleeps {
  /** Resolves at once if the timestamp (RFC 3339) has passed. @throws EngineStopped if `endAll` is called before */
  until(timestamp: string): Promise<void>;
  endAll(): void;
}

export function createSleeps(clock: Clock): Sleeps {
  const sleeping = new Set<() => void>();
  return {
    until: (timestamp) => {
      const left = Date.parse(timestamp) - clock.now();
      if (left <= 0) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const cancel = clock.after(left, () => {
          sleeping.delete(end);
          resolve();
        });
        const end = (): void => {
          cancel();
          reject(new EngineStopped());
        };
        sleeping.add(end);
      });
    },
    endAll: () => {
      for (const end of sleeping) end();
      sleeping.clear();
    },
  };
}
