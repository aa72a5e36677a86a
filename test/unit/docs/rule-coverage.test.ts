import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PAGE, RULES, ruleCoverage, rulesNamed, ruleTable, withTable } from '../../../scripts/rule-coverage.ts';

const coverage = ruleCoverage();

test.each(Object.keys(RULES))('%s is named by a test', (rule) => {
  expect(coverage.get(rule)).not.toEqual([]);
});

test('a rule counts as tested only when the title of a test names it', () => {
  const source = `
    // test('W1 in a comment', () => {});
    describe('W2 around', () => {
      test.each([1])('T10 and I10 and Q3 of %s', () => { expect('R1').toBe('R1'); });
    });
  `;
  expect([...rulesNamed(source)].sort()).toEqual(['I10', 'Q3', 'W2']);
});

test('docs/testing.md has the table as it is today: npm run rules writes it', () => {
  const page = readFileSync(PAGE, 'utf8');
  expect(withTable(page, ruleTable(coverage))).toBe(page);
});
