/** Measures round trips to the embedded runtime over HTTP: activate one license, apply the update, send the receipt. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '../client/index.ts';
import { Container, sync } from '../container/index.ts';
import { startRuntime } from '../local/runtime.ts';

const ROUND_TRIPS = 200;

export interface RoundTrips {
  readonly atOnce: number;
  readonly roundTrips: number;
  readonly perSecond: number;
  /** Median duration of a round trip, in milliseconds. */
  readonly median: number;
  /** 95th percentile of the duration, in milliseconds. */
  readonly slowest: number;
}

/** Measures once for each of these numbers of containers that work in parallel. */
export async function measureRoundTrips(
  numbers: readonly number[],
  report: (measured: RoundTrips) => void,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'relicense-bench-'));
  const running = await startRuntime({ home: join(folder, 'home'), port: 0, notify: console.error });
  try {
    const vendor = createClient({ server: running.url, token: running.token });
    await vendor.putProduct({ params: { code: 'bench' }, body: { name: 'bench', requires: [] } });
    const keys = await (await fetch(`${running.url}/.well-known/relicense-keys`)).json();
    for (const atOnce of numbers) {
      const containers = await Promise.all(
        Array.from({ length: atOnce }, (_, index) =>
          Container.create({ path: join(folder, `${atOnce}-${index}.json`), keys, server: running.url }),
        ),
      );
      const times: number[] = [];
      const each = Math.ceil(ROUND_TRIPS / atOnce);
      const tickets = await Promise.all(
        containers.map(async (_, index) => {
          const order = { orderId: `${atOnce}-${index}`, items: [{ product: 'bench', quantity: each }] };
          return vendor.createOrder({ body: order });
        }),
      );
      const startedAt = performance.now();
      await Promise.all(
        containers.map(async (container, index) => {
          const order = tickets[index];
          for (const license of order?.licenses ?? []) {
            const before = performance.now();
            const result = await sync(container, { ticket: order?.ticket, activate: [license.id] });
            if (!result.ok || result.report.status !== 'confirmed') throw new Error(JSON.stringify(result));
            times.push(performance.now() - before);
          }
        }),
      );
      const seconds = (performance.now() - startedAt) / 1_000;
      times.sort((one, other) => one - other);
      const at = (part: number) => times[Math.floor(times.length * part)] ?? 0;
      report({
        atOnce,
        roundTrips: times.length,
        perSecond: times.length / seconds,
        median: at(0.5),
        slowest: at(0.95),
      });
    }
  } finally {
    await running.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
