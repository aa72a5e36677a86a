/** The table, made from the template's own properties, so that what runs here is what is deployed. */
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import type { TableTemplate } from '../cdk/read-template.ts';
import { StartError } from './start-error.ts';

const PATIENCE_SECONDS = 30;

/**
 * Creates the table if it is absent, and checks one that is there: its keys and indexes must be the template's.
 * @throws StartError `table-failed` when the engine does not answer, or the table is of another shape.
 */
export async function ensureTable(client: DynamoDBClient, TableName: string, table: TableTemplate): Promise<void> {
  try {
    const standing = await describe(client, TableName);
    if (standing === undefined) {
      // Another process on the same engine may make it in between; then it is there, which is all we want.
      await client.send(new CreateTableCommand({ ...table.create, TableName })).catch((error: unknown) => {
        if (!(error instanceof ResourceInUseException)) throw error;
      });
      await waitUntilTableExists({ client, maxWaitTime: PATIENCE_SECONDS, minDelay: 1, maxDelay: 1 }, { TableName });
      await client.send(
        new UpdateTimeToLiveCommand({
          TableName,
          TimeToLiveSpecification: { AttributeName: table.timeToLiveAttribute, Enabled: true },
        }),
      );
    }
    const found = standing ?? (await describe(client, TableName));
    if (found === undefined) throw new Error('It was made and is not there.');
    if (keysOf(found) !== keysOf(table.create)) {
      throw new Error('It was made by another version: its keys or indexes are not those of this stack.');
    }
  } catch (error) {
    throw new StartError(`The table ${TableName} cannot be used: ${reasonOf(error)}`, {
      code: 'table-failed',
      cause: error,
    });
  }
}

async function describe(client: DynamoDBClient, TableName: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

function keysOf(table: Pick<TableDescription, 'KeySchema' | 'GlobalSecondaryIndexes'>): string {
  return JSON.stringify([
    (table.KeySchema ?? []).map((key) => [key.KeyType, key.AttributeName]),
    (table.GlobalSecondaryIndexes ?? []).map((index) => index.IndexName).sort(),
  ]);
}

// A refused connection comes as an AggregateError without a message of its own.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return error.message || code || error.name;
}
