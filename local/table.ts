/** Creates the table from the template's properties, so that it equals the deployed one. */
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
 * Creates the table if it does not exist. The keys and indexes of an existing table must be those of the template.
 * @throws StartError `table-failed` if the engine does not answer, or the keys or indexes differ
 */
export async function ensureTable(client: DynamoDBClient, TableName: string, table: TableTemplate): Promise<void> {
  try {
    const existing = await describe(client, TableName);
    if (existing === undefined) {
      // Another process on the same engine may have created the table meanwhile.
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
    const found = existing ?? (await describe(client, TableName));
    if (found === undefined) throw new Error('It does not exist after its creation.');
    if (keysOf(found) !== keysOf(table.create)) {
      throw new Error(
        'Its keys or indexes differ from those of this version. Use another table, or clear the state with --reset.',
      );
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

// A refused connection is an AggregateError without a message.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return error.message || code || error.name;
}
