import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LicenseBody, PendingBody } from '../../harness/answers.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { ok, openWorld, present, type World } from '../../harness/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const withdraw = (id: string, body: object = {}) =>
  world.vendor<PendingBody>('POST', `/licenses/${id}/withdrawal`, { body });
const cancel = (id: string) => world.vendor<PendingBody>('DELETE', `/licenses/${id}/withdrawal`);
const states = async (...licenses: readonly LicenseBody[]) =>
  Promise.all(licenses.map(async ({ id }) => (await world.license(id)).state));

/** A base license and an add-on that requires it, both confirmed in one container. */
async function baseAndAddOn() {
  const base = await world.product();
  const addOn = await world.product([base]);
  const [one, two] = await world.sell(base, addOn);
  const customer = await world.customer();
  await customer.sync({ activate: [present(one), present(two)] });
  return { base: present(one), addOn: present(two), products: { base, addOn }, customer };
}

describe('W1: the withdrawal of an available license', () => {
  it('an available license is withdrawn at once and leaves the ticket, the order and every list', async () => {
    const product = await world.product();
    const { orderId, ticket, licenses } = await world.order([{ product, quantity: 2 }]);
    const [gone, kept] = licenses.map(({ id }) => id);
    const reply = await withdraw(present(gone), { reason: 'sold by mistake' });
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({ status: 'withdrawn' });
    expect((await world.ticket(ticket)).map(({ id }) => id)).toEqual([kept]);
    const order = ok(await world.vendor<{ licenses: LicenseBody[] }>('GET', `/orders/${orderId}`));
    expect(order.licenses.map(({ id }) => id)).toEqual([kept]);
    expect((await world.license(present(gone))).state).toBe('withdrawn');
    const events = await world.historyOf({ order: orderId });
    expect(
      events.filter(({ license }) => license === gone).map(({ type, actor, reason }) => ({ type, actor, reason })),
    ).toEqual([
      { type: 'license.delivered', actor: 'vendor', reason: undefined },
      { type: 'license.withdrawn', actor: 'vendor', reason: 'sold by mistake' },
    ]);
  });

  it('after a withdrawal every vendor action and activation of the license is refused', async () => {
    const [license] = await world.sell(await world.product());
    const { id, ticket } = present(license);
    ok(await withdraw(id), 200);
    expectProblem(await withdraw(id), 'license-final');
    expectProblem(await cancel(id), 'license-final');
    expectProblem(await world.vendor('POST', `/licenses/${id}/replacement`, { body: {} }), 'license-final');
    const customer = await world.customer();
    expectProblem(
      await world.vendor('PUT', `/containers/${customer.serial}/assignments/${id}`, { body: {} }),
      'license-final',
    );
    const problem = expectProblem(await customer.ask({ activate: [{ id, ticket }] }), 'manual-conflict');
    expect(problem.conflicts).toEqual([{ action: 'activate', license: id, reason: 'not-on-ticket' }]);
  });

  it('a license that was returned and confirmed is withdrawn like one that was never collected', async () => {
    const [license] = await world.sell(await world.product());
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    await customer.sync({ deactivate: [present(license).id] });
    const shown = await world.license(present(license).id);
    expect(shown.state).toBe('available');
    expect(shown).not.toHaveProperty('container');
    expect(ok(await withdraw(shown.id), 200)).toEqual({ status: 'withdrawn' });
  });
});

