import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestPath } from '../../../protocol/request-path.ts';
import type { LicenseBody, ReprogrammingBody } from '../../harness/answers.ts';
import type { Reply } from '../../harness/client.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { type Customer, ok, openWorld, present, type World } from '../../harness/world.ts';

/** The documented limit (T1: "any number up to a limit"). */
const MOST_OUTSTANDING = 20;

let world: World;
/** For a busy machine. */
const PATIENCE = { timeout: 20_000 };
let product: string;
beforeAll(async () => {
  world = await openWorld();
  product = await world.product();
});
afterAll(() => world.close());

const sell = async (count: number): Promise<LicenseBody[]> => [
  ...(await world.order([{ product, quantity: count }])).licenses,
];
const heldBy = ({ container }: Customer) => container.content.licenses.map(({ id }) => id).sort();
const ids = (licenses: readonly LicenseBody[]) => licenses.map(({ id }) => id).sort();
const statesOf = async (licenses: readonly LicenseBody[]) =>
  Promise.all(licenses.map(async ({ id }) => (await world.license(id)).state));

describe('T1: outstanding updates', () => {
  it('outstanding updates form one chain, which one import applies and one receipt confirms', async () => {
    const licenses = await sell(3);
    const customer = await world.customer();
    const first = await customer.reprogram({ activate: licenses.slice(0, 1) });
    const second = await customer.reprogram({ activate: licenses.slice(1, 2) });
    const third = await customer.reprogram({ activate: licenses.slice(2), deactivate: [present(licenses[0]).id] });
    expect([first, second, third].map(({ updates }) => updates.length)).toEqual([1, 2, 3]);
    // Each answer has the same bytes.
    expect(second.updates[0]).toEqual(first.updates[0]);
    expect(third.updates.slice(0, 2)).toEqual(second.updates);
    expect((await world.containerOf(customer.serial)).outstanding).toEqual([first.id, second.id, third.id]);
    expect(await statesOf(licenses)).toEqual([
      'returned-without-receipt',
      'collected-without-receipt',
      'collected-without-receipt',
    ]);
    await customer.apply(third.updates);
    ok(await customer.receipt(), 200);
    expect(customer.container.content.counter).toBe(3);
    expect(heldBy(customer)).toEqual(ids(licenses.slice(1)));
    expect(await statesOf(licenses)).toEqual(['available', 'confirmed-collected', 'confirmed-collected']);
    expect(await world.containerOf(customer.serial)).toMatchObject({ counter: 3, outstanding: [] });
    for (const { id } of [first, second, third]) {
      expect(ok(await world.user<ReprogrammingBody>('GET', `/depot/reprogrammings/${id}`), 200).status).toBe(
        'confirmed',
      );
    }
    await expect
      .poll(() => [first, second, third].map(({ id }) => world.statesOf(id).at(-1)), PATIENCE)
      .toEqual(Array.from({ length: 3 }, () => 'Confirm'));
  });

  it('the answer has the updates after the context’s counter, whichever of them the container imported', async () => {
    const licenses = await sell(3);
    const customer = await world.customer();
    const first = await customer.reprogram({ activate: licenses.slice(0, 1) });
    await customer.reprogram({ activate: licenses.slice(1, 2) });
    await customer.apply(first.updates);
    const third = await customer.reprogram({ activate: licenses.slice(2) });
    expect(third.updates).toHaveLength(2);
    await customer.apply(third.updates);
    ok(await customer.receipt(), 200);
    expect(heldBy(customer)).toEqual(ids(licenses));
  });

  it('the vendor’s file has all outstanding updates, by default from the last confirmed counter on', async () => {
    const licenses = await sell(3);
    const customer = await world.customer();
    await customer.sync({ activate: licenses.slice(0, 1) });
    await customer.reprogram({ activate: licenses.slice(1, 2) });
    const { updates } = await customer.reprogram({ activate: licenses.slice(2) });
    const path = `/containers/${customer.serial}/updates`;
    expect(ok(await world.vendor('GET', path), 200)).toEqual({ updates });
    expect(ok(await world.vendor('GET', `${path}?from=2`), 200)).toEqual({ updates: updates.slice(1) });
    expect(ok(await world.vendor<{ updates: unknown[] }>('GET', `${path}?from=0`), 200).updates).toHaveLength(3);
    expect(ok(await world.vendor('GET', `${path}?from=9`), 200)).toEqual({ updates: [] });
    await customer.apply(updates);
    expect(heldBy(customer)).toEqual(ids(licenses));
  });

  it(`${MOST_OUTSTANDING} updates may be outstanding; the next request is refused and changes nothing`, async () => {
    const licenses = await sell(MOST_OUTSTANDING + 1);
    const customer = await world.customer();
    let last: ReprogrammingBody | undefined;
    for (const license of licenses.slice(0, MOST_OUTSTANDING)) last = await customer.reprogram({ activate: [license] });
    const one = licenses.slice(MOST_OUTSTANDING);
    expectProblem(await customer.ask({ activate: one }), 'too-many-outstanding');
    expect(await statesOf(one)).toEqual(['available']);
    expect((await world.containerOf(customer.serial)).target.counter).toBe(MOST_OUTSTANDING);
    // The preview is refused as well (Q7).
    expectProblem(await customer.ask({ activate: one }, { preview: true }), 'too-many-outstanding');
    await customer.apply(present(last).updates);
    // T2: the next context is the receipt for all of them, so the request runs.
    await customer.sync({ activate: one });
    expect(heldBy(customer)).toEqual(ids(licenses));
  });
});

