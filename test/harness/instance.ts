/** One Lambda instance: a function called as API Gateway calls it, with the test's own dependencies. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { FunctionName } from '../../contract/endpoint.ts';
import type { Dependencies } from '../../functions/dependencies.ts';
import { createHttpHandler } from '../../local/http-handlers.ts';
import type { Reply } from './client.ts';

export interface Ask {
  /** `POST /licenses/{license}/replacement` */
  readonly route: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly from?: string;
}

export type Instance = <Body = unknown>(ask: Ask) => Promise<Reply<Body>>;

/** @param token the vendor's; without one it is the user's client. */
export function createInstance(name: FunctionName, dependencies: Dependencies, token?: string): Instance {
  const handler = createHttpHandler(name, () => dependencies);
  return async <Body>(ask: Ask) => {
    const { statusCode, headers, body: text = '' } = await handler(eventOf(ask, token));
    return {
      status: statusCode ?? 0,
      headers: new Headers(Object.entries(headers ?? {}).map(([key, value]) => [key, String(value)])),
      text,
      body: (text === '' ? undefined : JSON.parse(text)) as Body,
    };
  };
}

function eventOf({ route, params, body, headers, from = '192.0.2.1' }: Ask, token: string | undefined) {
  const [method = '', path = ''] = route.split(' ');
  const rawPath = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params?.[name] ?? ''));
  return {
    version: '2.0',
    routeKey: route,
    rawPath,
    rawQueryString: '',
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(params === undefined ? {} : { pathParameters: { ...params } }),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    requestContext: { http: { method, path: rawPath, sourceIp: from } },
    isBase64Encoded: false,
  } as unknown as APIGatewayProxyEventV2;
}
