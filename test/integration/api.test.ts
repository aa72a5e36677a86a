/** The HTTP contract (design, section 5): authentication, shapes of answers, and answers to invalid requests. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENDPOINTS, type NamedEndpoint } from '../../contract/endpoints.ts';
import { GATEWAY_CODES } from '../../contract/gateway-problems.ts';
import { PROBLEMS } from '../../contract/problems.ts';
import { SCOPES } from '../../contract/scopes.ts';
import { newToken, storeToken } from '../../functions/store/store-token.ts';
import { requestPath } from '../../protocol/request-path.ts';
import type { ContainerBody, LicenseBody, ListBody, ReprogrammingBody } from '../harness/answers.ts';
import { type Client, createClient } from '../harness/client.ts';
import { expectProblem, problemOf } from '../harness/expect-problem.ts';
import { type Customer, fresh, ok, openWorld, present, readAll, type World } from '../harness/world.ts';

let world: World;
let product: string;
let license: LicenseBody;
let customer: Customer;
beforeAll(async () => {
  world = await openWorld();
  product = await world.product();
  [license] = (await world.order([{ product, quantity: 2 }])).licenses as [LicenseBody];
  customer = await world.customer();
  await customer.sync({ activate: [license] });
});
afterAll(() => world.close());

const RFC_3339_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

const GUARDED: readonly NamedEndpoint[] = ENDPOINTS.filter(({ scope }) => scope !== undefined);
const titled = (endpoints: readonly NamedEndpoint[]) =>
  endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const);

/** An address of the endpoint, with ids that exist or with ids that do not. */
function addressOf({ path }: NamedEndpoint, exists: boolean): string {
  const there: Readonly<Record<string, string>> = {
    code: product,
    orderId: present(license.orderId),
    license: license.id,
    serial: customer.serial,
  };
  const not: Readonly<Record<string, string>> = { serial: 'A'.repeat(43) };
  return path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent((exists ? there[name] : not[name]) ?? '0000NOSUCHTHING00000'),
  );
}

async function clientWithout(scope: string): Promise<Client> {
  const { dependencies, url } = world.running;
  const token = newToken(dependencies.random);
  await storeToken(dependencies, { token, name: 'narrow', scopes: SCOPES.filter((one) => one !== scope) });
  return createClient(url, token);
}

describe('authentication', () => {
  it.each(titled(GUARDED))(
    '%s without a valid token is 401, whether the resource exists or not',
    async (_, endpoint) => {
      const { url, token } = world.running;
      const strangers = [
        createClient(url),
        createClient(url, 'wrong'),
        createClient(url, `${token}x`),
        createClient(url, token.toUpperCase()),
      ];
      const said = new Set<string>();
      for (const stranger of strangers) {
        for (const exists of [true, false]) {
          const reply = await stranger(endpoint.method, addressOf(endpoint, exists));
          expectProblem(reply, 'unauthorized');
          expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/);
          said.add(reply.text);
        }
      }
      for (const authorization of [`Basic ${token}`, token, `Bearer  ${token}`, 'Bearer', `Bearer ${token} ${token}`]) {
        const reply = await createClient(url)(endpoint.method, addressOf(endpoint, true), {
          headers: { authorization },
        });
        expectProblem(reply, 'unauthorized');
      }
      expect(said.size).toBe(1);
    },
  );

  it.each(titled(GUARDED))('%s with a token that lacks its scope is 403', async (_, endpoint) => {
    const narrow = await clientWithout(present(endpoint.scope));
    const said = new Set<string>();
    for (const exists of [true, false]) {
      const reply = await narrow(endpoint.method, addressOf(endpoint, exists));
      expectProblem(reply, 'forbidden');
      said.add(reply.text);
    }
    // The answer is the same for an invalid body.
    const reply = await narrow(
      endpoint.method,
      addressOf(endpoint, true),
      endpoint.method === 'GET' ? {} : { raw: '{' },
    );
    said.add(reply.text);
    expect(said.size).toBe(1);
  });

  it('the users’ and the public endpoints work without a token and ignore an invalid one', async () => {
    const stranger = createClient(world.running.url, 'wrong');
    expect((await stranger('GET', `/depot/tickets/${license.ticket}`)).status).toBe(200);
    expect((await stranger('GET', '/.well-known/jwks.json')).status).toBe(200);
    expect((await stranger('GET', '/openapi.json')).status).toBe(200);
  });

  it('an unknown address is answered with a problem document', async () => {
    for (const path of ['/nothing', '/licenses/', '/depot', '/products/a/b/c', '/%', '/%FF', '/products/%00', '//']) {
      const reply = await world.vendor('GET', path);
      expect([400, 404], path).toContain(reply.status);
      problemOf(reply);
    }
    for (const method of ['PATCH', 'OPTIONS', 'DELETE']) {
      const reply = await world.vendor(method, '/orders');
      expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
      problemOf(reply);
    }
  });
});