describe(`T1: a container lost its ${MOST_OUTSTANDING} outstanding updates, and a vendor action is pending`, () => {
  let customer: Customer;
  let licenses: readonly LicenseBody[];
  beforeAll(async () => {
    licenses = await sell(MOST_OUTSTANDING + 1);
    customer = await world.customer();
    for (const license of licenses.slice(0, MOST_OUTSTANDING)) await customer.reprogram({ activate: [license] });
    ok(await world.vendor('POST', `/licenses/${present(licenses[0]).id}/withdrawal`, { body: {} }), 202);
  });

  it('a request for what an outstanding update already contains is answered with the chain', async () => {
    for (const chosen of [{}, { activate: licenses.slice(1, 3) }]) {
      const response = ok(await customer.ask(chosen), 200);
      expect(response).toMatchObject({ status: 'issued', dropped: [] });
      expect(response.updates).toHaveLength(MOST_OUTSTANDING);
      const preview = ok(await customer.ask(chosen, { preview: true }), 200);
      expect(preview).toMatchObject({ status: 'previewed', executed: { withdraw: [], activate: [] } });
      expect(preview.updates).toEqual(response.updates);
    }
  });

  it('a request for something new is refused, and a push reports why it does nothing', async () => {
    expectProblem(await customer.ask({ activate: licenses.slice(MOST_OUTSTANDING) }), 'too-many-outstanding');
    expectProblem(await customer.ask({ deactivate: [present(licenses[1]).id] }), 'too-many-outstanding');
    const push = await world.vendor('POST', `/containers/${customer.serial}/reprogrammings`);
    expectProblem(push, 'too-many-outstanding');
  });

  it('after the receipt the next update carries out the pending vendor action', async () => {
    await customer.sync();
    expect(await statesOf(licenses.slice(0, 1))).toEqual(['confirmed-collected']);
    expect((await customer.sync()).executed.withdraw).toEqual([present(licenses[0]).id]);
    expect(await statesOf(licenses.slice(0, 1))).toEqual(['withdrawn']);
  });
});

