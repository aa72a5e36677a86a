import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LicenseBody, PendingBody } from '../../harness/answers.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { type Customer, ok, openWorld, present, type World } from '../../harness/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const replace = (id: string, body: object = {}) =>
  world.vendor<PendingBody>('POST', `/licenses/${id}/replacement`, { body });
const cancel = (id: string) => world.vendor<PendingBody>('DELETE', `/licenses/${id}/replacement`);

/** One license, confirmed in its container. */
async function collected(terms: object = {}): Promise<{ license: LicenseBody; customer: Customer }> {
  const product = await world.product();
  const { licenses } = await world.order([{ product, terms: { ...terms } }]);
  const license = present(licenses[0]);
  const customer = await world.customer();
  await customer.sync({ activate: [license] });
  return { license, customer };
}

const held = ({ container }: Customer) => container.content.licenses.map(({ id }) => id);

describe('R1: the replacement of an available license', () => {
  it('an available license is replaced at once, and its replacement is on the same ticket', async () => {
    const product = await world.product();
    const other = await world.product();
    const { orderId, ticket, licenses } = await world.order([{ product, terms: { quantity: 5, features: ['a'] } }]);
    const old = present(licenses[0]);
    const terms = { quantity: 6, expiresAt: '2031-01-01T00:00:00Z' };
    const reply = await replace(old.id, { product: other, terms, reason: 'a typo in the terms' });
    expect(reply.status).toBe(200);
    const fresh = present(reply.body.license);
    expect(reply.body).toMatchObject({ status: 'replaced' });
    // `terms` replaces all old terms: a term that it does not name is removed.
    expect(fresh).toMatchObject({ ticket, orderId, product: other, terms, state: 'available', predecessor: old.id });
    expect(fresh.terms).toEqual(terms);
    expect((await world.ticket(ticket)).map(({ id, state }) => ({ id, state }))).toEqual([
      { id: fresh.id, state: 'available' },
    ]);
    expect(await world.license(old.id)).toMatchObject({ state: 'replaced', successor: fresh.id });
    expectProblem(await replace(old.id), 'license-final');
    const customer = await world.customer();
    await customer.sync({ activate: [fresh] });
    expect(held(customer)).toEqual([fresh.id]);
  });

  it('a replacement keeps the product and the terms that the request does not name', async () => {
    const product = await world.product();
    const { licenses } = await world.order([{ product, terms: { quantity: 5 } }]);
    const { license } = ok(await replace(present(licenses[0]).id), 200);
    expect(license).toMatchObject({ product, terms: { quantity: 5 } });
  });

  it('a replacement by an unknown product is refused', async () => {
    const [license] = await world.sell(await world.product());
    const problem = expectProblem(
      await replace(present(license).id, { product: 'no-such-product' }),
      'invalid-request',
    );
    expect(problem.errors).toEqual([{ path: 'product', message: expect.any(String) }]);
    expect((await world.license(present(license).id)).state).toBe('available');
  });
});

