/** What Amazon does and the separate engine of the differential test does not, or does in another way. */
import {
  BatchGetCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import {
  createMemoryStorage,
  createSqliteStorage,
  createTable,
  openDatabase,
  type Table,
} from '../../../table/index.ts';

const TableName = 'unit';
const KEY = { pk: 'A', sk: '1' };

const STORAGES = {
  memory: () => createMemoryStorage(),
  SQLite: () => createSqliteStorage(openDatabase(undefined)),
};

function open(kind: keyof typeof STORAGES, now = Date.now): Table {
  return createTable({ tableName: TableName, indexName: 'index', storage: STORAGES[kind](), now });
}

const put = (table: Table, item: object) => table.send(new PutCommand({ TableName, Item: item as never }));
const get = (table: Table, Key = KEY) => (table.send(new GetCommand({ TableName, Key })) as { Item?: unknown }).Item;

describe.each(Object.keys(STORAGES) as (keyof typeof STORAGES)[])('a table over %s', (kind) => {
  test.for([
    ['an empty sort key', { pk: 'A', sk: '' }],
    ['a partition key of more than 2,048 bytes', { pk: 'é'.repeat(1_025), sk: '1' }],
    ['a sort key of more than 1,024 bytes', { pk: 'A', sk: 'x'.repeat(1_025) }],
    ['an index key of more than 1,024 bytes', { ...KEY, indexPk: 'X', indexSk: 'x'.repeat(1_025) }],
    ['an index key that is empty', { ...KEY, indexPk: '', indexSk: '1' }],
    ['an index key that is a number', { ...KEY, indexPk: 1, indexSk: '1' }],
    ['an item of more than 400 KB', { ...KEY, text: 'x'.repeat(400 * 1_024) }],
  ] as const)('%s is refused, and nothing is stored', ([, item]) => {
    const table = open(kind);
    expect(() => put(table, item)).toThrow(expect.objectContaining({ name: 'ValidationException' }));
    expect(get(table)).toBeUndefined();
  });

  test.for([
    ['a value that no expression uses', { ExpressionAttributeValues: { ':used': 1, ':unused': 2 } }],
    [
      'a name that no expression uses',
      { ExpressionAttributeNames: { '#unused': 'a' }, ExpressionAttributeValues: { ':used': 1 } },
    ],
    ['a value that is not defined', {}],
  ] as const)('an expression with %s is refused', ([, placeholders]) => {
    const command = new PutCommand({ TableName, Item: KEY, ConditionExpression: 'a = :used', ...placeholders });
    expect(() => open(kind).send(command)).toThrow(expect.objectContaining({ name: 'ValidationException' }));
  });

  test('a path through an attribute that is not a document is refused', () => {
    const table = open(kind);
    put(table, { ...KEY, one: 5 });
    const command = new UpdateCommand({
      TableName,
      Key: KEY,
      UpdateExpression: 'SET one.nested = :v',
      ExpressionAttributeValues: { ':v': 1 },
    });
    expect(() => table.send(command)).toThrow('invalid for update');
    expect(get(table)).toEqual({ ...KEY, one: 5 });
  });

  test('a nested member is set without a change of the item that was read before', () => {
    const table = open(kind);
    put(table, { ...KEY, one: { nested: { deep: 1 } } });
    const before = get(table);
    const UpdateExpression = 'SET one.nested.deep = :v';
    table.send(new UpdateCommand({ TableName, Key: KEY, UpdateExpression, ExpressionAttributeValues: { ':v': 2 } }));
    expect(get(table)).toEqual({ ...KEY, one: { nested: { deep: 2 } } });
    expect(before).toEqual({ ...KEY, one: { nested: { deep: 1 } } });
  });

  test('a query is refused with a start key outside of its range, and with a key of another partition', () => {
    const table = open(kind);
    const command = (ExclusiveStartKey: object) =>
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': 'A', ':from': '2', ':to': '4' },
        ExclusiveStartKey: ExclusiveStartKey as never,
      });
    for (const start of [
      { pk: 'A', sk: '5' },
      { pk: 'A', sk: '1' },
      { pk: 'B', sk: '3' },
    ])
      expect(() => table.send(command(start))).toThrow('outside query boundaries');
  });

  test('a repeated request token changes nothing for ten minutes, and is refused with another request', () => {
    let time = 0;
    const table = open(kind, () => time);
    const add = (amount: number) =>
      new TransactWriteCommand({
        ClientRequestToken: 'token',
        TransactItems: [
          {
            Update: {
              TableName,
              Key: KEY,
              UpdateExpression: 'ADD revision :n',
              ExpressionAttributeValues: { ':n': amount },
            },
          },
        ],
      });
    table.send(add(1));
    table.send(add(1));
    expect(get(table)).toMatchObject({ revision: 1 });
    expect(() => table.send(add(2))).toThrow(expect.objectContaining({ name: 'IdempotentParameterMismatchException' }));
    time = 10 * 60_000;
    table.send(add(1));
    expect(get(table)).toMatchObject({ revision: 2 });
  });

  test('two operations of a transaction, or two keys of a batch, on one item are refused', () => {
    const table = open(kind);
    const Delete = { TableName, Key: KEY };
    expect(() => table.send(new TransactWriteCommand({ TransactItems: [{ Delete }, { Delete }] }))).toThrow(
      'multiple operations',
    );
    const batch = new BatchGetCommand({ RequestItems: { [TableName]: { Keys: [KEY, KEY] } } });
    expect(() => table.send(batch)).toThrow('duplicates');
  });

  test('a failed condition returns the item if the request asks for it', () => {
    const table = open(kind);
    put(table, { ...KEY, one: 1 });
    const command = new DeleteCommand({
      TableName,
      Key: KEY,
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    expect(() => table.send(command)).toThrow(expect.objectContaining({ Item: { ...KEY, one: 1 } }));
  });

  test('binary values come back as they were stored', () => {
    const table = open(kind);
    put(table, { ...KEY, bytes: new Uint8Array([0, 255]), list: [{ inner: Buffer.from('é') }] });
    const item = get(table) as { bytes: Uint8Array; list: [{ inner: Uint8Array }] };
    expect([...item.bytes]).toEqual([0, 255]);
    expect(Buffer.from(item.list[0].inner).toString()).toBe('é');
  });

  test('a command, a member or a word that the table does not know is refused by name', () => {
    const table = open(kind);
    expect(() => table.send({ input: {} })).toThrow('The command Object');
    expect(() => table.send(new PutCommand({ TableName, Item: KEY, Expected: {} as never }))).toThrow('The member');
    const command = new PutCommand({ TableName, Item: KEY, ConditionExpression: 'a ~ b' });
    expect(() => table.send(command)).toThrow('Invalid expression');
  });
});

test('the feed lists each change once, in order, and keeps those that are not handled', () => {
  const storage = createSqliteStorage(openDatabase(undefined), { isFed: ({ sk }) => sk !== 'quiet' });
  const table = createTable({ tableName: TableName, indexName: 'index', storage, now: () => 5 });
  put(table, KEY);
  put(table, { ...KEY, one: 1 });
  put(table, { pk: 'A', sk: 'quiet' });
  table.send(new DeleteCommand({ TableName, Key: KEY }));
  const records = storage.feed(10);
  expect(records.map(({ kind, at, after }) => [kind, at, after])).toEqual([
    ['INSERT', 5, KEY],
    ['MODIFY', 5, { ...KEY, one: 1 }],
    ['REMOVE', 5, undefined],
  ]);
  storage.handled(records[1]?.sequence ?? 0);
  expect(storage.feed(10).map(({ kind }) => kind)).toEqual(['REMOVE']);
});

test('items are expired by the attribute that holds their time to live', () => {
  const storage = createSqliteStorage(openDatabase(undefined), { expiry: 'ends' });
  const table = createTable({ tableName: TableName, indexName: 'index', storage, now: Date.now });
  put(table, { ...KEY, ends: 10 });
  put(table, { pk: 'A', sk: '2', ends: 20 });
  put(table, { pk: 'A', sk: '3' });
  expect(storage.expired(15, 10)).toEqual([KEY]);
});
