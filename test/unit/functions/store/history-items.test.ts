import { expect, test } from 'vitest';
import { orderHistory } from '../../../../functions/store/history-items.ts';
import type { Item } from '../../../simulation/memory-table.ts';
import { givenRuntime } from '../given-dependencies.ts';

/** An item's limit with a margin, because DynamoDB counts bytes in its own way. */
const MOST_BYTES = 400_000 / 2;

const written = (count: number): Item[] => {
  const entries = Array.from({ length: count }, (_, index) => ({
    type: 'withdrawal.ordered' as const,
    license: String(index).padStart(20, '0'),
    container: 'c'.repeat(43),
    reprogramming: 'r'.repeat(80),
    reason: 'x'.repeat(500),
    counter: 1_000_000,
    orderId: index % 2 === 0 ? 'one' : 'other',
  }));
  return orderHistory(givenRuntime().dependencies, { kind: 'vendor' }, 'c'.repeat(43), entries).map(
    ({ Put }) => Put?.Item ?? {},
  );
};

test('the evidence is one item for each order', () => {
  expect(written(6).map(({ orderId, entries }) => [orderId, (entries as unknown[]).length])).toEqual([
    ['one', 3],
    ['other', 3],
  ]);
});

test('the evidence of thousands of licenses is divided into items below the size limit, in order', () => {
  const items = written(5_000);
  for (const item of items) expect(Buffer.byteLength(JSON.stringify(item))).toBeLessThan(MOST_BYTES);
  const response = (orderId: string) =>
    items
      .filter((item) => item['orderId'] === orderId)
      .flatMap(({ entries }) => (entries as { license: string }[]).map(({ license }) => Number(license)));
  expect(response('one')).toEqual(Array.from({ length: 2_500 }, (_, index) => 2 * index));
  expect(response('other')).toEqual(Array.from({ length: 2_500 }, (_, index) => 2 * index + 1));
  // Each item has its own id, and the ids are in this order.
  const ids = items.map(({ eventId }) => String(eventId));
  expect(ids).toEqual([...new Set(ids)].sort());
});
