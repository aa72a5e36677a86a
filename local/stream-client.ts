/** A connection to the stream of the engine's table. */
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { connectToEngine } from './engine-client.ts';

const TABLE_HOST_IN_AWS = /^dynamodb\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?)$/;

/** @param endpoint of the table's engine. An engine serves the stream at the same address; AWS has another host for it. */
export function connectStream(endpoint: string): DynamoDBStreamsClient {
  const [, region, domain] = TABLE_HOST_IN_AWS.exec(new URL(endpoint).hostname) ?? [];
  return region === undefined
    ? connectToEngine(DynamoDBStreamsClient, endpoint)
    : new DynamoDBStreamsClient({ endpoint: `https://streams.dynamodb.${region}.${domain}`, region });
}
