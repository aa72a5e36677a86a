import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  type Answer,
  type Client,
  createClient,
  type PagedEndpoint,
  ProblemError,
  UnreachableError,
} from '../../../client/index.ts';
import { ENDPOINTS } from '../../../contract/endpoints.ts';

interface Sent {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: unknown;
}

type Step = Response | Error | ((sent: Sent) => Response | Promise<Response>);

/** A client whose `fetch` returns these answers in turn; `sent` records its requests. */
function clientWith(...steps: Step[]) {
  const sent: Sent[] = [];
  const pauses: number[] = [];
  const client = createClient({
    server: 'https://licenses.example.com/v1/',
    token: 'a-token-of-the-vendor',
    backoffMilliseconds: 1,
    onRetry: ({ pauseMilliseconds }) => pauses.push(pauseMilliseconds),
    fetch: async (input, init = {}) => {
      const headers = new Headers(init.headers);
      const one = { url: String(input), method: init.method ?? 'GET', headers, body: init.body };
      sent.push(one);
      const step = steps.length > 1 ? steps.shift() : steps[0];
      if (step instanceof Error) throw step;
      init.signal?.throwIfAborted();
      return typeof step === 'function' ? step(one) : (step?.clone() ?? json({}));
    },
  });
  return { client, sent, pauses };
}

function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
}

const problem = (code: string, status: number, more: object = {}, headers: Record<string, string> = {}): Response =>
  json({ type: `/problems/${code}`, code, title: 'Title', status, detail: 'Detail.', ...more }, status, headers);

const broken = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });

