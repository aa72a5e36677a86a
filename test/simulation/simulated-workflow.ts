/**
 * The state machine, run from the synthesized definition: an interpreter of exactly the states in it (`Task` and
 * `Succeed`, with `Retry`, `Catch` and a wait for a token), one task invocation at a time under the scheduler.
 */
import type { Definition } from '../../cdk/read-template.ts';
import type { TaskEvent, WorkflowInput } from '../../contract/tasks.ts';
import type { Workflow } from '../../functions/dependencies.ts';
import type { Activity, Scheduler } from './scheduler.ts';

/** How an invocation of the task handler ended. */
export type TaskResult =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: string };

export interface SimulatedWorkflow {
  /** What the handlers see, without the cost of a call; the world adds the scheduler. */
  readonly engine: {
    [Name in Exclude<keyof Workflow, 'untilReached'>]: (
      ...given: Parameters<Workflow[Name]>
    ) => Awaited<ReturnType<Workflow[Name]>>;
  };
  /** Stops an execution as an operator would: its running invocation continues, and no execution waits for it. */
  stop(name: string): void;
  /** Restarts every running execution from its beginning; earlier tokens become invalid. */
  restart(): void;
  /** Presumes the invocation lost and retries it as the definition says. */
  giveUp(activity: Activity): void;
  /** Runs the task of an invocation once more, without an execution that waits for the answer. */
  duplicate(activity: Activity): void;
  running(): string[];
  /** Every execution that was ever started, for replays of old events. */
  started(): string[];
}

interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly MaxAttempts: number;
}

interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly TimeoutSeconds?: number;
  /** `null`: the next state gets the input of this one. `$.receipt`: with the result as this member. */
  readonly ResultPath?: null | '$.receipt';
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly {
    readonly ErrorEquals: readonly string[];
    readonly ResultPath: null;
    readonly Next: string;
  }[];
  readonly Next?: string;
  readonly End?: true;
}

interface Execution {
  readonly name: string;
  readonly input: WorkflowInput;
  /** Incremented at each restart: results of earlier generations are ignored. */
  life: number;
  tokensMade: number;
  isRunning: boolean;
  wait: { readonly token: string; received: boolean; readonly end: (receipt: unknown) => void } | undefined;
}

export type TaskRunner = (
  execution: string,
  event: TaskEvent,
) => { readonly activity: Activity; readonly result: Promise<TaskResult> };

const TOKEN_RESOURCE = 'arn:aws:states:::lambda:invoke.waitForTaskToken';

