/**
 * Measures what a write costs the embedded database, and whether the cost grows with the table: transactions of 100 new
 * items each, in milliseconds of the engine's CPU time (Linux only) and of wall-clock time per item.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { readTable } from '../cdk/read-template.ts';
import { stackTemplate } from '../cdk/stack-template.ts';
import { type Engine, startEngine } from '../local/dynamodb-engine.ts';
import { ensureTable } from '../local/table.ts';
import { connectTable } from '../local/table-client.ts';

const TABLE = 'relicense';
const ITEMS = 100;
const TRANSACTIONS = 50;
/** One clock tick of Linux, the unit of CPU time in `/proc`. */
const TICK_MILLISECONDS = 10;

export interface WriteCost {
  /** Items in the table before the measurement. */
  readonly items: number;
  readonly cpuMilliseconds: number;
  readonly milliseconds: number;
}

/** @param rounds number of rounds, 5,000 items each. */
export async function measureWrites(rounds: number, report: (cost: WriteCost) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'relicense-bench-'));
  const fail = (error: Error): never => {
    throw error;
  };
  const engine = await startEngine({ database: join(folder, 'table.db'), notify: console.error, onLost: fail });
  const { client, documents, close } = connectTable(engine.endpoint);
  try {
    await ensureTable(client, TABLE, readTable(await stackTemplate()));
    let items = 0;
    const putNext = () => {
      items += 1;
      return {
        Put: {
          TableName: TABLE,
          Item: { pk: `LICENSE#${items}`, sk: 'LICENSE', revision: 1, filler: 'x'.repeat(200) },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      };
    };
    for (let round = 0; round < rounds; round++) {
      const before = { items, cpu: cpuOf(engine), at: performance.now() };
      for (let transaction = 0; transaction < TRANSACTIONS; transaction++)
        await documents.send(new TransactWriteCommand({ TransactItems: Array.from({ length: ITEMS }, putNext) }));
      report({
        items: before.items,
        cpuMilliseconds: (cpuOf(engine) - before.cpu) / (items - before.items),
        milliseconds: (performance.now() - before.at) / (items - before.items),
      });
    }
  } finally {
    close();
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** CPU time of the engine in user and kernel mode, in milliseconds. */
function cpuOf(engine: Engine): number {
  const [, after = ''] = readFileSync(`/proc/${engine.pid()}/stat`, 'utf8').split(') ');
  const fields = after.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MILLISECONDS;
}
