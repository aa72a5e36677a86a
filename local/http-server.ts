/** The HTTP API on one machine: Node's server, which calls the same handlers as API Gateway. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Route } from '../cdk/read-template.ts';
import { MAX_HEADER_BYTES } from '../contract/gateway-problems.ts';
import { buildEvent, splitTarget } from './api-gateway-event.ts';
import { type Response, toResponse } from './api-gateway-result.ts';
import {
  type GatewayProblem,
  INTEGRATION_TIMEOUT_MILLISECONDS,
  MAX_BODY_BYTES,
  problemResponse,
  rawProblem,
} from './gateway-problem.ts';
import { createRouteTable, decodedPath, type FindRoute } from './route-table.ts';
import { StartError } from './start-error.ts';
import type { WebPages } from './web-pages.ts';

/** A connection may be idle this long between two requests. */
const KEEP_ALIVE_MILLISECONDS = 30_000;
/** A request may take this long from its first byte to its last. */
const REQUEST_PATIENCE_MILLISECONDS = 60_000;
/** A client that sends its whole body before it reads still gets its 413, up to this many bytes. */
const MAX_DISCARDED_BYTES = 4 * MAX_BODY_BYTES;
/** `close` waits at most this long for clients that do not read their answers. */
const CLOSE_PATIENCE_MILLISECONDS = 5_000;

export type HttpFunction = (event: APIGatewayProxyEventV2) => Promise<unknown>;

export interface HttpServerOptions {
  readonly port: number;
  readonly routes: readonly Route[];
  readonly functions: Readonly<Partial<Record<Route['function'], HttpFunction>>>;
  /** The pages for people at the same address. Default: the API alone. */
  readonly pages?: WebPages | undefined;
  /** Resolves when everything that an answer promises is on the disk. */
  readonly durable: () => Promise<void>;
  readonly notify: (message: string) => void;
  readonly now: () => Date;
  /** Time limit of a function. Default: API Gateway's 30 s. */
  readonly timeoutMilliseconds?: number;
}

export interface HttpServer {
  readonly port: number;
  /** Accepts no more connections, finishes open requests, and resolves when all connections are closed. */
  close(): Promise<void>;
}

/** @throws StartError `port-in-use` */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const findRoute = createRouteTable(options.routes);
  let closing = false;

  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
      headersTimeout: REQUEST_PATIENCE_MILLISECONDS,
      requestTimeout: REQUEST_PATIENCE_MILLISECONDS,
    },
    (request, response) => {
      // A client that has closed the connection needs no answer.
      response.on('error', () => undefined);
      void answer(request, findRoute, options)
        .catch((error: unknown) => {
          options.notify(`${request.method} failed: ${error instanceof Error ? error.stack : String(error)}`);
          return problemResponse('internal-error');
        })
        .then((found) => send(request, response, found, closing));
    },
  );
  server.on('clientError', refuseConnection);

  const port = await listen(server, options.port);
  return {
    port,
    close: async () => {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), CLOSE_PATIENCE_MILLISECONDS);
      await closed;
      clearTimeout(timer);
    },
  };
}

async function answer(request: IncomingMessage, findRoute: FindRoute, options: HttpServerOptions): Promise<Response> {
  // Read the body before any refusal, because a client that is still sending would miss the answer.
  const body = await readBody(request);
  if (body === 'too-large') return problemResponse('payload-too-large');
  const target = splitTarget(request.url ?? '');
  const rawPath = target === undefined ? undefined : decodedPath(target.rawPath);
  if (target === undefined || rawPath === undefined) return problemResponse('invalid-request');
  const page = await options.pages?.find({
    method: request.method ?? '',
    path: target.rawPath,
    headers: request.headers,
  });
  if (page !== undefined) return page;
  const route = findRoute(request.method ?? '', rawPath);
  if (route === 'not-found') return problemResponse('not-found');

  const call = options.functions[route.function];
  if (call === undefined) throw new Error(`Bug: no function "${route.function}" for ${route.routeKey}`);
  const event = buildEvent(request, { ...target, rawPath }, route, body, options.now());
  const result = await inTime(invoke(call, event), options.timeoutMilliseconds ?? INTEGRATION_TIMEOUT_MILLISECONDS);
  await options.durable();
  if (result !== TIMED_OUT) return toResponse(result);
  options.notify(`${route.routeKey} did not answer in time.`);
  return problemResponse('service-unavailable');
}

/** Converts event and result to JSON and back, as between API Gateway and Lambda. */
async function invoke(call: HttpFunction, event: APIGatewayProxyEventV2): Promise<unknown> {
  const result: unknown = await call(JSON.parse(JSON.stringify(event)));
  return result === undefined ? undefined : JSON.parse(JSON.stringify(result));
}

async function readBody(request: IncomingMessage): Promise<Buffer | 'too-large'> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_DISCARDED_BYTES) return 'too-large';
  const chunks: Buffer[] = [];
  let length = 0;
  // The answer uses the same socket, so leaving the loop must not destroy it.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_DISCARDED_BYTES) return 'too-large';
    if (length > MAX_BODY_BYTES) chunks.length = 0;
    else chunks.push(chunk);
  }
  return length > MAX_BODY_BYTES ? 'too-large' : Buffer.concat(chunks);
}

const TIMED_OUT = Symbol('timed out');

async function inTime<T>(work: Promise<T>, milliseconds: number): Promise<T | typeof TIMED_OUT> {
  const { promise, resolve } = Promise.withResolvers<typeof TIMED_OUT>();
  const timer = setTimeout(resolve, milliseconds, TIMED_OUT);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, cookies, body }: Response,
  closing: boolean,
): void {
  try {
    for (const [name, value] of Object.entries(headers)) if (!isHopByHop(name)) response.setHeader(name, value);
    if (cookies.length > 0) response.setHeader('set-cookie', [...cookies]);
  } catch {
    // The header is not valid in HTTP. API Gateway answers 500 too.
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    send(request, response, problemResponse('internal-error'), closing);
    return;
  }
  const hasBody = status >= 200 && status !== 204 && status !== 304;
  // The length would be that of the answer to GET, which nobody has made.
  if (hasBody && request.method !== 'HEAD') response.setHeader('content-length', body.length);
  // An unread body would be parsed as the next request, and a server that is closing accepts no next request.
  if (!request.complete || closing) response.setHeader('connection', 'close');
  response.writeHead(status);
  response.end(hasBody ? body : undefined);
}

function isHopByHop(name: string): boolean {
  return ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'upgrade'].includes(name);
}

function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const code: GatewayProblem =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? 'header-too-large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? 'request-timeout'
        : 'invalid-request';
  socket.end(rawProblem(code), () => socket.destroy());
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE' || error.code === 'EACCES'
          ? new StartError(
              `Port ${port} on 127.0.0.1 is ${error.code === 'EACCES' ? 'not allowed' : 'in use'}. Set PORT to another one, or use any free one: PORT=0 npm start`,
              { code: 'port-in-use', cause: error },
            )
          : error,
      ),
    );
    server.listen({ host: '127.0.0.1', port }, () => {
      const address = server.address();
      if (address !== null && typeof address === 'object') resolve(address.port);
      else reject(new Error('Bug: the server has no port'));
    });
  });
}
