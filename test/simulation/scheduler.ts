/**
 * Decides which invocation continues. Every invocation stops at each call of a port until the scheduler releases the
 * call, one at a time, in an order that a seed decides. Only the scheduler advances time, so a seed repeats its history.
 */
import { type CallKind, type Fault, type FaultKind, fits, type PlacedCall, performFaulty } from './faults.ts';
import type { SeededRandom } from './seeded-random.ts';

/** One invocation of a function, with its remaining calls. */
export interface Activity {
  /** Its name, the same in every order of calls: kind, subject and number. */
  readonly id: string;
  readonly name: string;
  readonly random: SeededRandom;
  /** The execution that waits for it, if it is a task. */
  readonly execution?: string;
  /** Whether any of its calls was released. */
  hasCalled: boolean;
  isDead: boolean;
  /** Frozen until this step of the history. */
  frozenUntil: number;
  /** Called when the invocation ends before it has answered. */
  onDeath: () => void;
}

/** What an invocation waits to do. */
export interface Call {
  readonly activity: Activity;
  readonly kind: CallKind | 'sleep';
  readonly readyAt: number;
  release(fault: FaultKind | undefined): Promise<void>;
}

/** Observes the calls. */
export interface Observer {
  /** A call returned; `outcome` is its result or its error. */
  returned(activity: Activity, kind: Call['kind'], outcome: unknown): void;
}

/** Chooses the next call. */
export interface Chooser {
  /** Called when there is a choice; with `isAskedAlways`, at each call. */
  pick(calls: readonly Call[]): Call;
  readonly isAskedAlways?: true;
}

export interface SchedulerOptions {
  /** Time does not advance during calls, so that it does not reveal their order. */
  readonly isStill?: boolean;
  readonly observer?: Observer;
}

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** Faults that the scheduler cannot carry out by itself. */
export type FaultHandler = (
  kind: 'frozen-task' | 'duplicate-task' | 'execution-stopped' | 'restart',
  activity: Activity,
) => void;

export interface Scheduler {
  now(): number;
  /** Advances time. Deadlines that are due fire in the next run. */
  advance(milliseconds: number): void;
  call<Result>(
    activity: Activity,
    kind: CallKind,
    writes: number,
    perform: () => Result | Promise<Result>,
  ): Promise<Result>;
  sleep(activity: Activity, milliseconds: number): Promise<void>;
  /** Fires soon: the scheduler advances time for it when nothing else is left to do. */
  after(milliseconds: number, fire: () => void): () => void;
  /** Fires only when time is advanced otherwise: no request waits for it. */
  deadline(milliseconds: number, fire: () => void): () => void;
  kill(activity: Activity): void;
  /** Ends every invocation that has not answered. */
  killAll(): void;
  /** Runs until only waits are left. */
  run(step: number, chooser: Chooser, faults: readonly Fault[]): Promise<void>;
  /** The calls released in the last run, in their order, so that faults can be placed. */
  callsOfRun(): readonly PlacedCall[];
  /** The invocations that wait for a call or a pause, and for which. */
  parked(): string[];
  /** Faults that took effect, by kind, over the whole history. */
  readonly fired: Map<FaultKind, number>;
  /** Whether any fault took effect in the last run. */
  hasFaultFired(): boolean;
}

const SLOW_MILLISECONDS = 30_000;
const MOST_CALLS_OF_A_RUN = 200_000;

