/**
 * A DynamoDB table in this process. It carries out the commands of the document client that the functions send, over any storage,
 * and refuses what Amazon refuses. It knows the one table of this project: keys `pk` and `sk`, and one sparse index with keys only.
 */
import { createHash } from 'node:crypto';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { NO_UNITS, readUnits, reportOf, sum, type Units, writeUnits } from './capacity.ts';
import {
  type CancellationReason,
  conditionFailed,
  tokenReused,
  transactionCanceled,
  UnsupportedByTable,
  ValidationException,
} from './errors.ts';
import { holds, nameOf, operandOf, type Placeholders, projected, updated } from './evaluate.ts';
import {
  type Condition,
  type Parsed,
  type Path,
  parseCondition,
  parseProjection,
  parseUpdate,
  type UpdateAction,
} from './parse-expression.ts';
import type { IndexEntry, ItemChange, Key, KeyRange, Storage } from './storage.ts';
import {
  compareTexts,
  type Item,
  itemSize,
  keyText,
  MAX_ITEM_BYTES,
  MAX_PARTITION_KEY_BYTES,
  MAX_SORT_KEY_BYTES,
  stored,
} from './values.ts';

export interface TableOptions {
  readonly tableName: string;
  readonly indexName: string;
  readonly storage: Storage;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface Table {
  /** Carries out one command, completely, and returns its answer. */
  send(command: unknown): object;
}

const TRANSACTION_ITEMS = 100;
const TRANSACTION_BYTES = 4 * 1024 * 1024;
const BATCH_GET_KEYS = 100;
const BATCH_WRITE_ITEMS = 25;
/** A page of an answer ends at this size. */
const PAGE_BYTES = 1024 * 1024;
/** DynamoDB remembers the token of a transaction as long. */
const TOKEN_MILLISECONDS = 10 * 60 * 1000;

/** The members of commands that have expressions. */
interface Expressions {
  readonly ConditionExpression?: string | undefined;
  readonly UpdateExpression?: string | undefined;
  readonly KeyConditionExpression?: string | undefined;
  readonly FilterExpression?: string | undefined;
  readonly ProjectionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>> | undefined;
}

type Members = Readonly<Record<string, unknown>>;

/** A write whose form is checked, and whose condition is not. */
interface PlannedWrite extends Key {
  readonly condition: Condition | undefined;
  readonly given: Placeholders;
  /** The item after the write; `undefined` if the write removes it. */
  readonly next: (item: Item | undefined) => Item | undefined;
  readonly isCheck: boolean;
  readonly returnsOld: boolean;
  /** The attributes that an update names. */
  readonly updates: readonly string[];
}

export function createTable({ tableName, indexName, storage, now }: TableOptions): Table {
  const tokens = new Map<string, { readonly request: string; readonly at: number }>();
  const names = { TableName: tableName, IndexName: indexName };
  const refuseOtherTable = (name: unknown): void => {
    if (name !== tableName) throw new UnsupportedByTable(`The table ${String(name)}`);
  };
  const capacityOf = (asked: unknown, units: Units): object => {
    const report = reportOf(typeof asked === 'string' ? asked : undefined, units, names);
    return report === undefined ? {} : { ConsumedCapacity: report };
  };

  const commit = (changes: readonly ItemChange[]): void => {
    if (changes.length > 0) storage.write(changes, now());
  };

  const getItem = (input: Members): object => {
    const { TableName, Key, ConsistentRead, ReturnConsumedCapacity, ...rest } = input;
    refuseOtherTable(TableName);
    const projection = projectionOf(rest);
    const item = storage.get(givenKey(Key));
    const units = readUnits(item === undefined ? 0 : itemSize(item), ConsistentRead === true);
    return {
      ...(item === undefined ? {} : { Item: projection(item) }),
      ...capacityOf(ReturnConsumedCapacity, { table: units, index: 0 }),
    };
  };

  const batchGet = ({ RequestItems, ReturnConsumedCapacity, ...rest }: Members): object => {
    only(rest, []);
    const [[name, request] = [], ...others] = Object.entries((RequestItems ?? {}) as Record<string, Members>);
    if (others.length > 0 || request === undefined)
      throw new UnsupportedByTable('BatchGetItem of other than one table');
    refuseOtherTable(name);
    const { Keys, ConsistentRead, ...more } = request;
    const projection = projectionOf(more);
    const keys = (Array.isArray(Keys) ? Keys : []).map(givenKey);
    if (keys.length === 0 || keys.length > BATCH_GET_KEYS)
      throw new ValidationException(`A batch must have 1 to ${BATCH_GET_KEYS} keys; got ${keys.length}`);
    refuseDuplicates(keys, 'Provided list of item keys contains duplicates');
    const items = keys.map((key) => storage.get(key));
    const units = items.map((item) => readUnits(item === undefined ? 0 : itemSize(item), ConsistentRead === true));
    const found = items.flatMap((item) => (item === undefined ? [] : [projection(item)]));
    const table = units.reduce((one, other) => one + other, 0);
    return {
      Responses: { [tableName]: found },
      UnprocessedKeys: {},
      ...inList(capacityOf(ReturnConsumedCapacity, { table, index: 0 })),
    };
  };

  const transactGet = ({ TransactItems, ReturnConsumedCapacity, ...rest }: Members): object => {
    only(rest, []);
    const gets = ((TransactItems ?? []) as { Get?: Members }[]).map(({ Get }) => Get ?? {});
    if (gets.length === 0 || gets.length > TRANSACTION_ITEMS)
      throw new ValidationException(`A transaction must have 1 to ${TRANSACTION_ITEMS} items; got ${gets.length}`);
    const items = gets.map(({ TableName, Key, ...more }) => {
      refuseOtherTable(TableName);
      const item = storage.get(givenKey(Key));
      return { item: item === undefined ? undefined : projectionOf(more)(item), size: itemSize(item ?? {}) };
    });
    const table = items.reduce((total, { size }) => total + 2 * readUnits(size, true), 0);
    return {
      Responses: items.map(({ item }) => (item === undefined ? {} : { Item: item })),
      ...inList(capacityOf(ReturnConsumedCapacity, { table, index: 0 })),
    };
  };

  const query = (input: Members): object => {
    const { TableName, IndexName, Limit, ExclusiveStartKey, ConsistentRead, ScanIndexForward, Select, ...rest } = input;
    const { ReturnConsumedCapacity, ...expressions } = rest;
    refuseOtherTable(TableName);
    if (IndexName !== undefined && IndexName !== indexName)
      throw new ValidationException(`The table does not have the specified index: ${String(IndexName)}`);
    if (Select !== undefined && Select !== 'COUNT') throw new UnsupportedByTable(`Select ${String(Select)}`);
    const isIndex = IndexName !== undefined;
    if (isIndex && ConsistentRead === true)
      throw new ValidationException('Consistent reads are not supported on global secondary indexes');
    const known = ['KeyConditionExpression', 'FilterExpression', 'ProjectionExpression'];
    only(expressions, [...known, 'ExpressionAttributeNames', 'ExpressionAttributeValues']);
    const { KeyConditionExpression, FilterExpression, ProjectionExpression } = expressions as Expressions;
    if (KeyConditionExpression === undefined) throw new ValidationException('A query needs a KeyConditionExpression');
    const keyCondition = parseCondition(KeyConditionExpression);
    const filter = FilterExpression === undefined ? undefined : parseCondition(FilterExpression);
    const projection = ProjectionExpression === undefined ? undefined : parseProjection(ProjectionExpression);
    const given = placeholdersOf(expressions as Expressions, [keyCondition, filter, projection]);
    const attributes = isIndex ? (['indexPk', 'indexSk'] as const) : (['pk', 'sk'] as const);
    const isForward = ScanIndexForward !== false;
    const { partition, range } = keyRangeOf(keyCondition.tree, given, attributes, isForward);
    const start = ExclusiveStartKey === undefined ? undefined : (ExclusiveStartKey as Item);
    const rows = isIndex
      ? storage.indexRange(partition, range, start === undefined ? undefined : entryAfter(start, partition, range))
      : storage.range(partition, range, start === undefined ? undefined : sortKeyAfter(start, partition, range));
    const page = takePage(rows as Iterable<Item>, limitOf(Limit));
    const matching = page.rows.filter((row) => filter === undefined || holds(filter.tree, row, given));
    const shown = matching.map((row) => shownOf(row, projection, given));
    const units = readUnits(page.bytes, ConsistentRead === true);
    const last = page.isCut ? page.rows.at(-1) : undefined;
    return {
      ...(Select === 'COUNT' ? {} : { Items: shown }),
      Count: matching.length,
      ScannedCount: page.rows.length,
      ...(last === undefined ? {} : { LastEvaluatedKey: isIndex ? entryOf(last) : keyOf(last) }),
      ...capacityOf(ReturnConsumedCapacity, isIndex ? { table: 0, index: units } : { table: units, index: 0 }),
    };
  };

  const scan = (input: Members): object => {
    const { TableName, Limit, ExclusiveStartKey, ConsistentRead, ReturnConsumedCapacity, ...expressions } = input;
    refuseOtherTable(TableName);
    only(expressions, ['FilterExpression', 'ExpressionAttributeNames', 'ExpressionAttributeValues']);
    const { FilterExpression } = expressions as Expressions;
    const filter = FilterExpression === undefined ? undefined : parseCondition(FilterExpression);
    const given = placeholdersOf(expressions as Expressions, [filter]);
    const start = ExclusiveStartKey === undefined ? undefined : keyOf(ExclusiveStartKey);
    const page = takePage(storage.scan(start), limitOf(Limit));
    const matching = page.rows.filter((row) => filter === undefined || holds(filter.tree, row, given));
    const last = page.isCut ? page.rows.at(-1) : undefined;
    return {
      Items: matching.map((row) => stored(row)),
      Count: matching.length,
      ScannedCount: page.rows.length,
      ...(last === undefined ? {} : { LastEvaluatedKey: keyOf(last) }),
      ...capacityOf(ReturnConsumedCapacity, { table: readUnits(page.bytes, ConsistentRead === true), index: 0 }),
    };
  };

  const writeOne = (kind: 'Put' | 'Update' | 'Delete', input: Members): object => {
    const { ReturnValues, ReturnConsumedCapacity, ...write } = input;
    const planned = writeOf(kind, write);
    const before = storage.get(planned);
    if (!passes(planned, before)) throw conditionFailed(planned.returnsOld ? copyOf(before) : undefined);
    const change = changeOf(planned, before);
    commit(before === undefined && change.after === undefined ? [] : [change]);
    return {
      ...returned(ReturnValues, change, planned.updates),
      ...capacityOf(ReturnConsumedCapacity, writeUnits(change, 1)),
    };
  };

  const batchWrite = ({ RequestItems, ReturnConsumedCapacity, ...rest }: Members): object => {
    only(rest, []);
    const [[name, requests = []] = [], ...others] = Object.entries((RequestItems ?? {}) as Record<string, Members[]>);
    if (others.length > 0) throw new UnsupportedByTable('BatchWriteItem of other than one table');
    refuseOtherTable(name);
    if (requests.length === 0 || requests.length > BATCH_WRITE_ITEMS)
      throw new ValidationException(`A batch must have 1 to ${BATCH_WRITE_ITEMS} items; got ${requests.length}`);
    const writes = requests.map(({ PutRequest, DeleteRequest }) =>
      PutRequest === undefined
        ? writeOf('Delete', { TableName: name, ...(DeleteRequest as Members) })
        : writeOf('Put', { TableName: name, ...(PutRequest as Members) }),
    );
    refuseDuplicates(writes, 'Provided list of item keys contains duplicates');
    const changes = writes.map((write) => changeOf(write, storage.get(write)));
    // Each write of a batch stands alone.
    for (const change of changes) if (change.before !== undefined || change.after !== undefined) commit([change]);
    const units = sum(changes.map((change) => writeUnits(change, 1)));
    return { UnprocessedItems: {}, ...inList(capacityOf(ReturnConsumedCapacity, units)) };
  };

  const transactWrite = (input: Members): object => {
    const { TransactItems, ClientRequestToken, ReturnConsumedCapacity, ...rest } = input;
    only(rest, []);
    const items = (Array.isArray(TransactItems) ? TransactItems : []) as Members[];
    if (items.length === 0 || items.length > TRANSACTION_ITEMS)
      throw new ValidationException(`A transaction must have 1 to ${TRANSACTION_ITEMS} items; got ${items.length}`);
    const writes = items.map((item) => {
      const [[kind, write] = [], ...others] = Object.entries(item).filter(([, one]) => one !== undefined);
      if (write === undefined || others.length > 0)
        throw new ValidationException('Each item of a transaction must have exactly one operation');
      return writeOf(kind as WriteKind, write as Members);
    });
    refuseDuplicates(writes, 'Transaction request cannot include multiple operations on one item');
    const token = typeof ClientRequestToken === 'string' ? ClientRequestToken : undefined;
    const request = token === undefined ? '' : digestOf(items);
    if (token !== undefined && isRepeated(token, request)) {
      // The repetition reads what the first request wrote.
      const units = writes.map((write) => 2 * readUnits(itemSize(storage.get(write) ?? {}), true));
      const table = units.reduce((one, other) => one + other, 0);
      return inList(capacityOf(ReturnConsumedCapacity, { table, index: 0 }));
    }
    const befores = writes.map((write) => storage.get(write));
    const changes: ItemChange[] = [];
    const reasons = writes.map((write, index): CancellationReason => {
      const before = befores[index];
      if (passes(write, before)) {
        try {
          changes.push(changeOf(write, before));
          return { Code: 'None' };
        } catch (error) {
          // An update that does not fit the item: found only now, and so a reason of the whole transaction.
          if (!(error instanceof ValidationException)) throw error;
          return { Code: 'ValidationError', Message: error.message };
        }
      }
      const failed = { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' } as const;
      return write.returnsOld && before !== undefined ? { ...failed, Item: copyOf(before) as Item } : failed;
    });
    if (reasons.some(({ Code }) => Code !== 'None')) throw transactionCanceled(reasons);
    const bytes = changes.reduce((total, { after }) => total + (after === undefined ? 0 : itemSize(after)), 0);
    if (bytes > TRANSACTION_BYTES) throw new ValidationException('A transaction must have at most 4 MB');
    const made = changes.filter((change, index) => writes[index]?.isCheck === false && hasEffect(change));
    commit(made);
    if (token !== undefined) tokens.set(token, { request, at: now() });
    const units = changes.map((change, index) =>
      // A check costs what a write of the item would, and nothing in the index.
      writes[index]?.isCheck === true ? { ...writeUnits(change, 2), index: 0 } : writeUnits(change, 2),
    );
    return inList(capacityOf(ReturnConsumedCapacity, units.length === 0 ? NO_UNITS : sum(units)));
  };

  const isRepeated = (token: string, request: string): boolean => {
    const oldest = now() - TOKEN_MILLISECONDS;
    for (const [known, { at }] of tokens) {
      if (at > oldest) break;
      tokens.delete(known);
    }
    const earlier = tokens.get(token);
    if (earlier === undefined) return false;
    if (earlier.request !== request) throw tokenReused();
    return true;
  };

  type WriteKind = 'Put' | 'Update' | 'Delete' | 'ConditionCheck';

  const writeOf = (kind: WriteKind, input: Members): PlannedWrite => {
    const { TableName, ReturnValuesOnConditionCheckFailure: onFailure, ...rest } = input;
    refuseOtherTable(TableName);
    const expressions = rest as Expressions & Members;
    const { ConditionExpression, UpdateExpression } = expressions;
    const condition = ConditionExpression === undefined ? undefined : parseCondition(ConditionExpression);
    const update = UpdateExpression === undefined ? undefined : parseUpdate(UpdateExpression);
    const given = placeholdersOf(expressions, [condition, update]);
    const known = ['ConditionExpression', 'ExpressionAttributeNames', 'ExpressionAttributeValues'];
    const common = {
      condition: condition?.tree,
      given,
      isCheck: kind === 'ConditionCheck',
      returnsOld: onFailure === 'ALL_OLD',
      updates: (update?.tree ?? []).map(({ path: [first = ''] }) => String(nameOf(first, given))),
    };
    switch (kind) {
      case 'Put': {
        only(rest, [...known, 'Item']);
        const item = checkedItem(expressions.Item);
        return { ...keyOf(item), ...common, next: () => item };
      }
      case 'Delete':
        only(rest, [...known, 'Key']);
        return { ...givenKey(expressions.Key), ...common, next: () => undefined };
      case 'ConditionCheck':
        only(rest, [...known, 'Key']);
        if (condition === undefined) throw new ValidationException('A ConditionCheck needs a ConditionExpression');
        return { ...givenKey(expressions.Key), ...common, next: (item) => item };
      case 'Update': {
        only(rest, [...known, 'Key', 'UpdateExpression']);
        const key = givenKey(expressions.Key);
        const actions = update?.tree ?? [];
        refuseKeyChanges(actions, given);
        return { ...key, ...common, next: (item) => checkedItem(updated(actions, item ?? { ...key }, given)) };
      }
      default:
        throw new UnsupportedByTable(`The write ${String(kind)}`);
    }
  };

  return {
    send(command) {
      const { input } = command as { input: Members };
      if (command instanceof GetCommand) return getItem(input);
      if (command instanceof BatchGetCommand) return batchGet(input);
      if (command instanceof QueryCommand) return query(input);
      if (command instanceof PutCommand) return writeOne('Put', input);
      if (command instanceof UpdateCommand) return writeOne('Update', input);
      if (command instanceof DeleteCommand) return writeOne('Delete', input);
      if (command instanceof TransactWriteCommand) return transactWrite(input);
      if (command instanceof TransactGetCommand) return transactGet(input);
      if (command instanceof BatchWriteCommand) return batchWrite(input);
      if (command instanceof ScanCommand) return scan(input);
      throw new UnsupportedByTable(`The command ${(command as object | undefined)?.constructor?.name}`);
    },
  };
}

/** A digest, because the whole requests of ten minutes take much memory. */
function digestOf(items: readonly Members[]): string {
  return createHash('sha256').update(JSON.stringify(items)).digest('base64');
}

function passes({ condition, given }: PlannedWrite, item: Item | undefined): boolean {
  return condition === undefined || holds(condition, item ?? {}, given);
}

function changeOf({ pk, sk, next }: PlannedWrite, before: Item | undefined): ItemChange {
  return { pk, sk, before, after: next(before) };
}

/** Removing what is not there writes nothing. */
function hasEffect({ before, after }: ItemChange): boolean {
  return before !== undefined || after !== undefined;
}

function returned(asked: unknown, { before, after }: ItemChange, updates: readonly string[]): object {
  if (asked === undefined || asked === 'NONE') return {};
  if (asked === 'UPDATED_NEW') {
    const shown = updates.flatMap((name) => (after?.[name] === undefined ? [] : [[name, after[name]] as const]));
    return shown.length === 0 ? {} : { Attributes: copyOf(Object.fromEntries(shown)) };
  }
  if (asked !== 'ALL_OLD' && asked !== 'ALL_NEW') throw new UnsupportedByTable(`ReturnValues ${String(asked)}`);
  const item = asked === 'ALL_OLD' ? before : after;
  return item === undefined ? {} : { Attributes: copyOf(item) };
}

const copyOf = (item: Item | undefined): Item | undefined => (item === undefined ? undefined : (stored(item) as Item));

/** Some answers report the capacity of each table, in a list. */
function inList(report: object): object {
  return 'ConsumedCapacity' in report ? { ConsumedCapacity: [report.ConsumedCapacity] } : {};
}

function only(given: object, known: readonly string[]): void {
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && !known.includes(name)) throw new UnsupportedByTable(`The member ${name}`);
  }
}