describe('the shapes of answers', () => {
  it('a product has code, name and requirements', async () => {
    const code = fresh('product');
    const body = { code, name: 'Base', features: ['a', 'b'], requires: [product] };
    const put = await world.vendor('PUT', `/products/${code}`, { body });
    expect(put.status).toBe(201);
    expect(put.body).toMatchObject(body);
    expect(await world.vendor('GET', `/products/${code}`)).toMatchObject({ status: 200, body });
    expect((await world.vendor('PUT', `/products/${code}`, { body: { name: 'Other' } })).status).toBe(200);
    expect(ok(await world.vendor('GET', `/products/${code}`))).toMatchObject({
      code,
      name: 'Other',
      features: [],
      requires: [],
    });
    expectProblem(await world.vendor('GET', `/products/${fresh('none')}`), 'not-found');
    const all = await readAll<{ code: string }>(world.vendor, '/products', 1);
    expect(all.map((one) => one.code)).toContain(code);
  });

  it('an order has one license per unit, in the order of its items', async () => {
    const other = await world.product();
    const body = {
      orderId: `${fresh('ERP')}/2026 ü`,
      customer: 'ACME, Ltd.',
      items: [{ product, quantity: 2, terms: { quantity: 7, features: ['x'] } }, { product: other }, { product }],
    };
    const reply = await world.vendor<{ ticket: string; licenses: LicenseBody[] }>('POST', '/orders', { body });
    expect(reply.status).toBe(201);
    expect(reply.headers.get('content-type')).toBe('application/json');
    expect(reply.body).toMatchObject({ orderId: body.orderId, customer: body.customer });
    expect(reply.body.ticket).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}$/);
    expect(reply.body.licenses.map((one) => one.product)).toEqual([product, product, other, product]);
    expect(reply.body.licenses.map((one) => one.terms)).toEqual([body.items[0]?.terms, body.items[0]?.terms, {}, {}]);
    for (const one of reply.body.licenses) {
      expect(one).toMatchObject({ orderId: body.orderId, ticket: reply.body.ticket, requires: [], state: 'available' });
      expect(one).not.toHaveProperty('container');
      expect(one).not.toHaveProperty('pending');
    }
    const { orderId } = body;
    expect(ok(await world.vendor('GET', requestPath('/orders/{orderId}', { orderId })))).toEqual(reply.body);
    expect((await world.vendor('GET', requestPath('/orders/{orderId}/history', { orderId }))).status).toBe(200);
  });

  it('a license has the documented members for the vendor and for the depot', async () => {
    const shown = await world.license(license.id);
    expect(shown).toMatchObject({
      id: license.id,
      orderId: license.orderId,
      ticket: license.ticket,
      product,
      terms: {},
      requires: [],
      state: 'confirmed-collected',
      container: customer.serial,
    });
    const reply = ok(
      await world.user<{ code: string; licenses: LicenseBody[] }>('GET', `/depot/tickets/${license.ticket}`),
    );
    expect(reply.code).toBe(license.ticket);
    for (const one of reply.licenses) {
      for (const hidden of ['orderId', 'predecessor', 'successor']) expect(one).not.toHaveProperty(hidden);
    }
    const { orderId: _, ...visible } = shown;
    expect(reply.licenses[0]).toMatchObject(visible);
    expectProblem(await world.user('GET', '/depot/tickets/00000-00000-00000-00000-00000'), 'not-found');
    expectProblem(await world.user('GET', '/depot/tickets/short'), 'not-found');
  });

  it('a container has the documented members', async () => {
    const shown: ContainerBody = await world.containerOf(customer.serial);
    const digest = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);
    expect(shown).toMatchObject({
      serial: customer.serial,
      counter: customer.container.content.counter,
      digest,
      status: 'active',
      licenses: [license.id],
      pending: [],
      outstanding: [],
      target: { counter: customer.container.content.counter, digest },
    });
    expect(Object.keys(shown.target).sort()).toEqual(['counter', 'digest']);
    expectProblem(await world.vendor('GET', `/containers/${'A'.repeat(43)}`), 'not-found');
    expectProblem(await world.vendor('GET', '/containers/short'), 'invalid-request');
  });

  it('a reprogramming is found by its id only', async () => {
    const { licenses } = await world.order([{ product }]);
    const one = await world.customer();
    const reply = await one.ask({ activate: licenses });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toBe('application/json');
    expect(reply.headers.get('preference-applied')).toBe('wait=10');
    expect(Object.keys(reply.body.executed).sort()).toEqual([
      'activate',
      'assign',
      'deactivate',
      'replace',
      'withdraw',
    ]);
    expect(reply.body.status).toBe('issued');
    expect(Object.keys(present(reply.body.updates[0])).sort()).toEqual(['jws', 'operations']);
    const { id } = reply.body;
    for (const guess of [`${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`, id.toLowerCase(), 'x', one.serial]) {
      expectProblem(await world.user('GET', `/depot/reprogrammings/${encodeURIComponent(guess)}`), 'not-found');
    }
  });

  it('a history is oldest first, and each event has id, time and actor', async () => {
    for (const events of [
      await world.historyOf({ order: present(license.orderId) }),
      await world.historyOf({ container: customer.serial }),
    ]) {
      expect(events.length).toBeGreaterThan(2);
      for (const event of events) {
        expect(event).toMatchObject({ id: expect.any(String), type: expect.any(String), actor: expect.any(String) });
        expect(event.at).toMatch(RFC_3339_UTC);
      }
      expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).sort());
    }
    expectProblem(await world.vendor('GET', `/orders/${fresh('none')}/history`), 'not-found');
    expectProblem(await world.vendor('GET', `/containers/${'A'.repeat(43)}/history`), 'not-found');
  });

  it('the update keys are public Ed25519 keys and nothing more', async () => {
    const { keys } = ok(await world.user<{ keys: Record<string, string>[] }>('GET', '/.well-known/jwks.json'));
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(key).toMatchObject({ kty: 'OKP', crv: 'Ed25519', x: expect.any(String), kid: expect.any(String) });
      expect(key).not.toHaveProperty('d');
    }
  });

  it('the OpenAPI 3.1 document names every endpoint', async () => {
    const document = ok(await world.user<{ openapi: string; paths: Record<string, object> }>('GET', '/openapi.json'));
    expect(document.openapi).toMatch(/^3\.1\./);
    for (const { method, path } of ENDPOINTS) {
      expect(Object.keys(document.paths[path] ?? {}), `${method} ${path}`).toContain(method.toLowerCase());
    }
  });

  it('each problem’s type is the address of a page that explains it', async () => {
    const problem = expectProblem(await world.user('GET', '/depot/tickets/none'), 'not-found');
    for (const type of [
      problem.type,
      ...[...Object.keys(PROBLEMS), ...GATEWAY_CODES].map((code) => `/problems/${code}`),
    ]) {
      expect(ok(await world.user('GET', type), 200)).toMatchObject({ type });
    }
    expectProblem(await world.user('GET', '/problems/constructor'), 'not-found');
  });
});