/** Lets pending promises settle. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function createScheduler(
  startMilliseconds: number,
  handle: FaultHandler,
  { isStill = false, observer }: SchedulerOptions = {},
): Scheduler {
  let now = startMilliseconds;
  let calls: Call[] = [];
  let timers: Timer[] = [];
  let deadlines: Timer[] = [];
  let released: PlacedCall[] = [];
  let firedInRun = 0;
  const fired = new Map<FaultKind, number>();

  const park = <Result>(
    activity: Activity,
    kind: Call['kind'],
    readyAt: number,
    perform: (fault: FaultKind | undefined) => Promise<Result>,
  ): Promise<Result> =>
    new Promise<Result>((resolve, reject) => {
      // An ended invocation never continues: its promise stays pending and is garbage collected.
      if (activity.isDead) return;
      calls.push({
        activity,
        kind,
        readyAt,
        release: async (fault) => {
          try {
            const result = await perform(fault);
            observer?.returned(activity, kind, result);
            if (!activity.isDead) resolve(result);
          } catch (error) {
            observer?.returned(activity, kind, error);
            if (!activity.isDead) reject(error);
          }
        },
      });
    });

  const kill = (activity: Activity): void => {
    if (activity.isDead) return;
    activity.isDead = true;
    bury(activity);
  };

  const bury = (activity: Activity): void => {
    calls = calls.filter((call) => call.activity !== activity);
    activity.onDeath();
  };

  const count = (kind: FaultKind): void => {
    fired.set(kind, (fired.get(kind) ?? 0) + 1);
    firedInRun += 1;
  };

  const schedule =
    (timersOf: () => Timer[], set: (timers: Timer[]) => void) => (milliseconds: number, fire: () => void) => {
      const timer: Timer = { at: now + milliseconds, fire };
      set([...timersOf(), timer]);
      return () => set(timersOf().filter((one) => one !== timer));
    };

  const fireDue = (due: readonly Timer[]): void => {
    for (const { fire } of due) fire();
  };

  const fireTimers = (): void => {
    const due = timers.filter((timer) => timer.at <= now);
    const late = deadlines.filter((timer) => timer.at <= now);
    if (due.length + late.length === 0) return;
    timers = timers.filter((timer) => timer.at > now);
    deadlines = deadlines.filter((timer) => timer.at > now);
    fireDue(due);
    fireDue(late);
  };

  const letGo = async (call: Call, step: number, faults: Fault[]): Promise<void> => {
    const { activity, kind } = call;
    calls.splice(calls.indexOf(call), 1);
    if (kind === 'sleep') return call.release(undefined);
    const isTask = activity.execution !== undefined;
    const due = faults.findIndex((one) => one.at <= released.length && fits(one.kind, { kind, isTask }));
    const fault = due < 0 ? undefined : faults.splice(due, 1)[0]?.kind;
    released.push({ kind, isTask, isFirst: !activity.hasCalled });
    activity.hasCalled = true;
    if (!isStill) now += 1 + (released.length % 3);
    if (fault === undefined) return call.release(undefined);
    switch (fault) {
      case 'stop-before':
        count(fault);
        return kill(activity);
      case 'stop-after':
        count(fault);
        // Ended before its reply: it makes no further call.
        activity.isDead = true;
        await call.release(undefined);
        return bury(activity);
      case 'slow':
        count(fault);
        now += SLOW_MILLISECONDS;
        return call.release(undefined);
      case 'frozen-task':
      case 'duplicate-task':
      case 'execution-stopped':
        count(fault);
        if (fault === 'frozen-task') {
          activity.frozenUntil = step + 1 + activity.random.below(3);
          calls.push(call);
          handle(fault, activity);
          return;
        }
        handle(fault, activity);
        return call.release(undefined);
      case 'restart':
        count(fault);
        calls.push(call);
        handle(fault, activity);
        return;
      default:
        count(fault);
        return call.release(fault);
    }
  };

  const scheduler: Scheduler = {
    fired,
    now: () => now,
    advance: (milliseconds) => {
      now += milliseconds;
    },
    call: (activity, kind, writes, perform) =>
      park(activity, kind, 0, async (fault) =>
        fault === undefined ? perform() : (performFaulty(fault, kind, perform, writes) as never),
      ),
    sleep: (activity, milliseconds) => park(activity, 'sleep', now + milliseconds, () => Promise.resolve()),
    after: schedule(
      () => timers,
      (next) => {
        timers = next;
      },
    ),
    deadline: schedule(
      () => deadlines,
      (next) => {
        deadlines = next;
      },
    ),
    kill,
    killAll: () => {
      for (const { activity } of [...calls]) kill(activity);
    },
    async run(step, chooser, planned) {
      const faults = [...planned];
      released = [];
      firedInRun = 0;
      await settled();
      for (;;) {
        fireTimers();
        await settled();
        const awake = calls.filter(({ activity }) => activity.frozenUntil <= step);
        const ready = awake.filter(({ readyAt }) => readyAt <= now);
        if (ready.length > 0) {
          if (released.length > MOST_CALLS_OF_A_RUN)
            throw new Error(`A step of the history made more than ${MOST_CALLS_OF_A_RUN} calls`);
          const isForced = ready.length === 1 && chooser.isAskedAlways === undefined;
          await letGo(isForced ? (ready[0] as Call) : chooser.pick(ready), step, faults);
          await settled();
          continue;
        }
        const next = Math.min(...awake.map(({ readyAt }) => readyAt), ...timers.map(({ at }) => at));
        if (next === Number.POSITIVE_INFINITY) return;
        now = Math.max(now, Math.ceil(next));
      }
    },
    callsOfRun: () => released,
    parked: () => calls.map(({ activity, kind }) => `${activity.id} ${kind}`).sort(),
    hasFaultFired: () => firedInRun > 0,
  };
  return scheduler;
}
