import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { callerOfToken } from '../../../functions/api/authentication/caller-of-token.ts';
import { answer } from '../../../functions/api/http/answer.ts';
import type { Caller } from '../../../functions/api/http/caller.ts';
import { withIdempotencyKey } from '../../../functions/api/idempotency/idempotency.ts';
import { EVENT_OPERATIONS } from '../../../functions/api/operations/events.ts';
import { SKU_MAPPING_OPERATIONS } from '../../../functions/api/operations/sku-mappings.ts';
import { TOKEN_OPERATIONS } from '../../../functions/api/operations/tokens.ts';
import { WEBHOOK_OPERATIONS } from '../../../functions/api/operations/webhooks.ts';
import type { Dependencies } from '../../../functions/dependencies.ts';
import {
  changeEventEndpoint,
  getEventEndpoint,
  newEventEndpoint,
  saveEventEndpoint,
  withNewSecret,
} from '../../../functions/store/event-endpoint-item.ts';
import { skuKey, tokenKey, webhookKey } from '../../../functions/store/keys.ts';
import { storeToken } from '../../../functions/store/store-token.ts';
import { hashToken, tokenId } from '../../../functions/store/token-item.ts';
import { getWebhook, putWebhook } from '../../../functions/store/webhook-item.ts';
import {
  addWebhookSecret,
  loadWebhookSecrets,
  removeWebhookSecret,
} from '../../../functions/store/webhook-secrets-item.ts';
import { stillLocked } from '../../../functions/use-cases/containers/await-unlocked.ts';
import { acceptContext } from '../../../functions/use-cases/reprogramming/verify-context.ts';
import { withdrawalOutcome } from '../../../functions/use-cases/webhooks/webhook-outcome.ts';
import { contextOfHolding, newHolding } from '../../harness/holding.ts';
import { identity } from '../identities.ts';
import { after, anyAttempt, type Fixture, NOW, newFixture, Stopped, transaction } from './fixture.ts';

const CALLER: Caller = {
  id: 'hash',
  author: { kind: 'token', id: 'id', name: 'erp' },
  scopes: ['licenses:read', 'tokens:admin'],
  secret: 'secret',
};
const KEYED = { caller: CALLER, key: 'key-1', route: 'POST /orders', request: { body: { orderId: 'SO-1' } } };

test('two concurrent requests under one Idempotency-Key: one does the work, and the other is asked to retry', async () => {
  const fixture = await newFixture();
  let done = 0;
  const work = async () => {
    done += 1;
    return answer(201, { done });
  };
  const meanwhile = async () => {
    expect(await withIdempotencyKey(await fixture.runtime(), KEYED, work)).toMatchObject({
      status: 201,
      body: { done: 1 },
    });
  };
  const response = await withIdempotencyKey(await fixture.runtime({ before: transaction, meanwhile }), KEYED, work);
  expect(response.body).toMatchObject({ code: 'idempotency-key-in-use' });
  expect(done).toBe(1);
});

test('a run that was presumed stopped does not overwrite the answer of the run after it', async () => {
  const fixture = await newFixture();
  let clock = NOW.getTime();
  const at = async () => ({ ...(await fixture.runtime()), now: () => new Date(clock) });
  const second = async () => {
    clock += 61_000;
    await withIdempotencyKey(await at(), KEYED, async () => answer(201, { by: 'the second' }));
    return answer(201, { by: 'the first' });
  };
  await withIdempotencyKey(await at(), KEYED, second);
  const response = await withIdempotencyKey(await at(), KEYED, () => expect.fail('the work was done a third time'));
  expect(response.body).toEqual({ by: 'the second' });
});

test('another request under a known Idempotency-Key does not get the first one’s answer', async () => {
  const fixture = await newFixture();
  const runtime = await fixture.runtime();
  await withIdempotencyKey(runtime, KEYED, async () => answer(201, {}));
  const other = { ...KEYED, request: { body: { orderId: 'SO-2' } } };
  const response = await withIdempotencyKey(runtime, other, () => expect.fail('the work was done'));
  expect(response.body).toMatchObject({ code: 'idempotency-key-reused' });
});

