import { expect, test } from 'vitest';
import { MAX_KNOWN_PLAN_BYTES } from '../../../../../contract/tasks.ts';
import {
  type KnownPlan,
  knownPlanJson,
  parseKnownHead,
  parseKnownPlan,
} from '../../../../../functions/use-cases/reprogramming/known-plan.ts';
import { aLicense } from '../../../domain/given.ts';

const PLACE = { counter: 0, digest: 'sha256:0' };

/** A plan that activates so many licenses. */
function planOf(quantity: number): KnownPlan {
  const licenses = Array.from({ length: quantity }, (_, index) => aLicense(String(index).padStart(20, '0')));
  return {
    head: {
      serial: 'serial',
      status: 'active',
      confirmed: PLACE,
      issued: PLACE,
      pendingCount: 0,
      firstSeenAt: '2027-01-01T00:00:00.000Z',
      revision: 3,
    },
    plan: {
      id: 'id',
      counter: 1,
      from: PLACE,
      to: { counter: 1, digest: 'sha256:1' },
      contextCounter: 0,
      keys: 1,
      request: 'request',
      actor: 'user',
      plannedAt: '2027-01-01T00:00:00.000Z',
      dropped: [],
      changes: licenses.map((license) => ({ step: 'activate', op: 'put', license })),
    },
    licenses: new Map(
      licenses.map((license) => [license.id, { ...license, standing: { at: 'available' }, revision: 2 }]),
    ),
  };
}

const throughJson = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value));

test('a plan of ten licenses comes back from the payload as it was', () => {
  const plan = planOf(10);
  expect(parseKnownPlan(throughJson(knownPlanJson(plan)))).toEqual(plan);
});

test('a plan travels in the payload if it has at most 32,000 bytes as JSON, and not otherwise', () => {
  const sizes = Array.from({ length: 200 }, (_, index) => knownPlanJson(planOf(index + 1))).map((json) =>
    json === undefined ? undefined : Buffer.byteLength(JSON.stringify(json)),
  );
  const fitting = sizes.filter((size) => size !== undefined);
  expect(Math.max(...fitting)).toBeLessThanOrEqual(MAX_KNOWN_PLAN_BYTES);
  expect(Math.max(...fitting)).toBeGreaterThan(MAX_KNOWN_PLAN_BYTES - 1_000);
  expect(sizes.lastIndexOf(fitting.at(-1))).toBe(fitting.length - 1);
  expect(fitting.length).toBeLessThan(200);
});

test.each([
  ['absent', undefined],
  ['empty', {}],
  ['without its head', { ...knownPlanJson(planOf(1)), head: {} }],
  ['with a license in an unknown form', { ...knownPlanJson(planOf(1)), licenses: [{ id: 'x' }] }],
])('a plan in the payload that is %s is not used', (_form, json) => {
  expect(parseKnownPlan(json as never)).toBeUndefined();
});

test('a head in the payload is used only if it is whole', () => {
  const { head } = planOf(1);
  expect(parseKnownHead(throughJson({ ...head }))).toEqual(head);
  expect(parseKnownHead({ serial: 'serial' })).toBeUndefined();
  expect(parseKnownHead(undefined)).toBeUndefined();
});
