import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestPath } from '../../../protocol/request-path.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { fresh, ok, openWorld, type World } from '../../harness/world.ts';

interface Mapping {
  readonly sku: string;
  readonly items: readonly { product: string; quantity: number; terms?: object }[];
}

let world: World;
let product: string;
beforeAll(async () => {
  world = await openWorld();
  product = await world.product();
});
afterAll(() => world.close());

const at = (sku: string): string => requestPath('/sku-mappings/{sku}', { sku });
const put = (sku: string, items: readonly object[]) => world.vendor<Mapping>('PUT', at(sku), { body: { items } });

describe('SKU mappings', () => {
  it('a mapping is put, read, changed and deleted', async () => {
    const sku = fresh('SKU');
    const terms = { maintenanceUntil: '2028-01-01T00:00:00Z' };
    const mapping = { sku, items: [{ product, quantity: 2, terms }] };
    expect(ok(await put(sku, [{ product, quantity: 2, terms }]), 201)).toEqual(mapping);
    expect(ok(await world.vendor('GET', at(sku)))).toEqual(mapping);
    expect(ok(await put(sku, [{ product }]), 200)).toEqual({ sku, items: [{ product, quantity: 1 }] });
    expect(ok(await world.vendor('DELETE', at(sku)))).toEqual({ status: 'deleted' });
    expectProblem(await world.vendor('GET', at(sku)), 'not-found');
    expectProblem(await world.vendor('DELETE', at(sku)), 'not-found');
    // A mapping put after a deletion starts at the beginning.
    ok(await put(sku, [{ product }]), 201);
  });

  it('a mapping of a license larger than the limit is refused', async () => {
    const features = Array.from({ length: 100 }, () => '漢'.repeat(100));
    const items = Array.from({ length: 20 }, () => ({ product, terms: { features } }));
    const { errors } = expectProblem(await put(fresh('SKU'), items), 'invalid-request');
    expect(errors).toHaveLength(20);
    expect(errors).toContainEqual({ path: 'items.19.terms', message: expect.any(String) });
  });

  it('a mapping may be empty: the shop also sells other things', async () => {
    const sku = fresh('T-SHIRT');
    expect(ok(await put(sku, []), 201)).toEqual({ sku, items: [] });
  });

  it.each(['CAD/PRO 2', 'price_1OabcDEF', 'variant:808950810', 'Ä#?%', '__proto__'])(
    'a mapping is found under %j, spelled as the shop spells it',
    async (sku) => {
      ok(await put(sku, [{ product }]), 201);
      expect(ok(await world.vendor<Mapping>('GET', at(sku))).sku).toBe(sku);
      ok(await world.vendor('DELETE', at(sku)));
    },
  );

  it('mappings are listed by SKU, page by page', async () => {
    const skus = [1, 2, 3].map((number) => fresh(`Z-${number}`));
    for (const sku of skus) ok(await put(sku, [{ product }]), 201);
    const seen: string[] = [];
    let cursor = '';
    for (;;) {
      const page = ok(
        await world.vendor<{ items: Mapping[]; cursor?: string }>('GET', `/sku-mappings?limit=2${cursor}`),
      );
      seen.push(...page.items.map(({ sku }) => sku));
      if (page.cursor === undefined) break;
      cursor = `&cursor=${page.cursor}`;
    }
    expect(seen).toEqual([...seen].sort());
    expect(seen).toEqual(expect.arrayContaining(skus));
  });

  it.each([
    ['an unknown product', [{ product: 'no-such' }], 'items.0.product'],
    ['half a license', [{ product: 'cad', quantity: 0.5 }], 'items.0.quantity'],
    ['no license of a product', [{ product: 'cad', quantity: 0 }], 'items.0.quantity'],
    ['a term of no allowed form', [{ product: 'cad', terms: { days: 0.5 } }], 'items.0.terms.days'],
    ['more items than the limit', Array.from({ length: 21 }, () => ({ product: 'cad' })), 'items'],
  ])('a mapping with %s is refused', async (_, items, path) => {
    const { errors } = expectProblem(await put(fresh('SKU'), items), 'invalid-request') as unknown as {
      errors: { path: string }[];
    };
    expect(errors.map((error) => error.path)).toContain(path);
  });

  it('concurrent changes of a mapping are all written', async () => {
    const sku = fresh('SKU');
    const replies = await Promise.all([1, 2, 3, 4].map((quantity) => put(sku, [{ product, quantity }])));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
  });
});
