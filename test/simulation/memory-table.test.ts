import { randomInt } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  BatchGetCommand,
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Definition, readStateMachineDefinition, readTable } from '../../cdk/read-template.ts';
import { stackTemplate } from '../../cdk/stack-template.ts';
import { documentClient } from '../../functions/aws/aws-dependencies.ts';
import { ensureTable } from '../../local/table.ts';
import { connectTable } from '../../local/table-client.ts';
import { type Dynoxide, startDynoxide } from '../harness/dynoxide.ts';
import { byTier } from '../harness/tier.ts';
import { historyOf, runHistory } from './history.ts';
import { createMemoryTable, type MemoryTable } from './memory-table.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';
import { useSynchronousCrypto } from './synchronous-crypto.ts';
import { TABLE_NAME } from './world.ts';

const HISTORY_SECONDS = byTier({ quick: 1, deep: 20 });
const FEWEST_HISTORIES = 3;
const RAW_COMMANDS = byTier({ quick: 300, deep: 6_000 });
const LARGEST_SEED = 2 ** 32;
const BATCH_WRITE_ITEMS = 25;

let engine: Dynoxide;
let documents: DynamoDBDocumentClient;
let definition: Definition;
let restoreCrypto: () => void;

beforeAll(async () => {
  const template = await stackTemplate();
  definition = readStateMachineDefinition(template);
  engine = await startDynoxide();
  const table = connectTable(engine.endpoint);
  await ensureTable(table.client, TABLE_NAME, readTable(template));
  table.close();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  documents = documentClient({ endpoint: engine.endpoint, region: 'us-east-1', credentials });
  restoreCrypto = useSynchronousCrypto();
});

afterAll(async () => {
  restoreCrypto();
  documents.destroy();
  await engine.close();
});

type Outcome = { readonly answer: unknown } | { readonly error: string };

/** Sends a command to both, and throws if their answers differ. */
const both = async (command: unknown, table: MemoryTable): Promise<object> => {
  let result: object | undefined;
  let failure: unknown;
  try {
    result = table.send(command);
  } catch (error) {
    failure = error;
  }
  const mine: Outcome = failure === undefined ? { answer: plain(result) } : { error: nameOf(failure) };
  const real = await documents.send(command as PutCommand).then(
    (answer): Outcome => ({ answer: plain(answer) }),
    (error: unknown): Outcome => ({ error: nameOf(error) }),
  );
  if (!isDeepStrictEqual(mine, real)) {
    const input = JSON.stringify((command as PutCommand).input);
    throw new Error(`The stand-in answers ${JSON.stringify(mine)}, the engine ${JSON.stringify(real)} to ${input}`);
  }
  if (failure !== undefined) throw failure;
  return result ?? {};
};

/** The parts of an answer that callers use: items in their order, except where the engine guarantees none. */
const plain = (answer: unknown): unknown => {
  const { Item, Items, LastEvaluatedKey, Responses } = answer as Record<string, unknown>;
  const batch = (Responses as Record<string, Record<string, unknown>[]> | undefined)?.[TABLE_NAME];
  return {
    Item,
    Items,
    LastEvaluatedKey,
    batch: batch?.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1)),
  };
};

const keyOf = ({ pk, sk }: Readonly<Record<string, unknown>>): string => `${String(pk)} ${String(sk)}`;

const nameOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const reasons = 'CancellationReasons' in error ? (error.CancellationReasons as { Code?: string }[]) : [];
  return [error.name, ...reasons.map(({ Code }) => Code ?? 'None')].join(' ');
};

const scan = async (): Promise<Record<string, unknown>[]> => {
  const items: Record<string, unknown>[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = await documents.send(
      new ScanCommand({ TableName: TABLE_NAME, ...(start && { ExclusiveStartKey: start }) }),
    );
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return items.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
};

const clear = async (): Promise<void> => {
  const keys = (await scan()).map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } }));
  for (let start = 0; start < keys.length; start += BATCH_WRITE_ITEMS) {
    const RequestItems = { [TABLE_NAME]: keys.slice(start, start + BATCH_WRITE_ITEMS) };
    await documents.send(new BatchWriteCommand({ RequestItems }));
  }
};

const expectSame = async (table: MemoryTable | undefined): Promise<void> => {
  const mine = (table?.all() ?? []).toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  expect(mine.length).toBeGreaterThan(0);
  expect(await scan()).toEqual(mine);
};

test('the stand-in and the real engine give the same answers and the same items in random histories', async () => {
  const first = randomInt(LARGEST_SEED);
  const until = performance.now() + HISTORY_SECONDS * 1000;
  let histories = 0;
  for (let seed = first; performance.now() < until || histories < FEWEST_HISTORIES; seed++) {
    await clear();
    let table: MemoryTable | undefined;
    const result = await runHistory(historyOf(seed, { faults: true, steps: 10, containers: 2 }), {
      definition,
      send: both,
      onWorld: (world) => {
        table = world.table;
      },
    });
    expect(result.violation, `seed ${seed}`).toBeUndefined();
    await expectSame(table);
    histories += 1;
  }
  console.log(`seed ${first}: ${histories} histories on both`);
});

