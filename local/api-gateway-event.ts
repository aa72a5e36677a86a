/**
 * Converts Node's requests to the events of an HTTP API's Lambda integration, payload format 2.0. Source: "Create AWS Lambda
 * proxy integrations for HTTP APIs in API Gateway", Amazon API Gateway Developer Guide.
 */
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { RouteMatch } from './route-table.ts';

/** The two parts of a request target. In an event, API Gateway has decoded the path, but not the query. */
export interface RequestTarget {
  readonly rawPath: string;
  readonly rawQueryString: string;
}

/** @returns `undefined` for a target that is not a path, such as `*` or `http://other/` */
export function splitTarget(target: string): RequestTarget | undefined {
  if (!target.startsWith('/')) return undefined;
  const [withoutFragment = ''] = target.split('#', 1);
  const mark = withoutFragment.indexOf('?');
  return mark < 0
    ? { rawPath: withoutFragment, rawQueryString: '' }
    : { rawPath: withoutFragment.slice(0, mark), rawQueryString: withoutFragment.slice(mark + 1) };
}

export function buildEvent(
  request: IncomingMessage,
  target: RequestTarget,
  { routeKey, pathParameters }: RouteMatch,
  body: Buffer,
  at: Date,
): APIGatewayProxyEventV2 {
  const headers = joinedHeaders(request);
  const domainName = (headers.host ?? 'localhost').replace(/:\d+$/, '');
  const query = joinedQuery(target.rawQueryString);
  const cookies = request.headers.cookie?.split(/; */).filter((cookie) => cookie !== '');
  return {
    version: '2.0',
    routeKey,
    rawPath: target.rawPath,
    rawQueryString: target.rawQueryString,
    ...(cookies === undefined ? {} : { cookies }),
    headers,
    ...(query === undefined ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName,
      domainPrefix: domainName.split('.')[0] ?? domainName,
      http: {
        method: request.method ?? 'GET',
        path: target.rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: commonLogTime(at),
      timeEpoch: at.getTime(),
    },
    ...encodedBody(body, headers['content-type']),
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
  };
}

/** Names in lower case, "duplicate headers are combined with commas". The event has cookies in another member. */
function joinedHeaders(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headersDistinct).flatMap(([name, values]) =>
      values === undefined || name === 'cookie' ? [] : [[name, values.join(',')]],
    ),
  );
}

/** Joins repeated parameters with commas, as API Gateway does, and decodes them as a form, also `+`. @returns `undefined` without parameters. */
function joinedQuery(rawQueryString: string): Record<string, string> | undefined {
  const joined = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : `${before},${value}`);
  }
  // `fromEntries` defines members, so it also copies a parameter named `__proto__`.
  return joined.size === 0 ? undefined : Object.fromEntries(joined);
}

const TEXT = /^(text\/|application\/(json|javascript|xml)\b|application\/[\w.-]+\+(json|xml)\b)/i;

/** Text is unchanged, any other body is in base64, and an empty body is omitted. */
function encodedBody(body: Buffer, contentType = ''): Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded'> {
  if (body.length === 0) return { isBase64Encoded: false };
  return TEXT.test(contentType) && isUtf8(body)
    ? { body: body.toString('utf8'), isBase64Encoded: false }
    : { body: body.toString('base64'), isBase64Encoded: true };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `12/Mar/2020:19:03:58 +0000` */
function commonLogTime(at: Date): string {
  const [date = '', time = ''] = at.toISOString().split('T');
  const [year, month, day] = date.split('-');
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
}
