import type { EndpointName } from '../contract/endpoints.ts';
import { defined } from '../protocol/defined.ts';
import { UnreachableError } from './errors.ts';
import { ROUTES, type Route } from './routes.ts';
import { type AnyRequest, send } from './send.ts';
import { type ClientOptions, settingsOf } from './settings.ts';
import type { Answer, CallOptions, Item, PagedEndpoint, RequestArguments } from './types.ts';

/** One method per endpoint, with the endpoint's name, and `each` for lists. */
export type Client = {
  readonly [Name in EndpointName]: (...asked: RequestArguments<Name>) => Promise<Answer<Name>>;
} & {
  /** Every item of a list. Pages are read when they are needed; a `limit` in the query is the page size. */
  each<Name extends PagedEndpoint>(
    name: Name,
    ...asked: RequestArguments<Name>
  ): AsyncGenerator<Item<Name>, void, undefined>;
};

/**
 * A client for a Relicense server, in Node and in browsers.
 *
 * A request is retried when the server is busy, fails or cannot be reached, after a growing random pause or the server's
 * `Retry-After`. A POST of the vendor carries an `Idempotency-Key`, so it has one effect however often it is sent.
 *
 * @throws TypeError when the options cannot be used. The methods reject with a `ProblemError` when the server refuses, and
 * with an `UnreachableError` when there is no usable answer.
 *
 * @example
 * const client = createClient({ server: 'https://licenses.example.com', token });
 * const order = await client.createOrder({ body: { orderId: 'SO-1', items: [{ product: 'cad', quantity: 2 }] } });
 * for await (const license of client.each('listLicenses', { query: { product: 'cad' } })) console.log(license.id);
 */
export function createClient(options: ClientOptions): Client {
  const settings = settingsOf(options);
  const call = (endpoint: Route, request: AnyRequest = {}, callOptions: CallOptions = {}): Promise<unknown> =>
    send(settings, endpoint, request, callOptions);
  const byName = new Map<string, Route>(ROUTES.map((endpoint) => [endpoint.name, endpoint]));

  async function* each(name: string, request: AnyRequest = {}, callOptions: CallOptions = {}): AsyncGenerator<unknown> {
    const endpoint = byName.get(name);
    if (endpoint === undefined) throw new TypeError(`There is no endpoint ${name}.`);
    let cursor = request.query?.cursor;
    do {
      const query = { ...request.query, ...defined({ cursor }) };
      const page = (await call(endpoint, { ...request, query }, callOptions)) as Page;
      if (!Array.isArray(page.items))
        throw new UnreachableError(settings.server, `${settings.server} sent an answer that is not a list`);
      yield* page.items;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  const methods = ROUTES.map((endpoint: Route) => [
    endpoint.name,
    (request?: AnyRequest, callOptions?: CallOptions) => call(endpoint, request, callOptions),
  ]);
  // The types are derived from the same list and schemas; the server checks its answers against them.
  return { ...Object.fromEntries(methods), each } as Client;
}

interface Page {
  readonly items: readonly unknown[];
  readonly cursor?: string;
}