describe('T1: a preview', () => {
  it('a preview returns the chain from its context on and adds nothing to it', async () => {
    const licenses = await sell(3);
    const customer = await world.customer();
    const first = await customer.reprogram({ activate: licenses.slice(0, 1) });
    const { updates } = await customer.reprogram({ activate: licenses.slice(1, 2) });
    const preview = async () =>
      ok(await customer.ask({ activate: licenses.slice(2) }, { preview: true }), 200) as ReprogrammingBody;
    expect((await preview()).updates).toEqual(updates);
    await customer.apply(first.updates);
    expect(await preview()).toMatchObject({
      status: 'previewed',
      executed: { activate: [present(licenses[2]).id] },
      updates: updates.slice(1),
    });
  });
});

describe('T2: a lost receipt', () => {
  const places: readonly [string, (customer: Customer, context: string) => Promise<Reply>][] = [
    ['receipts', (_, context) => world.user('POST', '/depot/receipts', { body: { context } })],
    ['reprogrammings', (_, context) => world.user('POST', '/depot/reprogrammings', { body: { context } })],
    ['a preview', (_, context) => world.user('POST', '/depot/reprogrammings', { body: { context, preview: true } })],
    ['auto-updates', (_, context) => world.user('POST', '/depot/auto-updates', { body: { context } })],
  ];
  it.each(places)('the next context at %s confirms what a lost receipt would have confirmed', async (_, send) => {
    const licenses = await sell(2);
    const customer = await world.customer();
    await customer.sync({ activate: licenses.slice(0, 1) });
    await customer.reprogram({ deactivate: [present(licenses[0]).id] });
    const { updates, id } = await customer.reprogram({ activate: licenses.slice(1) });
    await customer.apply(updates);
    expect((await send(customer, await customer.container.context())).status).toBe(200);
    expect(await statesOf(licenses)).toEqual(['available', 'confirmed-collected']);
    expect(await world.containerOf(customer.serial)).toMatchObject({ counter: 3, outstanding: [] });
    await expect.poll(() => world.statesOf(id).at(-1), PATIENCE).toBe('Confirm');
  });

  it('the receipt of an earlier update confirms that update; the rest stays outstanding', async () => {
    const licenses = await sell(2);
    const customer = await world.customer();
    const first = await customer.reprogram({ activate: licenses.slice(0, 1) });
    const second = await customer.reprogram({ activate: licenses.slice(1) });
    await customer.apply(first.updates);
    expect(ok(await customer.receipt(), 200)).toMatchObject({ status: 'confirmed' });
    expect(await statesOf(licenses)).toEqual(['confirmed-collected', 'collected-without-receipt']);
    expect(await world.containerOf(customer.serial)).toMatchObject({ counter: 1, outstanding: [second.id] });
  });
});