const TOKEN = 'relicense_token';

const withToken = async (fixture: Fixture, expiresAt?: string): Promise<void> => {
  const given = { token: TOKEN, name: 'erp', scopes: ['licenses:read'], ...(expiresAt && { expiresAt }) } as const;
  await storeToken(await fixture.runtime(), given);
};

const update = (command: unknown): boolean => (command as object).constructor.name === 'UpdateCommand';

const revoke = (dependencies: Dependencies) =>
  TOKEN_OPERATIONS.revokeToken(
    { params: { id: tokenId(hashToken(TOKEN)) }, query: {}, headers: {} } as never,
    dependencies,
  );

test('a token revoked while it is used stays revoked', async () => {
  const fixture = await newFixture();
  await withToken(fixture);
  const meanwhile = async () => expect((await revoke(await fixture.runtime())).status).toBe(200);
  await callerOfToken(await fixture.runtime({ before: update, meanwhile }), TOKEN);
  const { pk, sk } = tokenKey(hashToken(TOKEN));
  expect(fixture.table.get(pk, sk)).toBeUndefined();
});

const rename = (dependencies: Dependencies) =>
  TOKEN_OPERATIONS.putToken(
    {
      params: { id: tokenId(hashToken(TOKEN)) },
      query: {},
      headers: {},
      body: { name: 'new' },
      caller: CALLER,
    } as never,
    dependencies,
  );

test('a token revoked while it is renamed stays revoked, and the change is not-found', async () => {
  const fixture = await newFixture();
  await withToken(fixture);
  const meanwhile = async () => expect((await revoke(await fixture.runtime())).status).toBe(200);
  expect((await rename(await fixture.runtime({ before: transaction, meanwhile }))).status).toBe(404);
  const { pk, sk } = tokenKey(hashToken(TOKEN));
  expect(fixture.table.get(pk, sk)).toBeUndefined();
});

test('a token made again under the same key is the token of the first request, with its later changes', async () => {
  const fixture = await newFixture();
  const attempt = { deriveBytes: () => new Uint8Array(32), isRetry: true };
  const body = { name: 'erp', scopes: ['licenses:read'] };
  const make = async () =>
    TOKEN_OPERATIONS.createToken(
      { params: {}, query: {}, headers: {}, body, caller: CALLER, attempt } as never,
      await fixture.runtime(),
    );
  const made = await make();
  const { id } = made.body as { id: string };
  const change = { params: { id }, query: {}, headers: {}, body: { name: 'new' }, caller: CALLER } as never;
  await TOKEN_OPERATIONS.putToken(change, await fixture.runtime());
  expect((await make()).body).toEqual({ ...(made.body as object), name: 'new' });
});

test('a caller cannot make a token with a scope that the caller lacks', async () => {
  const fixture = await newFixture();
  const body = { name: 'erp', scopes: ['orders:write'] };
  const asked = { params: {}, query: {}, headers: {}, body, caller: CALLER, attempt: anyAttempt } as never;
  expect((await TOKEN_OPERATIONS.createToken(asked, await fixture.runtime())).status).toBe(403);
});

test('an unknown token cannot be revoked', async () => {
  const fixture = await newFixture();
  expect((await revoke(await fixture.runtime())).status).toBe(404);
});

test('a token is refused from its end on', async () => {
  const fixture = await newFixture();
  await withToken(fixture, NOW.toISOString());
  expect(await callerOfToken(await fixture.runtime(), TOKEN)).toBeUndefined();
  await withToken(fixture, new Date(NOW.getTime() + 1).toISOString());
  expect(await callerOfToken(await fixture.runtime(), TOKEN)).toMatchObject({ scopes: ['licenses:read'] });
});

