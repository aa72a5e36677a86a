/** Products can be deleted when nothing uses them, and require only products that exist. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_NAMED_USES } from '../../../domain/limits.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { fresh, ok, openWorld, present, type World } from '../../harness/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const put = (code: string, requires: readonly string[]) =>
  world.vendor('PUT', `/products/${code}`, { body: { name: code, requires } });
const remove = (code: string, headers: Record<string, string> = {}) =>
  world.vendor('DELETE', `/products/${code}`, { headers });
const map = (sku: string, product: string) =>
  world.vendor('PUT', `/sku-mappings/${sku}`, { body: { items: [{ product }] } });
const usesOf = async (code: string) => {
  const { product, licenses, products, skus, detail } = expectProblem(await remove(code), 'product-in-use');
  expect(product).toBe(code);
  return { licenses, products, skus, detail };
};

describe('a product that is deleted', () => {
  it('is gone when nothing uses it, and can be created again', async () => {
    const code = await world.product();
    expect(ok(await remove(code), 200)).toEqual({ status: 'deleted' });
    expectProblem(await world.vendor('GET', `/products/${code}`), 'not-found');
    expectProblem(await remove(code), 'not-found');
    expectProblem(
      await world.vendor('POST', '/orders', { body: { orderId: fresh('order'), items: [{ product: code }] } }),
      'invalid-request',
    );
    ok(await put(code, []), 201);
  });

  it('is refused while a license of it is not final, in a container or replaced by another product', async () => {
    const code = await world.product();
    const { licenses } = await world.order([{ product: code, quantity: 2 }]);
    const [available, collected] = licenses.map(({ id }) => id);
    const customer = await world.customer();
    await customer.sync({ activate: [present(licenses[1])] });
    const { licenses: named, detail } = await usesOf(code);
    expect(named).toEqual([available, collected]);
    expect(detail).toContain(available);
    ok(await world.vendor('POST', `/licenses/${available}/withdrawal`, { body: {} }), 200);
    const other = await world.product();
    ok(await world.vendor('POST', `/licenses/${collected}/replacement`, { body: { product: other } }), 202);
    // The replacement waits, and the old license is still in the container.
    expect((await usesOf(code)).licenses).toEqual([collected]);
    expect((await usesOf(other)).licenses).toHaveLength(1);
    await customer.sync();
    ok(await remove(code), 200);
    expect((await usesOf(other)).licenses).toHaveLength(1);
  });

  it('is refused while another product is an upgrade of it, which shows the product and cannot be an upgrade of itself', async () => {
    const old = await world.product();
    const upgrade = fresh('upgrade');
    const body = { name: 'Upgrade', upgradeOf: old };
    expect(ok(await world.vendor('PUT', `/products/${upgrade}`, { body }), 201)).toMatchObject({ upgradeOf: old });
    expect(ok(await world.vendor('GET', `/products/${upgrade}`), 200)).toMatchObject({ upgradeOf: old });
    expect((await usesOf(old)).products).toEqual([upgrade]);
    for (const upgradeOf of [upgrade, fresh('unknown')]) {
      expectProblem(
        await world.vendor('PUT', `/products/${upgrade}`, { body: { ...body, upgradeOf } }),
        'invalid-request',
      );
    }
    ok(await world.vendor('PUT', `/products/${upgrade}`, { body: { name: 'Upgrade' } }), 200);
    ok(await remove(old), 200);
  });

  it('is refused while products require it or SKUs deliver it, and the refusal names them', async () => {
    const base = await world.product();
    const addOn = await world.product([base]);
    const sku = fresh('SKU');
    ok(await map(sku, base));
    const { products, skus, detail } = await usesOf(base);
    expect({ products, skus }).toEqual({ products: [addOn], skus: [sku] });
    expect(detail).toContain(addOn);
    expect(detail).toContain(sku);
    ok(await put(addOn, []), 200);
    expect((await usesOf(base)).products).toEqual([]);
    ok(await world.vendor('DELETE', `/sku-mappings/${sku}`), 200);
    ok(await remove(base), 200);
  });

  it('is refused with at most ten uses of each kind', async () => {
    const base = await world.product();
    await world.order([{ product: base, quantity: 30 }]);
    for (let index = 0; index <= MAX_NAMED_USES; index++) await world.product([base]);
    const { licenses, products } = await usesOf(base);
    expect(licenses).toHaveLength(MAX_NAMED_USES);
    expect(products).toHaveLength(MAX_NAMED_USES);
  });

  it('stays when it has changed since the caller read it', async () => {
    const code = await world.product();
    const { headers } = await world.vendor('GET', `/products/${code}`);
    ok(await world.vendor('PUT', `/products/${code}`, { body: { name: 'Another name' } }), 200);
    expectProblem(await remove(code, { 'if-match': present(headers.get('etag') ?? undefined) }), 'precondition-failed');
    ok(await world.vendor('GET', `/products/${code}`), 200);
  });

  it('is never required by a product that is put at the same time', async () => {
    for (let round = 0; round < 8; round++) {
      const base = await world.product();
      const addOn = fresh('add-on');
      const [deleted, added] = await Promise.all([remove(base), put(addOn, [base])]);
      expect([deleted.status, added.status]).toEqual(deleted.status === 200 ? [200, 400] : [409, 201]);
    }
  });
});

describe('a product that requires another one', () => {
  it('is refused when that product does not exist, and the error names it', async () => {
    const base = await world.product();
    const code = fresh('product');
    const { errors } = expectProblem(await put(code, [base, 'bsae', 'redner']), 'invalid-request');
    expect(errors).toEqual([
      { path: 'requires', message: 'there is no product bsae' },
      { path: 'requires', message: 'there is no product redner' },
    ]);
    expectProblem(await world.vendor('GET', `/products/${code}`), 'not-found');
  });

  it('cannot require itself', async () => {
    const code = fresh('product');
    const { errors } = expectProblem(await put(code, [code]), 'invalid-request');
    expect(errors).toEqual([{ path: 'requires', message: 'a product cannot require itself' }]);
  });

  it('can be required by it, too: both are used together', async () => {
    const one = await world.product();
    const other = await world.product([one]);
    ok(await put(one, [other]), 200);
    const licenses = await world.sell(one, other);
    const customer = await world.customer();
    await customer.sync({ activate: licenses });
    expect(customer.container.content.licenses).toHaveLength(2);
  });
});