describe('T3: a container that diverged', () => {
  const diverge = async (customer: Customer, context: string, divergence: string) => {
    const before = await world.containerOf(customer.serial);
    const tickets = await Promise.all(before.licenses.map((id) => world.license(id)));
    for (const path of ['/depot/reprogrammings', '/depot/receipts', '/depot/auto-updates']) {
      expectProblem(await world.user('POST', path, { body: { context } }), 'container-diverged');
    }
    const events = await world.historyOf({ container: customer.serial });
    // The same context arrives three times and emits one event.
    expect(events.filter(({ type }) => type === 'container.diverged')).toMatchObject([
      { container: customer.serial, actor: 'container', divergence },
    ]);
    expect(await world.containerOf(customer.serial)).toEqual(before);
    expect(await Promise.all(before.licenses.map((id) => world.license(id)))).toEqual(tickets);
  };

  it('a context behind the last confirmed counter (a restored copy) is refused as diverged', async () => {
    const customer = await world.customer();
    const old = customer.container.copy();
    await customer.sync({ activate: await sell(1) });
    // Restored a minute later: an older context is late, and not recorded (C1).
    await diverge(customer, await old.context({ iat: Math.floor(Date.now() / 1000) + 60 }), 'behind');
  });

  it('a context at an outstanding counter with another digest is refused as diverged and confirms nothing', async () => {
    const customer = await world.customer();
    await customer.sync({ activate: await sell(1) });
    await customer.reprogram({ activate: await sell(1) });
    await diverge(customer, await customer.container.context({ counter: 2 }), 'digest');
  });

  it('a clone behind its original is refused as diverged, and its activation with it', async () => {
    const customer = await world.customer();
    const [mine, wanted] = await sell(2);
    await customer.sync({ activate: [present(mine)] });
    const clone = await world.customer(customer.container.copy());
    await customer.sync({ deactivate: [present(mine).id] });
    expectProblem(await clone.ask({ activate: [present(wanted)] }), 'container-diverged');
    expect(await statesOf([present(mine), present(wanted)])).toEqual(['available', 'available']);
  });

  it('an unknown container whose counter is not 0 is refused as diverged', async () => {
    const customer = await world.customer();
    expectProblem(
      await world.user('POST', '/depot/receipts', {
        body: { context: await customer.container.context({ counter: 3 }) },
      }),
      'container-diverged',
    );
    expect((await world.historyOf({ container: customer.serial })).map(({ type }) => type)).toEqual([
      'container.diverged',
    ]);
  });
});

describe('T4: repeated requests', () => {
  it('the same request gets the same answer, byte for byte, and one effect', async () => {
    const licenses = await sell(2);
    const customer = await world.customer();
    const body = await customer.container.request({
      activate: licenses.map(({ id, ticket }) => ({ ticket, license: id })),
    });
    const ask = () =>
      world.user<ReprogrammingBody>('POST', '/depot/reprogrammings', { body, headers: { prefer: 'wait=10' } });
    const first = await ask();
    expect(first.status).toBe(200);
    expect((await ask()).text).toBe(first.text);
    expect((await world.user('GET', `/depot/reprogrammings/${first.body.id}`)).text).toBe(first.text);
    expect((await world.containerOf(customer.serial)).target.counter).toBe(1);
  });

  it('a manual action that an outstanding update carries out is satisfied for a new context', async () => {
    const [kept, returned] = await sell(2);
    const customer = await world.customer();
    await customer.sync({ activate: [present(returned)] });
    const chosen = { activate: [present(kept)], deactivate: [present(returned).id] };
    const first = await customer.reprogram(chosen);
    const second = await customer.reprogram(chosen);
    expect(second).toEqual(first);
    const nothing = await customer.reprogram();
    expect(nothing).toEqual(first);
    expect((await world.containerOf(customer.serial)).outstanding).toEqual([first.id]);
  });

  it('one more update carries out the part of a request that outstanding updates do not satisfy', async () => {
    const [one, two] = await sell(2);
    const customer = await world.customer();
    await customer.reprogram({ activate: [present(one)] });
    const second = await customer.reprogram({ activate: [present(one), present(two)] });
    expect(second.executed.activate).toEqual([present(two).id]);
    expect(second.updates).toHaveLength(2);
  });

  it('a license that is being returned can be activated only once it is available again', async () => {
    const [license] = await sell(1);
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    const { updates } = await customer.reprogram({ deactivate: [present(license).id] });
    const problem = expectProblem(await customer.ask({ activate: [present(license)] }), 'manual-conflict');
    expect(problem.conflicts).toMatchObject([{ license: present(license).id, reason: 'not-available' }]);
    await customer.apply(updates);
    await customer.sync({ activate: [present(license)] });
    expect(heldBy(customer)).toEqual([present(license).id]);
  });

  it('a request without `Prefer: wait` continues, and its Location leads to the update', async () => {
    const customer = await world.customer();
    const body = await customer.container.request({
      activate: (await sell(1)).map(({ id, ticket }) => ({ ticket, license: id })),
    });
    const reply = await world.user<ReprogrammingBody>('POST', '/depot/reprogrammings', { body });
    expect(reply.status).toBe(202);
    expect(reply.body).toMatchObject({ status: 'planned', updates: [] });
    const location = present(reply.headers.get('location') ?? undefined);
    expect(location).toBe(`/depot/reprogrammings/${reply.body.id}`);
    const found = await world.user<ReprogrammingBody>('GET', location, { headers: { prefer: 'wait=10' } });
    expect(found.status).toBe(200);
    expect(found.headers.get('preference-applied')).toBe('wait=10');
    expect(found.body).toMatchObject({ id: reply.body.id, status: 'issued' });
    await customer.apply(found.body.updates);
    ok(await customer.receipt(), 200);
  });
});

