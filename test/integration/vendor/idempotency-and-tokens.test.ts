import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../harness/client.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { ok, openWorld, present, type World } from '../../harness/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

describe('an Idempotency-Key', () => {
  const replace = (id: string, key: string, quantity = 3) =>
    world.vendor('POST', `/licenses/${id}/replacement`, {
      body: { terms: { quantity } },
      headers: { 'idempotency-key': key },
    });

  it('the same request under one key gets the same answer, byte for byte, and one effect (I5)', async () => {
    const [license] = await world.sell(await world.product());
    const { id, ticket } = present(license);
    const first = await replace(id, `key-${id}`);
    const again = await replace(id, `key-${id}`);
    expect(first.status).toBe(200);
    expect(again.status).toBe(200);
    expect(again.text).toBe(first.text);
    expect(await world.ticket(ticket)).toHaveLength(1);
  });

  it('another request under the same key is refused', async () => {
    const [license] = await world.sell(await world.product());
    const { id } = present(license);
    await replace(id, `key-${id}`);
    const other = await replace(id, `key-${id}`, 4);
    expect(other.status).toBe(422);
    expectProblem(other, 'idempotency-key-reused');
  });

  it('one of several concurrent requests under a key works; the others wait or get its answer', async () => {
    const [license] = await world.sell(await world.product());
    const { id, ticket } = present(license);
    const replies = await Promise.all(Array.from({ length: 8 }, () => replace(id, `key-${id}`)));
    expect(replies.map((reply) => reply.status).every((status) => status === 200 || status === 409)).toBe(true);
    expect(replies.some((reply) => reply.status === 200)).toBe(true);
    for (const reply of replies) if (reply.status === 409) expectProblem(reply, 'idempotency-key-in-use');
    expect(await world.ticket(ticket)).toHaveLength(1);
  });

  it('a refusal is stored under its key', async () => {
    const headers = { 'idempotency-key': 'refused' };
    const path = '/licenses/nobody/withdrawal';
    expectProblem(await world.vendor('POST', path, { body: {}, headers }), 'not-found');
    expectProblem(await world.vendor('POST', path, { body: {}, headers }), 'not-found');
  });

  it('the same key of two tokens is two keys', async () => {
    const { token } = ok(
      await world.vendor<{ token: string }>('POST', '/tokens', { body: { name: 'erp', scopes: ['licenses:write'] } }),
      201,
    );
    const [license] = await world.sell(await world.product());
    const { id } = present(license);
    await replace(id, 'shared');
    const other = createClient(world.running.url, token);
    const reply = await other('POST', `/licenses/${id}/replacement`, {
      body: { terms: { quantity: 9 } },
      headers: { 'idempotency-key': 'shared' },
    });
    expectProblem(reply, 'license-final');
  });

  it('a key with other characters, or a longer one, is an invalid request', async () => {
    for (const key of ['a b', 'x'.repeat(256)]) expectProblem(await replace('nobody', key), 'invalid-request');
  });
});

