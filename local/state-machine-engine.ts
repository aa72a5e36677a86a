/**
 * The workflow on one machine: the deployed definition in `aws-local-stepfunctions`, the real task handler, and a journal
 * that survives the process. After a restart, unfinished executions start again from the beginning: every step is
 * idempotent. Tokens and the time already waited survive, as they do in Step Functions.
 */
import { ExecutionError, StateMachine } from 'aws-local-stepfunctions';
import type { Definition } from '../cdk/read-template.ts';
import type { Milestone, Workflow } from '../functions/dependencies.ts';
import { type Clock, systemClock } from './clock.ts';
import { limitConcurrency } from './concurrency.ts';
import type { ExecutionJournal, UnfinishedExecution } from './execution-journal.ts';
import { type LocalTask, localDefinition } from './local-definition.ts';
import { createReceiptWaits } from './receipt-waits.ts';
import { createSleeps } from './sleeps.ts';
import { EngineStopped, TaskFailure } from './task-errors.ts';
import { inTime, within } from './time-limit.ts';

/** Handlers at work at once. Executions that wait for a receipt do not count, and there may be thousands. */
const MAX_HANDLERS = 64;
const CLOSE_PATIENCE_MILLISECONDS = 5_000;
const DEFAULT_RETRY_SCALE = 0.1;

/** The workflow function, as Lambda would call it: JSON in, JSON out, errors told by their `name`. */
export type TaskHandler = (event: unknown) => Promise<unknown>;

export interface StateMachineEngineOptions {
  readonly definition: Definition;
  readonly handler: TaskHandler;
  readonly journal: ExecutionJournal;
  /** Error names that are answers and not faults, so that nobody is told of them. */
  readonly expectedErrors: readonly string[];
  readonly notify: (message: string) => void;
  readonly clock?: Clock;
  /** See `localDefinition`; 0.1 unless given. */
  readonly retryScale?: number | undefined;
  /** Told of each state that an execution enters. */
  readonly onStateEntered?: ((execution: string, state: string) => void) | undefined;
}

export interface StateMachineEngine extends Workflow {
  readonly untilReached: NonNullable<Workflow['untilReached']>;
  /** As `Workflow.start`, for any state machine. */
  start(name: string, input: unknown): Promise<void>;
  /** Starts every execution again that has not succeeded. @returns how many. */
  resume(): number;
  /** Executions that are running, the waiting ones included. */
  running(): number;
  /** Resolves when no execution runs any more but those that wait for a receipt. */
  settled(): Promise<void>;
  /** Starts nothing more, lets handlers at work finish, and leaves the rest to the next start. */
  close(): Promise<void>;
}

interface Execution {
  readonly name: string;
  readonly input: unknown;
  /** Resolved once; whoever waits for them is told. */
  readonly milestones: Readonly<Record<Milestone, PromiseWithResolvers<void>>>;
  abort: () => void;
}

