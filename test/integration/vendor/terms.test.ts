/** Terms from the vendor's request to the container: the protocol's own, and those that only the vendor's programs know. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_LICENSE_CONTENT_BYTES } from '../../../domain/limits.ts';
import type { LicenseBody } from '../../harness/answers.ts';
import { keptWebhook, newSecret, sendErp } from '../../harness/erp.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { fresh, ok, openWorld, present, type World } from '../../harness/world.ts';

const OWN = { region: 'EU', sites: 3, offline: true, modules: ['a', 'b'], note: '' };

let world: World;
let product: string;
beforeAll(async () => {
  world = await openWorld();
  product = await world.product();
});
afterAll(() => world.close());

const order = (item: object, orderId = fresh('order')) =>
  world.vendor<{ licenses: LicenseBody[] }>('POST', '/orders', { body: { orderId, items: [item] } });
const sell = async (item: object): Promise<LicenseBody> => present(ok(await order(item), 201).licenses[0]);
const put = (code: string, more: object) => world.vendor('PUT', `/products/${code}`, { body: { name: code, ...more } });

/** What a new container holds after it activated the license. */
async function delivered(license: LicenseBody) {
  const customer = await world.customer();
  await customer.sync({ activate: [license] });
  const { id, product: code, terms, requires } = license;
  const [held] = customer.container.content.licenses;
  return { held, sold: { id, product: code, terms, requires }, customer };
}

describe('leaseDays', () => {
  it('a product’s leaseDays is put into the terms when it is sold, and an item’s takes its place (L1)', async () => {
    const code = fresh('leased');
    expect(ok(await put(code, { leaseDays: 30 }), 201)).toMatchObject({ leaseDays: 30 });
    expect(ok(await world.vendor('GET', `/products/${code}`))).toMatchObject({ leaseDays: 30 });
    const license = await sell({ product: code, terms: { quantity: 2 } });
    expect(license.terms).toEqual({ quantity: 2, leaseDays: 30 });
    expect((await sell({ product: code, terms: { leaseDays: 7 } })).terms).toEqual({ leaseDays: 7 });
    const { held } = await delivered(license);
    expect(held?.terms).toEqual({ quantity: 2, leaseDays: 30 });
  });

  it('a product without leaseDays sells licenses without it, and earlier licenses keep theirs (L1)', async () => {
    const code = fresh('leased');
    ok(await put(code, { leaseDays: 30 }), 201);
    const before = await sell({ product: code });
    expect(ok(await put(code, {}), 200)).not.toHaveProperty('leaseDays');
    expect((await sell({ product: code })).terms).toEqual({});
    expect((await world.license(before.id)).terms).toEqual({ leaseDays: 30 });
  });

  it.each([0, 3_651, 1.5, -1, '30', null])(
    'leaseDays %j is refused, on a product and on an item',
    async (leaseDays) => {
      const { errors } = expectProblem(await put(fresh('p'), { leaseDays }), 'invalid-request');
      expect(errors).toEqual([{ path: 'leaseDays', message: expect.any(String) }]);
      const refused = expectProblem(await order({ product, terms: { leaseDays } }), 'invalid-request');
      expect(refused.errors).toEqual([{ path: 'items.0.terms.leaseDays', message: expect.any(String) }]);
    },
  );

  it('a replacement keeps leaseDays unless its terms say otherwise', async () => {
    const license = await sell({ product, terms: { leaseDays: 30 } });
    const replace = async (id: string, body: object) =>
      ok(await world.vendor<{ license: LicenseBody }>('POST', `/licenses/${id}/replacement`, { body })).license;
    const kept = await replace(license.id, { reason: 'again' });
    expect(kept.terms).toEqual({ leaseDays: 30 });
    const changed = await replace(kept.id, { terms: { leaseDays: 7 } });
    expect(changed.terms).toEqual({ leaseDays: 7 });
    expect((await replace(changed.id, { terms: {} })).terms).toEqual({});
  });
});

