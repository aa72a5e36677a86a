import { expect, test } from 'vitest';
import { PRODUCT_OPERATIONS } from '../../../functions/api/operations/products.ts';
import type { Dependencies } from '../../../functions/dependencies.ts';
import { deliverOrder } from '../../../functions/use-cases/orders/deliver-order.ts';
import { after, newScene, type Scene, Stopped, transaction, VENDOR } from './scene.ts';

/** More than one transaction holds. */
const MANY = 120;

const orderOf = (quantity: number) => ({ orderId: 'SO-1', items: [{ product: 'basic', quantity }] });

const given = async (): Promise<Scene> => {
  const scene = await newScene();
  await scene.product('basic');
  return scene;
};

const tickets = ({ table }: Scene): unknown[] =>
  table
    .all()
    .filter(({ sk }) => sk === 'TICKET')
    .map(({ code }) => code);

test('T5 an order that is sent twice at once has one ticket, and both answers name it', async () => {
  const scene = await given();
  const happens = async () => void (await deliverOrder(await scene.runtime(), VENDOR, orderOf(2)));
  // The first transaction writes what the order is found by.
  const runtime = await scene.runtime({ before: after(1, transaction), happens });
  const delivery = await deliverOrder(runtime, VENDOR, orderOf(2));
  expect(delivery).toMatchObject({ kind: 'delivered', isNew: false });
  expect(tickets(scene)).toEqual([delivery.kind === 'delivered' && delivery.order.ticket]);
});

test('another order under a known id is refused', async () => {
  const scene = await given();
  await deliverOrder(await scene.runtime(), VENDOR, orderOf(2));
  const other = await deliverOrder(await scene.runtime(), VENDOR, orderOf(3));
  expect(other).toEqual({ kind: 'refused', refusal: { code: 'order-exists', orderId: 'SO-1' } });
  expect(tickets(scene)).toHaveLength(1);
});

test('T5 a license that is collected while a late run delivers its order again stays collected', async () => {
  const scene = await given();
  const serial = await scene.container(0);
  const stop = () => Promise.reject(new Stopped());
  const first = deliverOrder(
    await scene.runtime({ before: after(2, transaction), happens: stop }),
    VENDOR,
    orderOf(MANY),
  );
  await expect(first).rejects.toBeInstanceOf(Stopped);
  let license = '';
  const happens = async () => {
    const done = await deliverOrder(await scene.runtime(), VENDOR, orderOf(MANY));
    const ticket = done.kind === 'delivered' ? done.order.ticket : expect.fail();
    license = String(scene.table.partition(`TICKET#${ticket}`)[0]?.['id']);
    await scene.reprogram(serial, { activate: { from: { ticket, licenses: [] }, licenses: [license] } });
  };
  const late = await deliverOrder(
    await scene.runtime({ before: after(1, transaction), happens }),
    VENDOR,
    orderOf(MANY),
  );
  expect(late.kind).toBe('delivered');
  expect((await scene.license(license)).standing).toMatchObject({ at: 'collected', container: serial });
});

test('T5 a large order that two runs complete at once is completed once', async () => {
  const scene = await given();
  const happens = async () => void (await deliverOrder(await scene.runtime(), VENDOR, orderOf(MANY)));
  // Held before its last chunk.
  const runtime = await scene.runtime({ before: after(2, transaction), happens });
  const delivery = await deliverOrder(runtime, VENDOR, orderOf(MANY));
  const ticket = delivery.kind === 'delivered' ? delivery.order.ticket : expect.fail();
  expect(tickets(scene)).toEqual([ticket]);
  const licenses = scene.table.partition(`TICKET#${ticket}`).filter(({ sk }) => String(sk).startsWith('LICENSE#'));
  expect(licenses).toHaveLength(MANY);
  expect(licenses.every(({ revision }) => revision === 1)).toBe(true);
});

const register = (dependencies: Dependencies, name: string) =>
  PRODUCT_OPERATIONS.putProduct(
    { params: { code: 'cad' }, query: {}, headers: {}, body: { name } } as never,
    dependencies,
  );

test('of two registrations of a product at once, one is told that it is new, and the other that it changed it', async () => {
  const scene = await newScene();
  let other = 0;
  const happens = async () => {
    other = (await register(await scene.runtime(), 'other')).status;
  };
  const { status } = await register(await scene.runtime({ before: transaction, happens }), 'one');
  expect([other, status]).toEqual([201, 200]);
  expect(scene.table.get('PRODUCT#cad', 'PRODUCT')).toMatchObject({ name: 'one', revision: 2 });
});