describe('an invalid request', () => {
  const order = (body: unknown) => world.vendor('POST', '/orders', { body });
  const item = (more: object) => order({ orderId: fresh('order'), items: [{ product, ...more }] });

  it('an invalid request is answered with every fault at once, each with its path', async () => {
    const problem = expectProblem(
      await order({ orderId: 1, items: [{ product, quantity: 'two', colour: 'red' }], discount: true }),
      'invalid-request',
    );
    expect(problem.errors).toEqual([
      { path: 'orderId', message: 'must be a string' },
      { path: 'items.0.quantity', message: 'a whole number from 1 to 2000' },
      { path: 'items.0.colour', message: 'there is no such field' },
      { path: 'discount', message: 'there is no such field' },
    ]);
    expect(problem.detail).toBe(
      'orderId: must be a string; items.0.quantity: a whole number from 1 to 2000; ' +
        'items.0.colour: there is no such field; discount: there is no such field',
    );
  });

  it.each<[string, string, object | undefined, Readonly<Record<string, string>>]>([
    ['POST', '/orders', { orderId: 'x', items: [{ product: 'p' }], foo: 1 }, { foo: 'there is no such field' }],
    [
      'POST',
      '/orders',
      { orderId: 'x', items: [{ product: 'p', qantity: 2 }] },
      { 'items.0.qantity': 'there is no such field' },
    ],
    ['POST', '/orders', {}, { orderId: 'is missing', items: 'is missing' }],
    ['POST', '/orders', [], { '': 'the body must be an object' }],
    ['POST', '/orders', { orderId: '', items: [] }, { orderId: 'must not be empty', items: 'must not be empty' }],
    [
      'POST',
      '/orders',
      { orderId: 'a'.repeat(129), items: {} },
      { orderId: 'at most 128 characters, got 129', items: 'must be an array' },
    ],
    [
      'POST',
      '/orders',
      { orderId: 'a\u0000', customer: 7, items: [{ product: 'a b', quantity: 2_001 }] },
      {
        orderId: 'must have no control characters',
        customer: 'must be a string or an object',
        'items.0.product': 'must be a code: 1 to 64 characters out of A-Z a-z 0-9 . _ -',
        'items.0.quantity': 'a whole number from 1 to 2000',
      },
    ],
    [
      'POST',
      '/orders',
      { orderId: 'x', customer: { name: 1, ['n'.repeat(99)]: '' }, items: [{ product: 'p', terms: { seats: {} } }] },
      {
        'customer.name': 'must be a string',
        [`customer.${'n'.repeat(64)}…`]: 'its name: at most 64 characters, got 99',
        'items.0.terms.seats': 'must be a string or a whole number of 0 or more or true or false or an array',
      },
    ],
    [
      'POST',
      '/orders',
      { orderId: 'x', items: Array(2_001).fill({ product: 'p' }) },
      { items: 'at most 2000 items, got 2001' },
    ],
    [
      'POST',
      '/orders',
      { orderId: 'x', items: [{ product: 'p', terms: { expiresAt: 'soon', quantity: 0, features: [''] } }] },
      {
        'items.0.terms.expiresAt': 'must be an RFC 3339 time in UTC, such as 2027-01-31T00:00:00Z',
        'items.0.terms.quantity': 'a whole number from 1 to 1000000000',
        'items.0.terms.features.0': 'must not be empty',
      },
    ],
    ['GET', '/products?foo=1', undefined, { 'query.foo': 'there is no such field' }],
    ['GET', '/products?limit=1001', undefined, { 'query.limit': 'a whole number from 1 to 1000' }],
    ['GET', '/products?limit=x', undefined, { 'query.limit': 'a whole number from 1 to 1000' }],
    ['GET', '/containers?pending=maybe', undefined, { 'query.pending': 'must be one of true, false' }],
    ['GET', '/containers/short', undefined, { 'path.serial': 'must be a container serial: 43 base64url characters' }],
    [
      'POST',
      `/containers/${'A'.repeat(43)}/retirement`,
      { licenses: 'keep' },
      { licenses: 'must be one of withdraw, restore', reason: 'is missing' },
    ],
    [
      'POST',
      '/bulk-orders',
      { query: { colour: 'red' }, preview: 'yes' },
      {
        action: 'is missing; must be one of withdraw, replace',
        'query.colour': 'there is no such field',
        preview: 'must be true or false',
      },
    ],
    ['POST', '/tokens', { name: 'x', scopes: ['all'] }, { 'scopes.0': `must be one of ${SCOPES.join(', ')}` }],
    ['POST', '/depot/receipts', { contxt: 'x' }, { context: 'is missing', contxt: 'there is no such field' }],
    ['POST', '/depot/receipts', { context: 'x'.repeat(9_000) }, { context: 'at most 8192 characters, got 9000' }],
    [
      'POST',
      '/depot/reprogrammings',
      {
        context: 'x',
        deactivate: Array(1_001).fill('x'),
        activate: Array(1_001).fill({ ticket: 'x', license: 'x' }),
      },
      { activate: 'at most 1000 items, got 1001', deactivate: 'at most 1000 items, got 1001' },
    ],
  ])('%s %s with an invalid body is answered with what is allowed (%#)', async (method, path, body, faults) => {
    const problem = expectProblem(await world.vendor(method, path, { body }), 'invalid-request');
    const errors = Object.entries(faults).map(([path, message]) => ({ path, message }));
    expect(problem.errors).toEqual(errors);
    const texts = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
    expect(problem.detail).toBe(texts.join('; '));
  });

  it('the answer to a thousand unknown members, or one with a name of a megabyte, stays short', async () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`m${index}`, index]));
    for (const body of [many, { items: Array(50).fill(many) }, { ['n'.repeat(1_000_000)]: 1 }]) {
      const reply = await order(body);
      const { errors } = expectProblem(reply, 'invalid-request');
      expect((errors as unknown[]).length).toBeLessThan(60);
      expect(reply.text.length).toBeLessThan(10_000);
    }
  });

  it.each([0, -1, 0.5, 1e9, '1', null, [1], true, 2 ** 53])('a quantity of %s is refused', async (quantity) => {
    expectProblem(await item({ quantity }), 'invalid-request');
  });

  it.each([0, -1, 0.5, '5', null])('terms with a quantity of %s are refused', async (quantity) => {
    expectProblem(await item({ terms: { quantity } }), 'invalid-request');
  });

  it.each(['2027-01-31', 'tomorrow', '2027-02-30T00:00:00Z', '2027-01-31T00:00:00+01:00', 0, ''])(
    'terms that expire at %j are refused',
    async (expiresAt) => {
      expectProblem(await item({ terms: { expiresAt } }), 'invalid-request');
    },
  );

  it.each([
    ['no items', { items: [] }],
    ['an unknown product', { items: [{ product: 'no-such-product' }] }],
    [
      'too many features',
      { items: [{ product: 'p', terms: { features: Array.from({ length: 101 }, (_, i) => `${i}`) } }] },
    ],
    ['a term of no allowed form', { items: [{ product: 'p', terms: { seats: null } }] }],
    ['items that are not a list', { items: { product: 'p' } }],
  ])('an order with %s is refused', async (_, more) => {
    expectProblem(await order({ orderId: fresh('order'), ...more }), 'invalid-request');
  });

  it.each(['', ' ', 'a\u0000b', 'a'.repeat(129), '\n'])('the order id %j is refused', async (orderId) => {
    expectProblem(await order({ orderId, items: [{ product }] }), 'invalid-request');
  });

  it.each(['ÄÖÜ ß', '注文 1', '👩‍👩‍👧‍👦', 'a/b?c#d%', "O'Brien; DROP TABLE", '../..', '__proto__', 'ORDER#1'])(
    'the order id %j is accepted',
    async (name) => {
      const orderId = `${name} ${fresh('')}`;
      const body = ok(await order({ orderId, items: [{ product }] }), 201);
      expect(body).toMatchObject({ orderId });
      expect(ok(await world.vendor('GET', requestPath('/orders/{orderId}', { orderId })), 200)).toEqual(body);
    },
  );

  const bodies: readonly [string, string | Uint8Array][] = [
    ['that is not JSON', '{'],
    ['with NaN', `{"orderId":"x","items":[{"product":"p","quantity":NaN}]}`],
    ['with 1e400', `{"orderId":"x","items":[{"product":"p","quantity":1e400}]}`],
    ['with a member twice', `{"orderId":"x","orderId":"y","items":[{"product":"p"}]}`],
    ['with data behind it', `{"orderId":"x","items":[{"product":"p"}]} {}`],
    ['with a lone surrogate', `{"orderId":"\\ud800","items":[{"product":"p"}]}`],
    ['that is not UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)],
    ['of a million nested arrays', '['.repeat(1_000_000)],
    ['of a hundred thousand nested objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['that is a list', '[]'],
    ['that is a text', '"order"'],
    ['that is null', 'null'],
    ['with a byte order mark', '\uFEFF{"orderId":"x","items":[{"product":"p"}]}'],
    ['with a prototype', '{"__proto__":{"orderId":"x"},"items":[{"product":"p"}]}'],
  ];
  it.each(bodies)('a body %s is refused at every endpoint that takes one', async (_, raw) => {
    for (const endpoint of ENDPOINTS) {
      if (endpoint.raw === true) continue;
      if (endpoint.method !== 'POST' && endpoint.method !== 'PUT') continue;
      const reply = await world.vendor(endpoint.method, addressOf(endpoint, true), { raw });
      expect(problemOf(reply).code, `${endpoint.method} ${endpoint.path}`).toBe('invalid-request');
    }
  });

  it('a body of 10 MB, or of one byte over a megabyte, is refused as too large', async () => {
    for (const size of [1_048_577, 10_000_000, 10 * 1024 * 1024 + 1, 20_000_000]) {
      const raw = `{"orderId":"${'a'.repeat(size - 14)}"}`;
      expectProblem(await world.vendor('POST', '/orders', { raw }), 'payload-too-large');
      expectProblem(await world.user('POST', '/depot/receipts', { raw }), 'payload-too-large');
    }
  });

  it('an unknown parameter is refused', async () => {
    expectProblem(await world.vendor('GET', '/products?page=2'), 'invalid-request');
    expectProblem(await world.vendor('GET', `/licenses/${license.id}?x=`), 'invalid-request');
    expectProblem(await world.user('GET', `/depot/tickets/${license.ticket}?limit=1`), 'invalid-request');
  });

  it.each(['0', '-1', '1001', '1.5', 'x', '', '1e1', ' 1', '1,1'])('a limit of %j is refused', async (limit) => {
    expectProblem(await world.vendor('GET', `/products?limit=${encodeURIComponent(limit)}`), 'invalid-request');
  });
});