describe('a vendor token', () => {
  interface Token {
    readonly id: string;
    readonly token: string;
  }
  const make = async (scopes: readonly string[], more: object = {}): Promise<Token> =>
    ok(await world.vendor<Token>('POST', '/tokens', { body: { name: 'shop', scopes, ...more } }), 201);

  it('a token can do what its scopes allow, and nothing else', async () => {
    const { token } = await make(['products:read']);
    const shop = createClient(world.running.url, token);
    expect((await shop('GET', '/products')).status).toBe(200);
    expectProblem(await shop('PUT', '/products/x', { body: { name: 'x' } }), 'forbidden');
    expectProblem(await shop('GET', '/tokens'), 'forbidden');
  });

  it('a token is listed with its last use, and its secret is never shown again', async () => {
    const { id, token } = await make(['products:read']);
    ok(await createClient(world.running.url, token)('GET', '/products'));
    const reply = await world.vendor<{ items: { id: string; lastUsedAt?: string }[] }>('GET', '/tokens?limit=1000');
    expect(reply.text).not.toContain(token);
    expect(reply.body.items.find((one) => one.id === id)).toMatchObject({
      name: 'shop',
      lastUsedAt: expect.any(String),
    });
  });

  it('a token cannot make one with more scopes', async () => {
    const { token } = await make(['tokens:write', 'orders:read']);
    const shop = createClient(world.running.url, token);
    const refused = await shop('POST', '/tokens', {
      body: { name: 'more', scopes: ['orders:read', 'licenses:write', 'webhooks:write'] },
    });
    expect(expectProblem(refused, 'forbidden')).toMatchObject({ scopes: ['licenses:write', 'webhooks:write'] });
    ok(await shop('POST', '/tokens', { body: { name: 'as much', scopes: ['tokens:write', 'orders:read'] } }), 201);
  });

  it('a token cannot make one that outlives it', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const { token } = await make(['tokens:write'], { expiresAt });
    const shop = createClient(world.running.url, token);
    const body = { name: 'child', scopes: ['tokens:write'] };
    const later = new Date(Date.now() + 7_200_000).toISOString();
    expectProblem(await shop('POST', '/tokens', { body }), 'forbidden');
    expectProblem(await shop('POST', '/tokens', { body: { ...body, expiresAt: later } }), 'forbidden');
    ok(await shop('POST', '/tokens', { body: { ...body, expiresAt } }), 201);
  });

  it('a token with its own limit cannot give a higher limit to another token or itself', async () => {
    const { id, token } = await make(['tokens:write'], { requestsPerMinute: 100 });
    const shop = createClient(world.running.url, token);
    const body = { name: 'child', scopes: ['tokens:write'] };
    expectProblem(await shop('POST', '/tokens', { body }), 'forbidden');
    expectProblem(await shop('POST', '/tokens', { body: { ...body, requestsPerMinute: 101 } }), 'forbidden');
    ok(await shop('POST', '/tokens', { body: { ...body, requestsPerMinute: 100 } }), 201);
    expectProblem(await shop('PUT', `/tokens/${id}`, { body: { name: 'shop' } }), 'forbidden');
  });

  it('a token is read by its id, with its maker, and its name and limit can be changed', async () => {
    const maker = await make(['tokens:write', 'tokens:read']);
    const shop = createClient(world.running.url, maker.token);
    const { id, token } = ok(
      await shop<Token>('POST', '/tokens', { body: { name: 'child', scopes: ['tokens:read'], requestsPerMinute: 50 } }),
    );
    const shown = await shop('GET', `/tokens/${id}`);
    expect(shown.body).toMatchObject({
      id,
      name: 'child',
      scopes: ['tokens:read'],
      requestsPerMinute: 50,
      createdBy: { kind: 'token', id: maker.id, name: 'shop' },
    });
    expect(shown.text).not.toContain(token);
    const changed = ok(
      await shop<object>('PUT', `/tokens/${id}`, { body: { name: 'renamed', requestsPerMinute: 60 } }),
    );
    expect(changed).toMatchObject({ name: 'renamed', requestsPerMinute: 60, scopes: ['tokens:read'] });
    expect(ok(await shop<object>('PUT', `/tokens/${id}`, { body: { name: 'renamed' } }))).not.toHaveProperty(
      'requestsPerMinute',
    );
    expectProblem(await shop('GET', '/tokens/nobody'), 'not-found');
    expectProblem(await shop('PUT', '/tokens/nobody', { body: { name: 'x' } }), 'not-found');
  });

  it('the history names the token that ordered', async () => {
    const { id, token } = await make(['licenses:write']);
    const [license] = await world.sell(await world.product());
    const shop = createClient(world.running.url, token);
    ok(await shop('POST', `/licenses/${present(license).id}/withdrawal`, { body: {} }));
    const [delivered, withdrawn] = await world.historyOf({ order: present(present(license).orderId) });
    expect(delivered).toMatchObject({ actor: 'vendor', by: { kind: 'token', name: 'development' } });
    expect(withdrawn).toMatchObject({ actor: 'vendor', by: { kind: 'token', id, name: 'shop' } });
  });

  it('a revoked token is refused at once', async () => {
    const { id, token } = await make(['products:read']);
    const shop = createClient(world.running.url, token);
    ok(await shop('GET', '/products'));
    ok(await world.vendor('DELETE', `/tokens/${id}`));
    expectProblem(await shop('GET', '/products'), 'unauthorized');
    expectProblem(await world.vendor('DELETE', `/tokens/${id}`), 'not-found');
  });

  it('an expired token is refused', async () => {
    const { token } = await make(['products:read'], { expiresAt: new Date(Date.now() - 1000).toISOString() });
    expectProblem(await createClient(world.running.url, token)('GET', '/products'), 'unauthorized');
  });
});
