/** Checks answers and the table against the model: finds an order of atomic steps that explains both (a linearization). */

import { copyOf, type Executed, type Expected, type Model, observedStates } from './model.ts';
import type { Reply } from './world.ts';

/** What a request does atomically. A request is a list of these, in order. */
export interface AtomicStep {
  /** Changes the model. `undefined`: the next atomic step follows; otherwise the answer. `impossible`: not in this state. */
  run(model: Model): Expected | undefined | 'impossible';
  /** Checks the body: `path` is every model since the step of the history began; the last model alone for a single request. */
  readonly check?: (path: readonly Model[], body: Readonly<Record<string, unknown>>) => boolean;
}

/** A request that was sent, with its answer. */
export interface SentRequest {
  readonly text: string;
  readonly reply: Reply;
  readonly atomicSteps: readonly AtomicStep[];
  /**
   * `answered`: the answer must be the model's. `unknown`: any number of its atomic steps may have happened.
   * `in-progress`: all but the last atomic step have happened, and the last one may have.
   */
  readonly completion: 'answered' | 'unknown' | 'in-progress';
}

/** Searches an order of all requests that explains the answers and the table. @returns the model after it, or `undefined`. */
export function findOrder(
  model: Model,
  sent: readonly SentRequest[],
  observed: ReadonlyMap<string, string>,
): Model | undefined {
  const isAlone = sent.length === 1;
  /** States from which the search failed: most orders of independent atomic steps lead to the same state. */
  const dead = new Set<string>();

  const search = (path: Path, queues: Queues): Model | undefined => {
    const current = lastOf(path);
    const place = placeOf(current, queues);
    if (dead.has(place) || dead.size > MOST_PLACES) return undefined;
    let isOver = true;
    for (const [index, queue] of queues.entries()) {
      const [step, ...later] = queue;
      const one = sent[index];
      if (step === undefined || one === undefined) continue;
      isOver = false;
      const next = after(path, step, later, one, isAlone);
      if (next !== undefined) {
        const found = search([...path, next.model], queues.with(index, next.rest));
        if (found !== undefined) return found;
      }
      if (one.completion === 'unknown' || (one.completion === 'in-progress' && later.length === 0)) {
        const found = search(path, queues.with(index, []));
        if (found !== undefined) return found;
      }
    }
    if (isOver && differences(current, observed).length === 0) return current;
    // A read also depends on the path, which is not part of the state.
    if (!queues.some((queue) => queue.some(({ check }) => check !== undefined))) dead.add(place);
    return undefined;
  };

  return search(
    [model],
    sent.map(({ atomicSteps }) => atomicSteps),
  );
}

const MOST_PLACES = 20_000;

/** Every model since the step of the history began; the last one is the current model. */
type Path = readonly [Model, ...Model[]];
/** The remaining atomic steps of each request. */
type Queues = readonly (readonly AtomicStep[])[];

function lastOf(path: Path): Model {
  return path.at(-1) ?? path[0];
}

function placeOf(model: Model, queues: Queues): string {
  const states = [...observedStates(model)].map(([name, state]) => `${name} ${state}`).sort();
  const retirements = [...model.containers.values()].map(({ serial, retirement }) => `${serial} ${retirement}`).sort();
  return JSON.stringify([queues.map((queue) => queue.length), states, retirements]);
}

function after(
  path: Path,
  step: AtomicStep,
  later: readonly AtomicStep[],
  { reply, completion }: SentRequest,
  isAlone: boolean,
): { model: Model; rest: readonly AtomicStep[] } | undefined {
  const next = copyOf(lastOf(path));
  const expected = runOf(step, next);
  if (expected === 'impossible') return undefined;
  const isAnswered = expected !== undefined;
  if (completion === 'answered' && isAnswered && !isAsExpected(expected, reply, isAlone)) return undefined;
  if (completion === 'answered' && !isAnswered && later.length === 0) return undefined;
  const models = isAlone ? [next] : [...path, next];
  if (completion === 'answered' && reply.kind === 'answer' && step.check?.(models, reply.body) === false)
    return undefined;
  return { model: next, rest: isAnswered ? [] : later };
}

