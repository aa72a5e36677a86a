/**
 * A schedule as in EventBridge: the first run is one period after the first start. A run that was missed while the runtime
 * was down starts at the next start.
 */
import type { Clock } from './clock.ts';
import { readSecretFile, writeSecretFile } from './secret-file.ts';

export interface ScheduleOptions {
  readonly everyMilliseconds: number;
  readonly clock: Clock;
  /** File with the time of the last run; `undefined` for memory. */
  readonly lastRun: string | undefined;
  readonly run: () => Promise<unknown>;
  readonly notify: (message: string) => void;
}

export interface RunningSchedule {
  /** Waits for the current run and starts no other. */
  close(): Promise<void>;
}

export function startSchedule({ everyMilliseconds, clock, lastRun, run, notify }: ScheduleOptions): RunningSchedule {
  const keep = (at: number): number => {
    if (lastRun !== undefined) writeSecretFile(lastRun, `${JSON.stringify({ at: new Date(at).toISOString() })}\n`);
    return at;
  };
  let closing = false;
  let running: Promise<void> = Promise.resolve();
  let cancel = (): void => undefined;

  const work = async (): Promise<void> => {
    try {
      await run();
    } catch (error) {
      notify(`A scheduled run failed and is retried after the next period: ${String(error)}`);
    }
    if (!closing) plan(keep(clock.now()));
  };
  const plan = (last: number): void => {
    cancel = clock.after(Math.max(last + everyMilliseconds - clock.now(), 0), () => {
      running = work();
    });
  };
  plan(readLastRun(lastRun, notify) ?? keep(clock.now()));
  return {
    close: async () => {
      closing = true;
      cancel();
      await running;
    },
  };
}

function readLastRun(path: string | undefined, notify: (message: string) => void): number | undefined {
  const text = path === undefined ? undefined : readSecretFile(path, notify);
  if (text === undefined) return undefined;
  const at = Date.parse(String((JSON.parse(text) as { readonly at?: unknown }).at));
  if (Number.isNaN(at)) {
    throw new TypeError(`${path} must have the time of the last run in "at". Delete the file to start a new period.`);
  }
  return at;
}