describe('the vendor’s own terms', () => {
  it('own terms and crit arrive in the container unchanged, under the signed digest', async () => {
    const license = await sell({ product, terms: OWN, crit: ['region', 'sites'] });
    expect([license.terms, license.crit]).toEqual([OWN, ['region', 'sites']]);
    const { held, sold } = await delivered(license);
    expect(held).toEqual({ ...sold, crit: ['region', 'sites'] });
    const ticket = await world.ticket(license.ticket);
    expect(ticket[0]).toMatchObject({ terms: OWN, crit: ['region', 'sites'] });
  });

  it('an assigned license keeps its own terms and crit', async () => {
    const license = await sell({ product, terms: OWN, crit: ['region'] });
    const customer = await world.customer();
    ok(await world.vendor('PUT', `/containers/${customer.serial}/assignments/${license.id}`), 202);
    await customer.sync();
    expect(customer.container.content.licenses[0]).toMatchObject({ terms: OWN, crit: ['region'] });
  });

  const names = fc.oneof(
    fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
    fc.constantFrom('constructor', 'toString', 'hasOwnProperty', 'id', 'terms', 'op', ' ', '\u0000', '10', 'ſ'),
  );
  const values = fc.oneof(
    fc.string({ maxLength: 20, unit: 'grapheme' }),
    fc.maxSafeNat(),
    fc.boolean(),
    fc.array(fc.string({ minLength: 1, maxLength: 10, unit: 'grapheme' }), { maxLength: 3 }),
  );
  const known = ['__proto__', 'expiresAt', 'maintenanceUntil', 'quantity', 'features', 'leaseDays'];

  it('any own term of the protocol’s form arrives in the container with the signed digest', async () => {
    const customer = await world.customer();
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, values, { maxKeys: 6 }), async (drawn) => {
        const terms = Object.fromEntries(Object.entries(drawn).filter(([name]) => !known.includes(name)));
        const crit = Object.keys(terms).slice(0, 2);
        const license = await sell({ product, terms, ...(crit.length === 0 ? {} : { crit }) });
        expect(license.terms).toEqual(terms);
        // The container refuses the update unless its content has the signed digest.
        await customer.sync({ activate: [license] });
        const held = customer.container.content.licenses.find(({ id }) => id === license.id);
        expect([held?.terms, held?.crit ?? []]).toEqual([terms, crit]);
      }),
      { numRuns: 15 },
    );
  });

  const manyTerms = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, 1]));

  it.each([
    ['a nested object', '{"own":{}}', 'items.0.terms.own'],
    ['null', '{"own":null}', 'items.0.terms.own'],
    ['a fraction', '{"own":1.5}', 'items.0.terms.own'],
    ['a negative number', '{"own":-1}', 'items.0.terms.own'],
    ['minus zero', '{"own":-0}', 'items.0.terms.own'],
    ['a number above 2^53 - 1', '{"own":9007199254740992}', 'items.0.terms.own'],
    ['257 characters', JSON.stringify({ own: 'x'.repeat(257) }), 'items.0.terms.own'],
    ['129 emoji, which are 258 UTF-16 units', JSON.stringify({ own: '😀'.repeat(129) }), 'items.0.terms.own'],
    ['257 names', JSON.stringify({ own: Array(257).fill('a') }), 'items.0.terms.own'],
    ['an empty name in a list', '{"own":[""]}', 'items.0.terms.own.0'],
    ['a number in a list', '{"own":[1]}', 'items.0.terms.own.0'],
    ['an empty name', '{"":1}', 'items.0.terms'],
    ['a name of 257 characters', JSON.stringify({ ['n'.repeat(257)]: 1 }), 'items.0.terms'],
    ['65 terms', JSON.stringify(manyTerms(65)), 'items.0.terms'],
    ['the name __proto__', '{"__proto__":"x"}', 'items.0.terms.__proto__'],
    ['the name __proto__ with an object', '{"__proto__":{"quantity":5}}', 'items.0.terms.__proto__'],
  ])('own terms with %s are refused, and the error names the place', async (_, terms, path) => {
    const raw = `{"orderId":"${fresh('order')}","items":[{"product":"${product}","terms":${terms}}]}`;
    const headers = { 'content-type': 'application/json' };
    const { errors } = expectProblem(await world.vendor('POST', '/orders', { raw, headers }), 'invalid-request');
    expect(errors).toEqual([{ path, message: expect.any(String) }]);
  });

  it('a lone surrogate in a name or a value is refused', async () => {
    for (const terms of ['{"\\ud800":1}', '{"own":"\\udfff"}']) {
      const raw = `{"orderId":"${fresh('order')}","items":[{"product":"${product}","terms":${terms}}]}`;
      const headers = { 'content-type': 'application/json' };
      expectProblem(await world.vendor('POST', '/orders', { raw, headers }), 'invalid-request');
    }
  });

  it('64 terms are accepted, also those at the limits of a text, a number and a list', async () => {
    expect((await sell({ product, terms: manyTerms(64) })).terms).toEqual(manyTerms(64));
    const largest = [{ text: 'x'.repeat(256), count: Number.MAX_SAFE_INTEGER }, { list: Array(256).fill('a') }];
    for (const terms of largest) expect((await sell({ product, terms })).terms).toEqual(terms);
  });

  it('a license has at most 64 terms, with those of its product', async () => {
    const code = fresh('leased');
    ok(await put(code, { leaseDays: 30 }), 201);
    const { errors } = expectProblem(await order({ product: code, terms: manyTerms(64) }), 'invalid-request');
    expect(errors).toEqual([{ path: 'items.0.terms', message: expect.stringContaining('65') }]);
  });

  it(`own terms and crit count for the ${MAX_LICENSE_CONTENT_BYTES} bytes of a license`, async () => {
    const terms = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`n${index}`, 'x'.repeat(227)]));
    ok(await order({ product, terms }), 201);
    const { errors } = expectProblem(await order({ product, terms, crit: Object.keys(terms) }), 'invalid-request');
    expect(errors).toEqual([{ path: 'items.0.terms', message: expect.stringContaining('1280 bytes') }]);
  });

  it('crit can only name terms of the license, also those that come from the product', async () => {
    const code = fresh('leased');
    ok(await put(code, { leaseDays: 30 }), 201);
    expect((await sell({ product: code, crit: ['leaseDays', 'leaseDays'] })).crit).toEqual(['leaseDays']);
    const { errors } = expectProblem(await order({ product, terms: OWN, crit: ['region', 'x'] }), 'invalid-request');
    expect(errors).toEqual([{ path: 'items.0.crit.1', message: expect.any(String) }]);
  });
});