test('an invalid context is refused, and a diverged one is reported once', async () => {
  const fixture = await newFixture();
  const runtime = await fixture.runtime();
  expect(await acceptContext(runtime, 'a.b.c')).toMatchObject({ refusal: { code: 'invalid-context' } });
  const me = await identity(0);
  const position = { counter: 7, digest: `sha256:${'0'.repeat(64)}` };
  const holding = newHolding(me.serial, await runtime.keySets.all());
  const { text: context } = await contextOfHolding(me, holding, { jti: 'once', clock: 1, change: position });
  const events = () => fixture.table.partition(`HISTORY#${me.serial}`);
  expect(await acceptContext(runtime, context)).toMatchObject({ refusal: { code: 'container-diverged' } });
  const [told] = events();
  expect(await acceptContext(runtime, context)).toMatchObject({ refusal: { code: 'container-diverged' } });
  expect(events()).toEqual([told]);
});

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const ORDER = JSON.stringify({ type: 'license.withdraw', data: { license: '0'.repeat(20) } });

const receive = async (dependencies: Dependencies, body: string, secret = SECRET) => {
  const at = NOW;
  const headers = {
    'webhook-id': 'msg-1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign('msg-1', at, body),
  };
  return WEBHOOK_OPERATIONS.receiveErpWebhook({ params: {}, query: {}, headers, body } as never, dependencies);
};

/** The largest size of an item. */
const ITEM_BYTES = 400_000;

const stored = ({ table }: Fixture) => table.get(webhookKey('msg-1').pk, webhookKey('msg-1').sk);

test('the second of two different ERP webhooks that arrive at once under one id is kept and not carried out', async () => {
  const fixture = await newFixture();
  await addWebhookSecret(await fixture.runtime(), 'erp', SECRET, anyAttempt.deriveBytes);
  await fixture.product('basic');
  const [license = ''] = (await fixture.sell({ basic: 1 })).licenses;
  const other = JSON.stringify({ type: 'license.withdraw', data: { license } });
  const meanwhile = async () => expect((await receive(await fixture.runtime(), ORDER)).status).toBe(202);
  const response = await receive(await fixture.runtime({ before: transaction, meanwhile }), other);
  expect(response).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
  expect(stored(fixture)).toMatchObject({ body: ORDER, state: 'failed' });
  expect((await fixture.license(license)).standing).toEqual({ at: 'available' });
});

test('a webhook that was stored but not carried out is carried out when it arrives again', async () => {
  const fixture = await newFixture();
  await addWebhookSecret(await fixture.runtime(), 'erp', SECRET, anyAttempt.deriveBytes);
  const stop = () => Promise.reject(new Stopped());
  const stopped = receive(await fixture.runtime({ before: after(1, transaction), meanwhile: stop }), ORDER);
  await expect(stopped).rejects.toBeInstanceOf(Stopped);
  expect(stored(fixture)).toMatchObject({ state: 'received', revision: 1 });
  expect((await receive(await fixture.runtime(), ORDER)).body).toMatchObject({ state: 'failed' });
});

test('the outcome stored by a concurrent delivery of a webhook stays and is answered', async () => {
  const fixture = await newFixture();
  await fixture.product('basic');
  const { licenses } = await fixture.sell({ basic: 1 });
  const body = JSON.stringify({ type: 'license.withdraw', data: { license: licenses[0] } });
  await addWebhookSecret(await fixture.runtime(), 'erp', SECRET, anyAttempt.deriveBytes);
  // The second delivery carries out the webhook that the first one stored, so the license is final for the first.
  const meanwhile = async () =>
    expect((await receive(await fixture.runtime(), body)).body).toMatchObject({ state: 'done' });
  const response = await receive(await fixture.runtime({ before: after(1, transaction), meanwhile }), body);
  expect(response.body).toEqual({ id: 'msg-1', state: 'done' });
  expect(stored(fixture)).toMatchObject({ state: 'done', revision: 2 });
});