describe('T5: duplicate, late and concurrent messages', () => {
  it('ten concurrent receipts for one update change the state once', async () => {
    const [license] = await sell(1);
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    const { updates } = await customer.reprogram({ deactivate: [present(license).id] });
    await customer.apply(updates);
    const same = await customer.container.context();
    const contexts = [
      same,
      same,
      ...(await Promise.all(Array.from({ length: 8 }, () => customer.container.context()))),
    ];
    const replies = await Promise.all(
      contexts.map((context) => world.user('POST', '/depot/receipts', { body: { context } })),
    );
    for (const reply of replies) expect(ok(reply, 200)).toMatchObject({ status: 'confirmed' });
    expect(ok(await customer.receipt(), 200)).toMatchObject({ status: 'confirmed' });
    const events = await world.historyOf({ container: customer.serial });
    const confirmed = events.filter(({ type }) => type === 'license.return-confirmed');
    expect(confirmed).toMatchObject([{ license: present(license).id }]);
    expect(events.filter(({ type, counter }) => type === 'receipt.accepted' && counter === 2)).toHaveLength(1);
  });

  it('an order sent twice creates one ticket; another body under its id is refused', async () => {
    const body = { orderId: `twice ${product}`, customer: 'ACME', items: [{ product, quantity: 3 }] };
    const first = await world.vendor('POST', '/orders', { body });
    const second = await world.vendor('POST', '/orders', { body });
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.text).toBe(first.text);
    const other = await world.vendor('POST', '/orders', { body: { ...body, items: [{ product, quantity: 4 }] } });
    expectProblem(other, 'order-exists');
    expect(ok(await world.vendor('GET', requestPath('/orders/{orderId}', { orderId: body.orderId })), 200)).toEqual(
      first.body,
    );
  });

  it('a request repeated after its receipt moves no license', async () => {
    const [license] = await sell(1);
    const customer = await world.customer();
    const body = await customer.container.request({
      activate: [{ ticket: present(license).ticket, license: present(license).id }],
    });
    const reply = await world.user<ReprogrammingBody>('POST', '/depot/reprogrammings', {
      body,
      headers: { prefer: 'wait=10' },
    });
    await customer.apply(reply.body.updates);
    ok(await customer.receipt(), 200);
    expectProblem(await world.user('POST', '/depot/reprogrammings', { body }), 'container-diverged');
    expect(await statesOf([present(license)])).toEqual(['confirmed-collected']);
    expect(await world.containerOf(customer.serial)).toMatchObject({ counter: 1, target: { counter: 1 } });
  });
});

describe('T6: two containers want the same license', () => {
  it('two containers want one license: one gets it, the other a conflict', async () => {
    const [license] = await sell(1);
    const customers = await Promise.all([world.customer(), world.customer()]);
    const replies = await Promise.all(customers.map((customer) => customer.ask({ activate: [present(license)] })));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
    for (const reply of replies) if (reply.status === 409) expectProblem(reply, 'manual-conflict');
    const winner = customers[replies.findIndex(({ status }) => status === 200)];
    expect(await world.license(present(license).id)).toMatchObject({ container: winner?.serial });
  });
});
