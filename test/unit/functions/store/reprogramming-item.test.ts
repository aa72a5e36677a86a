import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { DEPOT } from '../../../../contract/depot.ts';
import { MAX_MANUAL_ACTIONS, MAX_NAMED_LICENSE_BYTES } from '../../../../domain/limits.ts';
import { decideReprogramming } from '../../../../domain/reprogramming.ts';
import {
  parseReprogrammings,
  putReprogramming,
  type Reprogramming,
  removeReprogramming,
} from '../../../../functions/store/reprogramming-item.ts';
import { parseOutcome, putOutcome, type RequestOutcome } from '../../../../functions/store/request-outcome-item.ts';
import type { Write } from '../../../../functions/store/transactions.ts';
import { aContainer, activatingUnknown, aLicense, NOW, withdrawing } from '../../domain/given.ts';
import { givenRuntime } from '../given-dependencies.ts';

const SERIAL = 's'.repeat(43);
const ID = `${SERIAL}-1-00000000000000000000`;
const ITEM_BYTES = 400 * 1024;
const EXECUTION_INPUT_BYTES = 256 * 1024;
const { dependencies } = givenRuntime();

/** The longest id that a request may name, of random bytes, which compression does not shorten. */
function longestId(): string {
  const characters = Array.from({ length: MAX_NAMED_LICENSE_BYTES }, () => String.fromCharCode(randomInt(0x23, 0x7f)));
  return characters.join('').replaceAll('\\', '/');
}

/** As many manual actions as a request may have, on unknown licenses, so that a pending withdrawal drops them all. */
const DEACTIVATE = Array.from({ length: MAX_MANUAL_ACTIONS }, longestId);
const ACTIVATE = Array.from({ length: MAX_MANUAL_ACTIONS }, longestId);
const doomed = aLicense('doomed');
const decision = decideReprogramming(
  aContainer({ holds: [doomed], pending: [withdrawing('doomed')] }),
  { deactivate: DEACTIVATE, activate: ACTIVATE.map(activatingUnknown) },
  NOW,
);
if (decision.kind !== 'reprogram') throw new Error(`Unexpected decision: ${decision.kind}`);
const { dropped } = decision;

const POSITION = { counter: 1, digest: `sha256:${'0'.repeat(64)}` };
/** Changes that fill one page. */
const CHANGES: Reprogramming['changes'] = Array.from({ length: 130 }, (_, index) => ({
  step: 'assign',
  op: 'put',
  license: aLicense(`${index}`, { terms: { features: Array.from({ length: 13 }, () => 'f'.repeat(100)) } }),
}));
const PLAN: Reprogramming = {
  id: ID,
  counter: 1,
  from: { ...POSITION, counter: 0 },
  to: POSITION,
  contextCounter: 0,
  keys: 1,
  request: 'r'.repeat(43),
  actor: 'user',
  plannedAt: dependencies.now().toISOString(),
  dropped,
  changes: CHANGES,
};

const itemOf = (write: Write | undefined): Record<string, unknown> => write?.Put?.Item ?? {};

/** Bytes as DynamoDB counts them: names, values, and the overhead of lists, maps and their members. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return 21;
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + 1 + bytesOf(item), 3);
  const members = Object.entries(value ?? {});
  return members.reduce((sum, [name, member]) => sum + 1 + Buffer.byteLength(name) + bytesOf(member), 3);
}

test('each dropped manual action is named, up to the largest request', () => {
  expect(dropped.map(({ action, license }) => [action, license])).toEqual([
    ...DEACTIVATE.map((license) => ['deactivate', license]),
    ...ACTIVATE.map((license) => ['activate', license]),
  ]);
});

test('a plan that drops 2,000 actions with the longest ids fits in its item and is parsed unchanged', () => {
  const items = putReprogramming(dependencies, SERIAL, PLAN).map(itemOf);
  expect(items.map(bytesOf).every((bytes) => bytes < ITEM_BYTES / 2 + 10_000)).toBe(true);
  expect(parseReprogrammings(items)).toEqual([PLAN]);
});

test('removing a plan deletes exactly the items that writing it made', () => {
  const keysOf = (writes: readonly Write[]) =>
    writes.map(({ Put, Delete }) => ({ pk: Put?.Item?.pk ?? Delete?.Key?.pk, sk: Put?.Item?.sk ?? Delete?.Key?.sk }));
  const more = { ...PLAN, changes: [...CHANGES, ...CHANGES] };
  for (const plan of [PLAN, more, { ...PLAN, dropped: [] }, { ...more, dropped: [] }]) {
    expect(keysOf(removeReprogramming(dependencies, SERIAL, plan))).toEqual(
      keysOf(putReprogramming(dependencies, SERIAL, plan)),
    );
  }
});

test('a plan that drops few actions is stored uncompressed', () => {
  const plan = { ...PLAN, dropped: dropped.slice(0, 3) };
  const writes = putReprogramming(dependencies, SERIAL, plan);
  expect(writes).toHaveLength(1);
  const [write] = writes;
  expect(itemOf(write).dropped).toEqual(plan.dropped);
  expect(parseReprogrammings([itemOf(write)])).toEqual([plan]);
});

test.each([
  ['dropped actions', { kind: 'nothing', dropped, answeredBy: ID }],
  ['dropped actions alone', { kind: 'nothing', dropped }],
  ['few dropped actions', { kind: 'nothing', dropped: dropped.slice(0, 3) }],
  ['conflicts', { kind: 'refused', refusal: { code: 'manual-conflict', conflicts: dropped } }],
  ['few conflicts', { kind: 'refused', refusal: { code: 'manual-conflict', conflicts: dropped.slice(0, 3) } }],
] satisfies [string, RequestOutcome][])('an outcome with %s fits in its item and is parsed unchanged', (_, outcome) => {
  const item = itemOf(putOutcome(dependencies, SERIAL, ID, outcome));
  expect(bytesOf(item)).toBeLessThan(ITEM_BYTES);
  expect(parseOutcome(item)).toEqual(outcome);
});

test('2,000 actions with the longest ids and tickets fit in the input of an execution', () => {
  const ticket = 'AAAAA-AAAAA-AAAAA-AAAAA-AAAAA';
  const body = { context: 'c', deactivate: DEACTIVATE, activate: ACTIVATE.map((license) => ({ ticket, license })) };
  const { activate, deactivate } = DEPOT.createReprogramming.request.body.parse(body);
  const input = { reprogramming: ID, container: SERIAL, activate, deactivate, from: 0, request: PLAN.request };
  expect(Buffer.byteLength(JSON.stringify({ ...input, actor: 'user' }))).toBeLessThan(EXECUTION_INPUT_BYTES - 1024);
});

test.each([
  ['an unknown id', 'nope', true],
  ['64 letters', 'n'.repeat(64), true],
  ['letters of several bytes', '漢'.repeat(21), true],
  ['more bytes than letters', '漢'.repeat(22), false],
  ['characters that JSON escapes', '"'.repeat(33), false],
  ['control characters', '\u0001'.repeat(11), false],
])('an id in a manual action is bounded by its bytes: %s', (_, license, isTaken) => {
  const parse = (body: object) => DEPOT.createReprogramming.request.body.safeParse({ context: 'c', ...body }).success;
  expect(parse({ deactivate: [license] })).toBe(isTaken);
  expect(parse({ activate: [{ ticket: 'x', license }] })).toBe(isTaken);
});
