import type { Clock } from '../../local/clock.ts';

export interface ShiftedClock extends Clock {
  /** Lets this much time pass at once; whoever waited for a moment in it is woken, in the order of the moments. */
  advance(milliseconds: number): void;
}

/** Real time, which a test can push forward: short waits go on by themselves, and days pass when the test says so. */
export function shiftedClock(): ShiftedClock {
  let shift = 0;
  const now = () => Date.now() + shift;
  const alarms = new Map<{ readonly at: number }, () => void>();
  const timers = new Set<NodeJS.Timeout>();
  return {
    now,
    after(milliseconds, wake) {
      const alarm = { at: now() + milliseconds };
      const ring = (): void => {
        clearTimeout(timer);
        timers.delete(timer);
        if (alarms.delete(alarm)) wake();
      };
      alarms.set(alarm, ring);
      // What lies days ahead is for the test to reach.
      const timer = setTimeout(ring, Math.min(Math.max(milliseconds, 0), 2 ** 31 - 1));
      timers.add(timer);
      return () => {
        clearTimeout(timer);
        timers.delete(timer);
        alarms.delete(alarm);
      };
    },
    advance(milliseconds) {
      shift += milliseconds;
      for (const [, ring] of [...alarms].filter(([{ at }]) => at <= now()).sort(([a], [b]) => a.at - b.at)) ring();
    },
  };
}
