/** Answers to support's first questions: what happened to this license, and what belongs to this ticket. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventBody, LicenseBody, ListBody } from '../../harness/answers.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { byTier } from '../../harness/tier.ts';
import { ok, openWorld, present, readAll, type World } from '../../harness/world.ts';

let world: World;
let product: string;
beforeAll(async () => {
  world = await openWorld();
  product = await world.product();
});
afterAll(() => world.close());

interface LicenseHistory extends ListBody<EventBody> {
  readonly license: string;
  readonly orderId: string;
  readonly predecessors: readonly string[];
  readonly successors: readonly string[];
}

const historyOf = async (license: string) =>
  ok(await world.vendor<LicenseHistory>('GET', `/licenses/${license}/history?limit=1000`));
const typesOf = ({ items }: LicenseHistory) => items.map(({ type }) => type);
const replace = async (license: string) =>
  ok(await world.vendor<{ license: LicenseBody }>('POST', `/licenses/${license}/replacement`, { body: {} })).license;

/** Licenses of an order whose history is read in pages: each has 3 events. */
const MANY = byTier({ quick: 110, deep: 340 });

describe('the history of a license', () => {
  it('a license’s history has its events, oldest first, and no other license’s', async () => {
    const { licenses } = await world.order([{ product, quantity: 3 }]);
    const [license] = licenses;
    const customer = await world.customer();
    await customer.sync({ activate: licenses });
    ok(await world.vendor('POST', `/licenses/${license?.id}/withdrawal`, { body: { reason: 'typo' } }), 202);
    await customer.sync();
    const history = await historyOf(present(license).id);
    expect(typesOf(history)).toEqual([
      'license.delivered',
      'license.collected',
      'license.collection-confirmed',
      'withdrawal.ordered',
      'license.returned',
      'license.withdrawn',
    ]);
    expect(new Set(history.items.map((event) => event.license))).toEqual(new Set([license?.id]));
    expect(history).toMatchObject({
      license: license?.id,
      orderId: license?.orderId,
      predecessors: [],
      successors: [],
    });
    const whole = await world.historyOf({ order: present(license).orderId ?? '' });
    expect(history.items).toEqual(whole.filter((event) => event.license === license?.id));
  });

  it('a replaced license and its replacements share one history, which links to each of them (R4)', async () => {
    const [first] = await world.sell(product);
    const second = await replace(present(first).id);
    const third = await replace(second.id);
    const chain = [present(first).id, second.id, third.id];
    const histories = await Promise.all(chain.map(historyOf));
    histories.forEach((history, index) => {
      expect(history.predecessors).toEqual(chain.slice(0, index));
      expect(history.successors).toEqual(chain.slice(index + 1));
      expect(history.items).toEqual(histories[0]?.items);
    });
    expect(typesOf(present(histories[0]))).toEqual([
      'license.delivered',
      'license.replaced',
      'license.offered',
      'license.replaced',
      'license.offered',
    ]);
  });

  it(`a license’s history comes in pages of any size, each event once, out of an order with ${3 * MANY} events`, async () => {
    const { licenses, orderId } = await world.order([{ product, quantity: MANY }]);
    const customer = await world.customer();
    await customer.sync({ activate: licenses });
    const license = present(licenses[MANY - 19]).id;
    const all = await historyOf(license);
    expect(all.items).toHaveLength(3);
    for (const limit of [1, 2]) {
      expect(await readAll<EventBody>(world.vendor, `/licenses/${license}/history`, limit)).toEqual(all.items);
    }
    const events = await readAll<EventBody>(world.vendor, `/orders/${orderId}/history`, 90);
    expect(events.length).toBeGreaterThanOrEqual(3 * MANY);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(events.map(({ id }) => id)).toEqual(events.map(({ id }) => id).sort());
    const ofContainer = await readAll<EventBody>(world.vendor, `/containers/${customer.serial}/history`, 170);
    expect(ofContainer.map(({ id }) => id)).toEqual(ofContainer.map(({ id }) => id).sort());
    expect(ofContainer.filter(({ type }) => type === 'license.collected')).toHaveLength(MANY);
    expect(ofContainer.map(({ type }) => type)).toEqual(expect.arrayContaining(['update.issued', 'receipt.accepted']));
  });

  it('the history of an unknown license is 404, and a forged cursor is refused', async () => {
    expectProblem(await world.vendor('GET', '/licenses/none/history'), 'not-found');
    const [license] = await world.sell(product);
    expectProblem(await world.vendor('GET', `/licenses/${license?.id}/history?cursor=abc`), 'invalid-request');
  });
});

describe('a ticket, as the vendor reads it', () => {
  it('a ticket shows its order, its customer, its licenses and how many are gone', async () => {
    const body = { orderId: 'SO 7/1', customer: { name: 'Ann', number: 'C-7' }, items: [{ product, quantity: 4 }] };
    const order = ok(await world.vendor<{ ticket: string; licenses: LicenseBody[] }>('POST', '/orders', { body }), 201);
    const [withdrawn, replaced, collected] = order.licenses;
    ok(await world.vendor('POST', `/licenses/${withdrawn?.id}/withdrawal`, { body: {} }), 200);
    await replace(present(replaced).id);
    const customer = await world.customer();
    await customer.sync({ activate: [present(collected)] });
    const code = order.ticket.toLowerCase().replaceAll('-', ' ');
    const ticket = ok(await world.vendor('GET', `/tickets/${encodeURIComponent(code)}`));
    expect(ticket).toMatchObject({
      code: order.ticket,
      orderId: body.orderId,
      customer: body.customer,
      counts: {
        available: 2,
        'collected-without-receipt': 0,
        'confirmed-collected': 1,
        'returned-without-receipt': 0,
        withdrawn: 1,
        replaced: 1,
      },
      containers: [customer.serial],
      links: {
        order: '/orders/-?orderId=SO+7%2F1',
        history: '/orders/-/history?orderId=SO+7%2F1',
        ordersOfCustomer: ['/orders?customer=Ann&customerName=Ann', '/orders?customer=C-7&customerName=C-7'],
      },
    });
    const { licenses, links } = ticket as { licenses: LicenseBody[]; links: Record<'order' | 'history', string> };
    expect(licenses).toHaveLength(3);
    expect(licenses.map(({ id }) => id)).not.toContain(withdrawn?.id);
    for (const link of [links.order, links.history]) expect((await world.vendor('GET', link)).status).toBe(200);
    expect((await world.vendor('GET', links.order)).body).toMatchObject({ counts: { withdrawn: 1, replaced: 1 } });
  });

  it('a replacement that was cancelled before it was available is counted nowhere', async () => {
    const { licenses, ticket } = await world.order([{ product }]);
    const customer = await world.customer();
    await customer.sync({ activate: licenses });
    ok(await world.vendor('POST', `/licenses/${licenses[0]?.id}/replacement`, { body: {} }), 202);
    ok(await world.vendor('DELETE', `/licenses/${licenses[0]?.id}/replacement`));
    const { counts } = ok(await world.vendor<{ counts: Record<string, number> }>('GET', `/tickets/${ticket}`));
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(1);
  });

  it('an unknown ticket is 404', async () => {
    expectProblem(await world.vendor('GET', '/tickets/AAAAA-AAAAA-AAAAA-AAAAA-AAAAA'), 'not-found');
  });
});
