/** N2: the end of a license that is valid for a length of time. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LicenseBody, PendingBody } from '../../harness/answers.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { fresh, ok, openWorld, present, type World } from '../../harness/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const DAY_MS = 86_400_000;
const ACTIVATION = { duration: { length: 'P10D', from: 'activation' } } as const;

async function sold(terms: object): Promise<LicenseBody> {
  const { licenses } = await world.order([{ product: await world.product(), terms: { ...terms } }]);
  return present(licenses[0]);
}

const daysUntil = (end: string | undefined): number => (Date.parse(present(end)) - Date.now()) / DAY_MS;

it('N2 a duration from the delivery fixes expiresAt when the order is delivered, and the repeated order has the same', async () => {
  const product = await world.product();
  const items = [{ product, terms: { quantity: 2, duration: { length: 'P10D', from: 'delivery' } } }];
  const orderId = fresh('order');
  const first = ok(
    await world.vendor<{ licenses: LicenseBody[] }>('POST', '/orders', { body: { orderId, items } }),
    201,
  );
  const { terms } = present(first.licenses[0]);
  expect(terms).toEqual({ quantity: 2, expiresAt: expect.any(String) });
  expect(daysUntil(terms.expiresAt)).toBeCloseTo(10, 2);
  const again = ok(
    await world.vendor<{ licenses: LicenseBody[] }>('POST', '/orders', { body: { orderId, items } }),
    200,
  );
  expect(again.licenses[0]?.terms).toEqual(terms);
});

it('N2 a duration from the activation is shown until the plan of the activation fixes expiresAt, and a return does not change it', async () => {
  const license = await sold({ quantity: 2, ...ACTIVATION });
  expect(license.terms).toEqual({ quantity: 2, ...ACTIVATION });
  expect((await world.ticket(license.ticket))[0]?.terms).toEqual({ quantity: 2, ...ACTIVATION });
  const customer = await world.customer();
  ok(await customer.ask({ activate: [license] }, { preview: true }), 200);
  expect((await world.license(license.id)).terms).toEqual({ quantity: 2, ...ACTIVATION });
  await customer.sync({ activate: [license] });
  const { terms } = present(customer.container.content.licenses[0]);
  expect(terms).toEqual({ quantity: 2, expiresAt: expect.stringMatching(/T\d\d:\d\d:\d\dZ$/) });
  expect(daysUntil(terms.expiresAt)).toBeCloseTo(10, 2);
  expect((await world.license(license.id)).terms).toEqual(terms);
  await customer.sync({ deactivate: [license.id] });
  expect(await world.license(license.id)).toMatchObject({ state: 'available', terms });
  await customer.sync({ activate: [license] });
  expect(customer.container.content.licenses[0]?.terms).toEqual(terms);
});

it('N2 an assigned license and a replacement start their duration with the update that brings them', async () => {
  const customer = await world.customer();
  const assigned = await sold(ACTIVATION);
  const old = await sold({});
  ok(await world.vendor('PUT', `/containers/${customer.serial}/assignments/${assigned.id}`, { body: {} }), 202);
  await customer.sync({ activate: [old] });
  const body = { terms: { ...ACTIVATION } };
  const { license } = ok(await world.vendor<PendingBody>('POST', `/licenses/${old.id}/replacement`, { body }), 202);
  expect(present(license).terms).toEqual(ACTIVATION);
  await customer.sync();
  expect(customer.container.content.licenses.map(({ terms }) => Math.round(daysUntil(terms.expiresAt)))).toEqual([
    10, 10,
  ]);
});

it('N2 a renewal with an expiresAt takes the place of a duration that has not started', async () => {
  const license = await sold(ACTIVATION);
  const expiresAt = '2040-01-01T00:00:00Z';
  ok(await world.vendor('POST', `/licenses/${license.id}/renewal`, { body: { expiresAt } }), 200);
  expect((await world.license(license.id)).terms).toEqual({ expiresAt });
  const customer = await world.customer();
  await customer.sync({ activate: [license] });
  expect(customer.container.content.licenses[0]?.terms).toEqual({ expiresAt });
});

it('N2 a SKU mapping keeps the duration for each sale', async () => {
  const items = [{ product: await world.product(), quantity: 1, terms: ACTIVATION }];
  ok(await world.vendor('PUT', '/sku-mappings/yearly', { body: { items } }), 201);
  expect(ok(await world.vendor('GET', '/sku-mappings/yearly'))).toMatchObject({ items });
});

it('N2 a duration that is not ISO 8601, or beside expiresAt, is refused with invalid-request', async () => {
  const product = await world.product();
  for (const terms of [
    { duration: 'P1Y' },
    { duration: { length: 'one year', from: 'delivery' } },
    { duration: { length: 'P1Y', from: 'payment' } },
    { duration: { length: 'P1Y', from: 'delivery', unit: 'year' } },
    { expiresAt: '2040-01-01T00:00:00Z', ...ACTIVATION },
  ]) {
    const body = { orderId: fresh('order'), items: [{ product, terms }] };
    expectProblem(await world.vendor('POST', '/orders', { body }), 'invalid-request');
  }
});
