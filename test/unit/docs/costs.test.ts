/** `docs/deploy.md` computes what a month costs from counts that other tests assert; this recomputes its table. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/deploy.md', root), 'utf8');
const section = page.slice(page.indexOf('## What it costs'), page.indexOf('## Then'));
const numbersOf = (cells: readonly string[]): number[] => cells.map((cell) => Number(cell.replace(/[*,]/g, '')));

const rows = [...section.matchAll(/^\| ([a-zA-Z][^|]*) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$/gm)].map(
  ([, name = '', ...cells]) => ({ name, numbers: numbersOf(cells) }),
);
const countsOf = (column: number): Map<string, number> =>
  new Map(rows.map(({ name, numbers }) => [name, numbers[column] ?? Number.NaN]));
const costOf = (column: number): number =>
  rows.reduce((sum, { numbers: [price = Number.NaN, ...counts] }) => sum + price * (counts[column] ?? Number.NaN), 0);

const [activation = 0, contact = 0] = [costOf(0), costOf(1)];

test('the page counts for an activation what the budget test asserts', () => {
  const budget = readFileSync(new URL('test/integration/budget.test.ts', root), 'utf8');
  const asserted = /toEqual\(\{ writeUnits: (\d+), transitions: (\d+), invocations: (\d+) \}\)/.exec(budget) ?? [];
  const counted = countsOf(1);
  expect(numbersOf(asserted.slice(1))).toEqual(
    ['write units', 'state transitions', 'invocations'].map((name) => counted.get(name)),
  );
});

test('the sums of the table of costs are those of its prices and counts', () => {
  expect(rows).toHaveLength(7);
  const sums = [activation, contact].map((sum) => `**${sum.toFixed(2)}**`);
  expect(section).toContain(`| **USD per million** | | ${sums.join(' | ')} |`);
  expect(section).toContain(`contacts × ${contact.toFixed(2)} + activations × ${activation.toFixed(2)}`);
});

test.each([1_000, 100_000, 10_000_000])(
  'the page has the costs of %i containers as its formula gives them',
  (containers) => {
    const month = (containers * (30 * contact + activation)) / 1_000_000;
    expect(section).toContain(`| ${containers.toLocaleString('en')} | ${month.toFixed(2)} |`);
  },
);
