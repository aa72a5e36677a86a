/**
 * A deterministic stand-in for the table, which makes thousands of histories possible. It implements exactly the commands
 * and expressions that `functions/` uses and throws on everything else; `memory-table.test.ts` compares each answer with
 * the real engine's.
 */
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';

export type Item = Readonly<Record<string, unknown>>;

/** What one committed write or transaction did to its items. */
export interface ItemChange {
  readonly pk: string;
  readonly sk: string;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

export interface MemoryTable {
  /** Runs one command of the document client. Throws the errors that the real engine would answer with. */
  send(command: unknown): object;
  /** Called after every commit. */
  onCommit(listener: (changes: readonly ItemChange[]) => void): void;
  /** The stored item itself, which callers must not change. */
  get(pk: string, sk: string): Item | undefined;
  /** The items of a partition, in the order of their sort keys, which callers must not change. */
  partition(pk: string): Item[];
  /** Every item, by partition. */
  all(): Item[];
  /** Incremented with each commit that wrote anything. */
  commits(): number;
}

/** A request that the stand-in does not support. */
export class UnknownToStandIn extends Error {
  override readonly name = 'UnknownToStandIn';
}

/** A request that the engine rejects as invalid. */
export class ValidationException extends Error {
  override readonly name = 'ValidationException';
}

/** A request token sent again with other contents. */
export class IdempotentParameterMismatchException extends Error {
  override readonly name = 'IdempotentParameterMismatchException';
}

const TRANSACTION_ITEMS = 100;
const BATCH_KEYS = 100;
/** Far below the megabyte at which the engine would cut a page. */
const LARGEST_ANSWER_ITEMS = 1_500;
const TOKEN_MILLISECONDS = 10 * 60 * 1000;
const RANGE = '#pk = :pk AND #sk BETWEEN :from AND :to';
const WHOLE_PARTITION = '#pk = :pk';
const ONE_ENTRY = '#pk = :pk AND #sk = :sk';

interface Partition {
  readonly items: Map<string, Item>;
  readonly sorted: string[];
}

interface IndexEntry {
  readonly indexSk: string;
  readonly pk: string;
  readonly sk: string;
}

type TransactWrite = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

export function createMemoryTable(tableName: string, now: () => number): MemoryTable {
  const partitions = new Map<string, Partition>();
  const index = new Map<string, IndexEntry[]>();
  const tokens = new Map<string, { request: string; at: number }>();
  const listeners: ((changes: readonly ItemChange[]) => void)[] = [];
  let commits = 0;

  const get = (pk: string, sk: string): Item | undefined => partitions.get(pk)?.items.get(sk);

  const store = (pk: string, sk: string, item: Item | undefined): ItemChange => {
    const before = get(pk, sk);
    let partition = partitions.get(pk);
    if (partition === undefined) {
      partition = { items: new Map(), sorted: [] };
      partitions.set(pk, partition);
    }
    if (before !== undefined) removeFromIndex(index, before);
    if (item === undefined) {
      if (before !== undefined) partition.sorted.splice(position(partition.sorted, sk), 1);
      partition.items.delete(sk);
    } else {
      if (before === undefined) partition.sorted.splice(position(partition.sorted, sk), 0, sk);
      partition.items.set(sk, item);
      addToIndex(index, item);
    }
    return { pk, sk, before, after: item };
  };

  const committed = (changes: readonly ItemChange[]): void => {
    commits += 1;
    for (const listener of listeners) listener(changes);
  };

  const answerGet = ({ TableName, Key, ...rest }: GetCommand['input']): object => {
    only(rest, ['ConsistentRead']);
    named(TableName);
    const { pk, sk } = keyOf(Key);
    const item = get(pk, sk);
    return item === undefined ? {} : { Item: copied(item) };
  };

  const answerBatchGet = ({ RequestItems, ...rest }: BatchGetCommand['input']): object => {
    only(rest, []);
    const [[name, request] = [], ...others] = Object.entries(RequestItems ?? {});
    if (others.length > 0 || request === undefined) throw new UnknownToStandIn('BatchGet of other than one table');
    named(name);
    const { Keys = [], ...more } = request;
    only(more, ['ConsistentRead']);
    if (Keys.length === 0 || Keys.length > BATCH_KEYS) throw new ValidationException(`${Keys.length} keys in a batch`);
    const found: Item[] = [];
    const seen = new Set<string>();
    for (const key of Keys) {
      const { pk, sk } = keyOf(key);
      if (seen.has(`${pk} ${sk}`)) throw new ValidationException('Provided list of item keys contains duplicates');
      seen.add(`${pk} ${sk}`);
      const item = get(pk, sk);
      if (item !== undefined) found.push(copied(item));
    }
    return { Responses: { [tableName]: found }, UnprocessedKeys: {} };
  };

  const answerQuery = (input: QueryCommand['input']): object => {
    const {
      TableName,
      KeyConditionExpression,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
    } = input;
    const { IndexName, Limit, ExclusiveStartKey, ConsistentRead: _, ...rest } = input;
    const known = ['TableName', 'KeyConditionExpression', 'ExpressionAttributeNames', 'ExpressionAttributeValues'];
    only(rest, known);
    named(TableName);
    if (Limit !== undefined && (!Number.isInteger(Limit) || Limit < 1)) throw new ValidationException('Limit');
    const pk = text(values?.[':pk']);
    if (KeyConditionExpression === RANGE && IndexName === undefined) {
      if (names?.['#pk'] !== 'pk' || names['#sk'] !== 'sk') throw new UnknownToStandIn('names of a range query');
      const from = text(values?.[':from']);
      const to = text(values?.[':to']);
      if (from > to) throw new ValidationException('The BETWEEN operator requires upper bound to be greater');
      return page(
        rangeOf(pk, from, to, ExclusiveStartKey),
        Limit,
        ({ item }) => copied(item),
        ({ item }) => keyOf(item),
      );
    }
    const isWhole = KeyConditionExpression === WHOLE_PARTITION;
    if (
      (isWhole || KeyConditionExpression === ONE_ENTRY || KeyConditionExpression === RANGE) &&
      IndexName === 'index'
    ) {
      if (names?.['#pk'] !== 'indexPk' || names['#sk'] !== (isWhole ? undefined : 'indexSk')) {
        throw new UnknownToStandIn('names of an index query');
      }
      const isRange = KeyConditionExpression === RANGE;
      const from = isWhole ? '' : text(values?.[isRange ? ':from' : ':sk']);
      const to = isWhole ? '' : text(values?.[isRange ? ':to' : ':sk']);
      if (from > to) throw new ValidationException('The BETWEEN operator requires upper bound to be greater');
      const start = ExclusiveStartKey === undefined ? undefined : entryOf(ExclusiveStartKey);
      const entries = (index.get(pk) ?? []).filter(
        (entry) =>
          (start === undefined || isBefore(start, entry)) &&
          (isWhole || (from <= entry.indexSk && entry.indexSk <= to)),
      );
      const shown = (entry: IndexEntry): object => ({ ...entry, indexPk: pk });
      return page(entries, Limit, shown, shown);
    }
    throw new UnknownToStandIn(`Query ${KeyConditionExpression} on ${IndexName ?? 'the table'}`);
  };

  const rangeOf = (pk: string, from: string, to: string, start: Item | undefined): { item: Item }[] => {
    const partition = partitions.get(pk);
    if (partition === undefined) return [];
    const found: { item: Item }[] = [];
    for (let at = position(partition.sorted, from); at < partition.sorted.length; at++) {
      const sk = partition.sorted[at] ?? '';
      if (sk > to) break;
      const item = partition.items.get(sk);
      if (item !== undefined && (start === undefined || sk > text(start['sk']))) found.push({ item });
    }
    return found;
  };

  const answerPut = (input: PutCommand['input']): object => answerWrite(writeOf({ Put: input }));
  const answerUpdate = (input: UpdateCommand['input']): object =>
    answerWrite(writeOf({ Update: input as TransactWrite['Update'] }));

  const answerWrite = ({ pk, sk, condition, next }: PlannedWrite): object => {
    const item = get(pk, sk);
    if (condition?.(item) === false) {
      throw new ConditionalCheckFailedException({ $metadata: {}, message: 'The conditional request failed' });
    }
    committed([store(pk, sk, next(item))]);
    return {};
  };

  const answerTransaction = ({ TransactItems, ClientRequestToken, ...rest }: TransactWriteCommandInput): object => {
    only(rest, []);
    const writes = (TransactItems ?? []).map(writeOf);
    if (writes.length === 0 || writes.length > TRANSACTION_ITEMS) {
      throw new ValidationException(`${writes.length} items in a transaction`);
    }
    if (new Set(writes.map(({ pk, sk }) => `${pk} ${sk}`)).size < writes.length) {
      throw new ValidationException('Transaction request cannot include multiple operations on one item');
    }
    const request = ClientRequestToken === undefined ? '' : JSON.stringify(writes.map((write) => write.request));
    const earlier = ClientRequestToken === undefined ? undefined : tokens.get(ClientRequestToken);
    if (earlier !== undefined && now() - earlier.at < TOKEN_MILLISECONDS) {
      if (earlier.request !== request) throw new IdempotentParameterMismatchException('The token was used before');
      return {};
    }
    const held = writes.map((write) => write.condition?.(get(write.pk, write.sk)) ?? true);
    if (held.includes(false)) throw canceled(held.map((holds) => (holds ? 'None' : 'ConditionalCheckFailed')));
    if (ClientRequestToken !== undefined) tokens.set(ClientRequestToken, { request, at: now() });
    const made = writes.filter(({ isCheck }) => !isCheck);
    committed(made.map(({ pk, sk, next }) => store(pk, sk, next(get(pk, sk)))));
    return {};
  };

  const writeOf = (write: TransactWrite): PlannedWrite => {
    const [[kind, input] = [], ...others] = Object.entries(write).filter(([, one]) => one !== undefined);
    if (input === undefined || others.length > 0) throw new UnknownToStandIn('other than one write');
    const { TableName, ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues, ...more } = input as {
      readonly [member: string]: unknown;
    } & Expressions;
    named(TableName);
    const expressions = { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues };
    const condition = conditionOf(expressions);
    const conditional = condition === undefined ? {} : { condition };
    switch (kind) {
      case 'ConditionCheck': {
        const { Key, ...rest } = more;
        only(rest, []);
        if (condition === undefined) throw new ValidationException('A check without a condition');
        const request = JSON.stringify([Key, expressions]);
        return { ...keyOf(Key as Item), request, next: (item) => item, isCheck: true, condition };
      }
      case 'Put': {
        const { Item: given, ...rest } = more;
        only(rest, []);
        const item = stored(given as Item | undefined);
        const request = JSON.stringify([item, expressions]);
        return { ...keyOf(item), request, next: () => item, isCheck: false, ...conditional };
      }
      case 'Delete': {
        const { Key, ...rest } = more;
        only(rest, []);
        const request = JSON.stringify([Key, expressions]);
        return { ...keyOf(Key as Item), request, next: () => undefined, isCheck: false, ...conditional };
      }
      case 'Update': {
        const { Key, UpdateExpression, ...rest } = more;
        only(rest, []);
        const { pk, sk } = keyOf(Key as Item);
        const change = updateOf(String(UpdateExpression), expressions);
        const request = JSON.stringify([Key, UpdateExpression, expressions]);
        return { pk, sk, request, next: (item) => change(item ?? { pk, sk }), isCheck: false, ...conditional };
      }
      default:
        throw new UnknownToStandIn(`the write ${kind}`);
    }
  };

  const named = (name: string | undefined): void => {
    if (name !== tableName) throw new UnknownToStandIn(`the table ${name}`);
  };

  return {
    send(command) {
      if (command instanceof GetCommand) return answerGet(command.input);
      if (command instanceof BatchGetCommand) return answerBatchGet(command.input);
      if (command instanceof QueryCommand) return answerQuery(command.input);
      if (command instanceof PutCommand) return answerPut(command.input);
      if (command instanceof TransactWriteCommand) return answerTransaction(command.input);
      if (command instanceof UpdateCommand) return answerUpdate(command.input);
      throw new UnknownToStandIn(`the command ${(command as object)?.constructor?.name}`);
    },
    onCommit: (listener) => listeners.push(listener),
    get,
    partition: (pk) => {
      const partition = partitions.get(pk);
      return partition?.sorted.map((sk) => partition.items.get(sk) ?? {}) ?? [];
    },
    all: () => [...partitions.values()].flatMap(({ items }) => [...items.values()]),
    commits: () => commits,
  };
}

interface PlannedWrite {
  readonly pk: string;
  readonly sk: string;
  /** The whole request as text, to recognize its repetition. */
  readonly request: string;
  /** The item after the write; `undefined` if the write removes it. */
  readonly next: (item: Item | undefined) => Item | undefined;
  readonly isCheck: boolean;
  readonly condition?: Condition;
}

type Condition = (item: Item | undefined) => boolean;

interface Expressions {
  readonly TableName?: string | undefined;
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>> | undefined;
}

/** The engine's answer to a transaction of which some conditions did not hold. */
export function canceled(codes: readonly string[]): TransactionCanceledException {
  return new TransactionCanceledException({
    $metadata: {},
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`,
    CancellationReasons: codes.map((Code) => ({ Code })),
  });
}

const EXISTENCE = /^attribute_(not_)?exists\((\w+)\)$/;
const EQUAL = /^(#?\w+)(?:\.(\w+))? = (:\w+)$/;

/** Clauses with AND and OR, of which AND binds more closely; no parentheses around them. */
function conditionOf(expressions: Expressions): Condition | undefined {
  const { ConditionExpression: expression } = expressions;
  if (expression === undefined) return undefined;
  const alternatives = expression
    .split(' OR ')
    .map((alternative) => alternative.split(' AND ').map((clause) => clauseOf(clause, expressions)));
  return (item) => alternatives.some((clauses) => clauses.every((clause) => clause(item)));
}

function clauseOf(clause: string, { ExpressionAttributeNames, ExpressionAttributeValues }: Expressions): Condition {
  const [, not, existing] = EXISTENCE.exec(clause) ?? [];
  if (existing !== undefined) {
    return (item) => (item !== undefined && Object.hasOwn(item, existing)) === (not === undefined);
  }
  const [, name, member, value] = EQUAL.exec(clause) ?? [];
  if (name === undefined || value === undefined) throw new UnknownToStandIn(`the condition ${clause}`);
  const attribute = name.startsWith('#') ? ExpressionAttributeNames?.[name] : name;
  const wanted = ExpressionAttributeValues?.[value];
  if (attribute === undefined || wanted === undefined) throw new ValidationException(`the condition ${clause}`);
  if (member === undefined) return (item) => item?.[attribute] === wanted;
  return (item) => (item?.[attribute] as Item | undefined)?.[member] === wanted;
}

const SETS_AND_REMOVES = /^SET (.+?)(?: REMOVE (\w+))?$/;
const ASSIGNMENT = /^(#?\w+) = (?:(:\w+)|if_not_exists\((\w+), (:\w+)\))$/;

/** The supported updates: `SET` with values or with a default for an absent member, and one `REMOVE`. */
function updateOf(update: string, expressions: Expressions): (item: Item) => Item {
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = expressions;
  const [, sets, removed] = SETS_AND_REMOVES.exec(update) ?? [];
  if (sets === undefined) throw new UnknownToStandIn(`the update ${update}`);
  const assignments = sets.split(/, (?![^(]*\))/).map((assignment) => {
    const [, name = '', value, existing, otherwise = ''] = ASSIGNMENT.exec(assignment) ?? [];
    const attribute = name.startsWith('#') ? names?.[name] : name;
    const given = values?.[value ?? otherwise];
    if (attribute === undefined || attribute === '') throw new UnknownToStandIn(`the update ${assignment}`);
    if (given === undefined) throw new ValidationException(`the update ${assignment}`);
    return { attribute, existing, given: copied(given) };
  });
  return (item) => {
    const next: Record<string, unknown> = { ...item };
    for (const { attribute, existing, given } of assignments) {
      next[attribute] = existing !== undefined && Object.hasOwn(item, existing) ? item[existing] : given;
    }
    if (removed !== undefined) delete next[removed];
    return next;
  };
}

/** The engine ends a page at its limit, and returns a start key even when nothing follows. */
function page<Found>(
  found: readonly Found[],
  limit: number | undefined,
  shown: (found: Found) => object,
  keyed: (found: Found) => object,
): object {
  if (limit === undefined && found.length > LARGEST_ANSWER_ITEMS)
    throw new UnknownToStandIn('an answer that would be cut');
  const items = limit === undefined ? found : found.slice(0, limit);
  const last = items.at(-1);
  const isCut = items.length === limit;
  return {
    Items: items.map(shown),
    Count: items.length,
    ...(isCut && last !== undefined ? { LastEvaluatedKey: keyed(last) } : {}),
  };
}

function only(given: object, known: readonly string[]): void {
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && !known.includes(name)) throw new UnknownToStandIn(`the member ${name}`);
  }
}

function keyOf(key: Item | undefined): { pk: string; sk: string } {
  return { pk: text(key?.['pk']), sk: text(key?.['sk']) };
}

function entryOf(key: Item): IndexEntry {
  return { indexSk: text(key['indexSk']), pk: text(key['pk']), sk: text(key['sk']) };
}

function text(value: unknown): string {
  if (typeof value !== 'string' || value === '')
    throw new ValidationException('A key must be a text that is not empty');
  return value;
}

/** The index of `wanted` in a sorted list, or where it would be inserted. */
function position(sorted: readonly string[], wanted: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isBefore(one: IndexEntry, other: IndexEntry): boolean {
  if (one.indexSk !== other.indexSk) return one.indexSk < other.indexSk;
  return one.pk === other.pk ? one.sk < other.sk : one.pk < other.pk;
}

function addToIndex(index: Map<string, IndexEntry[]>, item: Item): void {
  const { indexPk, indexSk } = item;
  if (indexPk === undefined || indexSk === undefined) return;
  const entry: IndexEntry = { indexSk: text(indexSk), ...keyOf(item) };
  const entries = index.get(text(indexPk));
  if (entries === undefined) {
    index.set(text(indexPk), [entry]);
    return;
  }
  let at = entries.length;
  for (let before = entries[at - 1]; before !== undefined && isBefore(entry, before); before = entries[at - 1]) at -= 1;
  entries.splice(at, 0, entry);
}

function removeFromIndex(index: Map<string, IndexEntry[]>, { indexPk, pk, sk }: Item): void {
  if (typeof indexPk !== 'string') return;
  const entries = index.get(indexPk) ?? [];
  const at = entries.findIndex((entry) => entry.pk === pk && entry.sk === sk);
  if (at >= 0) entries.splice(at, 1);
}

/** An item as it is stored: a copy without absent members. */
function stored(item: Item | undefined): Item {
  if (item === undefined) throw new ValidationException('There is no item');
  return copied(item);
}

function copied<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(copied) as Value;
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') {
      throw new UnknownToStandIn(`a value of type ${typeof value}`);
    }
    return value;
  }
  if (value instanceof Uint8Array) return new Uint8Array(value) as Value;
  if (Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null) {
    throw new UnknownToStandIn('an instance of a class');
  }
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) if (member !== undefined) copy[name] = copied(member);
  return copy as Value;
}