/** The key of a request, which names nothing else. */
function givenKey(key: unknown): Key {
  const { pk: _, sk: __, ...rest } = (key ?? {}) as Item;
  if (Object.keys(rest).length > 0) throw new ValidationException('The provided key element does not match the schema');
  return keyOf(key);
}

function keyOf(key: unknown): Key {
  const { pk, sk } = (key ?? {}) as Item;
  return { pk: keyText(pk, 'pk', MAX_PARTITION_KEY_BYTES), sk: keyText(sk, 'sk', MAX_SORT_KEY_BYTES) };
}

function entryOf(entry: Item): IndexEntry {
  const { indexPk, indexSk, pk, sk } = entry;
  return {
    indexPk: keyText(indexPk, 'indexPk', MAX_PARTITION_KEY_BYTES),
    indexSk: keyText(indexSk, 'indexSk', MAX_SORT_KEY_BYTES),
    ...keyOf({ pk, sk }),
  };
}

/** An item that can be stored. @throws ValidationException for keys and sizes that DynamoDB does not allow */
function checkedItem(given: unknown): Item {
  if (typeof given !== 'object' || given === null) throw new ValidationException('There is no item');
  const item = stored(given) as Item;
  keyOf(item);
  for (const [name, most] of [
    ['indexPk', MAX_PARTITION_KEY_BYTES],
    ['indexSk', MAX_SORT_KEY_BYTES],
  ] as const)
    if (item[name] !== undefined) keyText(item[name], name, most);
  if (itemSize(item) > MAX_ITEM_BYTES)
    throw new ValidationException('Item size has exceeded the maximum allowed size of 400 KB');
  return item;
}

