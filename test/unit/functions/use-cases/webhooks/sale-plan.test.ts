import { describe, expect, test } from 'vitest';
import type { Standing } from '../../../../../domain/license.ts';
import { planRefund, standingsByUnit } from '../../../../../functions/use-cases/webhooks/refund-plan.ts';
import { planSale } from '../../../../../functions/use-cases/webhooks/sale-plan.ts';

const mappings = new Map([
  ['PRO', { items: [{ product: 'cad', quantity: 1, terms: { quantity: 5 } }] }],
  [
    'BUNDLE',
    {
      items: [
        { product: 'cad', quantity: 1 },
        { product: 'viewer', quantity: 2 },
      ],
    },
  ],
  ['T-SHIRT', { items: [] }],
  ['HUGE', { items: [{ product: 'cad', quantity: 2000 }] }],
]);
const products = new Map([['viewer', {}]]);
const plan = (...lines: (readonly [string, number])[]) =>
  planSale(
    {
      orderId: 'o',
      lines: lines.map(([sku, quantity], index) => ({ line: `l${index}`, sku, quantity })),
      refunded: [],
    },
    mappings,
    products,
  );

describe('a sale', () => {
  test('the plan of a sale has the items line by line, and the units of each line', () => {
    expect(plan(['PRO', 2], ['T-SHIRT', 1], ['BUNDLE', 3], ['viewer', 1])).toEqual({
      kind: 'order',
      body: {
        orderId: 'o',
        items: [
          { product: 'cad', quantity: 2, terms: { quantity: 5 } },
          { product: 'cad', quantity: 3 },
          { product: 'viewer', quantity: 6 },
          { product: 'viewer', quantity: 1 },
        ],
      },
      sale: {
        lines: [
          { line: 'l0', quantity: 2, units: [2] },
          { line: 'l1', quantity: 1, units: [] },
          { line: 'l2', quantity: 3, units: [3, 6] },
          { line: 'l3', quantity: 1, units: [1] },
        ],
        refunded: [],
      },
    });
  });

  test('a sale with unknown SKUs delivers nothing, and the errors name every unknown SKU', () => {
    const planned = plan(['PRO', 1], ['X', 1], ['Y', 1]);
    expect(planned.kind === 'unknown' && planned.errors.map(({ path }) => path)).toEqual([
      'line_items.1.sku',
      'line_items.2.sku',
    ]);
  });

  test('a sale without a license or without a unit orders nothing', () => {
    expect(plan(['T-SHIRT', 2], ['PRO', 0])).toEqual({ kind: 'nothing' });
  });

  test('a line of 4,000 licenses is refused with an error on its quantity', () => {
    expect(plan(['HUGE', 2])).toMatchObject({ kind: 'unknown', errors: [{ path: 'line_items.0.quantity' }] });
  });
});

describe('a refund', () => {
  const sale = {
    lines: [
      { line: 'pro', quantity: 2, units: [2] },
      { line: 'shirt', quantity: 1, units: [] },
      { line: 'bundle', quantity: 3, units: [3, 6] },
    ],
    refunded: [],
  };
  const available: Standing = { at: 'available' };
  const all = new Map(Array.from({ length: 11 }, (_, unit) => [unit, available] as const));
  const refund = (lines: readonly (readonly [string, number])[], taken: readonly number[] = []) =>
    planRefund(
      sale,
      lines.map(([line, quantity]) => ({ line, quantity })),
      new Set(taken),
      all,
    );

  test('a refund takes the refunded part of each item of a line', () => {
    expect(refund([['bundle', 2]])).toEqual({ kind: 'units', units: [2, 3, 5, 6, 7, 8] });
    expect(refund([['bundle', 1]], [2, 3, 5, 6, 7, 8])).toEqual({ kind: 'units', units: [4, 9, 10] });
  });

  test('a refund can name a line twice, and a line that delivered nothing', () => {
    const lines = [
      ['pro', 1],
      ['shirt', 1],
      ['pro', 1],
    ] as const;
    expect(refund(lines)).toEqual({ kind: 'units', units: [0, 1] });
  });

  test('a refund of more units than are left takes nothing', () => {
    expect(
      refund(
        [
          ['bundle', 1],
          ['pro', 2],
        ],
        [0],
      ),
    ).toMatchObject({
      kind: 'unusable',
      errors: [{ path: 'refund_line_items.1.quantity' }],
    });
  });

  test('a refund of a line that was never sold takes nothing', () => {
    expect(
      refund([
        ['pro', 1],
        ['other', 1],
      ]),
    ).toMatchObject({
      kind: 'unusable',
      errors: [{ path: 'refund_line_items.1' }],
    });
  });
});

test('a unit has the standing of its license on the ticket; a replacement counts once it is available', () => {
  const waiting: Standing = { at: 'available', reservation: { for: 'replace', container: 'c', predecessor: '0001A' } };
  const collected: Standing = { at: 'collected', container: 'c', counter: 1 };
  const licenses = [
    { id: '0000A', standing: { at: 'replaced' } },
    { id: '0000B', standing: { at: 'available' } },
    { id: '0001A', standing: collected },
    { id: '0001B', standing: waiting },
    { id: '0002A', standing: { at: 'withdrawn' } },
  ] as const;
  const standings = standingsByUnit(licenses, (id) => Number(id.slice(0, 4)));
  expect([...standings]).toEqual([
    [0, { at: 'available' }],
    [1, collected],
  ]);
});