test('the outcome of a webhook fits into its item, however many licenses it names, and is answered as it was', async () => {
  const fixture = await newFixture();
  const runtime = await fixture.runtime();
  const refusal = stillLocked((await identity(0)).serial);
  const refused = Array.from({ length: 2_000 }, (_, index) => ({ license: String(index).padStart(20, '0'), refusal }));
  const outcome = withdrawalOutcome({ orderId: 'SO-1' }, { withdrawn: [], pending: [], refused });
  const taken = { id: 'msg-1', source: 'erp', body: ORDER, receivedAt: '', seed: '', revision: 0 } as const;
  expect(JSON.stringify(outcome.result).length).toBeGreaterThan(ITEM_BYTES);
  expect(await putWebhook(runtime, { ...taken, ...outcome })).toBe(true);
  const { result } = stored(fixture) ?? {};
  expect(result).toBeInstanceOf(Uint8Array);
  expect((result as Uint8Array).length).toBeLessThan(ITEM_BYTES / 2);
  expect(await getWebhook(runtime, 'msg-1')).toMatchObject({ ...outcome, revision: 1 });
});

test('a webhook signed with another secret is not stored', async () => {
  const fixture = await newFixture();
  await addWebhookSecret(await fixture.runtime(), 'erp', SECRET, anyAttempt.deriveBytes);
  const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
  expect((await receive(await fixture.runtime(), ORDER, other)).status).toBe(401);
  expect(stored(fixture)).toBeUndefined();
});

test('two secrets added at once where there is room for one: one is added', async () => {
  const fixture = await newFixture();
  await addWebhookSecret(await fixture.runtime(), 'erp', SECRET, anyAttempt.deriveBytes);
  const meanwhile = async () =>
    expect(await addWebhookSecret(await fixture.runtime(), 'erp', undefined, anyAttempt.deriveBytes)).toBeDefined();
  const added = await addWebhookSecret(
    await fixture.runtime({ before: transaction, meanwhile }),
    'erp',
    undefined,
    anyAttempt.deriveBytes,
  );
  expect(added).toBeUndefined();
  expect((await loadWebhookSecrets(await fixture.runtime(), 'erp')).secrets).toHaveLength(2);
});

test.each([[''], ['with space'], ['ü'], ['x'.repeat(256)]])(
  'the Idempotency-Key %j is refused: only visible ASCII characters',
  async (key) => {
    const fixture = await newFixture();
    const response = await withIdempotencyKey(await fixture.runtime(), { ...KEYED, key }, () =>
      expect.fail('the work was done'),
    );
    expect(response.status).toBe(400);
  },
);

test('a secret generated again by a second run of its rotation does not end the others', async () => {
  const fixture = await newFixture();
  const runtime = await fixture.runtime();
  const draw = (_: string, length: number) => new Uint8Array(length).fill(7);
  const made = newEventEndpoint(runtime, 'https://example.com', anyAttempt.deriveBytes);
  const rotated = withNewSecret(runtime, made, draw);
  expect(withNewSecret(runtime, rotated, draw)).toBe(rotated);
});

test('two concurrent mappings of a SKU: one answers that it is new, the other that it changed it', async () => {
  const fixture = await newFixture();
  await fixture.product('basic');
  const map = (dependencies: Dependencies, quantity: number) =>
    SKU_MAPPING_OPERATIONS.putSkuMapping(
      { params: { sku: 'A-1' }, query: {}, headers: {}, body: { items: [{ product: 'basic', quantity }] } } as never,
      dependencies,
    );
  let other = 0;
  const meanwhile = async () => {
    other = (await map(await fixture.runtime(), 1)).status;
  };
  const { status } = await map(await fixture.runtime({ before: transaction, meanwhile }), 2);
  expect([other, status]).toEqual([201, 200]);
  expect(fixture.table.get(skuKey('A-1').pk, skuKey('A-1').sk)).toMatchObject({ items: [{ quantity: 2 }] });
});

