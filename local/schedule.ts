/**
 * A schedule on one machine, as EventBridge keeps it: the first run comes one period after the beginning, and one that was
 * missed while the runtime was down comes at the next start.
 */
import type { Clock } from './clock.ts';
import { readSecretFile, writeSecretFile } from './secret-file.ts';

export interface ScheduleOptions {
  readonly everyMilliseconds: number;
  readonly clock: Clock;
  /** File of the last run; `undefined` keeps it in memory. */
  readonly lastRun: string | undefined;
  readonly run: () => Promise<unknown>;
  readonly notify: (message: string) => void;
}

export interface RunningSchedule {
  /** Lets the run at work finish and begins no other. */
  close(): Promise<void>;
}

export function startSchedule({ everyMilliseconds, clock, lastRun, run, notify }: ScheduleOptions): RunningSchedule {
  const keep = (at: number): number => {
    if (lastRun !== undefined) writeSecretFile(lastRun, `${JSON.stringify({ at: new Date(at).toISOString() })}\n`);
    return at;
  };
  let closing = false;
  let running: Promise<void> = Promise.resolve();
  let callOff = (): void => undefined;

  const work = async (): Promise<void> => {
    try {
      await run();
    } catch (error) {
      notify(`A scheduled run has failed and comes again: ${String(error)}`);
    }
    if (!closing) plan(keep(clock.now()));
  };
  const plan = (last: number): void => {
    callOff = clock.after(Math.max(last + everyMilliseconds - clock.now(), 0), () => {
      running = work();
    });
  };
  plan(readLastRun(lastRun, notify) ?? keep(clock.now()));
  return {
    close: async () => {
      closing = true;
      callOff();
      await running;
    },
  };
}

function readLastRun(path: string | undefined, notify: (message: string) => void): number | undefined {
  const text = path === undefined ? undefined : readSecretFile(path, notify);
  if (text === undefined) return undefined;
  const at = Date.parse(String((JSON.parse(text) as { readonly at?: unknown }).at));
  if (Number.isNaN(at)) throw new TypeError(`${path} does not say when the last run was.`);
  return at;
}
