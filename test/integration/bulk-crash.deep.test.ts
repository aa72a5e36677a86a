import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { crashBulkOrder } from '../harness/bulk-crash.ts';

/** The long run is `npm run bulk`. */
const LICENSES = 1_500;
/** Of 100 licenses that are sold together. */
const OF_A_HUNDRED = { withdrawn: 94, pending: 5, refused: 1 };
const KILLS = 2;

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'relicense-bulk-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

it(`a bulk withdrawal of ${LICENSES} licenses, its runtime killed ${KILLS} times, completes with one vendor action per license`, async () => {
  const { order, killedAt, faults } = await crashBulkOrder(home, { licenses: LICENSES, kills: KILLS });
  expect(faults).toEqual([]);
  const hundreds = LICENSES / 100;
  const of = Object.fromEntries(Object.entries(OF_A_HUNDRED).map(([name, count]) => [name, count * hundreds]));
  expect(order.progress).toEqual({ selected: LICENSES, open: 0, replaced: 0, ...of });
  // A kill after the end would test nothing.
  expect(killedAt.map(({ status }) => status)).not.toContain('done');
}, 300_000);
