/** The embedded table over both storages, compared with a separate DynamoDB engine on generated commands. */
import {
  BatchGetCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTable } from '../../../cdk/read-template.ts';
import { stackTemplate } from '../../../cdk/stack-template.ts';
import { INDEX_NAME } from '../../../contract/table.ts';
import { documentClient } from '../../../functions/aws/aws-dependencies.ts';
import { ensureTable } from '../../../local/table.ts';
import { connectTable } from '../../../local/table-client.ts';
import {
  createMemoryStorage,
  createSqliteStorage,
  createTable,
  openDatabase,
  type Table,
} from '../../../table/index.ts';
import { type Dynoxide, startDynoxide } from '../../harness/dynoxide.ts';
import { byTier } from '../../harness/tier.ts';

const TABLE_NAME = 'differential';
const RUNS = byTier({ quick: 40, deep: 1_500 });
const COMMANDS = 25;

let engine: Dynoxide;
let documents: DynamoDBDocumentClient;
beforeAll(async () => {
  engine = await startDynoxide();
  const table = connectTable(engine.endpoint);
  await ensureTable(table.client, TABLE_NAME, readTable(await stackTemplate()));
  table.close();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  documents = documentClient({ endpoint: engine.endpoint, region: 'us-east-1', credentials });
});
afterAll(async () => {
  documents?.destroy();
  await engine?.close();
});

/** Each run has partitions of its own, so that the engine needs no clearing. */
let run = 0;

const sortKey = fc.constantFrom('1', '2', '3', 'é', '\uffee', '👍');
const value = fc.oneof(
  fc.integer({ min: -1_000, max: 1_000 }),
  fc.constantFrom('a', 'ab', 'b', 'é', ''),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom([], [1, 'a'], {}, { nested: 1 }, { nested: { deep: 'a' } }),
);
const attribute = fc.constantFrom('one', 'two', 'three', 'revision');

type Members = Record<string, unknown>;

const partition = (name: string): string => `${run} ${name}`;
const key = fc.record({ pk: fc.constantFrom('A', 'B'), sk: sortKey });
const keyed = ({ pk, sk }: { pk: string; sk: string }) => ({ pk: partition(pk), sk });

const item = fc
  .record({
    key,
    attributes: fc.dictionary(attribute, value, { maxKeys: 4 }),
    index: fc.option(fc.record({ indexPk: fc.constantFrom('X', 'Y'), indexSk: sortKey }), { nil: undefined }),
    filler: fc.constantFrom(0, 0, 0, 900, 1_200, 5_000),
  })
  .map(({ key: at, attributes, index, filler }) => () => ({
    ...keyed(at),
    ...attributes,
    ...(index === undefined ? {} : { indexPk: partition(index.indexPk), indexSk: index.indexSk }),
    ...(filler === 0 ? {} : { filler: 'x'.repeat(filler) }),
  }));

interface Expression {
  readonly text: string;
  readonly names?: Members;
  readonly values?: Members;
}

const clause: fc.Arbitrary<Expression> = fc.oneof(
  attribute.map((name) => ({ text: `attribute_exists(${name})` })),
  attribute.map((name) => ({ text: `attribute_not_exists(#${name})`, names: { [`#${name}`]: name } })),
  fc
    .tuple(attribute, fc.constantFrom('=', '<>', '<', '<=', '>', '>='), value)
    .map(([name, comparator, operand]) => ({ text: `${name} ${comparator} :v`, values: { ':v': operand } })),
  fc.tuple(attribute, fc.constantFrom('a', 'é')).map(([name, part]) => ({
    text: `begins_with(${name}, :p)`,
    values: { ':p': part },
  })),
  fc.tuple(attribute, fc.constantFrom('a', 1)).map(([name, part]) => ({
    text: `contains(${name}, :c)`,
    values: { ':c': part },
  })),
  fc.tuple(attribute, fc.integer({ min: -10, max: 10 })).map(([name, low]) => ({
    text: `${name} BETWEEN :low AND :high`,
    values: { ':low': low, ':high': low + 5 },
  })),
  fc.tuple(attribute, value, value).map(([name, one, other]) => ({
    text: `${name} IN (:one, :other)`,
    values: { ':one': one, ':other': other },
  })),
  fc.constant({ text: 'two.nested = :nested', values: { ':nested': 1 } }),
);

