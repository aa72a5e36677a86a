/**
 * A state machine on one machine: the deployed definition in `aws-local-stepfunctions`, the real task handler, and a journal
 * that survives the process. After a restart, unfinished executions start again from the beginning, because every step is
 * idempotent. The journal keeps task tokens and the start of each wait, as Step Functions does.
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
import { resolvesWithin, withTimeLimit } from './time-limit.ts';

/** At most so many handlers run at once. Thousands of executions may wait for a receipt meanwhile. */
const MAX_HANDLERS = 64;
const CLOSE_PATIENCE_MILLISECONDS = 5_000;
const DEFAULT_RETRY_SCALE = 0.1;

/** A function as Lambda invokes it: JSON in, JSON out; the state machine matches errors by their `name`. */
export type TaskHandler = (event: unknown) => Promise<unknown>;

export interface StateMachineEngineOptions {
  readonly definition: Definition;
  readonly handler: TaskHandler;
  readonly journal: ExecutionJournal;
  /** Names of errors that are results, not faults. The engine does not report them. */
  readonly expectedErrors: readonly string[];
  readonly notify: (message: string) => void;
  readonly clock?: Clock;
  /** See `localDefinition`. Default: 0.1. */
  readonly retryScale?: number | undefined;
  /** Called for each state that an execution enters. */
  readonly onStateEntered?: ((execution: string, state: string) => void) | undefined;
}

export interface StateMachineEngine extends Workflow {
  readonly untilReached: NonNullable<Workflow['untilReached']>;
  /** As `Workflow.start`, for any state machine. */
  start(name: string, input: unknown): Promise<void>;
  /** Restarts all executions that have not succeeded. @returns their number */
  resume(): number;
  /** The number of running executions, including those that wait. */
  running(): number;
  /** Resolves when all running executions wait for a receipt. */
  settled(): Promise<void>;
  /** Starts nothing more, waits for running handlers, and leaves unfinished executions to the next start. */
  close(): Promise<void>;
}

interface Execution {
  readonly name: string;
  readonly input: unknown;
  /** Each resolves once. */
  readonly milestones: Readonly<Record<Milestone, PromiseWithResolvers<void>>>;
  abort: () => void;
}

export function createStateMachineEngine(options: StateMachineEngineOptions): StateMachineEngine {
  const { journal, notify, clock = systemClock } = options;
  const { definition, tasks } = localDefinition(options.definition, options.retryScale ?? DEFAULT_RETRY_SCALE);
  // A test validates the deployed definition. This one has fractions of a second in its retriers, which are invalid.
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

  /** Calls the handler as Lambda does, with JSON for the event and the result. */
  const invoke = async (execution: string, state: string, event: unknown): Promise<unknown> => {
    try {
      const result = await options.handler(throughJson(event));
      return throughJson(result ?? null);
    } catch (error) {
      const failure = new TaskFailure(error);
      if (!options.expectedErrors.includes(failure.name)) {
        notify(`${state} of ${execution} failed; the workflow retries it: ${describe(error)}`);
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
      const result = await withTimeLimit(clock, work, task.timeoutSeconds);
      return task.integration === 'invoke' ? { StatusCode: 200, Payload: result } : result;
    }
    const wait = waits.take(execution.name);
    if (wait === undefined) {
      throw new TypeError(`The state ${state} waits for a token, but its input does not contain the token.`);
    }
    const returned = runHandler(execution.name, state, event).then(
      () => execution.milestones.issued.resolve(),
      (error: Error) => {
        // Invalidated at once, because a receipt that arrives now would be lost.
        if (!waits.wasReceived(execution.name)) waits.forget(execution.name);
        wait.fail(error);
      },
    );
    const left =
      task.timeoutSeconds === undefined ? undefined : task.timeoutSeconds - (clock.now() - wait.since) / 1000;
    try {
      const receipt = await withTimeLimit(clock, wait.done, left);
      // The receipt may arrive while the handler still runs; the handler itself may send it.
      await returned;
      return receipt;
    } catch (error) {
      waits.forget(execution.name);
      // Otherwise the handler could publish its token beside the next attempt's.
      await returned;
      // If the engine stops, the next start resumes the wait.
      if (!(error instanceof EngineStopped)) waits.giveUp(execution.name);
      throw error;
    }
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
          // The library reads the token before each attempt of a waiting state.
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

  // Read in any case, because unread events stay in memory with the input of every state.
  const readEvents = async (execution: Execution, events: AsyncIterable<unknown>): Promise<void> => {
    for await (const event of events) {
      const state = enteredState(event);
      if (state !== undefined) options.onStateEntered?.(execution.name, state);
    }
  };

  const end = (execution: Execution, error: unknown): void => {
    // If the runtime is ending, the journal still lists the execution as running, and the next start resumes it.
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
    // Not at once, so that the caller can answer its request first.
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
    sendReceipt: (token, receipt) => Promise.resolve(closing ? 'gone' : waits.receive(token, receipt)),
    isRunning: async (name) => executions.has(name),
    untilReached: (name, milestone, milliseconds) => {
      const reached = executions.get(name)?.milestones[milestone].promise;
      return reached === undefined ? Promise.resolve(true) : resolvesWithin(clock, reached, milliseconds);
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
      // By the system's clock, because a test's clock may stand still.
      const finished = Promise.all(atWork).then(() => undefined);
      await resolvesWithin(systemClock, finished, CLOSE_PATIENCE_MILLISECONDS);
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
