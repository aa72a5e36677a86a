import { DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startStreamReader } from '../../../local/stream-reader.ts';

/** A stream with two shards, as on AWS: the first shard is closed, and its successor appears in the list only later. */
function lateSuccessor(looks: number) {
  let lists = 0;
  const first = { ShardId: 'first' };
  const answer = (command: unknown): object => {
    if (command instanceof DescribeStreamCommand) {
      lists += 1;
      const Shards = lists > looks ? [first, { ShardId: 'second', ParentShardId: 'first' }] : [first];
      return { StreamDescription: { Shards } };
    }
    if (command instanceof GetShardIteratorCommand) return { ShardIterator: command.input.ShardId };
    if (!(command instanceof GetRecordsCommand)) throw new TypeError('Not a command of a stream');
    const [shard = '', read] = (command.input.ShardIterator ?? '').split(' ');
    const Records = read === undefined ? [{ dynamodb: { SequenceNumber: `${shard} 1` } }] : [];
    return { Records, ...(shard === 'second' ? { NextShardIterator: 'second read' } : {}) };
  };
  return { streams: { send: async (command: unknown) => answer(command) }, lists: () => lists };
}

test('the successor of a closed shard is read, even if it is listed late; then the shards are not listed again', async () => {
  const { streams, lists } = lateSuccessor(3);
  const handled: string[] = [];
  const reader = startStreamReader({
    table: { send: async () => ({ Table: { LatestStreamArn: 'stream' } }) } as never,
    streams: streams as never,
    tableName: 'relicense',
    handler: async ({ Records }) => {
      handled.push(...Records.map(({ dynamodb }) => String(dynamodb?.SequenceNumber)));
      return { batchItemFailures: [] };
    },
    position: undefined,
    notify: (message) => expect.unreachable(message),
  });
  onTestFinished(reader.close);
  await vi.waitFor(() => expect(handled).toEqual(['first 1', 'second 1']), 5_000);
  const listed = lists();
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(lists()).toBe(listed);
});
