import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LicenseBody } from '../../harness/answers.ts';
import { type BulkOrderBody, bulkOrders, type ReportLine } from '../../harness/bulk-orders.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { fresh, ok, openWorld, present, type World } from '../../harness/world.ts';

let world: World;
let bulk: ReturnType<typeof bulkOrders>;
beforeAll(async () => {
  world = await openWorld({ retryScale: 0.01 });
  bulk = bulkOrders(world.vendor);
});
afterAll(() => world.close());

const outcomes = (report: readonly ReportLine[]) =>
  Object.fromEntries(report.map(({ license, outcome }) => [license, outcome]));

/** A container that holds one license of each product, all of one order. */
async function holding(...products: string[]) {
  const licenses = await world.sell(...products);
  const customer = await world.customer();
  await customer.sync({ activate: licenses });
  return { customer, licenses, orderId: present(licenses[0]?.orderId) };
}

describe('a bulk withdrawal', () => {
  it('a bulk withdrawal withdraws available licenses, earmarks collected ones, and reports each license', async () => {
    const product = await world.product();
    const other = await world.product();
    const inContainer = await holding(product, other);
    const [free, bystander] = await world.sell(product, other);
    const order = await bulk.run({ action: 'withdraw', query: { product }, reason: 'recalled' });
    expect(order).toMatchObject({
      status: 'done',
      preview: false,
      progress: { selected: 2, open: 0, withdrawn: 1, replaced: 0, pending: 1, refused: 0 },
      states: { available: 1, 'confirmed-collected': 1 },
      containers: 1,
      refusals: {},
    });
    const report = await bulk.report(order.id);
    const [held] = inContainer.licenses;
    expect(report).toEqual([
      expect.objectContaining({ license: free?.id, product, state: 'available', outcome: 'withdrawn' }),
      expect.objectContaining({
        license: held?.id,
        state: 'confirmed-collected',
        outcome: 'pending',
        container: inContainer.customer.serial,
      }),
    ]);
    expect((await world.license(present(free).id)).state).toBe('withdrawn');
    expect((await world.license(present(held).id)).pending).toMatchObject({ action: 'withdraw', reason: 'recalled' });
    expect((await world.license(present(bystander).id)).state).toBe('available');
    await inContainer.customer.sync();
    expect((await world.license(present(held).id)).state).toBe('withdrawn');
    const history = await world.historyOf({ order: inContainer.orderId });
    const ordered = history.find(({ license, type }) => license === held?.id && type === 'withdrawal.ordered');
    expect(present(ordered)).toMatchObject({ actor: 'vendor', by: { kind: 'token' }, reason: 'recalled' });
  });

  it('a bulk withdrawal takes an add-on before its base license, whatever their ids', async () => {
    const base = await world.product();
    const addOn = await world.product([base]);
    // The base license comes first in the order, and so by its id.
    const { orderId } = await holding(base, addOn);
    const order = await bulk.run({ action: 'withdraw', query: { orderId } });
    expect(order.progress).toMatchObject({ selected: 2, pending: 2, refused: 0 });
  });

  it('a bulk withdrawal refuses a license that others require, with code and dependents, and orders the rest', async () => {
    const base = await world.product();
    const addOn = await world.product([base]);
    const { licenses } = await holding(base, addOn);
    const [free] = await world.sell(base);
    const order = await bulk.run({ action: 'withdraw', query: { product: base } });
    expect(order).toMatchObject({
      progress: { withdrawn: 1, refused: 1 },
      refusals: { 'dependency-violation': 1 },
    });
    expect(await bulk.report(order.id, 'refused')).toEqual([
      expect.objectContaining({
        license: licenses[0]?.id,
        problem: expect.objectContaining({
          type: '/problems/dependency-violation',
          code: 'dependency-violation',
          dependents: [licenses[1]?.id],
        }),
      }),
    ]);
    const withdrawn = await bulk.report(order.id, 'withdrawn');
    expect(withdrawn.map(({ license }) => license)).toEqual([free?.id]);
    expect((await world.license(present(licenses[0]).id)).pending).toBeUndefined();
  });

  it('a bulk withdrawal reports an action that is already pending as pending, and the history has it once', async () => {
    const product = await world.product();
    const { licenses, orderId } = await holding(product);
    ok(await world.vendor('POST', `/licenses/${licenses[0]?.id}/withdrawal`, { body: {} }), 202);
    const order = await bulk.run({ action: 'withdraw', query: { product } });
    expect(outcomes(await bulk.report(order.id))).toEqual({ [present(licenses[0]).id]: 'pending' });
    const response = (await world.historyOf({ order: orderId })).filter(({ type }) => type === 'withdrawal.ordered');
    expect(response).toHaveLength(1);
  });

  it('a bulk withdrawal that selects nothing ends at once with an empty report', async () => {
    const order = await bulk.run({ action: 'withdraw', query: { product: await world.product() } });
    expect(order).toMatchObject({ status: 'done', progress: { selected: 0 } });
    expect(await bulk.report(order.id)).toEqual([]);
  });

  it('a bulk withdrawal of an assigned license removes the assignment (A2)', async () => {
    const product = await world.product();
    const customer = await world.customer();
    const [assigned] = await world.sell(product);
    ok(await world.vendor('PUT', `/containers/${customer.serial}/assignments/${assigned?.id}`), 202);
    const order = await bulk.run({ action: 'withdraw', query: { product } });
    expect(order).toMatchObject({ progress: { withdrawn: 1 }, containers: 1 });
    expect((await world.containerOf(customer.serial)).pending).toEqual([]);
  });
});

