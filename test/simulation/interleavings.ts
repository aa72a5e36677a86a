/**
 * Explores every order of the calls of concurrent invocations. It follows an order until it reaches a known state: the
 * same table, and the same invocations waiting for the same calls after the same results. From a known state no new
 * state can follow. Each state can also be crashed: every invocation ends and every execution starts again.
 *
 * Two kinds of calls are made at once, because their order has no effect on other invocations: signatures, and reads for
 * an answer after the request has started an execution.
 */
import { createHash } from 'node:crypto';
import type { Definition } from '../../cdk/read-template.ts';
import { closeFixture, type Fixture, openFixture } from './fixture.ts';
import type { Activity, Call, Chooser } from './scheduler.ts';
import type { HttpRequest, Reply } from './world.ts';

/** Concurrent requests, and what must hold after them. */
export interface Scenario {
  /** Prepares the state before the requests. */
  readonly before: (fixture: Fixture) => Promise<void>;
  /** The concurrent requests. */
  readonly requests: (fixture: Fixture) => Promise<readonly HttpRequest[]>;
  /** Checks the answers at rest, in runs without a crash. Throws at a violation. */
  readonly check: (fixture: Fixture, replies: readonly Reply[]) => void;
}

export interface Walked {
  /** Distinct states. */
  readonly states: number;
  /** Orders of calls that were followed, to an end or to a known state. */
  readonly orders: number;
  /** States in which every invocation was ended and every execution restarted. */
  readonly crashes: number;
}

/** Which call is made at each choice, as an index into the waiting calls. */
type Turns = readonly number[];

interface Point {
  readonly turns: Turns;
  /** Calls that were made before it. */
  readonly calls: number;
}

export interface WalkOptions {
  /** Whether each state is crashed as well. */
  readonly withCrashes: boolean;
  readonly onProgress?: (states: number, orders: number) => void;
}

/** A state that was reached before. */
class KnownState extends Error {}

/** @param onProgress called after each order that was followed. */
export async function walk(
  definition: Definition,
  scenario: Scenario,
  { withCrashes, onProgress = () => undefined }: WalkOptions,
): Promise<Walked> {
  const seen = new Set<string>();
  const todo: Turns[] = [[]];
  const points: Point[] = [];
  let orders = 0;
  for (let turns = todo.pop(); turns !== undefined; turns = todo.pop()) {
    orders += 1;
    const isNew = (state: string, point: Point, choices: number): boolean => {
      if (seen.has(state)) return false;
      seen.add(state);
      for (let other = 1; other < choices; other++) todo.push([...point.turns, other]);
      points.push(point);
      return true;
    };
    await follow(definition, scenario, turns, { isNew });
    onProgress(seen.size, orders);
  }
  const crashes = withCrashes ? points : [];
  for (const { turns, calls } of crashes) await follow(definition, scenario, turns, { crashAt: calls });
  return { states: seen.size, orders, crashes: crashes.length };
}

interface Following {
  /** Called at each state after the given turns; `false` stops there. */
  readonly isNew?: (state: string, point: Point, choices: number) => boolean;
  /** At this call every invocation ends and every execution starts again. */
  readonly crashAt?: number;
}

/** Makes the given choices, and then always the first. */
async function follow(
  definition: Definition,
  scenario: Scenario,
  turns: Turns,
  { isNew, crashAt }: Following,
): Promise<void> {
  const response = new Map<string, string>();
  const answering = new Set<Activity>();
  const returned = (activity: Activity, kind: Call['kind'], outcome: unknown): void => {
    response.set(activity.id, digest(`${response.get(activity.id)} ${textOf(outcome)}`));
    if (kind === 'start') answering.add(activity);
  };
  const fixture = await openFixture(definition, { isStill: true, observer: { returned } });
  await scenario.before(fixture);
  const requests = await scenario.requests(fixture);
  const { scheduler } = fixture.world;
  response.clear();
  fixture.world.reseed(2);
  const replies: (Reply | undefined)[] = requests.map(() => undefined);
  for (const [index, request] of requests.entries()) {
    void fixture.world.http(request).then((reply) => {
      replies[index] = reply;
    });
  }
  const taken: number[] = [];
  const pick = (calls: readonly Call[]): Call => {
    const atOnce = calls.find(({ kind, activity }) => kind === 'sign' || answering.has(activity));
    if (atOnce !== undefined) return atOnce;
    const turn = turns[taken.length] ?? 0;
    if (taken.length >= turns.length && isNew !== undefined) {
      const point = { turns: [...taken], calls: scheduler.callsOfRun().length };
      if (!isNew(stateOf(fixture, response, replies), point, calls.length)) throw new KnownState();
    }
    taken.push(turn);
    const call = calls[turn];
    if (call === undefined) throw new Error('The same choices led to another state');
    return call;
  };
  const chooser: Chooser = { isAskedAlways: true, pick };
  try {
    await scheduler.run(0, chooser, crashAt === undefined ? [] : [{ at: crashAt, kind: 'restart' }]);
  } catch (error) {
    if (error instanceof KnownState) return;
    throw error;
  }
  await new Promise((resolve) => setImmediate(resolve));
  const answered = replies.filter((reply) => reply !== undefined);
  if (answered.length < replies.length) throw new Error('A request was never answered');
  if (crashAt === undefined) scenario.check(fixture, answered);
  await closeFixture(fixture);
}

function stateOf(fixture: Fixture, response: ReadonlyMap<string, string>, replies: readonly unknown[]): string {
  const { table, scheduler, workflow } = fixture.world;
  const items = table
    .all()
    .map((item) => JSON.stringify(item))
    .sort();
  const parked = scheduler.parked().map((one) => `${one} ${response.get(one.slice(0, one.lastIndexOf(' ')))}`);
  return digest(JSON.stringify([items, parked, workflow.running().sort(), replies]));
}

function textOf(outcome: unknown): string {
  return outcome instanceof Error ? `${outcome.name} ${outcome.message}` : JSON.stringify(outcome);
}

function digest(text: string): string {
  return createHash('sha1').update(text).digest('base64');
}
