/** Customers are found by a piece of any of their names. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_CUSTOMERS_LISTED } from '../../../domain/limits.ts';
import { pageOfCustomers } from '../../../functions/store/customer-item.ts';
import { type CapacityMeter, meterCapacity } from '../../harness/capacity-meter.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { fresh, ok, openWorld, present, readAll, type World } from '../../harness/world.ts';

let world: World;
let product: string;
let meter: CapacityMeter;
beforeAll(async () => {
  world = await openWorld();
  meter = meterCapacity(world.running.dependencies.documents);
  product = await world.product();
  for (const [orderId, customer] of [
    ['W-1', 'Weber GmbH'],
    ['A-1', { name: 'Ann Example', email: 'ann@customer.example', stripeCustomer: 'cus_Ann1' }],
    ['W-2', 'WEBER  gmbh'],
    ['B-1', { name: 'Bäckerei Weber ', number: 'K-471' }],
    ['K-1', 'K-4711'],
    ['A-2', 'Schweber & Söhne'],
  ] as const) {
    await sell(orderId, customer);
  }
});
afterAll(() => world.close());

type Customer = string | Readonly<Record<string, string>>;

const sell = async (orderId: string, customer: Customer) =>
  ok(
    await world.vendor<{ ticket: string; customer: object }>('POST', '/orders', {
      body: { orderId, customer, items: [{ product }] },
    }),
    201,
  );

const ordersOf = async (conditions: Record<string, string>, limit?: number): Promise<string[]> =>
  (await readAll<{ orderId: string }>(world.vendor, '/orders', limit, conditions)).map(({ orderId }) => orderId);
const licensesOf = async (conditions: Record<string, string>, limit?: number): Promise<string[]> =>
  (await readAll<{ orderId: string }>(world.vendor, '/licenses', limit, conditions)).map(({ orderId }) => orderId);

describe('a search for a customer', () => {
  it.each([
    ['a piece in another case', 'WEBER gm', ['W-1', 'W-2']],
    ['the whole name with spaces around it and between its words', '  weber   gmbh ', ['W-1', 'W-2']],
    ['a piece in the middle of a word', 'eber', ['W-1', 'W-2', 'B-1', 'A-2']],
    ['one of several named texts', 'ann example', ['A-1']],
    ['a piece of an e-mail address', '@CUSTOMER.', ['A-1']],
    ['the shop’s own id', 'cus_ann1', ['A-1']],
    ['a number that another number begins with', 'k-471', ['B-1', 'K-1']],
    ['a name that nobody has', 'nobody', []],
  ])(
    '%s finds the orders and licenses of every customer with it, by the time of the sale',
    async (_, customer, found) => {
      expect(await ordersOf({ customer })).toEqual(found);
      expect(await ordersOf({ customer, order: 'newest' })).toEqual(found.toReversed());
      expect(await licensesOf({ customer })).toEqual(found);
      expect(await licensesOf({ customer, order: 'newest' })).toEqual(found.toReversed());
    },
  );

  it.each([
    ['weber gmbh', ['W-1', 'W-2']],
    ['K-471', ['B-1']],
    ['bäckerei weber', ['B-1']],
    ['eber', []],
  ])('the whole name %j finds no customer who only has it as a piece', async (customerName, found) => {
    expect(await ordersOf({ customerName })).toEqual(found);
    expect(await licensesOf({ customerName })).toEqual(found);
  });

  it('an order with two matching names is listed once, and pages of one order list every order', async () => {
    expect(await ordersOf({ customer: 'ann' }, 1)).toEqual(['A-1']);
    for (const order of ['oldest', 'newest']) {
      const all = await ordersOf({ customer: 'e', order });
      expect(all).toHaveLength(5);
      expect(await ordersOf({ customer: 'e', order }, 1)).toEqual(all);
      expect(await licensesOf({ customer: 'e', order }, 1)).toEqual(all);
    }
  });

  it('a customer and a product find the orders with both, also after a replacement', async () => {
    const other = await world.product();
    expect(await ordersOf({ customer: 'weber', product: other })).toEqual([]);
    const { items } = ok(await world.vendor<{ items: { id: string }[] }>('GET', '/licenses?orderId=W-2'));
    ok(await world.vendor('POST', `/licenses/${present(items[0]).id}/replacement`, { body: { product: other } }));
    expect(await ordersOf({ customer: 'weber', product: other })).toEqual(['W-2']);
    expect(await ordersOf({ customer: 'weber', product })).toEqual(['W-1', 'W-2', 'B-1', 'A-2']);
    expect(await ordersOf({ product: other })).toEqual(['W-2']);
  });

  it('the links of a ticket find the orders of each name', async () => {
    const orderId = fresh('order');
    const { ticket } = await sell(orderId, { name: 'Ünal & Co. KG ', number: 'U 7+1' });
    const { links } = ok(await world.vendor<{ links: { ordersOfCustomer: string[] } }>('GET', `/tickets/${ticket}`));
    expect(links.ordersOfCustomer).toHaveLength(2);
    for (const path of links.ordersOfCustomer) {
      const { items } = ok(await world.vendor<{ items: { orderId: string }[] }>('GET', path));
      expect(items.map((order) => order.orderId)).toEqual([orderId]);
    }
  });

  it('names of any length and script are found, also when their form is longer than a key', async () => {
    for (const name of ['\ufdfa'.repeat(256), '𝕬'.repeat(128), 'ẞ'.repeat(256)]) {
      const orderId = fresh('order');
      await sell(orderId, name);
      expect(await ordersOf({ customer: name })).toEqual([orderId]);
      expect(await ordersOf({ customerName: name })).toEqual([orderId]);
    }
  });

  it('a whole name costs no search, and a returning customer costs no write for its name', async () => {
    // Some requests also write the token's last use or the rate limit, so the cheapest of several counts.
    const cheapest = async (customerOf: () => string): Promise<number> => {
      const writes: number[] = [];
      for (let attempt = 0; attempt < 4; attempt++) {
        const customer = customerOf();
        meter.reset();
        await sell(fresh('order'), customer);
        writes.push(meter.consumed.writeUnits);
      }
      return Math.min(...writes);
    };
    const name = fresh('Customer');
    await sell(fresh('order'), name);
    expect((await cheapest(() => fresh('Customer'))) - (await cheapest(() => name.toUpperCase()))).toBe(2);
    // The stream's consumer can read the event endpoints meanwhile.
    const queriesOf = async (path: string): Promise<number> => {
      const queries: number[] = [];
      for (let attempt = 0; attempt < 4; attempt++) {
        meter.reset();
        ok(await world.vendor('GET', path));
        queries.push(meter.consumed.calls.QueryCommand ?? 0);
      }
      return Math.min(...queries);
    };
    expect(await queriesOf(`/orders?customerName=${name}`)).toBe(1);
    expect(await queriesOf(`/orders?customer=${name}`)).toBe(2);
  });

  it('a piece that too many customers have is refused for orders and licenses, and the names can be listed', async () => {
    const items = [{ product }];
    for (let index = 0; index <= MAX_CUSTOMERS_LISTED / 20; index++) {
      const customer = Object.fromEntries(
        Array.from({ length: 20 }, (_, member) => [`n${member}`, `crowd ${index}/${member}`]),
      );
      ok(await world.vendor('POST', '/orders', { body: { orderId: fresh('order'), customer, items } }), 201);
    }
    for (const list of ['orders', 'licenses']) {
      const refused = expectProblem(await world.vendor('GET', `/${list}?customer=crowd`), 'invalid-request');
      expect(refused.errors).toMatchObject([{ path: 'query.customer' }]);
      ok(await world.vendor('GET', `/${list}?customer=crowd 0`), 200);
    }
    const names = await readAll<{ name: string }>(world.vendor, '/customers', 50, { search: 'CROWD' });
    expect(names).toHaveLength(120);
  });
});

describe('the list of customers', () => {
  it('every name is listed once, in alphabetical order, as it was first written', async () => {
    const names = await readAll<{ name: string }>(world.vendor, '/customers', 2, { search: 'weber' });
    expect(names.map(({ name }) => name)).toEqual(['Bäckerei Weber', 'Schweber & Söhne', 'Weber GmbH']);
  });

  it('the links of a name lead to its orders and licenses', async () => {
    const { items } = ok(
      await world.vendor<{ items: { links: { orders: string; licenses: string } }[] }>(
        'GET',
        '/customers?search=weber gm',
      ),
    );
    for (const path of Object.values(present(items[0]).links)) {
      const listed = ok(await world.vendor<{ items: { orderId: string }[] }>('GET', path));
      expect(listed.items.map(({ orderId }) => orderId)).toEqual(['W-1', 'W-2']);
    }
  });

  it('a page that has read as many names as it may continues with the next one', async () => {
    const { dependencies } = world.running;
    const first = await pageOfCustomers(dependencies, 'weber', 10, undefined, 1);
    expect(first.next).toBeDefined();
    const found = [...first.items];
    for (let { next } = first; next !== undefined; ) {
      const page = await pageOfCustomers(dependencies, 'weber', 10, next, 1);
      found.push(...page.items);
      next = page.next;
    }
    expect(found.map(({ name }) => name)).toEqual(['Bäckerei Weber', 'Schweber & Söhne', 'Weber GmbH']);
  });
});

describe('a customer of several named texts', () => {
  it('has its members in the same order in every answer', async () => {
    const orderId = fresh('order');
    const sold = await sell(orderId, { number: 'C-9', name: 'Zoe', email: 'zoe@customer.example' });
    const read = ok(await world.vendor<{ customer: object }>('GET', `/orders/${orderId}`));
    const [listed] = ok(
      await world.vendor<{ items: { customer: object }[] }>('GET', `/orders?orderId=${orderId}`),
    ).items;
    const found = ok(await world.vendor<{ customer: object; ticket: string }>('GET', `/tickets/${sold.ticket}`));
    for (const { customer } of [sold, read, present(listed), found]) {
      expect(Object.keys(customer)).toEqual(['email', 'name', 'number']);
    }
    expect(found.ticket).toBe(sold.ticket);
  });
});

describe('a bulk order for a customer', () => {
  it('selects the whole name in any case, and never another customer’s licenses', async () => {
    const name = fresh('Bulk');
    await sell(fresh('order'), `${name} Ltd`);
    await sell(fresh('order'), `${name} Ltd & Sons`);
    const select = async (customer: string): Promise<number> => {
      const { progress } = ok(
        await world.vendor<{ progress: { selected: number } }>('POST', '/bulk-orders', {
          body: { action: 'withdraw', query: { customer }, preview: true },
          headers: { prefer: 'wait=10' },
        }),
        200,
      );
      return progress.selected;
    };
    expect(await select(`${name.toUpperCase()}  LTD`)).toBe(1);
    expect(await select(name)).toBe(0);
  });
});
