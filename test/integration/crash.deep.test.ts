import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CrashTest, startCrashTest } from '../harness/crash.ts';

let home: string;
let test: CrashTest;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'relicense-crash-'));
  test = await startCrashTest(home);
}, 180_000);
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** The long run is `npm run crash -- --rounds 50`. */
it('a runtime killed in the middle of reprogrammings finishes them all after a restart and leaves no lock (I8)', async () => {
  const { killedAfter, faults } = await test.round();
  expect(faults, `killed after ${killedAfter} answers`).toEqual([]);
  expect(await test.close()).toEqual([]);
}, 300_000);
