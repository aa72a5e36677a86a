import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test, vi } from 'vitest';
import { SET_ASIDE } from '../../../../contract/table.ts';
import { logCaller, requestLog } from '../../../../functions/api/request-log.ts';
import { problemErrors } from '../../../../functions/api/serve.ts';
import { CONTEXT_OPTIONS, createLambdaLog, MIDDY_OPTIONS } from '../../../../functions/aws/lambda-log.ts';
import { createStreamHandler } from '../../../../functions/use-cases/events/consume.ts';
import { givenRuntime } from '../given-dependencies.ts';

const TOKEN = 'a-secret-token-of-the-vendor';
const TICKET = 'AAAAA-BBBBB-CCCCC-DDDDD-EEEEE';
const BODY = 'the body of a request';

const event = {
  version: '2.0',
  routeKey: 'GET /depot/tickets/{code}',
  rawPath: `/depot/tickets/${TICKET}`,
  rawQueryString: '',
  headers: { authorization: `Bearer ${TOKEN}` },
  pathParameters: { code: TICKET },
  body: BODY,
  requestContext: { requestId: 'request-of-the-gateway', http: { method: 'GET' } },
  isBase64Encoded: false,
} as unknown as APIGatewayProxyEventV2;

const context = { awsRequestId: 'request-of-lambda', functionName: 'depot', memoryLimitInMB: '512' } as Context;

let written = '';
beforeEach(() => {
  written = '';
  const write = (chunk: unknown): boolean => {
    written += String(chunk);
    return true;
  };
  vi.stubEnv('AWS_LAMBDA_INITIALIZATION_TYPE', 'on-demand');
  vi.spyOn(process.stdout, 'write').mockImplementation(write);
  vi.spyOn(process.stderr, 'write').mockImplementation(write);
  return () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  };
});

const lines = (): Record<string, unknown>[] =>
  written
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** A function as its `*.lambda.ts` composes it. The caller is authenticated, then the handler throws. */
function givenFunction(error: unknown, log = createLambdaLog()) {
  const authenticate = logCaller(
    () =>
      Promise.resolve({
        caller: { id: 'hash', author: { kind: 'token', id: 'token-1', name: 'erp' }, scopes: [], secret: TOKEN },
      }),
    log,
  );
  const handler = middy<APIGatewayProxyEventV2>(MIDDY_OPTIONS)
    .use(injectLambdaContext(log, CONTEXT_OPTIONS))
    .use(requestLog(log))
    .use(problemErrors(log))
    .handler(async ({ headers }) => {
      await authenticate(givenRuntime().dependencies, headers.authorization);
      throw error;
    });
  return { log, invoke: () => handler(event, context) };
}

test('a line has the request ids, the route, the caller, the cold start and the error', async () => {
  const { invoke } = givenFunction(new Error('the table is gone', { cause: new Error('the network is gone') }));
  expect(await invoke()).toMatchObject({ statusCode: 500 });
  expect(lines()).toEqual([
    expect.objectContaining({
      level: 'ERROR',
      message: 'A request failed',
      timestamp: expect.any(String),
      function_request_id: 'request-of-lambda',
      request_id: 'request-of-the-gateway',
      route: 'GET /depot/tickets/{code}',
      caller: 'token token-1',
      cold_start: true,
      error: expect.objectContaining({
        name: 'Error',
        message: 'the table is gone',
        stack: expect.stringContaining('lambda-log.test.ts'),
        cause: expect.objectContaining({ message: 'the network is gone' }),
      }),
    }),
  ]);
});

test('a line contains no token, no ticket code, no header, no body and no item of the table', async () => {
  vi.stubEnv('POWERTOOLS_LOGGER_LOG_EVENT', 'true');
  const cancelled = Object.assign(new Error('the transaction was cancelled'), {
    name: 'TransactionCanceledException',
    $metadata: { requestId: 'request-of-dynamodb' },
    CancellationReasons: [{ Item: { ticket: { S: TICKET } } }],
  });
  await givenFunction(cancelled).invoke();
  expect(lines()).toHaveLength(1);
  expect(lines()[0]).toMatchObject({ error: { aws: { requestId: 'request-of-dynamodb' } } });
  for (const secret of [TOKEN, TICKET, 'authorization', BODY]) expect(written).not.toContain(secret);
});

test('the keys of one request are not in the lines of the next invocation', async () => {
  const { log, invoke } = givenFunction(new Error('broken'));
  await invoke();
  written = '';
  log.error('Between two requests', { error: undefined });
  expect(lines()[0]).not.toHaveProperty('route');
  expect(lines()[0]).not.toHaveProperty('caller');
});

test('if a stream record is set aside, the line has the words that the alarm counts in its message', async () => {
  const { dependencies } = givenRuntime({ log: createLambdaLog() });
  const createdAt = dependencies.now().toISOString();
  const endpoint = { id: 'e', url: 'https://vendor.example.com', createdAt, secrets: [], revision: 0 };
  mockClient(dependencies.documents)
    .on(QueryCommand)
    .resolves({ Items: [endpoint] });
  const handle = createStreamHandler({
    dependencies: () => dependencies,
    deliveryRuns: { start: async () => 'running' },
    bulkRuns: { start: async () => 'running' },
  });
  await handle({
    Records: [
      {
        eventName: 'INSERT',
        dynamodb: {
          SequenceNumber: '1',
          ApproximateCreationDateTime: 0,
          NewImage: { pk: { S: 'ORDER#of-tomorrow' }, sk: { S: 'EVENT#1' }, type: { S: 'license.evaporated' } },
        },
      },
    ],
  });
  // What `{ $.message = "*<words>*" }` in `cdk/events.ts` reads.
  expect(lines()).toEqual([
    expect.objectContaining({ level: 'ERROR', message: `ORDER#of-tomorrow EVENT#1 ${SET_ASIDE}` }),
  ]);
});
