import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXPLAINED } from '../../mutation/explained.ts';
import { findConditions } from '../../mutation/find-conditions.ts';
import { PROJECT, proofs, ROOTS } from '../../mutation/proven.ts';
import { readModules } from '../../mutation/syntax.ts';

const conditions = findConditions(readModules(PROJECT, ROOTS)).filter(({ isSwitched }) => isSwitched);

test('every condition of the store, and every check of a signature or digest, is proven: a test fails without it', () => {
  const proven = new Set([...proofs().map(({ condition }) => condition), ...Object.keys(EXPLAINED)]);
  const unproven = conditions.filter(({ id }) => !proven.has(id)).map(({ id, line }) => `line ${line}: ${id}`);
  expect(unproven, 'write a test that fails without it, then: npm run mutate:conditions').toEqual([]);
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