describe('a bulk replacement', () => {
  it('a bulk replacement replaces each license once and does not select the replacements, which match its query', async () => {
    const product = await world.product();
    const { licenses, customer } = await holding(product);
    const [free] = await world.sell(product);
    const order = await bulk.run({ action: 'replace', query: { product }, replacement: { terms: { quantity: 7 } } });
    expect(order.progress).toMatchObject({ selected: 2, replaced: 1, pending: 1, refused: 0 });
    const report = await bulk.report(order.id);
    expect(outcomes(report)).toEqual({ [present(free).id]: 'replaced', [present(licenses[0]).id]: 'pending' });
    for (const line of report) {
      const made = 'replacement' in line ? line.replacement : undefined;
      expect(await world.license(present(made))).toMatchObject({
        predecessor: line.license,
        product,
        terms: { quantity: 7 },
      });
    }
    await customer.sync();
    expect((await world.license(present(licenses[0]).id)).state).toBe('replaced');
  });

  it('a bulk order is refused with every fault: an unknown product, a replacement in a withdrawal', async () => {
    const body = { action: 'withdraw', query: {}, replacement: { product: 'nowhere' } };
    const problem = expectProblem(await world.vendor('POST', '/bulk-orders', { body }), 'invalid-request');
    expect(problem.errors).toEqual([
      expect.objectContaining({ path: 'query' }),
      expect.objectContaining({ path: 'replacement' }),
      expect.objectContaining({ path: 'replacement.product' }),
    ]);
  });

  it('a bulk replacement refuses licenses whose dependents do not accept the new product', async () => {
    const base = await world.product();
    const addOn = await world.product([base]);
    const { licenses } = await holding(base, addOn);
    const other = await world.product();
    const order = await bulk.run({
      action: 'replace',
      query: { product: base },
      replacement: { product: other },
    });
    expect(await bulk.report(order.id)).toEqual([
      expect.objectContaining({
        outcome: 'refused',
        problem: expect.objectContaining({ dependents: [licenses[1]?.id] }),
      }),
    ]);
  });
});

describe('the preview of a bulk order', () => {
  it('a preview changes nothing and reports exactly the outcome of the order that follows', async () => {
    const base = await world.product();
    const addOn = await world.product([base]);
    const kept = await world.product([base]);
    const all: LicenseBody[] = [];
    const customer = fresh('customer');
    for (const products of [[base, addOn], [base, addOn, kept], [base]]) {
      const body = { orderId: fresh('order'), customer, items: products.map((product) => ({ product })) };
      const { licenses } = ok(await world.vendor<{ licenses: LicenseBody[] }>('POST', '/orders', { body }), 201);
      all.push(...licenses);
      if (products.length > 1) await (await world.customer()).sync({ activate: licenses });
    }
    const [keptLicense] = all.filter(({ product }) => product === kept);
    const query = { customer };
    const before = await Promise.all(all.map(({ id }) => world.license(id)));
    for (const action of ['withdraw', 'replace'] as const) {
      const preview = await bulk.run({ action, query, preview: true });
      expect(preview).toMatchObject({
        status: 'done',
        preview: true,
        containers: 2,
        progress: { selected: 6, open: 0 },
      });
      expect(await Promise.all(all.map(({ id }) => world.license(id)))).toEqual(before);
    }
    // Without this license in the selection, another one is refused.
    ok(await world.vendor('POST', `/licenses/${present(keptLicense).id}/replacement`, { body: {} }), 202);
    const product = base;
    const preview = await bulk.run({ action: 'withdraw', query: { customer, product }, preview: true });
    const order = await bulk.run({ action: 'withdraw', query: { customer, product } });
    expect(preview.progress).toEqual(order.progress);
    expect(preview.progress).toMatchObject({ selected: 3, withdrawn: 1, refused: 2 });
    expect(await bulk.report(preview.id)).toEqual(await bulk.report(order.id));
  });
});

describe('the list of bulk orders', () => {
  it('bulk orders sent twice under one Idempotency-Key are one', async () => {
    const product = await world.product();
    await world.sell(product);
    const body = { action: 'withdraw', query: { product } };
    const headers = { 'idempotency-key': fresh('key') };
    const first = ok(await world.vendor<BulkOrderBody>('POST', '/bulk-orders', { body, headers }));
    const second = ok(await world.vendor<BulkOrderBody>('POST', '/bulk-orders', { body, headers }));
    expect(second.id).toBe(first.id);
    const other = { action: 'withdraw', query: { product, state: 'available' } };
    const reused = await world.vendor('POST', '/bulk-orders', { body: other, headers });
    expectProblem(reused, 'idempotency-key-reused');
  });

  it('bulk orders are listed oldest first, and an unknown one is 404', async () => {
    const order = await bulk.run({ action: 'withdraw', query: { orderId: fresh('order') } });
    const listed = await bulk.list();
    expect(listed.at(-1)).toEqual(order);
    for (const path of ['/bulk-orders/NONE', '/bulk-orders/NONE/licenses'])
      expectProblem(await world.vendor('GET', path), 'not-found');
    expectProblem(await world.vendor('POST', '/bulk-orders/NONE/stop'), 'not-found');
  });

  it('bulk orders leave licenses alone that are sold after them', async () => {
    const product = await world.product();
    const [before] = await world.sell(product);
    const body = { action: 'withdraw', query: { product } };
    // The order may or may not have started when the next license is sold. Either way it leaves that license alone.
    const order = ok(await world.vendor<BulkOrderBody>('POST', '/bulk-orders', { body }), 202);
    await vi.waitUntil(() => Date.now() > Date.parse(order.createdAt));
    const [later] = await world.sell(product);
    await bulk.end(order.id);
    expect(outcomes(await bulk.report(order.id))).toEqual({ [present(before).id]: 'withdrawn' });
    expect((await world.license(present(later).id)).state).toBe('available');
  });
});
