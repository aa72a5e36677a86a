/** N1: a renewal changes the terms of a license in place. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventBody, LicenseBody, PendingBody } from '../../harness/answers.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { type Customer, ok, openWorld, present, type World } from '../../harness/world.ts';

const OLD = '2030-01-31T00:00:00Z';
const NEW = '2031-01-31T00:00:00Z';
const LATER = '2032-01-31T00:00:00Z';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const renew = (id: string, body: object) => world.vendor<PendingBody>('POST', `/licenses/${id}/renewal`, { body });
const cancel = (id: string) => world.vendor<PendingBody>('DELETE', `/licenses/${id}/renewal`);
const order = (id: string, action: string, body: object = {}) =>
  world.vendor<PendingBody>('POST', `/licenses/${id}/${action}`, { body });

async function sold(terms: object = { expiresAt: OLD, quantity: 5 }): Promise<LicenseBody> {
  const { licenses } = await world.order([{ product: await world.product(), terms: { ...terms } }]);
  return present(licenses[0]);
}

async function collected(terms?: object): Promise<{ license: LicenseBody; customer: Customer }> {
  const license = await sold(terms);
  const customer = await world.customer();
  await customer.sync({ activate: [license] });
  return { license, customer };
}

const held = ({ container }: Customer) => container.content.licenses;

const eventsOf = async ({ id, orderId }: LicenseBody): Promise<EventBody[]> =>
  (await world.historyOf({ order: present(orderId) })).filter(({ license }) => license === id);
const typesOf = async (license: LicenseBody) => (await eventsOf(license)).map(({ type }) => type);

describe('N1: the renewal of an available license', () => {
  it('an available license has the new terms at once, keeps its id and its other terms, and its history says so', async () => {
    const license = await sold();
    const answer = ok(await renew(license.id, { expiresAt: NEW, leaseDays: 30, reason: 'invoice 4711' }), 200);
    const terms = { expiresAt: NEW, quantity: 5, leaseDays: 30 };
    expect(answer).toMatchObject({ status: 'renewed', license: { id: license.id, state: 'available', terms } });
    expect((await world.license(license.id)).terms).toEqual(terms);
    const events = await eventsOf(license);
    expect(events.at(-1)).toMatchObject({
      type: 'license.renewed',
      renewed: { expiresAt: NEW, leaseDays: 30 },
      reason: 'invoice 4711',
      actor: 'vendor',
    });
    // A repeated request changes nothing, and writes no event.
    expect(ok(await renew(license.id, { expiresAt: NEW }), 200)).toMatchObject({ status: 'renewed' });
    expect(await eventsOf(license)).toHaveLength(events.length);
  });

  it('an assigned license is renewed at once, and its container collects it with the new terms', async () => {
    const license = await sold();
    const customer = await world.customer();
    ok(await world.vendor('PUT', `/containers/${customer.serial}/assignments/${license.id}`, { body: {} }), 202);
    ok(await renew(license.id, { expiresAt: NEW }), 200);
    await customer.sync();
    expect(held(customer)).toMatchObject([{ id: license.id, terms: { expiresAt: NEW, quantity: 5 } }]);
  });

  it('a renewal that names no term, or an unknown one, is refused with invalid-request', async () => {
    const { id } = await sold();
    for (const body of [{}, { reason: 'paid' }, { quantity: 6 }, { expiresAt: 'tomorrow' }, { leaseDays: 0 }])
      expectProblem(await renew(id, body), 'invalid-request');
    expectProblem(await renew('NOBODY', { expiresAt: NEW }), 'not-found');
  });

  it.each(['withdrawal', 'replacement'])(
    'a license is final after its %s, and its renewal is refused',
    async (action) => {
      const { id } = await sold();
      ok(await order(id, action), 200);
      expectProblem(await renew(id, { expiresAt: NEW }), 'license-final');
      expectProblem(await cancel(id), 'license-final');
    },
  );
});

describe('N1: the renewal of a license in a container', () => {
  it('the next update removes the license and puts it again under the same id, and it stays confirmed-collected', async () => {
    const { license, customer } = await collected();
    const { id } = license;
    const reply = await renew(id, { expiresAt: NEW, reason: 'paid' });
    expect(reply.status).toBe(202);
    expect(reply.body).toEqual({ status: 'pending', container: customer.serial });
    expect(await world.autoUpdates(customer.serial)).toMatchObject([
      { action: 'renew', license: id, terms: { expiresAt: NEW }, reason: 'paid' },
    ]);
    expect(await world.license(id)).toMatchObject({
      state: 'confirmed-collected',
      terms: { expiresAt: OLD },
      pending: { action: 'renew', container: customer.serial, terms: { expiresAt: NEW }, reason: 'paid' },
    });
    const answer = await customer.reprogram();
    expect(answer.executed).toMatchObject({ replace: [{ old: id, new: id }], activate: [], withdraw: [] });
    expect(answer.updates[0]?.operations).toEqual([
      { op: 'remove', license: id, cause: 'replace' },
      {
        op: 'put',
        license: { id, product: license.product, terms: { expiresAt: NEW, quantity: 5 }, requires: [] },
        cause: 'replace',
      },
    ]);
    // The container has not taken the update yet.
    expect(await world.license(id)).toMatchObject({ state: 'confirmed-collected', terms: { expiresAt: NEW } });
    expect((await world.containerOf(customer.serial)).contents).toMatchObject([{ license: id, state: 'confirmed' }]);
    expectProblem(await cancel(id), 'reprogramming-in-flight');
    expect((await renew(id, { expiresAt: NEW })).status).toBe(202);
    await customer.apply(answer.updates);
    ok(await customer.receipt(), 200);
    expect(held(customer)).toMatchObject([{ id, terms: { expiresAt: NEW, quantity: 5 } }]);
    const shown = await world.license(id);
    expect(shown).toMatchObject({ state: 'confirmed-collected', container: customer.serial });
    expect(shown.pending).toBeUndefined();
    expect((await typesOf(license)).slice(-2)).toEqual(['renewal.ordered', 'license.renewed']);
    expectProblem(await cancel(id), 'not-found');
    expect(await renew(id, { expiresAt: NEW })).toMatchObject({ status: 200, body: { status: 'renewed' } });
    expect((await customer.reprogram()).status).toBe('unchanged');
  });

  it('a license that is collected without receipt is renewed by the next update, and both receipts confirm it', async () => {
    const license = await sold();
    const customer = await world.customer();
    await customer.reprogram({ activate: [license] });
    expect((await renew(license.id, { maintenanceUntil: NEW })).status).toBe(202);
    const answer = await customer.reprogram();
    expect(answer.updates).toHaveLength(2);
    expect((await world.license(license.id)).state).toBe('collected-without-receipt');
    await customer.apply(answer.updates);
    ok(await customer.receipt(), 200);
    expect(await world.license(license.id)).toMatchObject({
      state: 'confirmed-collected',
      terms: { expiresAt: OLD, maintenanceUntil: NEW },
    });
    const { type } = present((await eventsOf(license)).at(-1));
    expect(type).toBe('license.collection-confirmed');
  });

  it.each(['before', 'after'])(
    'a license that the user returns %s its renewal is ordered is available with the new terms when the receipt arrives',
    async (when) => {
      const { license, customer } = await collected();
      if (when === 'after') expect((await renew(license.id, { expiresAt: NEW })).status).toBe(202);
      const answer = await customer.reprogram({ deactivate: [license.id] });
      expect(answer).toMatchObject({ dropped: [], executed: { deactivate: [license.id], replace: [] } });
      if (when === 'before') expect((await renew(license.id, { expiresAt: NEW, reason: 'paid' })).status).toBe(202);
      expect(await world.license(license.id)).toMatchObject({
        state: 'returned-without-receipt',
        terms: { expiresAt: OLD },
      });
      await customer.apply(answer.updates);
      ok(await customer.receipt(), 200);
      expect(await world.license(license.id)).toMatchObject({
        state: 'available',
        terms: { expiresAt: NEW, quantity: 5 },
      });
      expect(await world.autoUpdates(customer.serial)).toEqual([]);
      expect((await typesOf(license)).slice(-2)).toEqual(['license.return-confirmed', 'license.renewed']);
    },
  );

  it('a later renewal wins, and the terms that it does not name stay', async () => {
    const { license, customer } = await collected();
    ok(await renew(license.id, { expiresAt: NEW, leaseDays: 10 }), 202);
    ok(await renew(license.id, { expiresAt: LATER }), 202);
    expect(await world.autoUpdates(customer.serial)).toMatchObject([{ terms: { expiresAt: LATER, leaseDays: 10 } }]);
    await customer.sync();
    expect(held(customer)).toMatchObject([{ terms: { expiresAt: LATER, leaseDays: 10, quantity: 5 } }]);
  });

  it('a renewal back to the present terms ends the pending one', async () => {
    const { license, customer } = await collected();
    ok(await renew(license.id, { expiresAt: NEW }), 202);
    expect(ok(await renew(license.id, { expiresAt: OLD }), 200)).toMatchObject({ status: 'renewed' });
    expect(await world.autoUpdates(customer.serial)).toEqual([]);
    expect((await typesOf(license)).at(-1)).toBe('renewal.cancelled');
    expect((await customer.reprogram()).status).toBe('unchanged');
  });

  it('a cancelled renewal leaves the license as it is', async () => {
    const { license, customer } = await collected();
    ok(await renew(license.id, { expiresAt: NEW }), 202);
    expect(ok(await cancel(license.id), 200)).toEqual({ status: 'cancelled' });
    expectProblem(await cancel(license.id), 'not-found');
    expect((await customer.reprogram()).status).toBe('unchanged');
    expect((await world.license(license.id)).terms).toEqual({ expiresAt: OLD, quantity: 5 });
    expect((await typesOf(license)).at(-1)).toBe('renewal.cancelled');
  });

  it('a renewal needs no dependency check: a base license with an add-on and a pending withdrawal is renewed', async () => {
    const base = await world.product();
    const [one, addOn] = await world.sell(base, await world.product([base]));
    const customer = await world.customer();
    await customer.sync({ activate: [present(one), present(addOn)] });
    ok(await order(present(addOn).id, 'withdrawal'), 202);
    ok(await renew(present(one).id, { expiresAt: NEW }), 202);
    const answer = await customer.sync();
    expect(answer.executed).toMatchObject({
      withdraw: [present(addOn).id],
      replace: [{ old: present(one).id, new: present(one).id }],
    });
  });

  it('a withdrawal that is ordered while a renewal has no receipt removes the license, and the receipt settles both', async () => {
    const { license, customer } = await collected();
    ok(await renew(license.id, { expiresAt: NEW }), 202);
    const first = await customer.reprogram();
    ok(await order(license.id, 'withdrawal'), 202);
    await customer.apply(first.updates);
    ok(await customer.receipt(), 200);
    expect(await world.license(license.id)).toMatchObject({
      state: 'confirmed-collected',
      pending: { action: 'withdraw' },
    });
    expect(ok(await world.vendor<{ items: unknown[] }>('GET', '/auto-updates?limit=1000')).items).toContainEqual(
      expect.objectContaining({ container: customer.serial }),
    );
    await customer.sync();
    expect(held(customer)).toEqual([]);
    expect((await world.license(license.id)).state).toBe('withdrawn');
  });
});

describe('N1: a renewal beside the other vendor actions', () => {
  it('a replacement takes the place of a renewal, and its new license has the renewed terms', async () => {
    const { license, customer } = await collected();
    ok(await renew(license.id, { expiresAt: NEW }), 202);
    const { license: fresh } = ok(await order(license.id, 'replacement'), 202);
    expect(await world.autoUpdates(customer.serial)).toMatchObject([{ action: 'replace', license: license.id }]);
    expect(present(fresh).terms).toEqual({ expiresAt: NEW, quantity: 5 });
    expectProblem(await cancel(license.id), 'not-found');
    // W7: a repeated order is the same one, although the renewal is not pending any more.
    expect(ok(await order(license.id, 'replacement'), 202).license?.id).toBe(present(fresh).id);
    const answer = await customer.sync();
    expect(answer.executed.replace).toEqual([{ old: license.id, new: present(fresh).id }]);
  });

  it('a renewal after a replacement changes the new license', async () => {
    const { license, customer } = await collected();
    const { license: fresh } = ok(await order(license.id, 'replacement', { terms: { quantity: 9 } }), 202);
    expect(ok(await renew(license.id, { expiresAt: NEW }), 202)).toMatchObject({ status: 'pending' });
    expect((await world.license(license.id)).pending).toMatchObject({
      action: 'replace',
      replacement: present(fresh).id,
    });
    // W7: the same replacement again has the renewed terms, too.
    const { license: same } = ok(
      await order(license.id, 'replacement', { terms: { quantity: 9, expiresAt: NEW } }),
      202,
    );
    expect(present(same).id).toBe(present(fresh).id);
    await customer.sync();
    expect(held(customer)).toMatchObject([{ id: present(fresh).id, terms: { quantity: 9, expiresAt: NEW } }]);
    expect((await world.license(present(fresh).id)).terms).toEqual({ quantity: 9, expiresAt: NEW });
  });

  it('a withdrawal ends a renewal, and a later renewal ends the withdrawal (W7)', async () => {
    const { license, customer } = await collected();
    ok(await renew(license.id, { expiresAt: NEW }), 202);
    ok(await order(license.id, 'withdrawal'), 202);
    expect(await world.autoUpdates(customer.serial)).toMatchObject([{ action: 'withdraw', license: license.id }]);
    ok(await renew(license.id, { expiresAt: LATER }), 202);
    const answer = await customer.sync();
    expect(answer.executed).toMatchObject({ withdraw: [], replace: [{ old: license.id, new: license.id }] });
    expect(held(customer)).toMatchObject([{ terms: { expiresAt: LATER } }]);
  });

  it('a retired container gives its licenses back with the terms of their pending renewals', async () => {
    const { license, customer } = await collected();
    ok(await renew(license.id, { expiresAt: NEW }), 202);
    ok(
      await world.vendor('POST', `/containers/${customer.serial}/retirement`, {
        body: { licenses: 'restore', reason: 'stolen' },
      }),
      200,
    );
    expect(await world.license(license.id)).toMatchObject({
      state: 'available',
      terms: { expiresAt: NEW, quantity: 5 },
    });
  });

  it('effectiveBy of a withdrawal counts the longer leaseDays from before a renewal without receipt (L3)', async () => {
    const { license, customer } = await collected({ leaseDays: 100 });
    ok(await renew(license.id, { leaseDays: 10 }), 202);
    await customer.reprogram();
    const { effectiveBy } = ok(await order(license.id, 'withdrawal'), 202) as { effectiveBy?: string };
    const days = (Date.parse(present(effectiveBy)) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(99);
    // Once the container has proven the new terms, they alone count.
    ok(await world.vendor('DELETE', `/licenses/${license.id}/withdrawal`), 200);
    await customer.sync();
    const later = ok(await order(license.id, 'withdrawal'), 202) as { effectiveBy?: string };
    expect((Date.parse(present(later.effectiveBy)) - Date.now()) / 86_400_000).toBeLessThan(11);
  });
});
