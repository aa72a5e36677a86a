/** A connection to the stream of the engine's table. */
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';

const TABLE_HOST_IN_AWS = /^dynamodb\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?)$/;

/** @param endpoint of the table's engine: engines serve the stream there too, AWS has a host of its own for it. */
export const connectStream = (endpoint: string): DynamoDBStreamsClient => {
  const [, region, domain] = TABLE_HOST_IN_AWS.exec(new URL(endpoint).hostname) ?? [];
  return new DynamoDBStreamsClient(
    region === undefined
      ? { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
      : { endpoint: `https://streams.dynamodb.${region}.${domain}`, region },
  );
};
