import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXPLAINED } from '../../mutation/explained.ts';
import { findConditions } from '../../mutation/find-conditions.ts';
import { PROJECT, proofs, ROOTS } from '../../mutation/proven.ts';
import { readModules } from '../../mutation/syntax.ts';

const conditions = findConditions(readModules(PROJECT, ROOTS)).filter(({ isSwitched }) => isSwitched);

/** The gap: conditions that no run of `npm run mutate:conditions` has proven yet. Prove them, and shorten the list. */
const UNPROVEN = JSON.parse(readFileSync(join(PROJECT, 'test/mutation/unproven.json'), 'utf8')) as readonly string[];

test('every condition of the store, and every check of a signature or digest, is proven, or is listed as not proven yet', () => {
  const proven = new Set([...proofs().map(({ condition }) => condition), ...Object.keys(EXPLAINED)]);
  const unproven = conditions.filter(({ id }) => !proven.has(id)).map(({ id }) => id);
  expect(unproven, 'write a test that fails without it, then: npm run mutate:conditions').toEqual(UNPROVEN);
});

test('every test file that proves a condition exists', () => {
  const files = new Set(proofs().map(({ noticedBy }) => noticedBy.slice(0, noticedBy.indexOf('.test.ts') + 8)));
  expect([...files].filter((file) => !existsSync(join(PROJECT, file)))).toEqual([]);
});

test('conditions of every kind are found', () => {
  expect(new Set(conditions.map(({ kind }) => kind))).toEqual(
    new Set(['condition', 'guarded write', 'refusal', 'guard', 'check']),
  );
  expect(conditions.length).toBeGreaterThan(200);
});