describe('W2: the withdrawal of a required license', () => {
  it('a withdrawal that would break another license is refused, names the dependents and changes nothing', async () => {
    const { base, addOn, customer } = await baseAndAddOn();
    const before = await world.containerOf(customer.serial);
    const events = await world.historyOf({ order: present(base.orderId) });
    const problem = expectProblem(await withdraw(base.id), 'dependency-violation');
    expect(problem.dependents).toEqual([addOn.id]);
    expect(await world.containerOf(customer.serial)).toEqual(before);
    expect(await world.historyOf({ order: present(base.orderId) })).toEqual(events);
    expect(await world.license(base.id)).not.toHaveProperty('pending');
  });

  it('a withdrawal is accepted once its dependent is to be withdrawn too', async () => {
    const { base, addOn, customer } = await baseAndAddOn();
    ok(await withdraw(addOn.id), 202);
    ok(await withdraw(base.id), 202);
    const answer = await customer.sync();
    expect([...answer.executed.withdraw].sort()).toEqual([base.id, addOn.id].sort());
    expect(customer.container.content.licenses).toEqual([]);
  });

  it('a required license can be withdrawn while another of its product stays', async () => {
    const { base, products, customer } = await baseAndAddOn();
    const [second] = await world.sell(products.base);
    await customer.sync({ activate: [present(second)] });
    ok(await withdraw(base.id), 202);
    expect((await customer.sync()).executed.withdraw).toEqual([base.id]);
  });

  it('requirements are checked for licenses collected without a receipt, too', async () => {
    const base = await world.product();
    const [one, two] = await world.sell(base, await world.product([base]));
    const customer = await world.customer();
    await customer.reprogram({ activate: [present(one), present(two)] });
    expect((await world.license(present(one).id)).state).toBe('collected-without-receipt');
    expect(expectProblem(await withdraw(present(one).id), 'dependency-violation').dependents).toEqual([
      present(two).id,
    ]);
  });
});

describe('W3 and W4: the withdrawal of a collected license', () => {
  it('a withdrawal is earmarked and listed per container and fleet, and the user sees no difference', async () => {
    const [license] = await world.sell(await world.product());
    const { id, ticket } = present(license);
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    const reply = await withdraw(id, { reason: 'wrong edition' });
    expect(reply.status).toBe(202);
    expect(reply.body).toEqual({ status: 'pending', container: customer.serial });
    const [listed, ...others] = await world.autoUpdates(customer.serial);
    expect(others).toEqual([]);
    expect(listed).toEqual({
      action: 'withdraw',
      license: id,
      product: expect.any(String),
      orderedAt: expect.any(String),
      reason: 'wrong edition',
    });
    const fleet = ok(
      await world.vendor<{ items: { container: string; pending: unknown[] }[] }>('GET', '/auto-updates?limit=1000'),
    );
    expect(fleet.items.find(({ container }) => container === customer.serial)?.pending).toEqual([listed]);
    expect((await world.license(id)).pending).toMatchObject({
      action: 'withdraw',
      container: customer.serial,
      reason: 'wrong edition',
    });
    expect((await world.license(id)).state).toBe('confirmed-collected');
    expect((await world.ticket(ticket)).map(({ state }) => state)).toEqual(['confirmed-collected']);
    const response = ok(
      await world.user<{ items: unknown[] }>('POST', '/depot/auto-updates', {
        body: { context: await customer.container.context() },
      }),
    );
    expect(response.items).toEqual([listed]);
  });

  it('an auto-update carries out a withdrawal', async () => {
    const [license] = await world.sell(await world.product());
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    ok(await withdraw(present(license).id), 202);
    const answer = await customer.reprogram();
    expect(answer.executed).toEqual({
      withdraw: [present(license).id],
      deactivate: [],
      assign: [],
      replace: [],
      activate: [],
    });
    expect((await world.license(present(license).id)).state).toBe('returned-without-receipt');
    await customer.apply(answer.updates);
    ok(await customer.receipt(), 200);
    expect((await world.license(present(license).id)).state).toBe('withdrawn');
    expect(await world.ticket(present(license).ticket)).toEqual([]);
    expect(await world.autoUpdates(customer.serial)).toEqual([]);
  });

  it('the activation of another license carries out a withdrawal', async () => {
    const product = await world.product();
    const [old, other] = await world.sell(product, product);
    const customer = await world.customer();
    await customer.sync({ activate: [present(old)] });
    ok(await withdraw(present(old).id), 202);
    const answer = await customer.sync({ activate: [present(other)] });
    expect(answer.executed).toMatchObject({ withdraw: [present(old).id], activate: [present(other).id] });
    expect(customer.container.content.licenses.map(({ id }) => id)).toEqual([present(other).id]);
    expect(await states(present(old), present(other))).toEqual(['withdrawn', 'confirmed-collected']);
  });

  it('the deactivation of another license carries out a withdrawal', async () => {
    const product = await world.product();
    const [old, other] = await world.sell(product, product);
    const customer = await world.customer();
    await customer.sync({ activate: [present(old), present(other)] });
    ok(await withdraw(present(old).id), 202);
    const answer = await customer.sync({ deactivate: [present(other).id] });
    expect(answer.executed).toMatchObject({ withdraw: [present(old).id], deactivate: [present(other).id] });
    expect(customer.container.content.licenses).toEqual([]);
    expect(await states(present(old), present(other))).toEqual(['withdrawn', 'available']);
  });

  it('a license whose collection is unconfirmed is withdrawn: both updates form one chain', async () => {
    const [license] = await world.sell(await world.product());
    const customer = await world.customer();
    await customer.reprogram({ activate: [present(license)] });
    ok(await withdraw(present(license).id), 202);
    const answer = await customer.reprogram();
    expect(answer.updates).toHaveLength(2);
    await customer.apply(answer.updates);
    ok(await customer.receipt(), 200);
    expect(customer.container.content).toEqual({ counter: 2, licenses: [] });
    expect((await world.license(present(license).id)).state).toBe('withdrawn');
  });

  it('a preview shows the withdrawal and changes nothing', async () => {
    const [license] = await world.sell(await world.product());
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    ok(await withdraw(present(license).id), 202);
    const before = await world.containerOf(customer.serial);
    const preview = ok(await customer.ask({}, { preview: true }), 200);
    expect(preview).toMatchObject({ status: 'previewed', updates: [], dropped: [] });
    expect(preview.executed.withdraw).toEqual([present(license).id]);
    expect(await world.containerOf(customer.serial)).toMatchObject({
      counter: before.counter,
      target: before.target,
      outstanding: [],
    });
  });
});

