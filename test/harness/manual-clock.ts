import type { Clock } from '../../local/clock.ts';

export interface ManualClock extends Clock {
  /** Lets this much time pass; whoever waited for a moment in it is woken, in the order of the moments. */
  advance(milliseconds: number): void;
  /** How many wait. */
  waiting(): number;
}

/** Time that passes only when a test says so. */
export function manualClock(start = Date.parse('2027-01-01T00:00:00Z')): ManualClock {
  let now = start;
  const alarms = new Set<{ at: number; wake: () => void }>();
  return {
    now: () => now,
    after(milliseconds, wake) {
      const alarm = { at: now + milliseconds, wake };
      alarms.add(alarm);
      return () => alarms.delete(alarm);
    },
    advance(milliseconds) {
      now += milliseconds;
      for (const alarm of [...alarms].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)) {
        if (alarms.delete(alarm)) alarm.wake();
      }
    },
    waiting: () => alarms.size,
  };
}