const condition: fc.Arbitrary<Expression> = fc.oneof(
  clause,
  clause.map(({ text, ...rest }) => ({ text: `NOT (${text})`, ...rest })),
  fc
    .tuple(clause, fc.constantFrom('AND', 'OR'))
    .map(([one, operator]) => ({ ...one, text: `(${one.text} ${operator} attribute_exists(pk))` })),
);

const update: fc.Arbitrary<Expression> = fc.oneof(
  fc.tuple(attribute, value).map(([name, set]) => ({ text: `SET ${name} = :set`, values: { ':set': set } })),
  attribute.map((name) => ({ text: `SET ${name} = if_not_exists(${name}, :first)`, values: { ':first': 1 } })),
  fc.constant({ text: 'SET revision = revision + :one', values: { ':one': 1 } }),
  fc.constant({ text: 'ADD revision :n', values: { ':n': 2 } }),
  attribute.map((name) => ({ text: 'REMOVE #n', names: { '#n': name } })),
  fc.constant({
    text: 'SET #one = :x, three = :y REMOVE two',
    names: { '#one': 'one' },
    values: { ':x': 1, ':y': [] },
  }),
);

const members = (name: string, { text, names, values }: Expression): Members => ({
  [name]: text,
  ...(names === undefined ? {} : { ExpressionAttributeNames: names }),
  ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
});
const conditional = fc
  .option(condition, { nil: undefined })
  .map((one) => (one === undefined ? {} : members('ConditionExpression', one)));

type Make = () => Members;
const put: fc.Arbitrary<Make> = fc.tuple(item, conditional).map(([make, more]) => () => ({ Item: make(), ...more }));
const remove: fc.Arbitrary<Make> = fc.tuple(key, conditional).map(([at, more]) => () => ({ Key: keyed(at), ...more }));
const change: fc.Arbitrary<Make> = fc.tuple(key, update).map(([at, expression]) => () => ({
  Key: keyed(at),
  ...members('UpdateExpression', expression),
}));
const check: fc.Arbitrary<Make> = fc.tuple(key, condition).map(([at, expression]) => () => ({
  Key: keyed(at),
  ...members('ConditionExpression', expression),
}));

const range = fc.oneof(
  fc.constant({ text: '#pk = :pk', values: {} }),
  sortKey.map((from) => ({ text: '#pk = :pk AND #sk >= :from', values: { ':from': from } })),
  sortKey.map((one) => ({ text: '#pk = :pk AND #sk = :one', values: { ':one': one } })),
  fc.constant({ text: '#pk = :pk AND #sk BETWEEN :a AND :b', values: { ':a': '2', ':b': 'é' } }),
  fc.constant({ text: '#pk = :pk AND begins_with(#sk, :p)', values: { ':p': '\uffee' } }),
);
const query: fc.Arbitrary<Make> = fc
  .record({
    isIndex: fc.boolean(),
    name: fc.boolean(),
    range,
    limit: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    isForward: fc.boolean(),
  })
  .map(({ isIndex, name, range: { text, values }, limit, isForward }) => () => ({
    KeyConditionExpression: text,
    ExpressionAttributeNames: {
      '#pk': isIndex ? 'indexPk' : 'pk',
      ...(text.includes('#sk') ? { '#sk': isIndex ? 'indexSk' : 'sk' } : {}),
    },
    ExpressionAttributeValues: { ':pk': partition(isIndex ? (name ? 'X' : 'Y') : name ? 'A' : 'B'), ...values },
    ...(isIndex ? { IndexName: INDEX_NAME } : { ConsistentRead: true }),
    ...(limit === undefined ? {} : { Limit: limit }),
    ScanIndexForward: isForward,
  }));

const onTable = (made: Members): Members => ({ TableName: TABLE_NAME, ReturnConsumedCapacity: 'INDEXES', ...made });