test('the stand-in and the real engine give the same answers to random commands', async () => {
  const seed = randomInt(LARGEST_SEED);
  console.log(`seed ${seed}: ${RAW_COMMANDS} commands`);
  const random = seededRandom(seed);
  const table = createMemoryTable(TABLE_NAME, () => 0);
  await clear();
  const seen = new Map<string, number>();
  for (let number = 0; number < RAW_COMMANDS; number++) {
    const command = randomCommand(random);
    const outcome = await both(command, table).then(
      () => 'answered',
      (error: Error) => {
        if (error.message.startsWith('The stand-in answers')) throw error;
        return error.name;
      },
    );
    const name = `${command.constructor.name} ${outcome}`;
    seen.set(name, (seen.get(name) ?? 0) + 1);
  }
  await expectSame(table);
  expect(seen.get('TransactWriteCommand TransactionCanceledException')).toBeGreaterThan(0);
  expect(seen.get('TransactWriteCommand answered')).toBeGreaterThan(0);
});

const PARTITIONS = ['A', 'B', 'C'];
const SORT_KEYS = ['1', '2', '3', '4', '5'];

function randomCommand(random: SeededRandom) {
  const TableName = TABLE_NAME;
  const key = () => ({ pk: random.pick(PARTITIONS), sk: random.pick(SORT_KEYS) });
  const item = () => ({
    ...key(),
    revision: random.below(3),
    extra: [random.below(9), { text: 'ü', none: undefined }],
    ...(random.chance(0.5) ? { indexPk: random.pick(PARTITIONS), indexSk: random.pick(SORT_KEYS) } : {}),
  });
  const limit = random.chance(0.5) ? { Limit: 1 + random.below(4) } : {};
  switch (random.below(8)) {
    case 0:
      return new GetCommand({ TableName, Key: key(), ConsistentRead: true });
    case 1: {
      const keys = new Map([key(), key(), key()].map((one) => [keyOf(one), one]));
      return new BatchGetCommand({ RequestItems: { [TableName]: { Keys: [...keys.values()], ConsistentRead: true } } });
    }
    case 2: {
      const [from = '1', to = '5'] = [random.pick(SORT_KEYS), random.pick(SORT_KEYS)].sort();
      const pk = random.pick(PARTITIONS);
      return new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :from AND :to',
        ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
        ExpressionAttributeValues: { ':pk': pk, ':from': from, ':to': to },
        ...limit,
      });
    }
    case 3: {
      const [from = '1', to = '5'] = [random.pick(SORT_KEYS), random.pick(SORT_KEYS)].sort();
      return new QueryCommand({
        TableName,
        IndexName: 'index',
        ...random.pick([
          {
            KeyConditionExpression: '#pk = :pk',
            ExpressionAttributeNames: { '#pk': 'indexPk' },
            ExpressionAttributeValues: { ':pk': random.pick(PARTITIONS) },
          },
          {
            KeyConditionExpression: '#pk = :pk AND #sk = :sk',
            ExpressionAttributeNames: { '#pk': 'indexPk', '#sk': 'indexSk' },
            ExpressionAttributeValues: { ':pk': random.pick(PARTITIONS), ':sk': random.pick(SORT_KEYS) },
          },
          {
            KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :from AND :to',
            ExpressionAttributeNames: { '#pk': 'indexPk', '#sk': 'indexSk' },
            ExpressionAttributeValues: { ':pk': random.pick(PARTITIONS), ':from': from, ':to': to },
          },
        ]),
        ...limit,
      });
    }
    case 4:
      return new PutCommand({ TableName, Item: item(), ...randomCondition(random) });
    case 5:
      return new UpdateCommand({ TableName, Key: key(), ...randomUpdate(random) });
    default: {
      const writes = Array.from({ length: 1 + random.below(3) }, () => randomWrite(random, key(), item()));
      // With two faults in one request, the engine may report either.
      const token = writes.length === 1 && random.chance(0.5) ? { ClientRequestToken: `token-${random.below(6)}` } : {};
      return new TransactWriteCommand({ TransactItems: writes, ...token });
    }
  }
}

function randomWrite(random: SeededRandom, Key: { pk: string; sk: string }, Item: Record<string, unknown>) {
  const TableName = TABLE_NAME;
  const is = { ConditionExpression: 'revision = :read', ExpressionAttributeValues: { ':read': random.below(3) } };
  switch (random.below(5)) {
    case 0:
      return { Delete: { TableName, Key, ...randomCondition(random) } };
    case 1:
      return { ConditionCheck: { TableName, Key, ...is } };
    case 2:
      return { Update: { TableName, Key, ...randomUpdate(random) } };
    default:
      return { Put: { TableName, Item, ...randomCondition(random) } };
  }
}

function randomCondition(random: SeededRandom) {
  const ExpressionAttributeValues = { ':read': random.below(3) };
  return random.pick([
    {},
    { ConditionExpression: 'attribute_not_exists(pk)' },
    { ConditionExpression: 'attribute_exists(pk)' },
    { ConditionExpression: 'revision = :read', ExpressionAttributeValues },
    {
      ConditionExpression: 'attribute_not_exists(pk) OR lastUsedAt = :used OR revision = :read',
      ExpressionAttributeValues: { ...ExpressionAttributeValues, ':used': '1' },
    },
    {
      ConditionExpression: '#revision = :read AND attribute_not_exists(indexPk)',
      ExpressionAttributeNames: { '#revision': 'revision' },
      ExpressionAttributeValues,
    },
  ]);
}

function randomUpdate(random: SeededRandom) {
  const used = String(random.below(3));
  return random.pick([
    {
      UpdateExpression: 'SET lastUsedAt = :now',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: { ':now': used },
    },
    {
      UpdateExpression: 'SET #used = :used, revision = if_not_exists(revision, :first) REMOVE extra',
      ExpressionAttributeNames: { '#used': 'lastUsedAt' },
      ExpressionAttributeValues: { ':used': used, ':first': 0 },
    },
  ]);
}
