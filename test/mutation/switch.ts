/**
 * Runs in the tests' worker before a test file: the switch that the changed modules call, and the record of the conditions
 * that each test reaches.
 */
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** The id of the removed condition; empty for none. */
    readonly conditionRemoved: string;
  }
  interface TaskMeta {
    conditionsReached?: string[];
  }
}

type Expression = Readonly<Record<string, unknown>>;

/** `OR` or `AND` at the start of a condition from which a clause was removed. */
const NONE = '\u0001';
const ALWAYS = 'attribute_exists(pk) OR attribute_not_exists(pk)';

const removed = inject('conditionRemoved');
let reached = new Set<string>();

const is = (id: string): boolean => {
  reached.add(id);
  return id === removed;
};

/** The item's write under another condition, without the names and values that it no longer uses. */
const under = (condition: string, write: Expression): Expression => {
  const mentioned = `${String(write['UpdateExpression'] ?? '')} ${condition}`;
  const used = (values: unknown): object | undefined => {
    const kept = Object.entries(values ?? {}).filter(([name]) => new RegExp(`${name}\\b`).test(mentioned));
    return kept.length === 0 ? undefined : Object.fromEntries(kept);
  };
  const { ConditionExpression: _, ExpressionAttributeNames, ExpressionAttributeValues, ...rest } = write;
  const names = used(ExpressionAttributeNames);
  const values = used(ExpressionAttributeValues);
  return {
    ...rest,
    ...(condition === '' ? {} : { ConditionExpression: condition }),
    ...(names === undefined ? {} : { ExpressionAttributeNames: names }),
    ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
  };
};

const tidy = (write: Expression): Expression => {
  const condition = String(write['ConditionExpression']);
  return condition.startsWith(NONE) ? under(condition.slice(NONE.length), write) : write;
};

const relicenseConditions = {
  none: NONE,
  is,
  tidy,
  /** The claims of a JWT, without verification. */
  unverified: (jwt: string): object => ({ payload: decodeJwt(jwt) }),
  answer: (id: string, answer: unknown, instead: boolean): unknown => (is(id) ? instead : answer),
  item: (id: string, write: Expression): Expression => (is(id) ? under('', write) : tidy(write)),
  /** A condition check without a condition is invalid, so it gets one that always holds. */
  check: (id: string, write: Expression): Expression => (is(id) ? under(ALWAYS, write) : tidy(write)),
  write: (id: string, write: Expression): Expression => {
    if (!is(id)) return write;
    return Object.fromEntries(
      Object.entries(write).map(([name, one]) => [
        name,
        under(name === 'ConditionCheck' ? ALWAYS : '', one as Expression),
      ]),
    );
  },
};

Object.assign(globalThis, { relicenseConditions });

beforeEach(() => {
  reached = new Set();
});
afterEach(({ task }) => {
  task.meta.conditionsReached = [...reached];
});
