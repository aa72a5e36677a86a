/** Connections to a DynamoDB engine. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

export interface TableClient {
  readonly client: DynamoDBClient;
  readonly documents: DynamoDBDocumentClient;
  close(): void;
}

const REGION_IN_HOST = /^dynamodb\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/;

/** A signature of the right form. An engine on this machine wants to see one and checks none, and a real one takes time. */
const UNSIGNED = {
  'x-amz-date': '20260101T000000Z',
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0',
};

/** For an engine on this machine: nothing is worked out anew for each request that is the same for all of them. */
const connectLocally = (endpoint: string): DynamoDBClient => {
  const url = new URL(endpoint);
  const client = new DynamoDBClient({
    endpoint,
    endpointProvider: () => ({ url }),
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    signer: {
      sign: async (request) => {
        Object.assign(request.headers, UNSIGNED);
        return request;
      },
    },
  });
  // What the SDK tells AWS about itself, its caller and its log.
  for (const name of ['getUserAgentMiddleware', 'recursionDetectionMiddleware', 'loggerMiddleware'])
    client.middlewareStack.remove(name);
  return client;
};

/**
 * @param endpoint address of an engine on this machine or of AWS itself; `undefined` leaves region and credentials to the
 * SDK, which is AWS too. An engine gets made-up credentials: the person's own have no business there.
 */
export const connectTable = (endpoint: string | undefined): TableClient => {
  const host = endpoint === undefined ? undefined : new URL(endpoint).hostname;
  const region = host === undefined ? undefined : REGION_IN_HOST.exec(host)?.[1];
  const client =
    endpoint === undefined
      ? new DynamoDBClient({})
      : region !== undefined
        ? new DynamoDBClient({ endpoint, region })
        : connectLocally(endpoint);
  return {
    client,
    documents: DynamoDBDocumentClient.from(client),
    close: () => client.destroy(),
  };
};
