import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PAGE, RULES, ruleCoverage, rulesNamed, ruleTable, withTable } from '../../../scripts/rule-coverage.ts';

it.each(Object.keys(RULES))('rule %s is named by a test', (rule) => {
  expect(ruleCoverage().get(rule)).not.toEqual([]);
});

it('the table in docs/testing.md is the one that `npm run rules` writes', () => {
  const page = readFileSync(PAGE, 'utf8');
  expect(page).toBe(withTable(page, ruleTable(ruleCoverage())));
});

it('a rule counts when a title names it, in whatever form the test is written', () => {
  const source = `
    it('W1 one', () => {});
    test("T2: two", () => {});
    describe(\`it's about Q3 and I10\`, () => {});
    it.each([
      ['a (strange) value', 1],
    ])('R4 %s', () => {});
    it(
      'A1 on a line of its own', () => {});
    // it('W7 is only thought of
    expect('I9').toBe(W6);
  `;
  expect([...rulesNamed(source)].sort()).toEqual(['A1', 'I10', 'Q3', 'R4', 'T2', 'W1']);
});
