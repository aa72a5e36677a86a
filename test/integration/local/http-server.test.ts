import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Route } from '../../../cdk/read-template.ts';
import { EXPLAINED_OF_GATEWAY } from '../../../contract/problems.docs.ts';
import { startHttpServer } from '../../../local/http-server.ts';

const DEFAULT: Route = { method: undefined, path: '$default', routeKey: '$default', function: 'public' };
const route = (routeKey: string): Route => {
  const [method, path = ''] = routeKey.split(' ');
  return { method, path, routeKey, function: 'vendor' };
};

interface Seen {
  readonly url: string;
  readonly port: number;
  readonly events: APIGatewayProxyEventV2[];
  readonly notify: ReturnType<typeof vi.fn<(message: string) => void>>;
  close(): Promise<void>;
}

async function serve(
  answer: (event: APIGatewayProxyEventV2) => unknown = () => ({ statusCode: 204 }),
  routes: readonly Route[] = [DEFAULT],
  timeoutMilliseconds = 30_000,
): Promise<Seen> {
  const events: APIGatewayProxyEventV2[] = [];
  const notify = vi.fn<(message: string) => void>();
  const handle = async (event: APIGatewayProxyEventV2): Promise<unknown> => {
    events.push(event);
    return await answer(event);
  };
  const now = (): Date => new Date('2020-03-12T19:03:58Z');
  const server = await startHttpServer({
    port: 0,
    routes,
    functions: { public: handle, vendor: handle },
    notify,
    durable: async () => undefined,
    now,
    timeoutMilliseconds,
  });
  onTestFinished(() => server.close());
  return { url: `http://127.0.0.1:${server.port}`, port: server.port, events, notify, close: server.close };
}