const transaction = fc
  .array(
    fc.oneof(
      put.map((make) => () => ({ Put: { TableName: TABLE_NAME, ...make() } })),
      remove.map((make) => () => ({ Delete: { TableName: TABLE_NAME, ...make() } })),
      change.map((make) => () => ({ Update: { TableName: TABLE_NAME, ...make() } })),
      check.map((make) => () => ({ ConditionCheck: { TableName: TABLE_NAME, ...make() } })),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((writes) => () => ({
    TransactItems: writes.map((write) => write()),
    ReturnConsumedCapacity: 'INDEXES',
  }));

const command: fc.Arbitrary<() => object> = fc.oneof(
  put.map((make) => () => new PutCommand(onTable(make()) as never)),
  put.map((make) => () => new PutCommand(onTable(make()) as never)),
  remove.map((make) => () => new DeleteCommand(onTable(make()) as never)),
  change.map((make) => () => new UpdateCommand(onTable(make()) as never)),
  key.map((at) => () => new GetCommand(onTable({ Key: keyed(at), ConsistentRead: true }) as never)),
  fc
    .uniqueArray(key, { minLength: 1, maxLength: 4, selector: ({ pk, sk }) => `${pk} ${sk}` })
    .map((keys) => () => new BatchGetCommand({ RequestItems: { [TABLE_NAME]: { Keys: keys.map(keyed) } } })),
  query.map((make) => () => new QueryCommand(onTable(make()) as never)),
  query.map((make) => () => new QueryCommand(onTable(make()) as never)),
  transaction.map((make) => () => new TransactWriteCommand(make() as never)),
);

/** What callers see of an answer or an error. A batch has no order. */
async function outcomeOf(answer: () => object | Promise<object>): Promise<unknown> {
  try {
    const given = (await answer()) as Members;
    const { Item, Items, Count, LastEvaluatedKey, Responses, ConsumedCapacity } = given;
    const batch = (Responses as Record<string, Members[]> | undefined)?.[TABLE_NAME];
    return {
      Item,
      Items,
      Count,
      LastEvaluatedKey,
      batch: batch?.map((one) => JSON.stringify(Object.entries(one).sort())).sort(),
      units: unitsOf(ConsumedCapacity),
    };
  } catch (error) {
    if (!(error instanceof Error)) return String(error);
    const reasons = 'CancellationReasons' in error ? (error.CancellationReasons as { Code?: string }[]) : [];
    return [error.name, ...reasons.map(({ Code }) => Code ?? 'None')].join(' ');
  }
}

function unitsOf(reported: unknown): unknown {
  if (Array.isArray(reported)) return reported.map(unitsOf);
  return (reported as { CapacityUnits?: number } | undefined)?.CapacityUnits;
}

function tables(): readonly (readonly [string, Table])[] {
  const options = { tableName: TABLE_NAME, indexName: INDEX_NAME, now: Date.now };
  return [
    ['memory', createTable({ ...options, storage: createMemoryStorage() })],
    ['SQLite', createTable({ ...options, storage: createSqliteStorage(openDatabase(undefined)) })],
  ];
}

test(`${RUNS} histories of ${COMMANDS} generated commands get the same answers from the memory, from SQLite and from a DynamoDB engine`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: COMMANDS }), async (commands) => {
      run += 1;
      const embedded = tables();
      for (const make of commands) {
        const made = make();
        const expected = await outcomeOf(() => documents.send(made as PutCommand));
        for (const [name, table] of embedded) {
          const outcome = await outcomeOf(() => table.send(made));
          expect(outcome, `${name}: ${JSON.stringify((made as PutCommand).input)}`).toEqual(expected);
        }
      }
      const scan = new ScanCommand({ TableName: TABLE_NAME });
      const [memory, sqlite] = embedded.map(([, table]) => (table.send(scan) as { Items: Members[] }).Items);
      const byKey = (items: Members[] | undefined) =>
        items?.map((one) => JSON.stringify(Object.entries(one).sort())).sort();
      expect(byKey(memory)).toEqual(byKey(sqlite));
    }),
    { numRuns: RUNS },
  );
});
