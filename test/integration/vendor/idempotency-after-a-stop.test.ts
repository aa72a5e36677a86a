/** The invocation stops after its commit and before it stores the answer; the same request is sent again under its key. */
import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Dependencies } from '../../../functions/dependencies.ts';
import { hashToken } from '../../../functions/store/token-item.ts';
import type { LicenseBody, ListBody } from '../../harness/answers.ts';
import type { Reply } from '../../harness/client.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { type Ask, createInstance } from '../../harness/instance.ts';
import { fresh, ok, openWorld, present, type World } from '../../harness/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** An instance that stops at its second write of an Idempotency-Key, which would store the outcome. */
function stoppedRuntime(): Dependencies {
  const { dependencies } = world.running;
  const started = new Set<unknown>();
  const documents = {
    send: async (command: never) => {
      const [write] = ((command as unknown) instanceof TransactWriteCommand && keyedWrites(command)) || [];
      if (write !== undefined && started.has(write)) throw new Error('stopped');
      started.add(write);
      return dependencies.documents.send(command);
    },
  } as unknown as DynamoDBDocumentClient;
  return { ...dependencies, documents };
}

function keyedWrites(command: TransactWriteCommand): unknown[] {
  return (command.input.TransactItems ?? [])
    .map(({ Put: put }) => put?.Item?.pk as unknown)
    .filter((pk) => typeof pk === 'string' && pk.startsWith('IDEMPOTENCY#'));
}

/** Runs the request up to the stop, and again two minutes later. */
async function twice<Body>(ask: Ask): Promise<Reply<Body>> {
  const keyed = { ...ask, headers: { ...ask.headers, 'idempotency-key': fresh('key') } };
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const first = await createInstance('vendor', stoppedRuntime(), world.running.token)(keyed);
  log.mockRestore();
  expectProblem(first, 'internal-error');
  const { dependencies, token } = world.running;
  expectProblem(await createInstance('vendor', dependencies, token)(keyed), 'idempotency-key-in-use');
  const later: Dependencies = { ...dependencies, now: () => new Date(Date.now() + 120_000) };
  const again = await createInstance('vendor', later, token)<Body>(keyed);
  expect((await createInstance('vendor', later, token)(keyed)).text).toBe(again.text);
  return again;
}

const soldOne = async (): Promise<LicenseBody> => present((await world.sell(await world.product()))[0]);

