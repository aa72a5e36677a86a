import type { Clock } from './clock.ts';
import { TaskTimeout } from './task-errors.ts';

/** Whether it comes about within so many milliseconds. */
export function within(clock: Clock, event: Promise<void>, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const callOff = clock.after(milliseconds, () => resolve(false));
    void event.then(() => {
      callOff();
      resolve(true);
    });
  });
}

/** `work`, or a `States.Timeout` when it takes longer. The work itself goes on; Lambda's would be ended by its own limit. */
export function inTime<T>(clock: Clock, work: Promise<T>, seconds: number | undefined): Promise<T> {
  if (seconds === undefined) return work;
  return new Promise((resolve, reject) => {
    const callOff = clock.after(Math.max(seconds, 0) * 1000, () => reject(new TaskTimeout()));
    work.then(resolve, reject).finally(callOff);
  });
}
