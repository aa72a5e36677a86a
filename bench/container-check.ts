/** The first `check` of a fresh process, beside what Node needs to parse and write the same file as JSON. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Container } from '../container/index.ts';
import { activation, TestVendor } from '../test/unit/container/test-vendor.ts';

export interface CheckTimes {
  readonly licenses: number;
  /** JSON.parse and JSON.stringify of the container file. */
  readonly baseline: number;
  readonly open: number;
  readonly first: number;
  readonly repeated: number;
}

const run = promisify(execFile);
const ROUNDS = 5;

/** Milliseconds, each the median of five fresh processes. */
export async function measureCheck(counts: readonly number[], report: (times: CheckTimes) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'relicense-bench-'));
  try {
    for (const licenses of counts) {
      const vendor = new TestVendor();
      const keys = await vendor.keys();
      const [path, keysPath] = [join(folder, `${licenses}.json`), join(folder, `${licenses}-keys.json`)];
      await writeFile(keysPath, JSON.stringify(keys));
      const container = await Container.create({ path, keys });
      const terms = { expiresAt: '2099-01-01T00:00:00Z', features: ['render', 'animation'], leaseDays: 30 };
      const operations = Array.from({ length: licenses }, (_, index) =>
        activation(`L${String(index).padStart(19, '0')}`, { product: index === licenses - 1 ? 'last' : 'cad', terms }),
      );
      await container.apply({
        updates: [await vendor.issue(container.serial, operations, Math.floor(Date.now() / 1_000))],
      });
      const rounds: number[][] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const { stdout } = await run(process.execPath, [
          join(import.meta.dirname, 'container-check-child.ts'),
          path,
          keysPath,
        ]);
        rounds.push(JSON.parse(stdout));
      }
      const [baseline = 0, open = 0, first = 0, repeated = 0] = [0, 1, 2, 3].map(
        (column) => rounds.map((round) => round[column] ?? 0).sort((one, other) => one - other)[ROUNDS >> 1] ?? 0,
      );
      report({ licenses, baseline, open, first, repeated });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
