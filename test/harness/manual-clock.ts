import type { Clock } from '../../local/clock.ts';

export interface ManualClock extends Clock {
  /** Advances the time and resolves the waits that become due, in the order of their times. */
  advance(milliseconds: number): void;
  /** The number of waits. */
  waiting(): number;
}

/** A clock that only a test advances. */
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
