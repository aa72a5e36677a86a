import type { Clock } from './clock.ts';
import { EngineStopped } from './task-errors.ts';

/** Executions that wait for a time. */
export interface Sleeps {
  /** @param timestamp RFC 3339; one that has passed is no wait. @throws EngineStopped when they are ended before. */
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
        const callOff = clock.after(left, () => {
          sleeping.delete(end);
          resolve();
        });
        const end = (): void => {
          callOff();
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
