import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { PutCommand, TransactWriteCommand, type TransactWriteCommandInput, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Dependencies } from '../dependencies.ts';
import type { Key } from './keys.ts';

/** One write of a transaction. */
export type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** DynamoDB's limit on items in one transaction. */
export const TRANSACTION_ITEMS = 100;

const COMMIT_ATTEMPTS = 12;
const FIRST_PAUSE_MILLISECONDS = 8;
const LONGEST_PAUSE_MILLISECONDS = 400;

/** Other requests wrote the same items in each attempt; nothing was written. */
export class TableBusy extends Error {
  override readonly name = 'TableBusy';
}

/** `refused`: a condition failed, and nothing was written. */
export type CommitResult = 'committed' | 'refused';

/**
 * Writes all items or none. Retries a conflict with another transaction, under the same request token, so that a lost reply
 * does not write twice. Does not retry a failed condition.
 * @throws TableBusy after 12 conflicts.
 */
export async function commit(dependencies: Dependencies, writes: readonly Write[]): Promise<CommitResult> {
  if (writes.length === 0) return 'committed';
  const command: TransactWriteCommandInput = {
    TransactItems: [...writes],
    ClientRequestToken: Buffer.from(dependencies.random(24)).toString('base64url'),
  };
  for (let attempt = 0; attempt < COMMIT_ATTEMPTS; attempt++) {
    if (attempt > 0) await dependencies.sleep(pause(dependencies, attempt));
    try {
      await dependencies.documents.send(new TransactWriteCommand(command));
      return 'committed';
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code);
      if (codes.includes('ConditionalCheckFailed')) return 'refused';
      if (!codes.some((code) => code !== undefined && TEMPORARY.has(code))) throw error;
    }
  }
  throw new TableBusy(`Other requests wrote the same items in each of ${COMMIT_ATTEMPTS} attempts`);
}

/**
 * Writes one item, for half of what a transaction costs. Without a request token, a lost reply can make a successful write look
 * refused: the caller must read the item again after a refusal.
 * @throws TableBusy after 12 conflicts.
 */
export async function commitSingle(dependencies: Dependencies, { Put, Update }: Write): Promise<CommitResult> {
  for (let attempt = 0; attempt < COMMIT_ATTEMPTS; attempt++) {
    if (attempt > 0) await dependencies.sleep(pause(dependencies, attempt));
    try {
      if (Put !== undefined) await dependencies.documents.send(new PutCommand(Put));
      else if (Update !== undefined) await dependencies.documents.send(new UpdateCommand(Update));
      else throw new Error('Bug: only a put or an update can be written without a transaction');
      return 'committed';
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (error.name === 'ConditionalCheckFailedException') return 'refused';
      // A transaction is writing the same item.
      if (error.name !== 'TransactionConflictException') throw error;
    }
  }
  throw new TableBusy(`Other requests wrote the same item in each of ${COMMIT_ATTEMPTS} attempts`);
}

/** Well below the 4 MB that DynamoDB allows in one transaction, however it counts the bytes. */
const TRANSACTION_BYTES = 3_000_000;

/** What a group of writes adds to its transaction. */
export interface PackOptions<Group> {
  /** Items that each transaction has beside its groups: a container's head, the check of a lock. */
  readonly beside?: number;
  /** Items that a group writes; 1 unless given. */
  readonly items?: (group: Group) => number;
  /** Names an item that all groups of a transaction with the same name share, such as an order's history. */
  readonly shared?: (group: Group) => string;
  /** Bytes that a group writes; not limited unless given. */
  readonly bytes?: (group: Group) => number;
}

/**
 * Packs groups into transactions, in their order: each transaction takes as many groups as fit into 100 items and 3 MB, and
 * at least one. Takes a group from `groups` only when it is needed, so that one can depend on the commits before it.
 */