function refuseDuplicates(keys: readonly Key[], message: string): void {
  if (new Set(keys.map(({ pk, sk }) => JSON.stringify([pk, sk]))).size < keys.length)
    throw new ValidationException(message);
}

function refuseKeyChanges(actions: readonly UpdateAction[], given: Placeholders): void {
  const paths = new Set<string>();
  for (const { path } of actions) {
    const [first = ''] = path;
    const name = String(nameOf(first, given));
    if (name === 'pk' || name === 'sk')
      throw new ValidationException(`Cannot update attribute ${name}. This attribute is part of the key`);
    const whole = JSON.stringify(path.map((part) => nameOf(part, given)));
    if (paths.has(whole)) throw new ValidationException('Two document paths overlap with each other');
    paths.add(whole);
  }
}

/** What the placeholders stand for. DynamoDB refuses those that are missing and those that are not used. */
function placeholdersOf(
  { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} }: Expressions,
  expressions: readonly (Parsed<unknown> | undefined)[],
): Placeholders {
  const usedNames = new Set(expressions.flatMap((one) => (one === undefined ? [] : [...one.names])));
  const usedValues = new Set(expressions.flatMap((one) => (one === undefined ? [] : [...one.values])));
  for (const [used, given, kind] of [
    [usedNames, names, 'ExpressionAttributeNames'],
    [usedValues, values, 'ExpressionAttributeValues'],
  ] as const) {
    for (const name of used)
      if (given[name] === undefined) throw new ValidationException(`${kind} does not define ${name}`);
    for (const name of Object.keys(given))
      if (!used.has(name)) throw new ValidationException(`${kind} defines ${name}, which no expression uses`);
  }
  return { names, values };
}