describe('W5: the withdrawal of a license that the user returned without a receipt', () => {
  it('the receipt withdraws the license, which is never available in between', async () => {
    const [license] = await world.sell(await world.product());
    const { id, ticket } = present(license);
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    const answer = await customer.reprogram({ deactivate: [id] });
    expect(ok(await withdraw(id), 202)).toEqual({ status: 'pending', container: customer.serial });
    expect(await world.license(id)).toMatchObject({ state: 'returned-without-receipt', container: customer.serial });
    expect(await world.autoUpdates(customer.serial)).toMatchObject([{ action: 'withdraw', license: id }]);
    const rival = await world.customer();
    const refused = expectProblem(await rival.ask({ activate: [{ id, ticket }] }), 'manual-conflict');
    expect(refused.conflicts).toEqual([{ action: 'activate', license: id, reason: 'not-available' }]);
    await customer.apply(answer.updates);
    ok(await customer.receipt(), 200);
    expect((await world.license(id)).state).toBe('withdrawn');
    expect(await world.ticket(ticket)).toEqual([]);
    expect(await world.autoUpdates(customer.serial)).toEqual([]);
    expect(await world.containerOf(customer.serial)).toMatchObject({ pending: [] });
  });

  it('the license stays withdrawn when a second reprogramming runs before the receipt', async () => {
    const product = await world.product();
    const [license, other] = await world.sell(product, product);
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    await customer.reprogram({ deactivate: [present(license).id] });
    ok(await withdraw(present(license).id), 202);
    const second = await customer.reprogram({ activate: [present(other)] });
    expect(second.executed).toMatchObject({ withdraw: [], activate: [present(other).id] });
    expect((await world.license(present(license).id)).state).toBe('returned-without-receipt');
    await customer.apply(second.updates);
    ok(await customer.receipt(), 200);
    expect(await states(present(license), present(other))).toEqual(['withdrawn', 'confirmed-collected']);
  });
});

