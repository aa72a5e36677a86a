/** Holds what clients were told, and what the table says afterwards, against the model. */

import { copyOf, type Executed, type Expected, type Model, observedStates } from './model.ts';
import type { Reply } from './world.ts';

/** One thing that a request does in a single moment. A request is a list of these, in order. */
export interface AtomicStep {
  /** Changes the model. `undefined`: it goes on with the next; otherwise it is answered. `impossible`: it cannot have been. */
  run(model: Model): Expected | undefined | 'impossible';
  /** Looked at beside the expected answer: `path` is every model from the step's beginning on, or the only moment. */
  readonly check?: (path: readonly Model[], body: Readonly<Record<string, unknown>>) => boolean;
}

/** A request that was sent, with its answer. */
export interface SentRequest {
  readonly text: string;
  readonly reply: Reply;
  readonly atomicSteps: readonly AtomicStep[];
  /**
   * `told`: the answer must be the model's. `unknown`: it may have happened up to any moment, for nobody was told.
   * `under-way`: all but the last moment have happened, the last one may have.
   */
  readonly completion: 'answered' | 'unknown' | 'in-progress';
}

/** The model after all that was sent, in whatever order explains both the answers and the table; `undefined` if none does. */
export function findOrder(
  model: Model,
  sent: readonly SentRequest[],
  observed: ReadonlyMap<string, string>,
): Model | undefined {
  const isAlone = sent.length === 1;
  /** Where the search has been in vain: most orders of things that have nothing to do with each other lead to one place. */
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
    // A reader looks back on the path, which is not part of the place.
    if (!queues.some((queue) => queue.some(({ check }) => check !== undefined))) dead.add(place);
    return undefined;
  };

  return search(
    [model],
    sent.map(({ atomicSteps }) => atomicSteps),
  );
}

const MOST_PLACES = 20_000;

/** Every model from the step's beginning on; the last one is the model as it is. */
type Path = readonly [Model, ...Model[]];
/** What each request has still to do. */
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
  const seen = isAlone ? [next] : [...path, next];
  if (completion === 'answered' && reply.kind === 'answer' && step.check?.(seen, reply.body) === false)
    return undefined;
  return { model: next, rest: isAnswered ? [] : later };
}

function runOf(step: AtomicStep, model: Model): Expected | undefined | 'impossible' {
  try {
    return step.run(model);
  } catch {
    // A license that the model does not know yet: this order of things cannot be.
    return 'impossible';
  }
}

interface Conflict {
  readonly action: string;
  readonly license: string;
  readonly reason: string;
}

export function isAsExpected(expected: Expected, reply: Reply, isAlone: boolean): boolean {
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
 * Requests that go at the same time may read the licenses while another one is writing them, one before and one after: each
 * sees its conflict in time, but not always every one, and a license that is about to be collected is still reserved.
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

/** Each license and container of which the model and the table say other things. */
export function differences(model: Model, observed: ReadonlyMap<string, string>): string[] {
  const expected = observedStates(model);
  const names = new Set([...expected.keys(), ...observed.keys()]);
  return [...names].flatMap((name) => {
    const [should, is] = [expected.get(name) ?? 'unknown', observed.get(name) ?? 'unknown'];
    return should === is ? [] : [`${name} is "${is}", and should be "${should}"`];
  });
}

/** Why nothing explains it, for a person: the model in the order of sending, beside what was told. */
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
        lines.push(`${one.text} was answered ${shown(one.reply)}; the model says ${JSON.stringify(expected)}`);
      }
      break;
    }
  }
  return [...lines, ...differences(state, observed)].join('\n  ') || 'an answer shows another state than the model has';
}

function shown(reply: Reply): string {
  if (reply.kind === 'lost') return 'nothing';
  const { detail: _detail, title: _title, updates: _updates, ...rest } = reply.body;
  return `${reply.status} ${JSON.stringify(rest).slice(0, 600)}`;
}