export function* packTransactions<Group>(
  groups: Iterable<Group>,
  { beside = 0, items = () => 1, shared, bytes = () => 0 }: PackOptions<Group> = {},
): Generator<readonly Group[]> {
  let packed: Group[] = [];
  let itemCount = beside;
  let byteCount = 0;
  let sharedItems = new Set<string>();
  for (const group of groups) {
    const name = shared?.(group);
    const addedItems = items(group);
    const addedBytes = bytes(group);
    const addedShared = name === undefined || sharedItems.has(name) ? 0 : 1;
    const total = itemCount + addedItems + sharedItems.size + addedShared;
    if (packed.length > 0 && (total > TRANSACTION_ITEMS || byteCount + addedBytes > TRANSACTION_BYTES)) {
      yield packed;
      packed = [];
      itemCount = beside;
      byteCount = 0;
      sharedItems = new Set();
    }
    packed.push(group);
    itemCount += addedItems;
    byteCount += addedBytes;
    if (name !== undefined) sharedItems.add(name);
  }
  if (packed.length > 0) yield packed;
}

/**
 * Packs groups of writes into transactions that have `beside` further items. A group stays in one transaction, unless it is
 * larger than any transaction.
 */
export function packWrites(groups: readonly (readonly Write[])[], beside: number): Write[][] {
  const options: PackOptions<readonly Write[]> = { beside, items: (writes) => writes.length, bytes: bytesOf };
  const whole = groups.flatMap((writes) =>
    beside + writes.length <= TRANSACTION_ITEMS && bytesOf(writes) <= TRANSACTION_BYTES
      ? [writes]
      : writes.map((write) => [write]),
  );
  return [...packTransactions(whole, options)].map((packed) => packed.flat());
}

function bytesOf(writes: readonly Write[]): number {
  return writes.reduce((sum, { Put }) => sum + Buffer.byteLength(JSON.stringify(Put?.Item ?? {})), 0);
}

/** Reasons for which the same transaction can succeed later. */
const TEMPORARY: ReadonlySet<string> = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

/** Exponential backoff with full jitter, so that competing requests do not collide again. */
function pause(dependencies: Dependencies, attempt: number): number {
  const longest = Math.min(FIRST_PAUSE_MILLISECONDS * 2 ** attempt, LONGEST_PAUSE_MILLISECONDS);
  const [byte = 0] = dependencies.random(1);
  return (longest * (byte + 1)) / 256;
}

/** Puts an item, provided that it does not exist. */
export function putNew(dependencies: Dependencies, key: Key, item: object): Write {
  return {
    Put: {
      TableName: dependencies.tableName,
      Item: { ...item, ...key },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  };
}

/** Puts an item without a condition: for items that a container's lock or revision guards. */
export function put(dependencies: Dependencies, key: Key, item: object): Write {
  return { Put: { TableName: dependencies.tableName, Item: { ...item, ...key } } };
}

/** Puts the next revision of an item, provided that it did not change since it was read. Revision 0: it does not exist yet. */
export function putRevision(dependencies: Dependencies, key: Key, item: object, revisionRead: number): Write {
  if (revisionRead === 0) return putNew(dependencies, key, { ...item, revision: 1 });
  return {
    Put: {
      TableName: dependencies.tableName,
      Item: { ...item, ...key, revision: revisionRead + 1 },
      ConditionExpression: 'revision = :read',
      ExpressionAttributeValues: { ':read': revisionRead },
    },
  };
}

/** Writes nothing, but refuses the transaction if the item changed since it was read. */
export function checkUnchanged(dependencies: Dependencies, key: Key, revisionRead: number): Write {
  const check = { TableName: dependencies.tableName, Key: { ...key } };
  if (revisionRead === 0) return { ConditionCheck: { ...check, ConditionExpression: 'attribute_not_exists(pk)' } };
  return {
    ConditionCheck: {
      ...check,
      ConditionExpression: 'revision = :read',
      ExpressionAttributeValues: { ':read': revisionRead },
    },
  };
}

/** Removes an item, provided that it did not change since it was read. */
export function removeRevision(dependencies: Dependencies, key: Key, revisionRead: number): Write {
  return {
    Delete: {
      TableName: dependencies.tableName,
      Key: { pk: key.pk, sk: key.sk },
      ConditionExpression: 'revision = :read',
      ExpressionAttributeValues: { ':read': revisionRead },
    },
  };
}

export function remove(dependencies: Dependencies, key: Key): Write {
  return { Delete: { TableName: dependencies.tableName, Key: { pk: key.pk, sk: key.sk } } };
}