function runOf(step: AtomicStep, model: Model): Expected | undefined | 'impossible' {
  try {
    return step.run(model);
  } catch {
    // The model does not know the license yet, so this order is impossible.
    return 'impossible';
  }
}

interface Conflict {
  readonly action: string;
  readonly license: string;
  readonly reason: string;
}

function isAsExpected(expected: Expected, reply: Reply, isAlone: boolean): boolean {
  if (reply.kind !== 'answer' || reply.status !== expected.status) return false;
  const { body } = reply;
  if (expected.code !== undefined && body['code'] !== expected.code) return false;
  if (expected.conflicts !== undefined && !sameConflicts(expected.conflicts, conflictsOf(body['conflicts']), isAlone))
    return false;
  if (expected.dropped !== undefined) {
    const dropped = ((body['dropped'] ?? []) as readonly Conflict[]).map(
      ({ action, license }) => `${action} ${license}`,
    );
    if (!sameSet(expected.dropped, dropped)) return false;
  }
  if (expected.dependents !== undefined && !sameSet(expected.dependents, body['dependents'] as string[])) return false;
  if (expected.progress !== undefined && !expected.progress.includes(String(body['status']))) return false;
  const license = body['license'] as { id?: string } | undefined;
  if (expected.license !== undefined && license?.id !== expected.license) return false;
  return expected.executed === undefined || isSameExecution(expected.executed, body['executed']);
}

/**
 * Concurrent requests may read one license before and another one after a concurrent write: each finds a conflict, but
 * maybe not every conflict, and a license that is about to be collected is still reserved.
 */
function sameConflicts(expected: readonly string[], response: readonly string[], isAlone: boolean): boolean {
  if (isAlone) return sameSet(expected, response);
  const plain = (conflict: string): string => conflict.replace('reserved-elsewhere', 'not-available');
  const known = new Set(expected.map(plain));
  return response.some((conflict) => known.has(plain(conflict)));
}

function conflictsOf(conflicts: unknown): string[] {
  return ((conflicts ?? []) as readonly Conflict[]).map(
    ({ action, license, reason }) => `${action} ${license} ${reason}`,
  );
}

function isSameExecution(expected: Executed, response: unknown): boolean {
  const lists = response as Readonly<Record<keyof Executed, readonly unknown[]>>;
  const pairs = (lists.replace as readonly { old: string; new: string }[]).map((pair) => `${pair.old}>${pair.new}`);
  const plain = { ...lists, replace: pairs } as Executed;
  return (Object.keys(expected) as (keyof Executed)[]).every((step) => sameSet(expected[step], plain[step]));
}

export function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && [...one].sort().join() === [...other].sort().join();
}

/** Each license and container on which the model and the table differ. */
function differences(model: Model, observed: ReadonlyMap<string, string>): string[] {
  const expected = observedStates(model);
  const names = new Set([...expected.keys(), ...observed.keys()]);
  return [...names].flatMap((name) => {
    const [should, is] = [expected.get(name) ?? 'unknown', observed.get(name) ?? 'unknown'];
    return should === is ? [] : [`${name} is "${is}", and should be "${should}"`];
  });
}

/** Describes why no order was found: the model in the order of sending, beside the answers. */
export function describeMismatch(
  model: Model,
  sent: readonly SentRequest[],
  observed: ReadonlyMap<string, string>,
): string {
  const lines: string[] = [];
  let state = copyOf(model);
  for (const one of sent) {
    for (const step of one.atomicSteps) {
      const next = copyOf(state);
      const expected = runOf(step, next);
      if (expected !== 'impossible') state = next;
      if (expected === undefined) continue;
      if (
        one.completion === 'answered' &&
        (expected === 'impossible' || !isAsExpected(expected, one.reply, sent.length === 1))
      ) {
        lines.push(`${one.text} was answered ${formatReply(one.reply)}; the model says ${JSON.stringify(expected)}`);
      }
      break;
    }
  }
  return [...lines, ...differences(state, observed)].join('\n  ') || 'an answer shows another state than the model has';
}

function formatReply(reply: Reply): string {
  if (reply.kind === 'lost') return 'nothing';
  const { detail: _detail, title: _title, updates: _updates, ...rest } = reply.body;
  return `${reply.status} ${JSON.stringify(rest).slice(0, 600)}`;
}
