import type { Clock } from '../../local/clock.ts';

export interface ShiftedClock extends Clock {
  /** Advances the time at once and resolves the waits that become due, in the order of their times. */
  advance(milliseconds: number): void;
}

/** Real time that a test can advance: short waits end by themselves, and days pass when the test advances them. */
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
      // A wait of days ends only when the test advances the time.
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
