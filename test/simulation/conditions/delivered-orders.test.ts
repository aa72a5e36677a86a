import { expect, test } from 'vitest';
import { PRODUCT_OPERATIONS } from '../../../functions/api/operations/products.ts';
import type { Dependencies } from '../../../functions/dependencies.ts';
import { deliverOrder } from '../../../functions/use-cases/orders/deliver-order.ts';
import { after, type Fixture, newFixture, Stopped, transaction, VENDOR } from './fixture.ts';

/** More licenses than one transaction holds. */
const MANY = 120;

const orderOf = (quantity: number) => ({ orderId: 'SO-1', items: [{ product: 'basic', quantity }] });

const given = async (): Promise<Fixture> => {
  const fixture = await newFixture();
  await fixture.product('basic');
  return fixture;
};

const tickets = ({ table }: Fixture): unknown[] =>
  table
    .all()
    .filter(({ sk }) => sk === 'TICKET')
    .map(({ code }) => code);

test('T5 an order sent twice at once has one ticket, which both answers name', async () => {
  const fixture = await given();
  const meanwhile = async () => void (await deliverOrder(await fixture.runtime(), VENDOR, orderOf(2)));
  // The first transaction writes what the order is found by.
  const runtime = await fixture.runtime({ before: after(1, transaction), meanwhile });
  const delivery = await deliverOrder(runtime, VENDOR, orderOf(2));
  expect(delivery).toMatchObject({ kind: 'delivered', isNew: false });
  expect(tickets(fixture)).toEqual([delivery.kind === 'delivered' && delivery.order.ticket]);
});

test('another order under a known id is refused', async () => {
  const fixture = await given();
  await deliverOrder(await fixture.runtime(), VENDOR, orderOf(2));
  const other = await deliverOrder(await fixture.runtime(), VENDOR, orderOf(3));
  expect(other).toEqual({ kind: 'refused', refusal: { code: 'order-exists', orderId: 'SO-1' } });
  expect(tickets(fixture)).toHaveLength(1);
});

test('T5 a license collected while a late run delivers its order again stays collected', async () => {
  const fixture = await given();
  const serial = await fixture.container(0);
  const stop = () => Promise.reject(new Stopped());
  const first = deliverOrder(
    await fixture.runtime({ before: after(2, transaction), meanwhile: stop }),
    VENDOR,
    orderOf(MANY),
  );
  await expect(first).rejects.toBeInstanceOf(Stopped);
  let license = '';
  const meanwhile = async () => {
    const done = await deliverOrder(await fixture.runtime(), VENDOR, orderOf(MANY));
    const ticket = done.kind === 'delivered' ? done.order.ticket : expect.fail();
    license = String(fixture.table.partition(`TICKET#${ticket}`)[0]?.['id']);
    await fixture.reprogram(serial, { activate: { from: { ticket, licenses: [] }, licenses: [license] } });
  };
  const late = await deliverOrder(
    await fixture.runtime({ before: after(1, transaction), meanwhile }),
    VENDOR,
    orderOf(MANY),
  );
  expect(late.kind).toBe('delivered');
  expect((await fixture.license(license)).standing).toMatchObject({ at: 'collected', container: serial });
});

test('T5 a large order that two runs complete at once is completed once', async () => {
  const fixture = await given();
  const meanwhile = async () => void (await deliverOrder(await fixture.runtime(), VENDOR, orderOf(MANY)));
  // Paused before its last chunk.
  const runtime = await fixture.runtime({ before: after(2, transaction), meanwhile });
  const delivery = await deliverOrder(runtime, VENDOR, orderOf(MANY));
  const ticket = delivery.kind === 'delivered' ? delivery.order.ticket : expect.fail();
  expect(tickets(fixture)).toEqual([ticket]);
  const licenses = fixture.table.partition(`TICKET#${ticket}`).filter(({ sk }) => String(sk).startsWith('LICENSE#'));
  expect(licenses).toHaveLength(MANY);
  expect(licenses.every(({ revision }) => revision === 1)).toBe(true);
});

const register = (dependencies: Dependencies, name: string) =>
  PRODUCT_OPERATIONS.putProduct(
    { params: { code: 'cad' }, query: {}, headers: {}, body: { name } } as never,
    dependencies,
  );

test('two concurrent registrations of a product: one answers that it is new, the other that it changed it', async () => {
  const fixture = await newFixture();
  let other = 0;
  let first = 0;
  const stored = () => fixture.table.get('PRODUCT#cad', 'PRODUCT');
  const meanwhile = async () => {
    other = (await register(await fixture.runtime(), 'other')).status;
    first = Number(stored()?.['revision']);
  };
  const { status } = await register(await fixture.runtime({ before: transaction, meanwhile }), 'one');
  expect([other, status]).toEqual([201, 200]);
  expect(stored()).toMatchObject({ name: 'one', revision: first + 1 });
});

test('N2 an order with an end that has passed is refused and stores nothing, unless it says allowExpired', async () => {
  const fixture = await given();
  const items = [{ product: 'basic', terms: { expiresAt: '2020-01-01T00:00:00Z' } }];
  const order = { orderId: 'expired', items };
  const runtime = await fixture.runtime();
  const refused = await deliverOrder(runtime, VENDOR, order);
  expect(refused).toMatchObject({
    refusal: { code: 'invalid-request', errors: [{ path: 'items.0.terms.expiresAt' }] },
  });
  expect(tickets(fixture)).toHaveLength(0);
  const sold = await deliverOrder(runtime, VENDOR, { ...order, allowExpired: true });
  expect(sold).toMatchObject({ kind: 'delivered', isNew: true });
});