describe('a cursor', () => {
  const lists = () => [
    '/products',
    '/auto-updates',
    `/orders/${encodeURIComponent(present(license.orderId))}/history`,
    `/containers/${customer.serial}/history`,
  ];
  const at = (path: string, cursor: string) =>
    world.vendor<ListBody<{ id?: string }>>('GET', `${path}?cursor=${encodeURIComponent(cursor)}`);
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it('the cursors lead through a whole list, page by page, without a gap or a repetition', async () => {
    for (const path of lists()) {
      const whole = await readAll(world.vendor, path, 1_000);
      for (const limit of [1, 2, 3]) expect(await readAll(world.vendor, path, limit)).toEqual(whole);
    }
  });

  it('an invented cursor is refused', async () => {
    const forged = ['', ' ', 'x', 'null', '%', 'a'.repeat(3_000), '../..', 'e30=', `${encoded([])}=`];
    const values = [
      null,
      1,
      'x',
      [],
      {},
      [1, 2, 3],
      { after: 1 },
      { skip: -1 },
      { skip: 0.5 },
      [[]],
      ['a'],
      { after: 'x' },
    ];
    for (const path of lists()) {
      for (const cursor of [...forged, ...values.map(encoded)]) {
        expectProblem(await at(path, cursor), 'invalid-request');
      }
    }
  });

  it('a cursor of another list is refused', async () => {
    const other = (await world.order([{ product, quantity: 3 }])) as { orderId: string };
    const rival = await world.customer();
    const [mine] = (await world.order([{ product }])).licenses;
    await rival.sync({ activate: [present(mine)] });
    const sources = [...lists(), `/orders/${other.orderId}/history`, `/containers/${rival.serial}/history`];
    for (const source of sources) {
      const { cursor } = ok(await world.vendor<ListBody<unknown>>('GET', `${source}?limit=1`));
      if (cursor === undefined) continue;
      for (const path of lists()) {
        if (path === source) continue;
        expectProblem(await at(path, cursor), 'invalid-request');
      }
    }
  });
});

