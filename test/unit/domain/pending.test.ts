import { expect, it } from 'vitest';
import { licenseOfAction, overdueSince, withPendingAction } from '../../../domain/pending.ts';
import { aLicense, assigning, replacing, withdrawing } from './given.ts';

const A = withdrawing('a');
const B = replacing('b', aLicense('b2'));
const C = assigning(aLicense('c'));

it('a vendor action stands under the license that it was ordered for', () => {
  expect([A, B, C].map(licenseOfAction)).toEqual(['a', 'b', 'c']);
});

it('W7 a new order on a license takes the place of the one before, and of no other', () => {
  const next = withdrawing('b');
  expect(withPendingAction([A, B, C], 'b', next)).toEqual([A, C, next]);
  expect(withPendingAction([A, C], 'b', next)).toEqual([A, C, next]);
});

it('W6 a cancelled order leaves the others as they are', () => {
  expect(withPendingAction([A, B, C], 'c')).toEqual([A, B]);
  expect(withPendingAction([A, B, C], 'none')).toEqual([A, B, C]);
});

it('an action is overdue from the moment on, and until the vendor was told', () => {
  const at = '2027-01-31T00:00:00.000Z';
  const old = { ...A, orderedAt: at };
  const late = { ...B, orderedAt: '2027-01-31T00:00:00.001Z' };
  expect(overdueSince([old, late], Date.parse(at) - 1)).toEqual([]);
  expect(overdueSince([old, late], Date.parse(at))).toEqual([old]);
  expect(overdueSince([{ ...old, overdueAt: at }, late], Date.parse(at) + 1)).toEqual([late]);
});