export function createStateMachineEngine(options: StateMachineEngineOptions): StateMachineEngine {
  const { journal, notify, clock = systemClock } = options;
  const { definition, tasks } = localDefinition(options.definition, options.retryScale ?? DEFAULT_RETRY_SCALE);
  // Validated as deployed, by a test: a fraction of a second in a retrier is right here and wrong there.
  const machine = new StateMachine(definition as never, { validationOptions: { noValidate: true } });

  const executions = new Map<string, Execution>();
  const waits = createReceiptWaits(journal, clock);
  const sleeps = createSleeps(clock);
  const atWork = new Set<Promise<unknown>>();
  const watchers = new Set<() => void>();
  const limited = limitConcurrency(MAX_HANDLERS);
  let closing = false;

  const changed = (): void => {
    for (const watcher of watchers) watcher();
  };

  /** Calls the handler as Lambda would: nothing but JSON gets in or out. */
  const invoke = async (execution: string, state: string, event: unknown): Promise<unknown> => {
    try {
      const result = await options.handler(throughJson(event));
      return throughJson(result ?? null);
    } catch (error) {
      const failure = new TaskFailure(error);
      if (!options.expectedErrors.includes(failure.name)) {
        notify(`${state} of ${execution} failed and is tried again as the workflow says: ${describe(error)}`);
      }
      throw failure;
    }
  };

  const runHandler = (execution: string, state: string, event: unknown): Promise<unknown> => {
    const work = limited(() => {
      if (closing) throw new EngineStopped();
      return invoke(execution, state, event);
    });
    const tracked = work.then(
      () => undefined,
      () => undefined,
    );
    atWork.add(tracked);
    void tracked.then(() => {
      atWork.delete(tracked);
      changed();
    });
    return work;
  };

  const runTask = async (execution: Execution, state: string, task: LocalTask, input: unknown): Promise<unknown> => {
    if (closing) throw new EngineStopped();
    if (task.integration === 'wait-until') return sleeps.until(String(input));
    const event = task.integration === 'function' ? input : payloadOf(input);
    if (task.integration !== 'invoke-and-wait-for-token') {
      const work = runHandler(execution.name, state, event);
      const result = await inTime(clock, work, task.timeoutSeconds);
      return task.integration === 'invoke' ? { StatusCode: 200, Payload: result } : result;
    }
    const wait = waits.take(execution.name);
    if (wait === undefined) throw new TypeError(`The state ${state} waits for a token and hands none on.`);
    const returned = runHandler(execution.name, state, event).then(
      () => execution.milestones.issued.resolve(),
      (error: Error) => {
        // At once: a receipt that came now would be taken and never be seen.
        if (!waits.wasReceived(execution.name)) waits.forget(execution.name);
        wait.fail(error);
      },
    );
    const left =
      task.timeoutSeconds === undefined ? undefined : task.timeoutSeconds - (clock.now() - wait.since) / 1000;
    try {
      await inTime(clock, wait.done, left);
      // A receipt may come while the handler still runs, even from the handler itself.
      await returned;
    } catch (error) {
      waits.forget(execution.name);
      // Or it would hand out its token beside that of the next attempt.
      await returned;
      // What is left of the wait belongs to the next start, unless it is over.
      if (!(error instanceof EngineStopped)) waits.giveUp(execution.name);
      throw error;
    }
    return {};
  };

  const run = (execution: Execution): void => {
    const handlers = [...tasks].map(
      ([state, task]) => [state, (input: unknown) => runTask(execution, state, task, input)] as const,
    );
    const { result, abort, eventLogs } = machine.run(execution.input as never, {
      overrides: { taskResourceLocalHandlers: Object.fromEntries(handlers) as never },
      context: {
        Execution: { Name: execution.name, Id: execution.name },
        Task: {
          // Read before the handler of a state that waits is called, for each attempt.
          get Token() {
            if (closing) throw new EngineStopped();
            return waits.open(execution.name);
          },
        },
      } as never,
    });
    execution.abort = abort;
    void readEvents(execution, eventLogs);
    result.then(
      () => end(execution, undefined),
      (error: unknown) => end(execution, error),
    );
  };

  // Read even when nobody wants them: unread events stay in memory with the input of every state.
  const readEvents = async (execution: Execution, events: AsyncIterable<unknown>): Promise<void> => {
    for await (const event of events) {
      const state = enteredState(event);
      if (state !== undefined) options.onStateEntered?.(execution.name, state);
    }
  };

  const end = (execution: Execution, error: unknown): void => {
    // Stopped with the runtime: it is still running as far as the journal knows, and goes on at the next start.
    if (!closing) {
      if (error === undefined) journal.succeed(execution.name, clock.now());
      else {
        const reason = describe(error instanceof ExecutionError ? error.cause : error);
        journal.fail(execution.name, reason, clock.now());
        notify(`The execution ${execution.name} failed: ${reason}. The next start tries it again.`);
      }
    }
    waits.forget(execution.name);
    remove(execution);
    changed();
  };

  const remove = ({ name, milestones }: Execution): void => {
    executions.delete(name);
    milestones.issued.resolve();
    milestones.ended.resolve();
  };

  const launch = ({ name, input, wait }: UnfinishedExecution): void => {
    const milestones = { issued: Promise.withResolvers<void>(), ended: Promise.withResolvers<void>() };
    const execution: Execution = { name, input, milestones, abort: () => undefined };
    executions.set(name, execution);
    if (wait !== undefined) waits.recall(name, wait);
    // Later, because whoever starts it has an answer to give first.
    setImmediate(() => {
      if (closing) remove(execution);
      else run(execution);
    });
  };

  const isQuiet = (): boolean => atWork.size === 0 && [...executions.keys()].every(waits.isWaiting);

  return {
    start: (name, input) => {
      if (closing) return Promise.reject(new EngineStopped());
      const plain = throughJson(input);
      if (journal.begin(name, plain, clock.now())) launch({ name, input: plain, wait: undefined });
      return Promise.resolve();
    },
    sendReceipt: (token) => Promise.resolve(closing ? 'gone' : waits.receive(token)),
    isRunning: async (name) => executions.has(name),
    untilReached: (name, milestone, milliseconds) => {
      const reached = executions.get(name)?.milestones[milestone].promise;
      return reached === undefined ? Promise.resolve(true) : within(clock, reached, milliseconds);
    },
    resume: () => {
      const unfinished = journal.unfinished().filter(({ name }) => !executions.has(name));
      for (const execution of unfinished) launch(execution);
      return unfinished.length;
    },
    running: () => executions.size,
    settled: () =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!isQuiet()) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    close: async () => {
      closing = true;
      waits.failAll(new EngineStopped());
      sleeps.endAll();
      for (const execution of executions.values()) execution.abort();
      let calledOff = (): void => undefined;
      const patience = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, CLOSE_PATIENCE_MILLISECONDS);
        calledOff = () => clearTimeout(timer);
      });
      await Promise.race([Promise.all(atWork), patience]);
      calledOff();
      journal.close();
    },
  };
}

function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function payloadOf(input: unknown): unknown {
  return typeof input === 'object' && input !== null && 'Payload' in input ? input.Payload : undefined;
}

function enteredState(event: unknown): string | undefined {
  if (typeof event !== 'object' || event === null || !('type' in event) || event.type !== 'StateEntered') {
    return undefined;
  }
  const state = 'state' in event ? event.state : undefined;
  return typeof state === 'object' && state !== null && 'name' in state && typeof state.name === 'string'
    ? state.name
    : undefined;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
}
