/** The deployed state machine, made fit for `aws-local-stepfunctions`; every state, transition and refusal stays as it is. */
import type { Definition } from '../cdk/read-template.ts';

/** A task of the state machine as the engine has to run it. */
export interface LocalTask {
  /** `undefined`: the state says none, which is no limit in Step Functions. */
  readonly timeoutSeconds: number | undefined;
  /**
   * The result of `lambda:invoke` stands in `Payload`, that of a bare function does not. `wait-until` is no task in Step
   * Functions: its input is the time of a wait.
   */
  readonly integration: 'function' | 'invoke' | 'invoke-and-wait-for-token' | 'wait-until';
}

export interface LocalDefinition {
  readonly definition: Definition;
  readonly tasks: ReadonlyMap<string, LocalTask>;
}

/** The library gives a task 60 s unless told otherwise, and its timers hold 32 bits; the engine keeps the time itself. */
const NO_TIMEOUT_SECONDS = 2_147_483;

/**
 * @param retryScale multiplies the first interval of each retrier. Where a lock lasts milliseconds and not a network's
 * round trips, waiting a whole second for it is long; `MaxDelaySeconds` and `MaxAttempts` stay, so patience does too.
 */
export function localDefinition(deployed: Definition, retryScale: number): LocalDefinition {
  const tasks = new Map<string, LocalTask>();
  const states = Object.entries(deployed.States).map(([name, state]) => {
    // A task inside would escape the engine: it would call a Lambda function in the cloud.
    if (state.Type === 'Map' || state.Type === 'Parallel') {
      throw new TypeError(`The embedded runtime cannot run the state ${name}: it has no ${state.Type} states.`);
    }
    if (state.Type === 'Wait') {
      tasks.set(name, { timeoutSeconds: undefined, integration: 'wait-until' });
      return [name, waitingTask(name, state)] as const;
    }
    if (state.Type !== 'Task') return [name, state] as const;
    tasks.set(name, readTask(name, state));
    const { TimeoutSecondsPath: _, ...rest } = state;
    return [name, { ...rest, TimeoutSeconds: NO_TIMEOUT_SECONDS, ...scaledRetry(state.Retry, retryScale) }] as const;
  });
  return { definition: { ...deployed, States: Object.fromEntries(states) }, tasks };
}

/** The library's own waits know no time that has passed meanwhile, no long one, and not the engine's clock. */
function waitingTask(name: string, state: Readonly<Record<string, unknown>>): Definition['States'][string] {
  const { TimestampPath: path, ...rest } = state;
  if (typeof path !== 'string' || 'InputPath' in state) {
    throw new TypeError(
      `The embedded runtime cannot run the state ${name}: it waits for other than a time from a path.`,
    );
  }
  return {
    ...rest,
    Type: 'Task',
    Resource: 'wait-until',
    InputPath: path,
    ResultPath: null,
    TimeoutSeconds: NO_TIMEOUT_SECONDS,
  };
}

const INVOKE = /^arn:[\w-]+:states:::lambda:invoke(?<wait>\.waitForTaskToken)?$/;

function readTask(name: string, state: Readonly<Record<string, unknown>>): LocalTask {
  const { Resource: resource, TimeoutSeconds: timeoutSeconds } = state;
  if (typeof resource !== 'string') throw new TypeError(`The state ${name} has no resource.`);
  if ('TimeoutSecondsPath' in state || 'HeartbeatSeconds' in state) {
    throw new TypeError(
      `The embedded runtime cannot run the state ${name}: it has a heartbeat or a time-out from a path.`,
    );
  }
  const invoke = INVOKE.exec(resource);
  if (invoke === null && resource.includes(':states:::')) {
    throw new TypeError(`The embedded runtime cannot run the state ${name}: it knows no ${resource}.`);
  }
  return {
    timeoutSeconds: typeof timeoutSeconds === 'number' ? timeoutSeconds : undefined,
    integration:
      invoke === null ? 'function' : invoke.groups?.wait === undefined ? 'invoke' : 'invoke-and-wait-for-token',
  };
}

function scaledRetry(retry: unknown, scale: number): { readonly Retry?: readonly unknown[] } {
  return Array.isArray(retry)
    ? { Retry: retry.map((retrier) => ({ ...retrier, IntervalSeconds: (retrier.IntervalSeconds ?? 1) * scale })) }
    : {};
}