describe('R2: the replacement of a license that the user has collected', () => {
  it('one update removes the license and activates its replacement', async () => {
    const { license, customer } = await collected({ quantity: 1 });
    const reply = await replace(license.id, { terms: { quantity: 9 } });
    expect(reply.status).toBe(202);
    expect(reply.body).toMatchObject({ status: 'pending', container: customer.serial });
    const fresh = present(reply.body.license);
    expect(await world.autoUpdates(customer.serial)).toEqual([
      {
        action: 'replace',
        license: license.id,
        product: license.product,
        replacement: fresh.id,
        replacementProduct: license.product,
        orderedAt: expect.any(String),
      },
    ]);
    // Until then the user sees no difference, and the replacement is not available.
    expect((await world.ticket(license.ticket)).map(({ id }) => id)).toEqual([license.id]);
    const answer = await customer.reprogram();
    expect(answer.updates).toHaveLength(1);
    expect(answer.updates[0]?.operations).toEqual([
      { op: 'remove', license: license.id, cause: 'replace' },
      {
        op: 'put',
        license: { id: fresh.id, product: license.product, terms: { quantity: 9 }, requires: [] },
        cause: 'replace',
      },
    ]);
    expect(answer.executed.replace).toEqual([{ old: license.id, new: fresh.id }]);
    await customer.apply(answer.updates);
    ok(await customer.receipt(), 200);
    expect(held(customer)).toEqual([fresh.id]);
    expect((await world.license(license.id)).state).toBe('replaced');
    expect((await world.license(fresh.id)).state).toBe('confirmed-collected');
  });

  it('a user who activates another license gets the replacement in the same update', async () => {
    const { license, customer } = await collected();
    const { license: fresh } = ok(await replace(license.id), 202);
    const [other] = await world.sell(await world.product());
    const answer = await customer.sync({ activate: [present(other)] });
    expect(answer.dropped).toEqual([]);
    expect(held(customer).sort()).toEqual([present(fresh).id, present(other).id].sort());
  });

  it('a replacement that removes a required product is refused, naming the dependent license', async () => {
    const base = await world.product();
    const [one, addOn] = await world.sell(base, await world.product([base]));
    const customer = await world.customer();
    await customer.sync({ activate: [present(one), present(addOn)] });
    const problem = expectProblem(
      await replace(present(one).id, { product: await world.product() }),
      'dependency-violation',
    );
    expect(problem.dependents).toEqual([present(addOn).id]);
    expect(await world.autoUpdates(customer.serial)).toEqual([]);
    expect((await world.ticket(present(one).ticket)).map(({ id }) => id)).toEqual([present(one).id, present(addOn).id]);
  });

  it('a base license is replaced by one of the same product, and its add-on stays (Q2)', async () => {
    const base = await world.product();
    const [one, addOn] = await world.sell(base, await world.product([base]));
    const customer = await world.customer();
    await customer.sync({ activate: [present(one), present(addOn)] });
    const { license: fresh } = ok(await replace(present(one).id), 202);
    await customer.sync();
    expect(held(customer).sort()).toEqual([present(fresh).id, present(addOn).id].sort());
  });
});

describe('R3: the user returns a license that is to be replaced', () => {
  it('a license returned by the update of its replacement: the replacement is available once the receipt arrives', async () => {
    const { license, customer } = await collected();
    const { license: fresh } = ok(await replace(license.id), 202);
    const answer = await customer.reprogram({ deactivate: [license.id] });
    expect(answer).toMatchObject({ dropped: [], executed: { deactivate: [license.id], replace: [] } });
    // Neither license is available before the receipt.
    expect((await world.ticket(license.ticket)).map(({ id, state }) => [id, state])).toEqual([
      [license.id, 'returned-without-receipt'],
    ]);
    await customer.apply(answer.updates);
    ok(await customer.receipt(), 200);
    expect(held(customer)).toEqual([]);
    expect((await world.license(license.id)).state).toBe('replaced');
    expect((await world.ticket(license.ticket)).map(({ id, state }) => [id, state])).toEqual([
      [present(fresh).id, 'available'],
    ]);
    await customer.sync({ activate: [present(fresh)] });
    expect(held(customer)).toEqual([present(fresh).id]);
  });

  it('a license returned before its replacement was ordered: the replacement is available once the receipt arrives', async () => {
    const { license, customer } = await collected();
    const answer = await customer.reprogram({ deactivate: [license.id] });
    const { license: fresh } = ok(await replace(license.id), 202);
    await customer.apply(answer.updates);
    ok(await customer.receipt(), 200);
    expect((await world.ticket(license.ticket)).map(({ id, state }) => [id, state])).toEqual([
      [present(fresh).id, 'available'],
    ]);
    expect(await world.autoUpdates(customer.serial)).toEqual([]);
    const types = (await world.historyOf({ order: present(license.orderId) }))
      .filter(({ license: id }) => id === present(fresh).id)
      .map(({ type }) => type);
    expect(types).toContain('license.offered');
  });
});