describe('the methods', () => {
  test('are one per endpoint', () => {
    const { client } = clientWith();
    expect(Object.keys(client).sort()).toEqual([...ENDPOINTS.map(({ name }) => name), 'each'].sort());
  });

  test('send params in the path, or in the query if a path cannot contain them, then the query, and the body as JSON', async () => {
    const { client, sent } = clientWith(json({}));
    await client.getOrder({ params: { orderId: 'SO 1/a?b#c' } });
    await client.listLicenses({ query: { state: 'available', limit: 5, product: undefined } });
    await client.createOrder({ body: { orderId: 'SO-1', items: [{ product: 'cad' }] } });
    const base = 'https://licenses.example.com/v1';
    expect(sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET ${base}/orders/-?orderId=SO+1%2Fa%3Fb%23c`,
      `GET ${base}/licenses?state=available&limit=5`,
      `POST ${base}/orders`,
    ]);
    expect(sent[2]?.body).toBe('{"orderId":"SO-1","items":[{"product":"cad"}]}');
    expect(sent[2]?.headers.get('content-type')).toBe('application/json');
  });

  test('send the body of a webhook unchanged, with its signature', async () => {
    const { client, sent } = clientWith(json({ id: 'w', state: 'done' }, 202));
    await client.receiveErpWebhook({ body: '{ "type" : 1 }' }, { headers: { 'webhook-id': 'w' } });
    expect(sent[0]?.body).toBe('{ "type" : 1 }');
    expect(sent[0]?.headers.get('webhook-id')).toBe('w');
    expect(sent[0]?.headers.get('idempotency-key')).toBeNull();
  });

  test('refuse a missing param, which would lead to another endpoint', async () => {
    const { client, sent } = clientWith(json({}));
    await expect(client.getOrder({ params: { orderId: '' } })).rejects.toThrow('params.orderId');
    expect(sent).toEqual([]);
  });

  test('send the token to the vendor’s endpoints only', async () => {
    const { client, sent } = clientWith(json({}));
    await client.listProducts();
    await client.getTicket({ params: { code: 'ABC' } });
    await client.getJwks();
    expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer a-token-of-the-vendor',
      null,
      null,
    ]);
  });

  test('send Prefer: wait', async () => {
    const { client, sent } = clientWith(json({}));
    await client.pushReprogramming({ params: { serial: 'S' } }, { waitSeconds: 10 });
    expect(sent[0]?.headers.get('prefer')).toBe('wait=10');
  });

  test('pass status and headers of a successful answer to onAnswer', async () => {
    const { client } = clientWith(json({ orderId: 'SO-1' }, 201, { location: '/orders/SO-1' }));
    let status = 0;
    await client.createOrder(
      { body: { orderId: 'SO-1', items: [] } },
      { onAnswer: (answer) => (status = answer.status) },
    );
    expect(status).toBe(201);
  });

  test('are typed by the schemas of the endpoints', () => {
    const { client } = clientWith();
    expectTypeOf(client.getLicense).parameter(0).toExtend<{ readonly params: { license: string } }>();
    expectTypeOf({ params: { license: 'L' } }).toExtend<Parameters<Client['getLicense']>[0]>();
    expectTypeOf({ params: { licence: 'L' } }).not.toExtend<Parameters<Client['getLicense']>[0]>();
    expectTypeOf([] as []).toExtend<Parameters<Client['listProducts']>>();
    expectTypeOf([] as []).not.toExtend<Parameters<Client['getLicense']>>();
    expectTypeOf(client.listProducts).parameter(0).exclude<undefined>().toHaveProperty('query');
    expectTypeOf(client.listProducts).parameter(0).exclude<undefined>().not.toHaveProperty('body');
    expectTypeOf(client.getUpdates).parameter(0).toHaveProperty('params');
    expectTypeOf<Answer<'getLicense'>>().toHaveProperty('state');
    expectTypeOf<'listLicenses' | 'listDeadLetters'>().toExtend<PagedEndpoint>();
    expectTypeOf<'getLicense'>().not.toExtend<PagedEndpoint>();
    expectTypeOf<'listWebhookSecrets'>().not.toExtend<PagedEndpoint>();
  });
});

describe('a retry', () => {
  test.each([
    ['the server was not reached', broken],
    ['the server was too busy', problem('too-many-requests', 429)],
    ['the server failed', problem('internal-error', 500)],
    ['the server was unavailable', json({}, 503)],
    ['the first request under the key still runs', problem('idempotency-key-in-use', 409)],
  ])('happens when %s, under the same key', async (_, step) => {
    const { client, sent } = clientWith(step, step, json({ orderId: 'SO-1' }, 201));
    const order = await client.createOrder({ body: { orderId: 'SO-1', items: [{ product: 'cad' }] } });
    expect(order.orderId).toBe('SO-1');
    const keys = sent.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  });

  test('has a new key per call, or the caller’s key', async () => {
    const { client, sent } = clientWith(json({}));
    await client.createWebhookSecret();
    await client.createWebhookSecret({ body: {} });
    await client.createWebhookSecret({}, { idempotencyKey: 'mine' });
    const [one, two, three] = sent.map(({ headers }) => headers.get('idempotency-key'));
    expect(one).not.toBe(two);
    expect(three).toBe('mine');
  });

  test('happens at most four times, with growing pauses', async () => {
    const { client, sent, pauses } = clientWith(broken);
    const error = await client.listProducts().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnreachableError);
    expect(String(error)).toContain('ECONNREFUSED');
    expect(sent).toHaveLength(5);
    for (const [index, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(0.5 * 2 ** index);
      expect(pause).toBeLessThan(1.5 * 2 ** index);
    }
  });

  test('waits for the time in Retry-After', async () => {
    const { client, pauses } = clientWith(problem('too-many-requests', 429, {}, { 'retry-after': '0.05' }), json({}));
    await client.listProducts();
    // A fraction of a second is invalid, so the header is ignored.
    expect(pauses[0]).toBeLessThan(2);
    const at = new Date(Date.now() + 2_000).toUTCString();
    const busy = clientWith(problem('too-many-requests', 429, {}, { 'retry-after': at }), new Error('enough'));
    const controller = new AbortController();
    const asked = busy.client.listProducts({}, { signal: controller.signal });
    await expect.poll(() => busy.pauses[0]).toBeGreaterThan(500);
    controller.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });

  test('does not happen when Retry-After is longer than 20 seconds', async () => {
    const { client, sent } = clientWith(problem('too-many-requests', 429, {}, { 'retry-after': '3600' }));
    await expect(client.listProducts()).rejects.toMatchObject({ code: 'too-many-requests' });
    expect(sent).toHaveLength(1);
  });

  test('does not happen when the server has refused', async () => {
    const { client, sent } = clientWith(problem('dependency-violation', 409, { dependents: ['L2'] }));
    const error = await client.withdrawLicense({ params: { license: 'L1' } }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({
      code: 'dependency-violation',
      status: 409,
      title: 'Title',
      detail: 'Detail.',
      members: { dependents: ['L2'] },
      afterLostAnswer: false,
    });
    expect(sent).toHaveLength(1);
  });

  test('reports in its refusal whether an earlier answer was lost', async () => {
    const { client } = clientWith(broken, problem('not-found', 404));
    await expect(client.revokeToken({ params: { id: 'T' } })).rejects.toMatchObject({ afterLostAnswer: true });
    const busy = clientWith(problem('too-many-requests', 429), problem('not-found', 404));
    await expect(busy.client.revokeToken({ params: { id: 'T' } })).rejects.toMatchObject({ afterLostAnswer: false });
  });

  test('does not happen after the caller aborts; the error is the caller’s reason', async () => {
    const controller = new AbortController();
    const { client, sent } = clientWith((): Response => {
      controller.abort(new Error('the user left'));
      throw broken;
    });
    await expect(client.listProducts({}, { signal: controller.signal })).rejects.toThrow('the user left');
    await expect(client.listProducts({}, { signal: controller.signal })).rejects.toThrow('the user left');
    expect(sent).toHaveLength(1);
  });
});

describe('an unusable answer', () => {
  const page = new Response('<html>Welcome</html>', { headers: { 'content-type': 'text/html' } });
  test.each([
    ['HTML in place of JSON', page, 'not JSON'],
    ['a redirect', Response.redirect('https://elsewhere.example.com/', 302), 'https://elsewhere.example.com/'],
    ['an object in place of a list', json({}), 'not a list'],
  ])('becomes an UnreachableError: %s', async (_, step, words) => {
    const { client, sent } = clientWith(step);
    const error = await client
      .each('listProducts')
      .next()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnreachableError);
    expect(String(error)).toContain(words);
    expect(sent).toHaveLength(1);
  });

  test('a gateway’s error page becomes a problem with the code http-403', async () => {
    const { client } = clientWith(new Response('<h1>Forbidden</h1>', { status: 403 }));
    await expect(client.listProducts()).rejects.toMatchObject({ code: 'http-403', status: 403 });
  });

  test('is not HTML of the documentation: getDocs returns text', async () => {
    const { client } = clientWith(page);
    expect(await client.getDocs()).toBe('<html>Welcome</html>');
  });

  test('a time-out ends an attempt', async () => {
    let calls = 0;
    const client = createClient({
      server: 'http://127.0.0.1',
      timeoutSeconds: 0.01,
      attempts: 2,
      backoffMilliseconds: 1,
      fetch: (_, init) => {
        calls += 1;
        return new Promise((_resolve, reject) => {
          init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
        });
      },
    });
    await expect(client.getJwks()).rejects.toThrow('no answer in time');
    expect(calls).toBe(2);
  });
});

test('each reads a list page by page to its end', async () => {
  const { client, sent } = clientWith(
    json({ items: [1, 2], cursor: 'two' }),
    json({ items: [], cursor: 'three' }),
    json({ items: [3] }),
  );
  const items: unknown[] = [];
  for await (const item of client.each('listProducts', { query: { limit: 2 } })) items.push(item);
  expect(items).toEqual([1, 2, 3]);
  expect(sent.map(({ url }) => new URL(url).search)).toEqual([
    '?limit=2',
    '?limit=2&cursor=two',
    '?limit=2&cursor=three',
  ]);
});

test('each reads no further page when the loop ends early', async () => {
  const { client, sent } = clientWith(json({ items: [1, 2], cursor: 'two' }));
  for await (const _ of client.each('listProducts')) break;
  expect(sent).toHaveLength(1);
});

test.each([
  [{ server: 'licenses.example.com' }],
  [{ server: 'ftp://licenses.example.com' }],
  [{ server: 'https://user:secret@licenses.example.com' }],
  [{ server: 'https://licenses.example.com', token: 'two words' }],
  [{ server: 'https://licenses.example.com', token: 'line\nbreak' }],
])('createClient refuses invalid options: %j', (options) => {
  expect(() => createClient(options)).toThrow(TypeError);
});
