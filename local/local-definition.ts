/** Adapts the deployed state machine to `aws-local-stepfunctions`. States, transitions and errors do not change. */
import type { Definition } from '../cdk/read-template.ts';

/** How the engine has to run a task of the state machine. */
export interface LocalTask {
  /** `undefined`: the state has no time-out, so Step Functions has no limit. */
  readonly timeoutSeconds: number | undefined;
  /**
   * The result of `lambda:invoke` is in `Payload`, the result of a bare function is not. `wait-until` is a `Wait` state in
   * Step Functions; its input is the time at which the wait ends.
   */
  readonly integration: 'function' | 'invoke' | 'invoke-and-wait-for-token' | 'wait-until';
}

export interface LocalDefinition {
  readonly definition: Definition;
  readonly tasks: ReadonlyMap<string, LocalTask>;
}

/** The library's default is 60 s, and its timers have 32 bits. So the engine itself measures the time of a task. */
const NO_TIMEOUT_SECONDS = 2_147_483;

/**
 * @param retryScale multiplies the first interval of each retrier, because a lock lasts only milliseconds on one machine.
 * `MaxDelaySeconds` and `MaxAttempts` do not change.
 */
export function localDefinition(deployed: Definition, retryScale: number): LocalDefinition {
  const tasks = new Map<string, LocalTask>();
  const states = Object.entries(deployed.States).map(([name, state]) => {
    // The library would run a task inside such a state itself, so it would invoke a Lambda function on AWS.
    if (state.Type === 'Map' || state.Type === 'Parallel') {
      throw new TypeError(
        `The embedded runtime cannot run the state ${name}: it does not support ${state.Type} states.`,
      );
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

/** Replaces a `Wait`: the library's own has another clock, starts again after a restart, and is limited to 24 days. */
function waitingTask(name: string, state: Readonly<Record<string, unknown>>): Definition['States'][string] {
  const { TimestampPath: path, ...rest } = state;
  if (typeof path !== 'string' || 'InputPath' in state) {
    throw new TypeError(
      `The embedded runtime cannot run the state ${name}: a Wait state must have TimestampPath and no InputPath.`,
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
  if (typeof resource !== 'string') throw new TypeError(`The state ${name} must have a Resource.`);
  if ('TimeoutSecondsPath' in state || 'HeartbeatSeconds' in state) {
    throw new TypeError(
      `The embedded runtime cannot run the state ${name}: it does not support heartbeats and time-outs from a path.`,
    );
  }
  const invoke = INVOKE.exec(resource);
  if (invoke === null && resource.includes(':states:::')) {
    throw new TypeError(`The embedded runtime cannot run the state ${name}: it does not support ${resource}.`);
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
