import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createStreamHandler } from '../../../../../functions/use-cases/events/consume.ts';
import type { StreamRecord } from '../../../../../functions/use-cases/events/events-of-record.ts';
import { givenRuntime } from '../../given-dependencies.ts';

const table = mockClient(DynamoDBDocumentClient);
beforeEach(() => void table.reset());

const record = (sequence: number): StreamRecord => ({
  eventName: 'INSERT',
  dynamodb: {
    SequenceNumber: String(sequence),
    NewImage: marshall({ pk: 'ORDER#1', sk: `EVENT#${sequence}` }),
  },
});

describe('the consumer of the stream', () => {
  test('I10 a batch whose endpoints cannot be read is delivered again from its first record', async () => {
    table.on(QueryCommand).rejects(new Error('the table is away'));
    const error = vi.fn();
    const { dependencies } = givenRuntime({ log: { info: vi.fn(), warn: vi.fn(), error } });
    const handle = createStreamHandler({
      dependencies: () => dependencies,
      bulkRuns: { start: async () => 'running' },
      deliveryRuns: { start: async () => 'running' },
    });
    expect(await handle({ Records: [record(41), record(42)] })).toEqual({
      batchItemFailures: [{ itemIdentifier: '41' }],
    });
    expect(error).toHaveBeenCalledOnce();
  });

  test('a bulk order is started whose empty map Amazon’s DynamoDB Local passes as a value without a type', async () => {
    table.on(QueryCommand).resolves({ Items: [] });
    const { dependencies } = givenRuntime();
    const start = vi.fn(async () => 'running' as const);
    const handle = createStreamHandler({
      dependencies: () => dependencies,
      bulkRuns: { start },
      deliveryRuns: { start: async () => 'running' },
    });
    const item = marshall({ pk: 'BULK-ORDER#b', sk: 'BULK-ORDER', id: 'b', wantedRun: 1, revision: 1 });
    const NewImage = { ...item, query: {} };
    const made: StreamRecord = { eventName: 'INSERT', dynamodb: { SequenceNumber: '1', NewImage } };
    expect(await handle({ Records: [made] })).toEqual({ batchItemFailures: [] });
    expect(start).toHaveBeenCalledExactlyOnceWith({ bulkOrder: 'b', run: 1, rounds: 0 });
  });

  test('a batch without records has nothing to deliver again', async () => {
    const { dependencies } = givenRuntime();
    const handle = createStreamHandler({
      dependencies: () => dependencies,
      bulkRuns: { start: async () => 'running' },
      deliveryRuns: { start: async () => 'running' },
    });
    expect(await handle({ Records: [] })).toEqual({ batchItemFailures: [] });
  });
});