describe('W6: cancelling a withdrawal', () => {
  it('a withdrawal can be cancelled until a reprogramming plans it', async () => {
    const [license] = await world.sell(await world.product());
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    ok(await withdraw(present(license).id), 202);
    ok(await cancel(present(license).id), 200);
    expect(await world.autoUpdates(customer.serial)).toEqual([]);
    expect(await world.license(present(license).id)).not.toHaveProperty('pending');
    expect((await customer.reprogram()).status).toBe('unchanged');
    const types = (await world.historyOf({ order: present(present(license).orderId) })).map(({ type }) => type);
    expect(types.slice(-2)).toEqual(['withdrawal.ordered', 'withdrawal.cancelled']);
  });

  it('a planned withdrawal cannot be cancelled', async () => {
    const [license] = await world.sell(await world.product());
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    ok(await withdraw(present(license).id), 202);
    const answer = await customer.reprogram();
    expectProblem(await cancel(present(license).id), 'reprogramming-in-flight');
    await customer.apply(answer.updates);
    ok(await customer.receipt(), 200);
    expectProblem(await cancel(present(license).id), 'license-final');
  });

  it('a withdrawal cannot be cancelled when the remaining vendor actions could not run without it', async () => {
    const { base, addOn, customer } = await baseAndAddOn();
    ok(await withdraw(addOn.id), 202);
    ok(await withdraw(base.id), 202);
    expect(expectProblem(await cancel(addOn.id), 'dependency-violation').dependents).toEqual([addOn.id]);
    expect(await world.autoUpdates(customer.serial)).toHaveLength(2);
    ok(await cancel(base.id), 200);
    ok(await cancel(addOn.id), 200);
  });

  it('cancelling a withdrawal that was never ordered is not-found', async () => {
    const [license] = await world.sell(await world.product());
    expectProblem(await cancel(present(license).id), 'not-found');
    expectProblem(await cancel('0000NOSUCHLICENSE000'), 'not-found');
  });
});

describe('W7: a second vendor action on the same license', () => {
  it('a second withdrawal changes nothing', async () => {
    const [license] = await world.sell(await world.product());
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    const first = ok(await withdraw(present(license).id), 202);
    const events = await world.historyOf({ order: present(present(license).orderId) });
    const pending = await world.autoUpdates(customer.serial);
    expect(ok(await withdraw(present(license).id), 202)).toEqual(first);
    expect(await world.autoUpdates(customer.serial)).toEqual(pending);
    expect(await world.historyOf({ order: present(present(license).orderId) })).toEqual(events);
  });

  it('a withdrawal supersedes a pending replacement', async () => {
    const [license] = await world.sell(await world.product());
    const { id, ticket } = present(license);
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    const replaced = ok(await world.vendor<PendingBody>('POST', `/licenses/${id}/replacement`, { body: {} }), 202);
    ok(await withdraw(id), 202);
    expect(await world.autoUpdates(customer.serial)).toMatchObject([{ action: 'withdraw', license: id }]);
    const answer = await customer.sync();
    expect(answer.executed).toMatchObject({ withdraw: [id], replace: [] });
    expect(customer.container.content.licenses).toEqual([]);
    expect(await world.ticket(ticket)).toEqual([]);
    expect((await world.license(present(replaced.license).id)).state).toBe('withdrawn');
  });

  it('a withdrawal in place of a replacement that others need is refused: the pending set is checked as a whole', async () => {
    const { base, addOn, customer } = await baseAndAddOn();
    ok(await world.vendor<PendingBody>('POST', `/licenses/${base.id}/replacement`, { body: {} }), 202);
    expect(expectProblem(await withdraw(base.id), 'dependency-violation').dependents).toEqual([addOn.id]);
    expect(await world.autoUpdates(customer.serial)).toMatchObject([{ action: 'replace', license: base.id }]);
  });
});
