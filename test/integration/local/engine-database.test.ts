import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DescribeTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readTable } from '../../../cdk/read-template.ts';
import { stackTemplate } from '../../../cdk/stack-template.ts';
import { startEngine } from '../../../local/dynamodb-engine.ts';
import { findEngineBinary } from '../../../local/engine-binary.ts';
import { deleteHandledRecords } from '../../../local/engine-database.ts';
import { connectStream } from '../../../local/stream-client.ts';
import { ensureTable } from '../../../local/table.ts';
import { connectTable } from '../../../local/table-client.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';

const TABLE = 'relicense';

async function start() {
  const database = join(temporaryFolder(), 'table.db');
  const engine = await startEngine({
    database,
    notify: () => undefined,
    onLost: ({ message }) => expect.unreachable(message),
  });
  onTestFinished(() => engine.close());
  const { client, close } = connectTable(engine.endpoint);
  onTestFinished(close);
  await ensureTable(client, TABLE, readTable(await stackTemplate()));
  const streams = connectStream(engine.endpoint);
  onTestFinished(() => streams.destroy());
  let written = 0;
  return {
    database,
    streams,
    write: async (items: number) => {
      for (let item = 0; item < items; item++) {
        const Item = { pk: { S: `item ${written++}` }, sk: { S: 'item' } };
        await client.send(new PutItemCommand({ TableName: TABLE, Item }));
      }
    },
    /** The stream's only shard and the sequence numbers of its records. */
    read: async () => {
      const { Table } = await client.send(new DescribeTableCommand({ TableName: TABLE }));
      const StreamArn = Table?.LatestStreamArn;
      const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
      const [shard] = StreamDescription?.Shards ?? [];
      const { ShardIterator } = await streams.send(
        new GetShardIteratorCommand({ StreamArn, ShardId: shard?.ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
      );
      const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator }));
      return {
        stream: String(StreamArn),
        shard: String(shard?.ShardId),
        numbers: Records.map(({ dynamodb }) => Number(dynamodb?.SequenceNumber)),
      };
    },
  };
}

describe('the engine’s queries on its stream', () => {
  // Copied from the program, so that this test fails if another version has other queries.
  const QUERIES = [
    'SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = ?1',
    'SELECT MIN(sequence_number), MAX(sequence_number) FROM _stream_records WHERE table_name = ?1 AND shard_id = ?2',
    `             FROM _stream_records
             WHERE table_name = ?1 AND shard_id = ?2 AND CAST(sequence_number AS INTEGER) > ?3
             ORDER BY CAST(sequence_number AS INTEGER) ASC
             LIMIT ?4`,
  ] as const;

  test.each(QUERIES)('%s uses an index', async (query) => {
    expect(readFileSync(findEngineBinary()).includes(query)).toBe(true);
    const { database } = await start();
    const opened = new DatabaseSync(database, { readOnly: true });
    onTestFinished(() => opened.close());
    const given = Array.from(query.matchAll(/\?\d/g), () => 'x');
    const plan = opened
      .prepare(`EXPLAIN QUERY PLAN ${query.startsWith('SELECT') ? '' : 'SELECT *'} ${query}`)
      .all(...given);
    const steps = plan.map(({ detail }) => String(detail));
    expect(steps).toEqual([expect.stringMatching(/^SEARCH _stream_records USING (COVERING )?INDEX relicense_stream_/)]);
  });
});

describe('handled records', () => {
  test('are deleted except the last one, and the sequence numbers continue', async () => {
    const { database, write, read } = await start();
    await write(5);
    const { stream, shard, numbers } = await read();
    expect(numbers).toEqual([1, 2, 3, 4, 5]);
    expect(deleteHandledRecords(database, { stream, shards: { [shard]: '3' } })).toBe(2);
    await write(1);
    expect((await read()).numbers).toEqual([3, 4, 5, 6]);
    expect(deleteHandledRecords(database, { stream, shards: { [shard]: '6' } })).toBe(3);
    await write(1);
    expect((await read()).numbers).toEqual([6, 7]);
  });

  test('stay if they belong to another stream, or if the position is the end of a shard', async () => {
    const { database, write, read } = await start();
    await write(3);
    const { stream, shard } = await read();
    expect(deleteHandledRecords(database, { stream: `${stream}1`, shards: { [shard]: '3' } })).toBe(0);
    expect(deleteHandledRecords(database, { stream, shards: { [shard]: 'end', 'another shard': '3' } })).toBe(0);
    expect((await read()).numbers).toEqual([1, 2, 3]);
  });
});
