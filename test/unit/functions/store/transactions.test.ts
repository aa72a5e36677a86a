import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, test } from 'vitest';
import {
  commit,
  commitSingle,
  packTransactions,
  packWrites,
  put,
  putNew,
  putRevision,
  remove,
  TableBusy,
} from '../../../../functions/store/transactions.ts';
import { givenRuntime } from '../given-dependencies.ts';

const cancelled = (...codes: string[]): TransactionCanceledException =>
  new TransactionCanceledException({
    message: 'cancelled',
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

const KEY = { pk: 'A', sk: 'B' };

describe('a write without a transaction', () => {
  const conflict = new TransactionConflictException({ message: 'conflict', $metadata: {} });

  test('a write without a transaction is one put with its condition', async () => {
    const { dependencies } = givenRuntime();
    const table = mockClient(dependencies.documents);
    expect(await commitSingle(dependencies, putRevision(dependencies, KEY, {}, 3))).toBe('committed');
    expect(table.calls()).toHaveLength(1);
    expect(table.commandCalls(PutCommand)[0]?.args[0].input).toMatchObject({
      ConditionExpression: 'revision = :read',
      Item: { ...KEY, revision: 4 },
    });
  });

  test('a put that conflicts with a transaction is retried; one whose condition fails is refused', async () => {
    const { dependencies, slept } = givenRuntime();
    mockClient(dependencies.documents)
      .on(PutCommand)
      .rejectsOnce(conflict)
      .rejects(new ConditionalCheckFailedException({ message: 'refused', $metadata: {} }));
    expect(await commitSingle(dependencies, put(dependencies, KEY, {}))).toBe('refused');
    expect(slept).toHaveLength(1);
  });

  test('12 conflicts throw TableBusy; any other error is thrown unchanged', async () => {
    const { dependencies } = givenRuntime();
    const table = mockClient(dependencies.documents);
    table.on(PutCommand).rejects(conflict);
    await expect(commitSingle(dependencies, put(dependencies, KEY, {}))).rejects.toBeInstanceOf(TableBusy);
    table.on(PutCommand).rejects(new Error('away'));
    await expect(commitSingle(dependencies, put(dependencies, KEY, {}))).rejects.toThrow('away');
  });
});

describe('commit', () => {
  test('an empty list of writes is committed without a call', async () => {
    const { dependencies } = givenRuntime();
    const table = mockClient(dependencies.documents);
    expect(await commit(dependencies, [])).toBe('committed');
    expect(table.calls()).toHaveLength(0);
  });

  test('a failed condition is refused and not retried', async () => {
    const { dependencies, slept } = givenRuntime();
    const table = mockClient(dependencies.documents);
    table.on(TransactWriteCommand).rejects(cancelled('None', 'ConditionalCheckFailed'));
    expect(await commit(dependencies, [put(dependencies, KEY, {})])).toBe('refused');
    expect(table.commandCalls(TransactWriteCommand)).toHaveLength(1);
    expect(slept).toEqual([]);
  });

  test('a condition that fails beside a conflict is refused: a retry would fail, too', async () => {
    const { dependencies } = givenRuntime();
    mockClient(dependencies.documents)
      .on(TransactWriteCommand)
      .rejects(cancelled('TransactionConflict', 'ConditionalCheckFailed'));
    expect(await commit(dependencies, [put(dependencies, KEY, {})])).toBe('refused');
  });

  test.each(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])(
    '%s is retried under the same request token, so that a lost reply does not write twice',
    async (code) => {
      const { dependencies, slept } = givenRuntime();
      const table = mockClient(dependencies.documents);
      table.on(TransactWriteCommand).rejectsOnce(cancelled(code)).rejectsOnce(cancelled(code)).resolves({});
      expect(await commit(dependencies, [put(dependencies, KEY, {})])).toBe('committed');
      const tokens = table.commandCalls(TransactWriteCommand).map((call) => call.args[0].input.ClientRequestToken);
      expect(tokens).toHaveLength(3);
      expect(new Set(tokens).size).toBe(1);
      expect(tokens[0]).toMatch(/^[\w-]{20,36}$/);
      expect(slept).toHaveLength(2);
    },
  );

  test('12 conflicts throw TableBusy', async () => {
    const { dependencies } = givenRuntime();
    mockClient(dependencies.documents).on(TransactWriteCommand).rejects(cancelled('TransactionConflict'));
    await expect(commit(dependencies, [put(dependencies, KEY, {})])).rejects.toBeInstanceOf(TableBusy);
  });

  test('any other cancellation and any other error are thrown unchanged', async () => {
    const { dependencies } = givenRuntime();
    const table = mockClient(dependencies.documents);
    table.on(TransactWriteCommand).rejectsOnce(cancelled('ValidationError')).rejectsOnce(new Error('network'));
    await expect(commit(dependencies, [put(dependencies, KEY, {})])).rejects.toThrow('cancelled');
    await expect(commit(dependencies, [put(dependencies, KEY, {})])).rejects.toThrow('network');
  });

  test('two commits never share a request token', async () => {
    const { dependencies } = givenRuntime();
    const table = mockClient(dependencies.documents);
    table.on(TransactWriteCommand).resolves({});
    await commit(dependencies, [put(dependencies, KEY, {})]);
    await commit(dependencies, [put(dependencies, KEY, {})]);
    const [first, second] = table
      .commandCalls(TransactWriteCommand)
      .map((call) => call.args[0].input.ClientRequestToken);
    expect(first).not.toBe(second);
  });
});

describe('writes', () => {
  test('a new item must not exist', () => {
    const { dependencies } = givenRuntime();
    expect(putNew(dependencies, KEY, { x: 1 }).Put).toEqual({
      TableName: 'table',
      Item: { pk: 'A', sk: 'B', x: 1 },
      ConditionExpression: 'attribute_not_exists(pk)',
    });
  });

  test('the next revision is written only over the revision that was read', () => {
    const { dependencies } = givenRuntime();
    expect(putRevision(dependencies, KEY, { x: 1 }, 7).Put).toEqual({
      TableName: 'table',
      Item: { pk: 'A', sk: 'B', x: 1, revision: 8 },
      ConditionExpression: 'revision = :read',
      ExpressionAttributeValues: { ':read': 7 },
    });
  });

  test('an item of revision 0 must not exist', () => {
    const { dependencies } = givenRuntime();
    const write = putRevision(dependencies, KEY, { x: 1 }, 0).Put;
    expect(write?.Item).toEqual({ pk: 'A', sk: 'B', x: 1, revision: 1 });
    expect(write?.ConditionExpression).toBe('attribute_not_exists(pk)');
  });

  test('an item is removed by its key alone', () => {
    const { dependencies } = givenRuntime();
    const entry = { pk: 'A', sk: 'B', indexSk: 'C' };
    expect(remove(dependencies, entry).Delete).toEqual({ TableName: 'table', Key: { pk: 'A', sk: 'B' } });
  });
});

describe('groups packed into transactions', () => {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
  const sizes = (transactions: Iterable<readonly unknown[]>) => [...transactions].map(({ length }) => length);

  test('100 items fit into a transaction, in the order of the groups', () => {
    const transactions = [...packTransactions(numbers(201))];
    expect(sizes(transactions)).toEqual([100, 100, 1]);
    expect(transactions.flat()).toEqual(numbers(201));
  });

  test('no group makes no transaction', () => {
    expect([...packTransactions([])]).toEqual([]);
  });

  test('the items beside the groups count in each transaction', () => {
    expect(sizes(packTransactions(numbers(195), { beside: 3 }))).toEqual([97, 97, 1]);
  });

  test('groups of several items are not divided', () => {
    expect(sizes(packTransactions(numbers(41), { items: () => 5 }))).toEqual([20, 20, 1]);
    expect(sizes(packTransactions([60, 40, 1, 99, 100, 100], { items: (count) => count }))).toEqual([2, 2, 1, 1]);
  });

  test('a shared item counts once in each transaction', () => {
    expect(sizes(packTransactions(numbers(100), { items: () => 2, shared: () => 'order' }))).toEqual([49, 49, 2]);
    expect(sizes(packTransactions(numbers(100), { items: () => 2, shared: String }))).toEqual([33, 33, 33, 1]);
    const shared = (index: number) => String(index % 2);
    expect(sizes(packTransactions(numbers(100), { items: () => 2, shared }))).toEqual([49, 49, 2]);
  });

  test('3 MB fit into a transaction', () => {
    expect(sizes(packTransactions(numbers(7), { bytes: () => 1_000_000 }))).toEqual([3, 3, 1]);
    expect(sizes(packTransactions([1, 2], { bytes: () => 4_000_000 }))).toEqual([1, 1]);
  });

  test('a group is taken only after the transaction before it was used', () => {
    const taken: number[] = [];
    const groups = (function* () {
      for (const group of numbers(250)) {
        taken.push(group);
        yield group;
      }
    })();
    for (const _ of packTransactions(groups)) break;
    expect(taken).toHaveLength(101);
  });
});

describe('groups of writes packed into transactions', () => {
  const { dependencies } = givenRuntime();
  const group = (count: number, item: object = {}) => Array.from({ length: count }, () => put(dependencies, KEY, item));
  const sizes = (transactions: readonly (readonly unknown[])[]) => transactions.map(({ length }) => length);

  test('a group stays in one transaction, beside the item that each of them has', () => {
    expect(sizes(packWrites([group(60), group(39), group(40)], 1))).toEqual([99, 40]);
    expect(sizes(packWrites([group(60), group(40)], 1))).toEqual([60, 40]);
  });

  test('a group that is larger than any transaction is divided', () => {
    expect(sizes(packWrites([group(1), group(100), group(99)], 1))).toEqual([99, 2, 99]);
  });

  test('a group with more than 3 MB is divided', () => {
    const text = 'x'.repeat(380_000);
    expect(sizes(packWrites([group(9, { text })], 1))).toEqual([7, 2]);
  });

  test('writes without an item, such as removals, count as items only', () => {
    expect(sizes(packWrites([[remove(dependencies, KEY)], group(1)], 1))).toEqual([2]);
  });
});