describe('own terms in the other requests', () => {
  it('a replacement has its own terms; crit stays for the terms that stay', async () => {
    const license = await sell({ product, terms: OWN, crit: ['region', 'sites'] });
    const { customer } = await delivered(license);
    const path = `/licenses/${license.id}/replacement`;
    const replacement = { terms: { region: 'US' } };
    const first = ok(await world.vendor<{ license: LicenseBody }>('POST', path, { body: replacement }), 202).license;
    expect([first.terms, first.crit]).toEqual([{ region: 'US' }, ['region']]);
    // W7: the same replacement again changes nothing, and another crit is another replacement.
    const again = ok(await world.vendor<{ license: LicenseBody }>('POST', path, { body: replacement }), 202).license;
    expect(again.id).toBe(first.id);
    const body = { ...replacement, crit: [] };
    const other = ok(await world.vendor<{ license: LicenseBody }>('POST', path, { body }), 202).license;
    expect(other.id).not.toBe(first.id);
    await customer.sync();
    const held = customer.container.content.licenses[0];
    expect(held).toEqual({ id: other.id, product, terms: { region: 'US' }, requires: [] });
    const unknown = { terms: {}, crit: ['region'] };
    expectProblem(
      await world.vendor('POST', `/licenses/${other.id}/replacement`, { body: unknown }),
      'invalid-request',
    );
  });

  it('a bulk order changes own terms and keeps the others', async () => {
    const license = await sell({ product, terms: OWN, crit: ['region'] });
    const { orderId } = license;
    const replacement = { changes: { sites: 9, leaseDays: 14 }, crit: ['sites'] };
    const body = { action: 'replace', query: { orderId }, replacement };
    const headers = { prefer: 'wait=10' };
    const bulk = ok(await world.vendor<{ status: string }>('POST', '/bulk-orders', { body, headers }));
    expect(bulk).toMatchObject({ status: 'done', replacement });
    const successor = (await world.license(license.id)).successor;
    const { terms, crit } = await world.license(present(successor));
    expect([terms, crit]).toEqual([{ ...OWN, sites: 9, leaseDays: 14 }, ['sites']]);
  });

  it('a SKU mapping and the ERP’s webhooks take own terms and crit', async () => {
    const items = [{ product, quantity: 1, terms: { ...OWN, leaseDays: 30 }, crit: ['region'] }];
    const sku = fresh('SKU');
    expect(ok(await world.vendor('PUT', `/sku-mappings/${sku}`, { body: { items } }), 201)).toEqual({ sku, items });
    const { secret } = await newSecret(world);
    const orderId = fresh('order');
    const id = fresh('webhook');
    ok(await sendErp(world, 'order.created', { orderId, items }, { id, secret }), 202);
    expect(await keptWebhook(world, id)).toMatchObject({ state: 'done' });
    const sold = ok(await world.vendor<{ licenses: LicenseBody[] }>('GET', `/orders/${orderId}`)).licenses[0];
    expect([sold?.terms, sold?.crit]).toEqual([{ ...OWN, leaseDays: 30 }, ['region']]);
    const replace = { license: sold?.id, terms: { region: 'US', leaseDays: 7 } };
    const second = fresh('webhook');
    ok(await sendErp(world, 'license.replace', replace, { id: second, secret }), 202);
    const { result } = await keptWebhook(world, second);
    const { terms, crit } = await world.license(String(result?.license));
    expect([terms, crit]).toEqual([{ region: 'US', leaseDays: 7 }, ['region']]);
  });

  it('a webhook of the ERP with a term named __proto__ is refused, not delivered without it', async () => {
    const { secret } = await newSecret(world);
    const orderId = fresh('order');
    const id = fresh('webhook');
    const terms: object = JSON.parse('{"__proto__":"x"}');
    ok(await sendErp(world, 'order.created', { orderId, items: [{ product, terms }] }, { id, secret }), 202);
    expect(await keptWebhook(world, id)).toMatchObject({ state: 'failed', problem: { code: 'invalid-request' } });
    expectProblem(await world.vendor('GET', `/orders/${orderId}`), 'not-found');
  });
});