describe('a request that stopped between its commit and its answer, sent again under its key', () => {
  it('POST /tokens sent again answers with the token that it made, and makes no second one', async () => {
    const name = fresh('shop');
    const made = ok(
      await twice<{ id: string; token: string }>({ route: 'POST /tokens', body: { name, scopes: ['orders:read'] } }),
      201,
    );
    expect(made.id).toBe(hashToken(made.token).slice(0, 16));
    const { items } = ok(await world.vendor<ListBody<{ name: string; id: string }>>('GET', '/tokens?limit=1000'));
    expect(items.filter((token) => token.name === name).map(({ id }) => id)).toEqual([made.id]);
  });

  it('POST /event-endpoints sent again answers with the endpoint that it made, and with its secret', async () => {
    const description = fresh('endpoint');
    const made = ok(
      await twice<{ id: string; secret: string }>({
        route: 'POST /event-endpoints',
        body: { url: 'https://events.example.com', description },
      }),
      201,
    );
    expect(made.secret).toMatch(/^whsec_/);
    const { items } = ok(await world.vendor<ListBody<{ id: string; description?: string }>>('GET', '/event-endpoints'));
    expect(items.filter((one) => one.description === description).map(({ id }) => id)).toEqual([made.id]);
  });

  it('rotating an event endpoint’s secret again under its key rotates it once', async () => {
    const { id, secret } = ok(
      await world.vendor<{ id: string; secret: string }>('POST', '/event-endpoints', {
        body: { url: 'https://events.example.com' },
      }),
    );
    const rotated = ok(
      await twice<{ secret: string; secrets: unknown[] }>({
        route: 'POST /event-endpoints/{id}/secret',
        params: { id },
      }),
      201,
    );
    expect(rotated.secret).not.toBe(secret);
    expect(rotated.secrets).toMatchObject([{}, { endsAt: expect.any(String) }]);
  });

  it('adding a webhook secret again under its key adds one and answers with it', async () => {
    const made = ok(await twice<{ id: string; secret: string }>({ route: 'POST /webhook-secrets', body: {} }), 201);
    const { items } = ok(await world.vendor<ListBody<{ id: string }>>('GET', '/webhook-secrets'));
    expect(items.map(({ id }) => id)).toEqual([made.id]);
  });

  it('a replacement of an available license sent again answers with the license that it made', async () => {
    const { id, ticket } = await soldOne();
    const route = 'POST /licenses/{license}/replacement';
    const body = { terms: { quantity: 3 } };
    const replaced = ok(await twice<{ license: LicenseBody }>({ route, params: { license: id }, body }), 200);
    expect((await world.ticket(ticket)).map((license) => license.id)).toEqual([replaced.license.id]);
    expect(replaced.license).toMatchObject({ predecessor: id, terms: { quantity: 3 } });
  });

  it('a replacement of a collected license sent again answers with the pending replacement', async () => {
    const license = await soldOne();
    const customer = await world.customer();
    await customer.sync({ activate: [license] });
    const route = 'POST /licenses/{license}/replacement';
    const pending = ok(
      await twice<{ status: string; license: LicenseBody }>({ route, params: { license: license.id }, body: {} }),
      202,
    );
    expect(await world.autoUpdates(customer.serial)).toMatchObject([{ replacement: pending.license.id }]);
  });

  it('a withdrawal sent again answers that the license is withdrawn', async () => {
    const { id } = await soldOne();
    const route = 'POST /licenses/{license}/withdrawal';
    expect(ok(await twice({ route, params: { license: id }, body: {} }), 200)).toEqual({ status: 'withdrawn' });
    // Without the key the same request is refused, because the license is final.
    expectProblem(await world.vendor('POST', `/licenses/${id}/withdrawal`, { body: {} }), 'license-final');
  });

  it('an order sent again is delivered once', async () => {
    const orderId = fresh('order');
    const body = { orderId, items: [{ product: await world.product() }] };
    const order = ok(await twice<{ ticket: string }>({ route: 'POST /orders', body }));
    expect(await world.ticket(order.ticket)).toHaveLength(1);
  });

  it('a retirement sent again retires once', async () => {
    const customer = await world.customer();
    await customer.sync({ activate: [await soldOne()] });
    const body = { licenses: 'restore', reason: 'lost' };
    ok(await twice({ route: 'POST /containers/{serial}/retirement', params: { serial: customer.serial }, body }), 200);
    const events = await world.historyOf({ container: customer.serial });
    expect(events.filter(({ type }) => type === 'container.retired')).toHaveLength(1);
  });

  it('a push sent again creates one update', async () => {
    const license = await soldOne();
    const customer = await world.customer();
    await customer.sync({ activate: [license] });
    ok(await world.vendor('POST', `/licenses/${license.id}/withdrawal`, { body: {} }), 202);
    const route = 'POST /containers/{serial}/reprogrammings';
    ok(await twice({ route, params: { serial: customer.serial }, headers: { prefer: 'wait=10' } }), 200);
    const events = await world.historyOf({ container: customer.serial });
    expect(events.filter(({ type }) => type === 'update.issued')).toHaveLength(2);
  });
});

describe('what the server stores under an Idempotency-Key', () => {
  it('the stored answer does not reveal a new token to a reader of the table', async () => {
    const kept: unknown[] = [];
    const { dependencies, token } = world.running;
    const documents = {
      send: async (command: never) => {
        kept.push(command);
        return dependencies.documents.send(command);
      },
    } as unknown as DynamoDBDocumentClient;
    const key = fresh('key');
    const made = ok(
      await createInstance(
        'vendor',
        { ...dependencies, documents },
        token,
      )<{ token: string }>({
        route: 'POST /tokens',
        body: { name: 'secret', scopes: ['orders:read'] },
        headers: { 'idempotency-key': key },
      }),
    );
    const written = JSON.stringify(kept, (_, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    );
    expect(written).toContain('IDEMPOTENCY#');
    expect(written).not.toContain(made.token);
    expect(written).not.toContain(key);
  });

  it('temporary refusals are not stored', async () => {
    const { dependencies, token } = world.running;
    const license = await soldOne();
    const customer = await world.customer();
    await customer.sync({ activate: [license] });
    const ask = {
      route: 'POST /licenses/{license}/withdrawal',
      params: { license: license.id },
      body: {},
      headers: { 'idempotency-key': fresh('key') },
    };
    const throttled = {
      send: async (command: never) => {
        const [write] = ((command as unknown) instanceof TransactWriteCommand && keyedWrites(command)) || [];
        const isDeed = (command as unknown) instanceof TransactWriteCommand && write === undefined;
        if (isDeed) throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
        return dependencies.documents.send(command);
      },
    } as unknown as DynamoDBDocumentClient;
    expectProblem(
      await createInstance('vendor', { ...dependencies, documents: throttled }, token)(ask),
      'too-many-requests',
    );
    expect((await createInstance('vendor', dependencies, token)(ask)).status).toBe(202);
  });
});
