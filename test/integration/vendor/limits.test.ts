/** Rate limits: exact per caller over all instances, and per address within each instance. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTokenRateLimit } from '../../../functions/api/rate-limits/token-rate-limit.ts';
import type { Dependencies } from '../../../functions/dependencies.ts';
import { type CapacityMeter, meterCapacity } from '../../harness/capacity-meter.ts';
import type { Reply } from '../../harness/client.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { createInstance } from '../../harness/instance.ts';
import { fresh, ok, openWorld, present, type World } from '../../harness/world.ts';

let world: World;
let meter: CapacityMeter;
beforeAll(async () => {
  world = await openWorld();
  meter = meterCapacity(world.running.dependencies.documents);
});
afterAll(() => world.close());

/** The beginning of a minute in which no caller has asked yet. */
let minutes = 0;
const freshMinute = (): number => Date.parse('2027-01-01T00:00:00Z') + 60_000 * minutes++;
const at = (now: number, limits: Dependencies['limits'] = {}): Dependencies => ({
  ...world.running.dependencies,
  now: () => new Date(now),
  limits,
});

const makeToken = async (more: object = {}): Promise<string> =>
  ok(
    await world.vendor<{ token: string }>('POST', '/tokens', {
      body: { name: fresh('erp'), scopes: ['products:read'], ...more },
    }),
  ).token;

const waitOf = (reply: Reply): number => Number(present(reply.headers.get('retry-after') ?? undefined));

describe('the rate limit of a caller', () => {
  it.each([
    { instances: 1, limit: 7 },
    { instances: 8, limit: 100 },
    { instances: 12, limit: 250 },
    { instances: 5, limit: 1 },
  ])('$instances instances together accept $limit requests a minute, and not one more', async (given) => {
    const runtime = at(freshMinute());
    const caller = fresh('caller');
    const asked = Array.from({ length: given.instances }, () => {
      const allowances = createTokenRateLimit();
      return Array.from({ length: given.limit }, () => allowances.take(runtime, caller, given.limit));
    });
    const taken = await Promise.all(asked.flat());
    expect(taken.filter(({ allowed }) => allowed)).toHaveLength(given.limit);
  });

  it('a small block costs one write, and a whole minute costs few', async () => {
    const runtime = at(freshMinute());
    const allowances = createTokenRateLimit();
    const writesOf = async (requests: number, limit: number): Promise<number> => {
      const caller = fresh('caller');
      meter.reset();
      for (let index = 0; index < requests; index++) await allowances.take(runtime, caller, limit);
      return meter.consumed.writeUnits;
    };
    expect(await writesOf(1, 6_000)).toBe(1);
    expect(await writesOf(60, 6_000)).toBe(1);
    expect(await writesOf(61, 6_000)).toBe(2);
    expect(await writesOf(6_000, 6_000)).toBe(13);
    // The minute has no requests left.
    expect(await writesOf(7_000, 6_000)).toBe(13);
  });

  it('the limit is full again in each minute', async () => {
    const start = freshMinute();
    const allowances = createTokenRateLimit();
    const caller = fresh('caller');
    const take = (now: number) => allowances.take(at(now), caller, 1);
    expect(await take(start)).toMatchObject({ allowed: true, remaining: 0, resetSeconds: 60 });
    expect(await take(start + 59_500)).toMatchObject({ allowed: false, resetSeconds: 1 });
    freshMinute();
    expect(await take(start + 60_000)).toMatchObject({ allowed: true });
  });

  it('an instance that cannot reach the table refuses requests', async () => {
    const documents = { send: async () => Promise.reject(new Error('away')) } as unknown as Dependencies['documents'];
    const runtime = { ...at(freshMinute()), documents };
    await expect(createTokenRateLimit().take(runtime, 'caller', 10)).rejects.toThrow('away');
  });
});

describe('a token with its own limit', () => {
  it('each answer carries the token’s remaining requests, and a refusal its Retry-After, on every instance', async () => {
    const token = await makeToken({ requestsPerMinute: 3 });
    const runtime = at(freshMinute() + 20_000);
    const instances = [createInstance('vendor', runtime, token), createInstance('vendor', runtime, token)];
    const replies: Reply[] = [];
    for (let index = 0; index < 3; index++) {
      replies.push(await present(instances[index % 2])({ route: 'GET /products' }));
    }
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(replies.map(({ headers }) => headers.get('ratelimit'))).toEqual([
      '"minute";r=2;t=40',
      '"minute";r=1;t=40',
      '"minute";r=0;t=40',
    ]);
    for (const instance of instances) {
      const refused = await instance({ route: 'GET /products' });
      expectProblem(refused, 'too-many-requests');
      expect(waitOf(refused)).toBe(40);
      expect(refused.headers.get('ratelimit-policy')).toBe('"minute";q=3;w=60');
    }
    freshMinute();
  });

  it('a forbidden request counts against the token’s limit', async () => {
    const token = await makeToken({ requestsPerMinute: 1 });
    const instance = createInstance('vendor', at(freshMinute()), token);
    expectProblem(await instance({ route: 'GET /orders' }), 'forbidden');
    expectProblem(await instance({ route: 'GET /orders' }), 'too-many-requests');
  });

  it('a token’s requests do not count against another token’s limit', async () => {
    const runtime = at(freshMinute(), { callerRequestsPerMinute: 2 });
    const [one, two] = [await makeToken(), await makeToken()];
    const both = createInstance('vendor', runtime);
    const ask = (token: string) => both({ route: 'GET /products', headers: { authorization: `Bearer ${token}` } });
    const statuses: number[] = [];
    for (const token of [one, one, one, two]) statuses.push((await ask(token)).status);
    expect(statuses).toEqual([200, 200, 429, 200]);
  });

  it('the token’s own limit goes before the deployment’s; the development token has no limit', async () => {
    const runtime = at(freshMinute(), { callerRequestsPerMinute: 1 });
    for (const token of [await makeToken({ requestsPerMinute: 5 }), world.running.token]) {
      const instance = createInstance('vendor', runtime, token);
      for (let index = 0; index < 4; index++) expect((await instance({ route: 'GET /products' })).status).toBe(200);
    }
  });
});

