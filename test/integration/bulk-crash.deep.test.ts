import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { crashBulkOrder } from '../harness/bulk-crash.ts';

/** The long run is `npm run bulk`. */
const LICENSES = 300;
const KILLS = 2;

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'relicense-bulk-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

it(`a bulk withdrawal of ${LICENSES} licenses, its runtime killed ${KILLS} times, completes with one vendor action per license`, async () => {
  const { order, killedAt, faults } = await crashBulkOrder(home, { licenses: LICENSES, kills: KILLS });
  expect(faults).toEqual([]);
  expect(order.progress).toEqual({ selected: 300, open: 0, withdrawn: 282, replaced: 0, pending: 15, refused: 3 });
  // A kill after the end would test nothing.
  expect(killedAt.map(({ status }) => status)).not.toContain('done');
}, 300_000);
