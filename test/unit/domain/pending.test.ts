import { expect, it } from 'vitest';
import { licenseOfAction, overdueSince, withPendingAction } from '../../../domain/pending.ts';
import { aLicense, assigning, replacing, withdrawing } from './given.ts';

const A = withdrawing('a');
const B = replacing('b', aLicense('b2'));
const C = assigning(aLicense('c'));

it('licenseOfAction returns the id of the withdrawn, the replaced or the assigned license', () => {
  expect([A, B, C].map(licenseOfAction)).toEqual(['a', 'b', 'c']);
});

it('W7 a new vendor action on a license replaces the earlier one on it, and no other', () => {
  const next = withdrawing('b');
  expect(withPendingAction([A, B, C], 'b', next)).toEqual([A, C, next]);
  expect(withPendingAction([A, C], 'b', next)).toEqual([A, C, next]);
});

it('W6 cancelling a vendor action leaves the others as they are', () => {
  expect(withPendingAction([A, B, C], 'c')).toEqual([A, B]);
  expect(withPendingAction([A, B, C], 'none')).toEqual([A, B, C]);
});

it('overdueSince returns actions ordered at the time or before, until their overdue event was emitted', () => {
  const at = '2027-01-31T00:00:00.000Z';
  const old = { ...A, orderedAt: at };
  const late = { ...B, orderedAt: '2027-01-31T00:00:00.001Z' };
  expect(overdueSince([old, late], Date.parse(at) - 1)).toEqual([]);
  expect(overdueSince([old, late], Date.parse(at))).toEqual([old]);
  expect(overdueSince([{ ...old, overdueAt: at }, late], Date.parse(at) + 1)).toEqual([late]);
});