test('an unknown secret cannot be deleted', async () => {
  const fixture = await newFixture();
  const runtime = await fixture.runtime();
  const gone = { params: { id: 'X' }, query: {}, headers: {} } as never;
  expect((await WEBHOOK_OPERATIONS.deleteWebhookSecret(gone, runtime)).status).toBe(404);
  expect(await removeWebhookSecret(runtime, 'X')).toBe(false);
});

const ifMatch = async (response: Promise<{ readonly headers?: Readonly<Record<string, string>> }>) => ({
  'if-match': (await response).headers?.['etag'] ?? expect.fail('no etag'),
});

test('an event endpoint changed while it is deleted with If-Match stays', async () => {
  const fixture = await newFixture();
  const made = newEventEndpoint(await fixture.runtime(), 'https://example.com', anyAttempt.deriveBytes);
  await saveEventEndpoint(await fixture.runtime(), made);
  const asked = { params: { id: made.id }, query: {}, headers: {} } as const;
  const headers = await ifMatch(EVENT_OPERATIONS.getEventEndpoint(asked as never, await fixture.runtime()));
  const meanwhile = async () =>
    changeEventEndpoint(await fixture.runtime(), made.id, (known) => ({ ...known, description: 'ERP' }));
  const runtime = await fixture.runtime({ before: transaction, meanwhile });
  expect((await EVENT_OPERATIONS.deleteEventEndpoint({ ...asked, headers } as never, runtime)).status).toBe(412);
  expect(await getEventEndpoint(runtime, made.id)).toMatchObject({ description: 'ERP' });
  // With its current tag it can be deleted.
  expect((await EVENT_OPERATIONS.deleteEventEndpoint(asked as never, runtime)).status).toBe(200);
  expect(await getEventEndpoint(runtime, made.id)).toBeUndefined();
});

test('a mapping changed while it is changed or deleted with If-Match stays as it was changed', async () => {
  const fixture = await newFixture();
  await fixture.product('basic');
  const asked = (quantity: number, headers: object = {}) =>
    ({ params: { sku: 'A-1' }, query: {}, headers, body: { items: [{ product: 'basic', quantity }] } }) as never;
  await SKU_MAPPING_OPERATIONS.putSkuMapping(asked(1), await fixture.runtime());
  const stored = () => fixture.table.get(skuKey('A-1').pk, skuKey('A-1').sk);
  for (const [name, quantity] of [
    ['putSkuMapping', 2],
    ['deleteSkuMapping', 3],
  ] as const) {
    const headers = await ifMatch(SKU_MAPPING_OPERATIONS.getSkuMapping(asked(0), await fixture.runtime()));
    const meanwhile = async () => SKU_MAPPING_OPERATIONS.putSkuMapping(asked(quantity), await fixture.runtime());
    const runtime = await fixture.runtime({ before: transaction, meanwhile });
    expect((await SKU_MAPPING_OPERATIONS[name](asked(9, headers), runtime)).status).toBe(412);
    expect(stored()).toMatchObject({ items: [{ quantity }] });
  }
  expect((await SKU_MAPPING_OPERATIONS.deleteSkuMapping(asked(0), await fixture.runtime())).status).toBe(200);
  expect(stored()).toBeUndefined();
});

test('a shop’s webhook without its signature is not stored', async () => {
  const fixture = await newFixture();
  const asked = {
    params: {},
    query: {},
    headers: { 'x-shopify-webhook-id': 'msg-1' },
    body: '{"id":"msg-1"}',
  } as never;
  expect((await WEBHOOK_OPERATIONS.receiveShopifyWebhook(asked, await fixture.runtime())).status).toBe(401);
  expect((await WEBHOOK_OPERATIONS.receiveStripeWebhook(asked, await fixture.runtime())).status).toBe(401);
  expect(fixture.table.all()).toEqual([]);
});