export function createSimulatedWorkflow(
  definition: Definition,
  scheduler: Scheduler,
  runTask: TaskRunner,
): SimulatedWorkflow {
  const executions = new Map<string, Execution>();
  const tokens = new Map<string, Execution>();
  const events = new Map<Activity, TaskEvent>();
  const givenUp = new Map<Activity, () => void>();

  const stateOf = (name: string): State => {
    const state = definition.States[name] as State | undefined;
    if (state === undefined) throw new Error(`There is no state ${name}`);
    return state;
  };

  const run = (execution: Execution): void => {
    const { life } = execution;
    const isCurrent = (): boolean => execution.isRunning && execution.life === life;
    const end = (): void => {
      execution.isRunning = false;
    };

    const enter = (name: string, input: unknown): void => {
      const state = stateOf(name);
      if (state.Type === 'Succeed') {
        end();
        return;
      }
      if (state.Type !== 'Task') throw new Error(`The interpreter knows no state of type ${state.Type}`);
      attempt(state, input, new Map());
    };

    const attempt = (state: State, input: unknown, retries: Map<Retrier, number>): void => {
      const onResult = (result: TaskResult): void => {
        if (!isCurrent()) return;
        if (result.kind === 'returned') {
          const output = outputOf(state, input, throughJson(result.value));
          if (state.End === true) end();
          else enter(state.Next ?? '', output);
          return;
        }
        const retrier = state.Retry?.find(({ ErrorEquals }) => catches(ErrorEquals, result.error));
        const before = retrier === undefined ? 0 : (retries.get(retrier) ?? 0);
        if (retrier !== undefined && before < retrier.MaxAttempts) {
          retries.set(retrier, before + 1);
          const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Number.POSITIVE_INFINITY } = retrier;
          const seconds = Math.min(IntervalSeconds * BackoffRate ** before, MaxDelaySeconds);
          scheduler.after(seconds * 1000, () => {
            if (isCurrent()) attempt(state, input, retries);
          });
          return;
        }
        const catcher = state.Catch?.find(({ ErrorEquals }) => catches(ErrorEquals, result.error));
        if (catcher === undefined) end();
        else enter(catcher.Next, input);
      };
      if (state.Resource === TOKEN_RESOURCE) waitForToken(state, input, onResult);
      else void invoke(eventOf(state.Parameters ?? {}, input, undefined)).then(onResult);
    };

    const invoke = (event: TaskEvent): Promise<TaskResult> => {
      const { activity, result } = runTask(execution.name, throughJson(event) as TaskEvent);
      events.set(activity, event);
      return new Promise((resolve) => {
        givenUp.set(activity, () => resolve({ kind: 'failed', error: 'Lambda.Unknown' }));
        void result.then(resolve);
      });
    };

    const waitForToken = (state: State, input: unknown, onResult: (result: TaskResult) => void): void => {
      execution.tokensMade += 1;
      const token = `token-${execution.tokensMade}-of-${execution.name}`;
      let isOver = false;
      const finish = (result: TaskResult): void => {
        if (isOver) return;
        isOver = true;
        callOff();
        tokens.delete(token);
        if (execution.wait?.token === token) execution.wait = undefined;
        onResult(result);
      };
      const callOff = scheduler.deadline((state.TimeoutSeconds ?? 0) * 1000, () =>
        finish({ kind: 'failed', error: 'States.Timeout' }),
      );
      execution.wait = {
        token,
        received: false,
        end: (receipt) => finish({ kind: 'returned', value: receipt }),
      };
      tokens.set(token, execution);
      const payload = state.Parameters?.['Payload'] as Readonly<Record<string, unknown>>;
      void invoke(eventOf(payload, input, token)).then((result) => {
        if (result.kind === 'failed') finish(result);
      });
    };

    enter(definition.StartAt, throughJson(execution.input));
  };

  const endWait = (execution: Execution): void => {
    if (execution.wait !== undefined) tokens.delete(execution.wait.token);
    execution.wait = undefined;
  };

  return {
    engine: {
      start: (name, input) => {
        if (executions.has(name)) return;
        const execution: Execution = {
          name,
          input: throughJson(input) as WorkflowInput,
          life: 0,
          tokensMade: 0,
          isRunning: true,
          wait: undefined,
        };
        executions.set(name, execution);
        run(execution);
      },
      sendReceipt: (token, receipt = undefined) => {
        const execution = tokens.get(token);
        const wait = execution?.wait;
        if (execution === undefined || wait?.token !== token || wait.received || !execution.isRunning) return 'gone';
        wait.received = true;
        wait.end(receipt ?? {});
        return 'sent';
      },
      isRunning: (name) => executions.get(name)?.isRunning ?? false,
    },
    stop: (name) => {
      const execution = executions.get(name);
      if (execution === undefined) return;
      execution.isRunning = false;
      endWait(execution);
    },
    restart: () => {
      for (const execution of executions.values()) {
        if (!execution.isRunning) continue;
        endWait(execution);
        execution.life += 1;
        run(execution);
      }
    },
    giveUp: (activity) => givenUp.get(activity)?.(),
    duplicate: (activity) => {
      const event = events.get(activity);
      if (event !== undefined && activity.execution !== undefined)
        runTask(activity.execution, throughJson(event) as TaskEvent);
    },
    running: () => [...executions.values()].filter(({ isRunning }) => isRunning).map(({ name }) => name),
    started: () => [...executions.keys()],
  };
}

function outputOf({ ResultPath }: State, input: unknown, result: unknown): unknown {
  if (ResultPath === undefined) return result;
  return ResultPath === null ? input : { ...(input as object), receipt: result };
}

function catches(errors: readonly string[], error: string): boolean {
  return errors.includes(error) || errors.includes('States.ALL');
}

/** A task's event from its `Parameters`: constants, the whole input, and the token of the context object. */
function eventOf(parameters: Readonly<Record<string, unknown>>, input: unknown, token: string | undefined): TaskEvent {
  const event: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (!name.endsWith('.$')) event[name] = value;
    else if (value === '$') event[name.slice(0, -2)] = input;
    else if (value === '$$.Task.Token') event[name.slice(0, -2)] = token;
    else throw new Error(`The interpreter knows no path ${String(value)}`);
  }
  return event as unknown as TaskEvent;
}

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));
