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

  it('gives the same request the same answer byte for byte, and one effect (I5)', async () => {
    const [license] = await world.sell(await world.product());
    const { id, ticket } = present(license);
    const first = await replace(id, `key-${id}`);
    const again = await replace(id, `key-${id}`);
    expect(first.status).toBe(200);
    expect(again.status).toBe(200);
    expect(again.text).toBe(first.text);
    expect(await world.ticket(ticket)).toHaveLength(1);
  });

  it('refuses another request under the same key', async () => {
    const [license] = await world.sell(await world.product());
    const { id } = present(license);
    await replace(id, `key-${id}`);
    const other = await replace(id, `key-${id}`, 4);
    expect(other.status).toBe(422);
    expectProblem(other, 'idempotency-key-reused');
  });

  it('lets one of several at once work, and the others wait or get its answer', async () => {
    const [license] = await world.sell(await world.product());
    const { id, ticket } = present(license);
    const replies = await Promise.all(Array.from({ length: 8 }, () => replace(id, `key-${id}`)));
    expect(replies.map((reply) => reply.status).every((status) => status === 200 || status === 409)).toBe(true);
    expect(replies.some((reply) => reply.status === 200)).toBe(true);
    for (const reply of replies) if (reply.status === 409) expectProblem(reply, 'idempotency-key-in-use');
    expect(await world.ticket(ticket)).toHaveLength(1);
  });

  it('keeps a refusal, too', async () => {
    const headers = { 'idempotency-key': 'refused' };
    const path = '/licenses/nobody/withdrawal';
    expectProblem(await world.vendor('POST', path, { body: {}, headers }), 'not-found');
    expectProblem(await world.vendor('POST', path, { body: {}, headers }), 'not-found');
  });

  it('of two tokens are two keys', async () => {
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

  it('of other characters, or too long, is an invalid request', async () => {
    for (const key of ['a b', 'x'.repeat(256)]) expectProblem(await replace('nobody', key), 'invalid-request');
  });
});

describe('a token', () => {
  interface Token {
    readonly id: string;
    readonly token: string;
  }
  const make = async (scopes: readonly string[], more: object = {}): Promise<Token> =>
    ok(await world.vendor<Token>('POST', '/tokens', { body: { name: 'shop', scopes, ...more } }), 201);

  it('may do what its scopes say, and nothing else', async () => {
    const { token } = await make(['products:read']);
    const shop = createClient(world.running.url, token);
    expect((await shop('GET', '/products')).status).toBe(200);
    expectProblem(await shop('PUT', '/products/x', { body: { name: 'x' } }), 'forbidden');
    expectProblem(await shop('GET', '/tokens'), 'forbidden');
  });

  it('is listed with its last use and never shown again', async () => {
    const { id, token } = await make(['products:read']);
    ok(await createClient(world.running.url, token)('GET', '/products'));
    const reply = await world.vendor<{ items: { id: string; lastUsedAt?: string }[] }>('GET', '/tokens?limit=1000');
    expect(reply.text).not.toContain(token);
    expect(reply.body.items.find((one) => one.id === id)).toMatchObject({
      name: 'shop',
      lastUsedAt: expect.any(String),
    });
  });

  it('ends at once when it is revoked', async () => {
    const { id, token } = await make(['products:read']);
    const shop = createClient(world.running.url, token);
    ok(await shop('GET', '/products'));
    ok(await world.vendor('DELETE', `/tokens/${id}`));
    expectProblem(await shop('GET', '/products'), 'unauthorized');
    expectProblem(await world.vendor('DELETE', `/tokens/${id}`), 'not-found');
  });

  it('ends when it expires', async () => {
    const { token } = await make(['products:read'], { expiresAt: new Date(Date.now() - 1000).toISOString() });
    expectProblem(await createClient(world.running.url, token)('GET', '/products'), 'unauthorized');
  });
});
