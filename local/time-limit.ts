import type { Clock } from './clock.ts';
import { TaskTimeout } from './task-errors.ts';

/** Whether the event resolves within the given milliseconds. */
export function resolvesWithin(clock: Clock, event: Promise<void>, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(milliseconds, () => resolve(false));
    void event.then(() => {
      cancel();
      resolve(true);
    });
  });
}

/** The result of `work`. @throws TaskTimeout after the given seconds, while the work itself continues */
export function withTimeLimit<T>(clock: Clock, work: Promise<T>, seconds: number | undefined): Promise<T> {
  if (seconds === undefined) return work;
  return new Promise((resolve, reject) => {
    const cancel = clock.after(Math.max(seconds, 0) * 1000, () => reject(new TaskTimeout()));
    work.then(resolve, reject).finally(cancel);
  });
}
