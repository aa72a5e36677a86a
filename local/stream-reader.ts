/**
 * Reads the table's stream as Lambda's event source mapping does: shard by shard and batch by batch. It retries a failed
 * batch from its first failed record. It stores the position after each batch, so the handler gets each record at least
 * once, even after a crash.
 */
import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
} from '@aws-sdk/client-dynamodb-streams';
import type { StreamEvent, StreamResult } from '../functions/use-cases/events/consume.ts';
import { type KeptPosition, readStreamPosition, writeStreamPosition } from './stream-position.ts';

const BATCH_SIZE = 100;
const IDLE_PAUSE_MILLISECONDS = 250;
const BUSY_PAUSE_MILLISECONDS = 20;
const ERROR_PAUSE_MILLISECONDS = 1_000;
const END = 'end';

export interface StreamReaderOptions {
  readonly table: DynamoDBClient;
  readonly streams: DynamoDBStreamsClient;
  readonly tableName: string;
  readonly handler: (event: StreamEvent) => Promise<StreamResult>;
  /** File of the position; `undefined` for memory. */
  readonly position: string | undefined;
  readonly notify: (message: string) => void;
}

export interface StreamReader {
  /** Waits for the current batch and reads no more. */
  close(): Promise<void>;
}

export function startStreamReader(options: StreamReaderOptions): StreamReader {
  const { notify } = options;
  let closing = false;
  let wake = (): void => undefined;
  const pause = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (closing) wake();
    });

  const run = async (): Promise<void> => {
    let lastMessage = '';
    const reader = createReader(options, () => closing);
    while (!closing) {
      try {
        const found = await reader();
        lastMessage = '';
        await pause(found ? BUSY_PAUSE_MILLISECONDS : IDLE_PAUSE_MILLISECONDS);
      } catch (error) {
        if (closing) return;
        const message = String(error);
        // A restarting engine fails for a moment, so the same error is reported only once.
        if (message !== lastMessage) notify(`The table's stream could not be read; trying again: ${message}`);
        lastMessage = message;
        await pause(ERROR_PAUSE_MILLISECONDS);
      }
    }
  };
  const running = run();
  return {
    close: async () => {
      closing = true;
      wake();
      await running;
    },
  };
}

/** A function that reads one batch of each shard. It returns whether there was a record. */
function createReader(
  { table, streams, tableName, handler, position, notify }: StreamReaderOptions,
  isClosing: () => boolean,
): () => Promise<boolean> {
  let kept = readStreamPosition(position, notify);
  const iterators = new Map<string, string>();
  let stream: string | undefined;
  /** The shards, if the list is complete and the last read did not fail. */
  let listed: readonly Shard[] = [];

  const keep = (shard: string, at: string): void => {
    if (stream === undefined) return;
    const next: KeptPosition = { stream, shards: { ...kept?.shards, [shard]: at } };
    writeStreamPosition(position, next);
    kept = next;
  };

  const open = async (shard: string): Promise<string | undefined> => {
    const after = kept?.shards[shard];
    const { ShardIterator } = await streams.send(
      new GetShardIteratorCommand({
        StreamArn: stream,
        ShardId: shard,
        ...(after === undefined
          ? { ShardIteratorType: 'TRIM_HORIZON' }
          : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after }),
      }),
    );
    return ShardIterator;
  };

  const readShard = async (shard: string): Promise<boolean> => {
    const iterator = iterators.get(shard) ?? (await open(shard));
    // If the read fails, the next one opens the shard again, after the last handled record.
    iterators.delete(shard);
    if (iterator === undefined) return false;
    const { Records = [], NextShardIterator } = await streams.send(
      new GetRecordsCommand({ ShardIterator: iterator, Limit: BATCH_SIZE }),
    );
    if (Records.length > 0) {
      const { batchItemFailures } = await handler({ Records });
      const failed = batchItemFailures[0]?.itemIdentifier;
      const done = failed === undefined ? Records.length : Records.findIndex((each) => numberOf(each) === failed);
      const last = Records[done - 1];
      if (last !== undefined) keep(shard, numberOf(last));
      if (failed !== undefined) throw new Error(`The record ${failed} was not handled`);
    }
    if (NextShardIterator === undefined) keep(shard, END);
    else iterators.set(shard, NextShardIterator);
    return Records.length > 0;
  };

  return async () => {
    if (stream === undefined) {
      const { Table } = await table.send(new DescribeTableCommand({ TableName: tableName }));
      stream = Table?.LatestStreamArn;
      if (stream === undefined) throw new Error('The table has no stream');
      if (kept?.stream !== stream) kept = undefined;
    }
    let found = false;
    const shards = listed.length > 0 ? listed : await listShards(streams, stream);
    listed = [];
    const known = new Set(shards.map(({ ShardId }) => ShardId));
    for (const shard of shards) {
      const id = shard.ShardId;
      const parent = shard.ParentShardId;
      if (id === undefined || isClosing() || kept?.shards[id] === END) continue;
      // All records of its parent precede those of a shard.
      const parentOpen = parent !== undefined && known.has(parent) && kept?.shards[parent] !== END;
      if (!parentOpen && (await readShard(id))) found = true;
    }
    // The successor of a closed shard may appear in the list later.
    const hasSuccessor = (id: string): boolean => shards.some(({ ParentShardId }) => ParentShardId === id);
    if (shards.every(({ ShardId: id = '' }) => kept?.shards[id] !== END || hasSuccessor(id))) listed = shards;
    return found;
  };
}

function numberOf(record: {
  readonly dynamodb?: { readonly SequenceNumber?: string | undefined } | undefined;
}): string {
  return record.dynamodb?.SequenceNumber ?? '';
}

async function listShards(streams: DynamoDBStreamsClient, stream: string): Promise<Shard[]> {
  const shards: Shard[] = [];
  let start: string | undefined;
  do {
    const { StreamDescription } = await streams.send(
      new DescribeStreamCommand({ StreamArn: stream, ExclusiveStartShardId: start }),
    );
    shards.push(...(StreamDescription?.Shards ?? []));
    start = StreamDescription?.LastEvaluatedShardId;
  } while (start !== undefined);
  return shards;
}