describe('the rate limit of an address', () => {
  const ticket = (code: string, from: string) =>
    ({ route: 'GET /depot/tickets/{code}', params: { code }, from }) as const;

  it('an address without an account gets as many requests as a minute allows, and then a Retry-After', async () => {
    const { ticket: code } = await world.order([{ product: await world.product() }]);
    let now = freshMinute();
    const dependencies: Dependencies = { ...at(now, { addressRequestsPerMinute: 6 }), now: () => new Date(now) };
    const depot = createInstance('depot', dependencies);
    for (let index = 0; index < 6; index++) expect((await depot(ticket(code, '2001:db8::1'))).status).toBe(200);
    const refused = await depot(ticket(code, '2001:db8::2'));
    expectProblem(refused, 'too-many-requests');
    expect(waitOf(refused)).toBe(10);
    expect((await depot(ticket(code, '192.0.2.9'))).status).toBe(200);
    now += 10_000;
    expect((await depot(ticket(code, '2001:db8::1'))).status).toBe(200);
  });

  it('a refused request costs neither a read nor a write', async () => {
    const depot = createInstance('depot', at(freshMinute(), { addressRequestsPerMinute: 1 }));
    await depot(ticket('nothing', '192.0.2.1'));
    meter.reset();
    expectProblem(await depot(ticket('nothing', '192.0.2.1')), 'too-many-requests');
    expect(meter.consumed.calls).toEqual({});
  });

  it('an address that tries wrong tokens is limited, and a known token from it is not', async () => {
    const runtime = at(freshMinute(), { addressFailuresPerMinute: 3 });
    const instance = createInstance('vendor', runtime);
    const ask = (token: string, from = '192.0.2.1') =>
      instance({ route: 'GET /products', headers: { authorization: `Bearer ${token}` }, from });
    expect((await ask(world.running.token)).status).toBe(200);
    for (let index = 0; index < 3; index++) expectProblem(await ask(`wrong-token-${index}`), 'unauthorized');
    expectProblem(await ask('wrong-token-3'), 'too-many-requests');
    expectProblem(await ask(await makeToken()), 'too-many-requests');
    expect((await ask(world.running.token)).status).toBe(200);
    expectProblem(await ask('wrong-token-3', '192.0.2.2'), 'unauthorized');
  });

  it('an address that tries wrong signatures of webhooks, or wrong contexts, is limited', async () => {
    const runtime = at(freshMinute(), { addressFailuresPerMinute: 2 });
    const vendor = createInstance('vendor', runtime);
    const webhook = () => vendor({ route: 'POST /webhooks/erp', body: {} });
    for (let index = 0; index < 2; index++) expectProblem(await webhook(), 'unauthorized');
    expectProblem(await webhook(), 'too-many-requests');
    const depot = createInstance('depot', runtime);
    const receipt = () => depot({ route: 'POST /depot/receipts', body: { context: 'a.b.c' } });
    for (let index = 0; index < 2; index++) expectProblem(await receipt(), 'invalid-context');
    expectProblem(await receipt(), 'too-many-requests');
  });

  it('each address has its own limit: a wrong code counts wherever it is sent, and for no other address', async () => {
    const depot = createInstance('depot', at(freshMinute(), { addressFailuresPerMinute: 3 }));
    const code = 'AAAAA-AAAAA-AAAAA-AAAAA-AAAAA';
    for (let index = 0; index < 3; index++) expectProblem(await depot(ticket(code, `192.0.2.${index}`)), 'not-found');
    expectProblem(await depot(ticket(code, '192.0.2.100')), 'too-many-requests');
    expectProblem(await depot(ticket('BBBBB-AAAAA-AAAAA-AAAAA-AAAAA', '192.0.2.100')), 'not-found');
  });

  it('asking for a license that is not on the ticket counts as a wrong code', async () => {
    const [license] = await world.sell(await world.product());
    const { ticket: other } = await world.order([{ product: await world.product() }]);
    const depot = createInstance('depot', at(Date.now(), { addressFailuresPerMinute: 2 }));
    const customer = await world.customer();
    const ask = async () =>
      depot({
        route: 'POST /depot/reprogrammings',
        body: await customer.container.request({
          activate: [{ ticket: other, license: present(license).id }],
        }),
      });
    for (let index = 0; index < 2; index++) expectProblem(await ask(), 'manual-conflict');
    expectProblem(await ask(), 'too-many-requests');
  });
});