function projectionOf(members: Members): (item: Item) => Item {
  only(members, ['ProjectionExpression', 'ExpressionAttributeNames']);
  const { ProjectionExpression } = members as Expressions;
  const projection = ProjectionExpression === undefined ? undefined : parseProjection(ProjectionExpression);
  const given = placeholdersOf(members as Expressions, [projection]);
  return (item) => shownOf(item, projection, given);
}

function shownOf(item: Item, projection: Parsed<readonly Path[]> | undefined, given: Placeholders): Item {
  return stored(projection === undefined ? item : projected(projection.tree, item, given)) as Item;
}

function limitOf(limit: unknown): number {
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1)
    throw new ValidationException('Limit must be a whole number, at least 1');
  return limit;
}

interface TakenPage {
  readonly rows: Item[];
  readonly bytes: number;
  /** More may follow: DynamoDB returns a start key even if nothing does. */
  readonly isCut: boolean;
}

function takePage(rows: Iterable<Item>, limit: number): TakenPage {
  const taken: Item[] = [];
  let bytes = 0;
  for (const row of rows) {
    taken.push(row);
    bytes += itemSize(row);
    if (taken.length === limit || bytes >= PAGE_BYTES) return { rows: taken, bytes, isCut: true };
  }
  return { rows: taken, bytes, isCut: false };
}