describe('Prefer', () => {
  it.each(['wait', 'wait=', 'wait=x', 'wait=-1', 'respond-async', 'return=minimal'])(
    'Prefer: %j does not wait',
    async (prefer) => {
      const one = await world.customer();
      const { licenses } = await world.order([{ product }]);
      const body = await one.container.request({
        activate: licenses.map(({ id, ticket }) => ({ ticket, license: id })),
      });
      const reply = await world.user<ReprogrammingBody>('POST', '/depot/reprogrammings', { body, headers: { prefer } });
      expect([200, 202]).toContain(reply.status);
      expect(reply.headers.get('preference-applied')).toBeNull();
      const found = await world.user('GET', `/depot/reprogrammings/${reply.body.id}`, {
        headers: { prefer: 'wait=10' },
      });
      expect(found.status).toBe(200);
    },
  );

  it.each([
    ['wait=5', 'wait=5'],
    ['wait=100', 'wait=10'],
    ['respond-async, wait=3', 'wait=3'],
    ['wait=0', 'wait=0'],
  ])('Prefer: %j is applied as %j', async (prefer, applied) => {
    const one = await world.customer();
    const { licenses } = await world.order([{ product }]);
    const body = await one.container.request({
      activate: licenses.map(({ id, ticket }) => ({ ticket, license: id })),
    });
    const reply = await world.user<ReprogrammingBody>('POST', '/depot/reprogrammings', { body, headers: { prefer } });
    expect(reply.headers.get('preference-applied')).toBe(applied);
    if (reply.status === 202) expect(reply.headers.get('location')).toBe(`/depot/reprogrammings/${reply.body.id}`);
    else expect(reply.status).toBe(200);
  });
});