describe('R4: the history after a replacement', () => {
  it('a replaced license leaves the ticket; its history and its replacement’s link to each other', async () => {
    const { license, customer } = await collected();
    const { license: fresh } = ok(await replace(license.id), 202);
    await customer.sync();
    expect((await world.ticket(license.ticket)).map(({ id }) => id)).toEqual([present(fresh).id]);
    const orderId = present(license.orderId);
    const order = ok(await world.vendor<{ licenses: LicenseBody[] }>('GET', `/orders/${orderId}`));
    expect(order.licenses.map(({ id }) => id)).toEqual([present(fresh).id]);
    expect(await world.license(license.id)).toMatchObject({ state: 'replaced', successor: present(fresh).id });
    expect(await world.license(present(fresh).id)).toMatchObject({ predecessor: license.id });
    for (const events of [
      await world.historyOf({ order: orderId }),
      await world.historyOf({ container: customer.serial }),
    ]) {
      const replaced = events.filter(({ type }) => type === 'license.replaced');
      expect(replaced).toMatchObject([
        { license: license.id, successor: present(fresh).id, container: customer.serial },
      ]);
      expect(events.filter(({ license: id }) => id === license.id).map(({ type }) => type)).toContain(
        'license.collected',
      );
    }
  });

  it('a replacement can be replaced again, and each history links to the next', async () => {
    const { license, customer } = await collected();
    const { license: second } = ok(await replace(license.id), 202);
    await customer.sync();
    const { license: third } = ok(await replace(present(second).id), 202);
    await customer.sync();
    expect(held(customer)).toEqual([present(third).id]);
    expect(await world.license(present(second).id)).toMatchObject({
      state: 'replaced',
      predecessor: license.id,
      successor: present(third).id,
    });
  });
});

describe('R5: the replacement of an assigned license', () => {
  it('the assignment passes to the replacement', async () => {
    const [license] = await world.sell(await world.product());
    const customer = await world.customer();
    const { id, ticket } = present(license);
    ok(
      await world.vendor('PUT', `/containers/${customer.serial}/assignments/${id}`, { body: { reason: 'a gift' } }),
      202,
    );
    const { license: fresh } = ok(await replace(id), 200);
    expect(fresh).toMatchObject({ state: 'available', pending: { action: 'assign', container: customer.serial } });
    expect(await world.autoUpdates(customer.serial)).toMatchObject([{ action: 'assign', license: present(fresh).id }]);
    expect((await world.ticket(ticket)).map((one) => one.id)).toEqual([present(fresh).id]);
    const answer = await customer.sync();
    expect(answer.executed.assign).toEqual([present(fresh).id]);
  });
});

describe('W6 and W7: cancelling and repeating a replacement', () => {
  it('a second replacement supersedes the pending one, whose license never becomes available', async () => {
    const { license, customer } = await collected();
    const first = ok(await replace(license.id, { terms: { quantity: 2 } }), 202);
    const second = ok(await replace(license.id, { terms: { quantity: 3 } }), 202);
    expect(second.license?.id).not.toBe(first.license?.id);
    expect((await world.license(present(first.license).id)).state).toBe('withdrawn');
    await customer.sync();
    expect(held(customer)).toEqual([present(second.license).id]);
  });

  it('a cancelled replacement leaves the old license unchanged and no new one', async () => {
    const { license, customer } = await collected();
    const { license: fresh } = ok(await replace(license.id), 202);
    ok(await cancel(license.id), 200);
    expect(await world.autoUpdates(customer.serial)).toEqual([]);
    expect((await world.ticket(license.ticket)).map(({ id }) => id)).toEqual([license.id]);
    expect((await world.license(present(fresh).id)).state).toBe('withdrawn');
    expectProblem(await cancel(license.id), 'not-found');
    expect((await customer.reprogram()).status).toBe('unchanged');
  });

  it('a planned replacement can neither be cancelled nor ordered again', async () => {
    const { license, customer } = await collected();
    ok(await replace(license.id), 202);
    await customer.reprogram();
    expectProblem(await cancel(license.id), 'reprogramming-in-flight');
    expectProblem(await replace(license.id, { terms: { quantity: 7 } }), 'reprogramming-in-flight');
  });

  it('a pending replacement license can be neither withdrawn, replaced, activated nor assigned', async () => {
    const { license, customer } = await collected();
    const { id, ticket } = present(ok(await replace(license.id), 202).license);
    expect((await world.vendor('POST', `/licenses/${id}/withdrawal`, { body: {} })).status).toBe(409);
    expect((await replace(id)).status).toBe(409);
    const rival = await world.customer();
    expect((await world.vendor('PUT', `/containers/${rival.serial}/assignments/${id}`, { body: {} })).status).toBe(409);
    const refused = expectProblem(await rival.ask({ activate: [{ id, ticket }] }), 'manual-conflict');
    expect(refused.conflicts).toEqual([{ action: 'activate', license: id, reason: 'not-available' }]);
    expect((await world.license(id)).onOffer).toBe(false);
    expect(await world.autoUpdates(customer.serial)).toHaveLength(1);
  });
});