/** The partition and the range of sort keys that a key condition names. */
function keyRangeOf(
  condition: Condition,
  given: Placeholders,
  [partitionKey, sortKey]: readonly ['pk' | 'indexPk', 'sk' | 'indexSk'],
  isForward: boolean,
): { readonly partition: string; readonly range: KeyRange } {
  const all = condition.kind === 'and' ? condition.all : [condition];
  let partition: string | undefined;
  let range: { from: string | undefined; to: string | undefined } | undefined;
  for (const one of all) {
    const name = attributeOf(one, given);
    if (name === partitionKey && partition === undefined && one.kind === 'compare' && one.comparator === '=')
      partition = keyText(operandOf(one.right, {}, given), partitionKey, MAX_PARTITION_KEY_BYTES);
    else if (name === sortKey && range === undefined) range = sortRangeOf(one, given, sortKey);
    else throw new ValidationException('Query key condition not supported');
  }
  if (partition === undefined)
    throw new ValidationException(`Query condition missed key schema element: ${partitionKey}`);
  return { partition, range: { ...(range ?? { from: undefined, to: undefined }), isForward } };
}

function attributeOf(condition: Condition, given: Placeholders): string | number | undefined {
  const operand =
    condition.kind === 'compare'
      ? condition.left
      : condition.kind === 'between' || condition.kind === 'begins-with'
        ? condition.operand
        : undefined;
  if (operand?.kind !== 'path' || operand.path.length !== 1) return undefined;
  return nameOf(operand.path[0] ?? '', given);
}