/** Sends raw bytes and returns everything that the server sends until it ends the connection. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('utf8').on('error', () => undefined);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

const problemOf = async (response: Response): Promise<unknown> => {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return [response.status, ((await response.json()) as { code: string }).code];
};

test('the event equals the documented sample of payload format 2.0', async () => {
  // "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway": the sample, without an authorizer and a stage.
  const { port, events } = await serve(undefined, [route('POST /my/{parameter1}'), DEFAULT]);
  await raw(
    port,
    [
      'POST /my/value%201?parameter1=value1&parameter1=value2&parameter2=value HTTP/1.1',
      'Host: id.execute-api.us-east-1.amazonaws.com',
      'Cookie: cookie1; cookie2',
      'Header1: value1',
      'header2: value1',
      'Header2: value2',
      'User-Agent: agent',
      'Content-Type: application/json; charset=utf-8',
      'Content-Length: 17',
      'Connection: close',
      '',
      '"Hello from Liège"'.slice(0, 17).replace('è', 'e'),
    ].join('\r\n'),
  );
  expect(events).toEqual([
    {
      version: '2.0',
      routeKey: 'POST /my/{parameter1}',
      rawPath: '/my/value 1',
      rawQueryString: 'parameter1=value1&parameter1=value2&parameter2=value',
      cookies: ['cookie1', 'cookie2'],
      headers: {
        host: 'id.execute-api.us-east-1.amazonaws.com',
        header1: 'value1',
        header2: 'value1,value2',
        'user-agent': 'agent',
        'content-type': 'application/json; charset=utf-8',
        'content-length': '17',
        connection: 'close',
      },
      queryStringParameters: { parameter1: 'value1,value2', parameter2: 'value' },
      requestContext: {
        accountId: '000000000000',
        apiId: 'local',
        domainName: 'id.execute-api.us-east-1.amazonaws.com',
        domainPrefix: 'id',
        http: {
          method: 'POST',
          path: '/my/value 1',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'agent',
        },
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        routeKey: 'POST /my/{parameter1}',
        stage: '$default',
        time: '12/Mar/2020:19:03:58 +0000',
        timeEpoch: 1_584_039_838_000,
      },
      body: '"Hello from Liege',
      pathParameters: { parameter1: 'value 1' },
      isBase64Encoded: false,
    },
  ]);
});

test('members for absent parts of a request are absent from its event', async () => {
  const { url, events } = await serve();
  await fetch(`${url}/`);
  const [event] = events;
  for (const member of ['body', 'cookies', 'queryStringParameters', 'pathParameters'])
    expect(event).not.toHaveProperty(member);
});

test.each([
  ['application/json', '{"ü":1}', false],
  ['application/problem+json', '{}', false],
  ['text/csv', 'a,b', false],
  ['application/x-www-form-urlencoded', 'a=b', true],
  ['application/octet-stream', 'text', true],
  ['application/jsonish', '{}', true],
  ['application/json', Buffer.from([0xc3, 0x28]), true],
])('a body of %s stays a text or comes in base64', async (type, body, encoded) => {
  const { url, events } = await serve();
  await fetch(url, { method: 'POST', headers: { 'content-type': type }, body });
  expect(events[0]?.isBase64Encoded).toBe(encoded);
  expect(Buffer.from(events[0]?.body ?? '', encoded ? 'base64' : 'utf8')).toEqual(Buffer.from(body as string));
});

test('a query is decoded as a form, also a parameter named __proto__', async () => {
  const { url, events } = await serve();
  await fetch(`${url}/?q=a+b%2Bc&empty=&flag&__proto__=x&q=%E0%A4%A`);
  expect(Object.entries(events[0]?.queryStringParameters ?? {})).toEqual([
    ['q', 'a b+c,\ufffd%A'],
    ['empty', ''],
    ['flag', ''],
    ['__proto__', 'x'],
  ]);
});

test('the status, headers, cookies and base64 body of a result become the response', async () => {
  const { url } = await serve(() => ({
    statusCode: 201,
    headers: { 'Content-Type': 'text/x', location: '/here', 'x-number': 7 },
    cookies: ['a=1', 'b=2'],
    body: Buffer.from([0, 255]).toString('base64'),
    isBase64Encoded: true,
  }));
  const response = await fetch(url);
  expect([response.status, response.headers.get('content-type'), response.headers.get('location')]).toEqual([
    201,
    'text/x',
    '/here',
  ]);
  expect([response.headers.get('x-number'), response.headers.getSetCookie()]).toEqual(['7', ['a=1', 'b=2']]);
  expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from([0, 255]));
});

test.each([
  [{ a: 1 }, '{"a":1}'],
  ['text', 'text'],
  [undefined, 'null'],
  [[1], '[1]'],
])('a result %o without a status is the JSON of a 200', async (result, body) => {
  const response = await fetch((await serve(() => result)).url);
  expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
    200,
    'application/json',
    body,
  ]);
});

test.each([
  ['throws', () => Promise.reject(new Error('secret'))],
  ['returns an invalid status', () => ({ statusCode: 'many' })],
  ['returns an object as body', () => ({ statusCode: 200, body: { a: 1 } })],
  ['returns an invalid header', () => ({ statusCode: 200, headers: { a: 'b\r\nc: d' } })],
])('a function that %s is answered with 500, without details', async (_, answer) => {
  const response = await fetch((await serve(answer)).url);
  const copy = response.clone();
  expect(await problemOf(response)).toEqual([500, 'internal-error']);
  expect(await copy.text()).not.toContain('secret');
});

test('if a function takes too long, the answer is 503', async () => {
  const { url, notify } = await serve(() => new Promise(() => undefined), [DEFAULT], 20);
  const response = await fetch(url);
  expect(response.status).toBe(503);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toEqual(EXPLAINED_OF_GATEWAY['service-unavailable'].example);
  expect(notify).toHaveBeenCalledOnce();
});

test('a body of 10 MiB is accepted, and one more byte is answered with 413, with and without content-length', async () => {
  const { url, events } = await serve();
  const most = new Uint8Array(10 * 1024 * 1024);
  expect((await fetch(url, { method: 'POST', body: most })).status).toBe(204);
  const more = new Uint8Array(most.length + 1);
  expect(await problemOf(await fetch(url, { method: 'POST', body: more }))).toEqual([413, 'payload-too-large']);
  const chunked = new Blob([more]).stream();
  const init = { method: 'POST', body: chunked, duplex: 'half' } as RequestInit;
  expect(await problemOf(await fetch(url, init))).toEqual([413, 'payload-too-large']);
  expect(events).toHaveLength(1);
});

test('a much too large content-length is refused without reading the body', async () => {
  const { port } = await serve();
  const answer = await raw(port, `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${10 ** 12}\r\n\r\nstart`);
  expect(answer).toMatch(/^HTTP\/1.1 413 [\s\S]*"code":"payload-too-large"/);
});

test.each([
  ['a header beyond 10 KB', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(11_000)}\r\n\r\n`, 431, 'header-too-large'],
  ['text that is not HTTP', 'HELLO\r\n\r\n', 400, 'invalid-request'],
  [
    'two lengths',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    400,
    'invalid-request',
  ],
  [
    'a path with invalid percent-encoding',
    'GET /%E0%A4%A HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    400,
    'invalid-request',
  ],
  [
    'a target that is not a path',
    'GET http://other/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    400,
    'invalid-request',
  ],
])('%s is answered with a problem document', async (_, text, status, code) => {
  const { port, events } = await serve();
  const answer = await raw(port, text);
  expect(answer).toMatch(
    new RegExp(`^HTTP/1.1 ${status} [\\s\\S]*application/problem\\+json[\\s\\S]*"code":"${code}"`),
  );
  expect(events).toEqual([]);
});

test('without $default an unknown path is answered with 404', async () => {
  const { url } = await serve(undefined, [route('GET /a')]);
  expect(await problemOf(await fetch(`${url}/b`))).toEqual([404, 'not-found']);
  expect(await problemOf(await fetch(`${url}/a`, { method: 'PUT' }))).toEqual([404, 'not-found']);
});

test('the most specific route matches', async () => {
  const keys = ['ANY /a/{x}', 'GET /a/{x}', 'GET /a/b', 'GET /a/{rest+}', 'GET /a/{x}/c', 'PUT /a/b'];
  const { url, events } = await serve(undefined, [DEFAULT, ...keys.map(route)]);
  const asked = [
    'GET /a/b',
    'GET /a/z',
    'POST /a/z',
    'GET /a/z/c',
    'GET /a/z/d',
    'PUT /a/b',
    'GET /a/',
    'GET /a',
    'GET /a/b/',
    'GET /a/x%2Fy',
  ];
  for (const line of asked) {
    const [method = '', path = ''] = line.split(' ');
    await fetch(url + path, { method });
  }
  expect(events.map(({ routeKey, pathParameters }) => [routeKey, pathParameters])).toEqual([
    ['GET /a/b', undefined],
    ['GET /a/{x}', { x: 'z' }],
    ['ANY /a/{x}', { x: 'z' }],
    ['GET /a/{x}/c', { x: 'z' }],
    ['GET /a/{rest+}', { rest: 'z/d' }],
    ['PUT /a/b', undefined],
    ['$default', undefined],
    ['$default', undefined],
    ['GET /a/{rest+}', { rest: 'b/' }],
    // API Gateway decodes the path before it looks for the route.
    ['GET /a/{rest+}', { rest: 'x/y' }],
  ]);
});

test('a connection serves several requests in turn', async () => {
  const { port } = await serve();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const ports: (number | undefined)[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const sent = request({ port, host: '127.0.0.1', agent, method: 'POST' }).end('body');
    const [response] = await once(sent, 'response');
    ports.push(sent.socket?.localPort);
    response.resume();
    await once(response, 'end');
  }
  expect(new Set(ports).size).toBe(1);
});

test('closing the server finishes open requests and accepts no new ones', async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const { url, events, close } = await serve(() => promise);
  const underWay = fetch(url);
  await vi.waitFor(() => expect(events).toHaveLength(1));
  const closed = close();
  await expect(fetch(url)).rejects.toThrow();
  resolve({ done: true });
  const response = await underWay;
  expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
  await closed;
});

test('a client that disconnects within a body does not disturb the next request', async () => {
  const { port, url } = await serve();
  const socket = connect(port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf');
  await once(socket, 'ready');
  await new Promise((resolve) => setTimeout(resolve, 20));
  socket.destroy();
  expect((await fetch(url)).status).toBe(204);
});

test('a port in use is an error with code port-in-use', async () => {
  const { port } = await serve();
  const quiet = { notify: () => undefined, durable: async () => undefined, now: () => new Date() };
  const options = { routes: [], functions: {}, ...quiet };
  await expect(startHttpServer({ port, ...options })).rejects.toMatchObject({ code: 'port-in-use' });
});
