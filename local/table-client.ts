/** Connections to a DynamoDB engine. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { connectToEngine } from './engine-client.ts';

export interface TableClient {
  readonly client: DynamoDBClient;
  readonly documents: DynamoDBDocumentClient;
  close(): void;
}

const REGION_IN_HOST = /^dynamodb\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/;

/**
 * @param endpoint address of an engine on this machine or of AWS; `undefined` for AWS with the SDK's region and credentials.
 * An engine gets fixed credentials, never those of the person.
 */
export function connectTable(endpoint: string | undefined): TableClient {
  const host = endpoint === undefined ? undefined : new URL(endpoint).hostname;
  const region = host === undefined ? undefined : REGION_IN_HOST.exec(host)?.[1];
  const client =
    endpoint === undefined
      ? new DynamoDBClient({})
      : region !== undefined
        ? new DynamoDBClient({ endpoint, region })
        : connectToEngine(DynamoDBClient, endpoint);
  return {
    client,
    documents: DynamoDBDocumentClient.from(client, { marshallOptions: { convertClassInstanceToMap: true } }),
    close: () => client.destroy(),
  };
}