/** The last character of Unicode: after every text that begins with the same characters. */
const LAST = '\u{10ffff}';

function sortRangeOf(condition: Condition, given: Placeholders, sortKey: string) {
  const text = (operand: Parameters<typeof operandOf>[0]): string =>
    keyText(operandOf(operand, {}, given), sortKey, MAX_SORT_KEY_BYTES);
  switch (condition.kind) {
    case 'between': {
      const [from, to] = [text(condition.low), text(condition.high)];
      if (compareTexts(from, to) > 0)
        throw new ValidationException(
          'The BETWEEN operator requires upper bound to be greater than or equal to lower bound',
        );
      return { from, to };
    }
    case 'begins-with': {
      const from = text(condition.part);
      return { from, to: `${from}${LAST}` };
    }
    case 'compare': {
      const value = text(condition.right);
      if (condition.comparator === '=') return { from: value, to: value };
      if (condition.comparator === '>=') return { from: value, to: undefined };
      if (condition.comparator === '<=') return { from: undefined, to: value };
      break;
    }
    default:
  }
  throw new UnsupportedByTable('A key condition with <, > or another function');
}

/** @throws ValidationException for a start key outside of the range of the query */
function sortKeyAfter(start: Item, partition: string, range: KeyRange): string {
  only(start, ['pk', 'sk']);
  const { pk, sk } = keyOf(start);
  if (pk !== partition || !isWithin(sk, range))
    throw new ValidationException('The provided starting key is outside query boundaries based on provided conditions');
  return sk;
}

function entryAfter(start: Item, partition: string, range: KeyRange): IndexEntry {
  only(start, ['pk', 'sk', 'indexPk', 'indexSk']);
  const entry = entryOf(start);
  if (entry.indexPk !== partition || !isWithin(entry.indexSk, range))
    throw new ValidationException('The provided starting key is outside query boundaries based on provided conditions');
  return entry;
}

function isWithin(key: string, { from, to }: KeyRange): boolean {
  return (from === undefined || compareTexts(from, key) <= 0) && (to === undefined || compareTexts(key, to) <= 0);
}
