import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestPath } from '../../../protocol/request-path.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { ok, openWorld, present, readAll, type World } from '../../harness/world.ts';

interface Listed {
  readonly id: string;
  readonly orderId: string;
  readonly product: string;
}

let world: World;
let base: string;
let pro: string;
beforeAll(async () => {
  world = await openWorld();
  base = await world.product();
  pro = await world.product();
  for (let index = 0; index < 30; index++) {
    const body = {
      orderId: `order-${index}`,
      customer: index % 3 === 0 ? { name: 'Ann', number: 'C-1' } : `customer-${index % 3}`,
      items: [{ product: index % 2 === 0 ? base : pro, quantity: 3 }],
    };
    ok(await world.vendor('POST', '/orders', { body }), 201);
  }
});
afterAll(() => world.close());

const list = async (query: string): Promise<Listed[]> =>
  ok(await world.vendor<{ items: Listed[] }>('GET', `/licenses?limit=1000&${query}`)).items;

describe('the list of licenses', () => {
  it('licenses come in pages of any size, each exactly once', async () => {
    for (const limit of [1, 4, 90]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const path = `/licenses?limit=${limit}${cursor === undefined ? '' : `&cursor=${cursor}`}`;
        const page = ok(await world.vendor<{ items: Listed[]; cursor?: string }>('GET', path));
        expect(page.items.length).toBeLessThanOrEqual(limit);
        seen.push(...page.items.map((license) => license.id));
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(seen).toHaveLength(90);
      expect(new Set(seen).size).toBe(90);
    }
  });

  it('licenses are found by each name of their customer', async () => {
    expect(await list('customer=customer-1')).toHaveLength(30);
    expect(await list('customer=C-1')).toHaveLength(30);
    expect(await list('customer=nobody')).toEqual([]);
  });

  it('licenses are found by product, order, ticket and state, and by several of them at once', async () => {
    expect(await list(`product=${pro}`)).toHaveLength(45);
    const ofOrder = await list('orderId=order-7');
    expect(ofOrder.map((license) => license.product)).toEqual([pro, pro, pro]);
    expect(await list(`customer=customer-1&product=${base}&state=available`)).toHaveLength(15);
    expect(await list('state=confirmed-collected')).toEqual([]);
  });

  it('licenses are found by their container', async () => {
    const [license] = await world.sell(base);
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    expect((await list(`container=${customer.serial}`)).map(({ id }) => id)).toEqual([present(license).id]);
    expect((await list('state=confirmed-collected')).map(({ id }) => id)).toEqual([present(license).id]);
  });

  it('withdrawn and replaced licenses are in no list, and a replacement is found by its own product (W1, R4)', async () => {
    const [first, second] = await world.sell(pro, pro);
    const special = await world.product();
    ok(await world.vendor('POST', `/licenses/${present(first).id}/withdrawal`, { body: {} }));
    ok(await world.vendor('POST', `/licenses/${present(second).id}/replacement`, { body: { product: special } }));
    const listed = (await list(`product=${pro}`)).map(({ id }) => id);
    expect(listed).not.toContain(present(first).id);
    expect(listed).not.toContain(present(second).id);
    expect(await list(`product=${special}`)).toHaveLength(1);
  });

  it('licenses that leave the list between two pages hide none behind them', async () => {
    const product = await world.product();
    for (let order = 0; order < 3; order++) await world.order([{ product, quantity: 5 }]);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const path = `/licenses?limit=2&state=available&product=${product}${cursor === undefined ? '' : `&cursor=${cursor}`}`;
      const page = ok(await world.vendor<{ items: Listed[]; cursor?: string }>('GET', path));
      for (const { id } of page.items) {
        seen.push(id);
        ok(await world.vendor('POST', `/licenses/${id}/withdrawal`, { body: {} }));
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(new Set(seen).size).toBe(15);
    expect(await list(`product=${product}`)).toEqual([]);
  });

  it('licenses meet every given filter, whichever of them the query starts from', async () => {
    const [mine] = await list('orderId=order-7');
    const { ticket, orderId } = await world.license(present(mine).id);
    for (const [query, found] of [
      [`orderId=${orderId}&customer=customer-1`, 3],
      [`orderId=${orderId}&customer=customer-2`, 0],
      [`ticket=${ticket}&customer=customer-1&product=${pro}`, 3],
      [`ticket=${ticket}&customer=Ann`, 0],
      [`ticket=${ticket}&orderId=order-1`, 0],
    ] as const) {
      expect([query, await list(query)]).toEqual([
        query,
        found === 0 ? [] : expect.objectContaining({ length: found }),
      ]);
    }
  });

  it('licenses are found by the time at which they expire', async () => {
    const product = await world.product();
    await world.order([
      { product, terms: { expiresAt: '2027-01-31T00:00:00Z' } },
      { product, terms: { expiresAt: '2027-01-31T00:00:00.001Z' } },
      { product },
    ]);
    const expiring = async (time: string) => (await list(`product=${product}&expiresBefore=${time}`)).length;
    expect(await expiring('2027-01-31T00:00:00Z')).toBe(0);
    expect(await expiring('2027-01-31T00:00:00.001Z')).toBe(1);
    expect(await expiring('2027-02-01T00:00:00Z')).toBe(2);
  });

  it('licenses are found by their pending vendor action, alone and with every other filter', async () => {
    const product = await world.product();
    const [taken, swapped, kept] = (await world.order([{ product, quantity: 3 }])).licenses;
    const [bound] = await world.sell(product);
    const customer = await world.customer();
    await customer.sync({ activate: [present(taken), present(swapped), present(kept)] });
    ok(await world.vendor('POST', `/licenses/${taken?.id}/withdrawal`, { body: {} }), 202);
    ok(await world.vendor('POST', `/licenses/${swapped?.id}/replacement`, { body: {} }), 202);
    ok(await world.vendor('PUT', `/containers/${customer.serial}/assignments/${bound?.id}`, { body: {} }), 202);
    const ids = async (query: string) => (await list(query)).map(({ id }) => id);
    for (const more of ['', `&product=${product}`, `&container=${customer.serial}`]) {
      expect(await ids(`pending=withdraw${more}`)).toEqual([taken?.id]);
      expect(await ids(`pending=replace${more}`)).toEqual([swapped?.id]);
      expect(await ids(`pending=assign${more}`)).toEqual([bound?.id]);
    }
    expect(await ids(`pending=withdraw&orderId=${taken?.orderId}`)).toEqual([taken?.id]);
    expect(await ids(`pending=withdraw&orderId=${bound?.orderId}`)).toEqual([]);
    expect(await ids('pending=withdraw&customer=Ann')).toEqual([]);

    // The user has returned it, and its withdrawal waits for the receipt (W5).
    await customer.reprogram({ deactivate: [present(kept).id] });
    ok(await world.vendor('POST', `/licenses/${kept?.id}/withdrawal`, { body: {} }), 202);
    expect(await ids(`pending=withdraw&product=${product}`)).toEqual([kept?.id]);
    expect(await ids('pending=withdraw')).toEqual([kept?.id]);
    expect(await ids(`container=${customer.serial}&state=returned-without-receipt`)).toContain(kept?.id);
  });

  it('a forged cursor and an unknown filter are refused', async () => {
    const forged = Buffer.from(JSON.stringify({ group: -1 })).toString('base64url');
    for (const query of ['cursor=abc', `cursor=${forged}`, 'colour=red', 'limit=0']) {
      expectProblem(await world.vendor('GET', `/licenses?${query}`), 'invalid-request');
    }
  });
});

describe('withdrawn and replaced licenses', () => {
  it('are listed only for the state that the vendor asks for, with every other filter (W1)', async () => {
    const product = await world.product();
    const { licenses, orderId, ticket } = await world.order([{ product, quantity: 5 }]);
    const [gone, swapped, kept, waiting, taken] = licenses.map(({ id }) => id);
    const customer = await world.customer();
    await customer.sync({ activate: [present(licenses[3]), present(licenses[4])] });
    ok(await world.vendor('POST', `/licenses/${gone}/withdrawal`, { body: {} }), 200);
    ok(await world.vendor('POST', `/licenses/${swapped}/replacement`, { body: {} }), 200);
    ok(await world.vendor('POST', `/licenses/${taken}/withdrawal`, { body: {} }), 202);
    // A replacement that is cancelled before it was on offer was never sold.
    ok(await world.vendor('POST', `/licenses/${waiting}/replacement`, { body: {} }), 202);
    ok(await world.vendor('DELETE', `/licenses/${waiting}/replacement`), 200);
    const ids = async (query: string) => (await list(query)).map(({ id }) => id).sort();
    for (const filter of [`orderId=${orderId}`, `ticket=${ticket}`, `product=${product}`]) {
      expect(await ids(`${filter}&state=withdrawn`)).toEqual([gone]);
      expect(await ids(`${filter}&state=replaced`)).toEqual([swapped]);
      expect(await ids(filter)).not.toContain(gone);
      expect(await ids(filter)).not.toContain(swapped);
    }
    expect(await list('state=withdrawn&customer=nobody')).toEqual([]);
    expect(await list(`state=withdrawn&product=${base}`)).toEqual([]);
    await customer.sync();
    expect(await ids(`orderId=${orderId}&state=withdrawn`)).toEqual([gone, taken].sort());
    expect((await world.ticket(ticket)).map(({ id }) => id)).toEqual(
      expect.arrayContaining([present(kept), present(waiting)]),
    );
    expect((await world.ticket(ticket)).map(({ id }) => id)).not.toContain(gone);
  });

  it('are not selected by a bulk order (W1)', async () => {
    const body = { action: 'withdraw', query: { state: 'withdrawn' } };
    expectProblem(await world.vendor('POST', '/bulk-orders', { body }), 'invalid-request');
  });
});

describe('the list of orders', () => {
  it('orders are listed oldest first by default, and found by customer and product', async () => {
    const orders = async (query: string) =>
      ok(await world.vendor<{ items: { orderId: string }[] }>('GET', `/orders?limit=1000&${query}`)).items;
    const all = (await orders('')).map(({ orderId }) => orderId);
    expect(all.slice(0, 3)).toEqual(['order-0', 'order-1', 'order-2']);
    expect(await orders('customer=Ann')).toHaveLength(10);
    expect((await orders(`product=${pro}`)).length).toBeGreaterThanOrEqual(15);
    expect(await orders(`customer=customer-1&product=${pro}`)).toHaveLength(5);
  });

  it('orders of a customer are found by the product of a replacement', async () => {
    const product = await world.product();
    const { licenses } = ok(await world.vendor<{ licenses: Listed[] }>('GET', '/orders/order-8'));
    ok(await world.vendor('POST', `/licenses/${licenses[0]?.id}/replacement`, { body: { product } }));
    const { items } = ok(
      await world.vendor<{ items: { orderId: string }[] }>('GET', `/orders?customer=customer-2&product=${product}`),
    );
    expect(items.map(({ orderId }) => orderId)).toEqual(['order-8']);
  });
});

describe('cursors', () => {
  let made: Promise<string[]> | undefined;
  /** Every kind of list that has more than one entry here, with and without filters. */
  const lists = (): Promise<string[]> => {
    made ??= makeLists();
    return made;
  };

  async function makeLists(): Promise<string[]> {
    const product = await world.product();
    const { orderId, licenses } = await world.order([{ product, quantity: 3 }]);
    const other = await world.order([{ product, quantity: 3 }]);
    const serials: string[] = [];
    for (const chosen of [licenses[0], licenses[1]]) {
      const customer = await world.customer();
      await customer.sync({ activate: [present(chosen)] });
      serials.push(customer.serial);
      ok(await world.vendor('POST', `/licenses/${present(chosen).id}/withdrawal`, { body: {} }), 202);
    }
    for (const name of ['one', 'two']) {
      ok(await world.vendor('PUT', `/sku-mappings/${name}`, { body: { items: [{ product }] } }));
      ok(await world.vendor('POST', '/tokens', { body: { name, scopes: ['products:read'] } }), 201);
    }
    const bulk: string[] = [];
    for (const _ of [1, 2]) {
      const body = { action: 'withdraw', query: { product }, preview: true };
      const { id } = ok(await world.vendor<{ id: string }>('POST', '/bulk-orders', { body }), 202);
      for (let left = 100; left > 0; left--) {
        const { status } = ok(await world.vendor<{ status: string }>('GET', `/bulk-orders/${id}`));
        if (status === 'done') break;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      bulk.push(id);
    }
    return [
      '/products?',
      '/sku-mappings?',
      '/tokens?',
      '/orders?',
      `/orders?product=${product}`,
      '/orders?customer=Ann',
      '/orders?customer=customer-1',
      `/orders/${orderId}/history?`,
      `/orders/${other.orderId}/history?`,
      '/licenses?',
      '/licenses?customer=Ann',
      `/licenses?product=${product}`,
      `/licenses?product=${product}&state=available`,
      '/licenses?pending=withdraw',
      `/licenses/${present(licenses[0]).id}/history?`,
      `/licenses/${present(licenses[1]).id}/history?`,
      '/containers?',
      '/containers?order=oldest',
      '/containers?status=active',
      ...serials.map((serial) => `/containers/${serial}/history?`),
      '/auto-updates?',
      '/bulk-orders?',
      ...bulk.map((id) => `/bulk-orders/${id}/licenses?`),
    ];
  }

  it('a cursor continues its own list, and no other list accepts it', async () => {
    const cursors = new Map<string, string>();
    for (const list of await lists()) {
      const { cursor } = ok(await world.vendor<{ cursor?: string }>('GET', `${list}&limit=1`));
      cursors.set(list, present(cursor));
    }
    for (const [list, own] of cursors) {
      for (const [source, cursor] of cursors) {
        const reply = await world.vendor('GET', `${list}&cursor=${cursor}`);
        if (source === list) ok(reply, 200);
        else expect(expectProblem(reply, 'invalid-request').errors, `${source} at ${list}`).toEqual(NOT_OF_THIS_LIST);
      }
      // A cursor of an older version, which did not name its list.
      const before = Buffer.from(own, 'base64url').toString().slice(12);
      const continued = await world.vendor('GET', `${list}&cursor=${Buffer.from(before).toString('base64url')}`);
      expect(ok(continued, 200)).toEqual(ok(await world.vendor('GET', `${list}&cursor=${own}`), 200));
    }
  });

  it('the newest first is the reverse of the oldest first, in pages of any size, with cursors of its own', async () => {
    for (const list of (await lists()).filter((path) => !UNSORTED.test(path) && !path.includes('order='))) {
      const [path = '', conditions = ''] = list.split('?');
      const query = Object.fromEntries(new URLSearchParams(conditions));
      const inOrder = (order: string, limit: number) =>
        readAll<unknown>(world.vendor, path, limit, { ...query, order });
      const oldest = await inOrder('oldest', 1000);
      expect(oldest.length, list).toBeGreaterThan(1);
      expect(await inOrder('newest', 1000), list).toEqual(oldest.toReversed());
      if (oldest.length < 20) expect(await inOrder('newest', 1), list).toEqual(oldest.toReversed());
      const joint = list.endsWith('?') ? '' : '&';
      const { cursor } = ok(await world.vendor<{ cursor: string }>('GET', `${list}${joint}order=newest&limit=1`));
      const turned = await world.vendor('GET', `${list}${joint}order=oldest&cursor=${cursor}`);
      expect(expectProblem(turned, 'invalid-request').errors, list).toEqual(NOT_OF_THIS_LIST);
    }
  });

  it('a list that is not sorted by time takes no order', async () => {
    for (const list of ['/products', '/sku-mappings', '/tokens', '/auto-updates', '/customers']) {
      expectProblem(await world.vendor('GET', `${list}?order=newest`), 'invalid-request');
    }
    expectProblem(await world.vendor('GET', '/orders?order=latest'), 'invalid-request');
  });

  /** Lists by code, SKU, id, serial or container. */
  const UNSORTED = /^\/(products|sku-mappings|tokens|auto-updates|bulk-orders\/\w+\/licenses)\?/;

  it('cursors of lists with the longest names are short enough to be accepted', async () => {
    const product = await world.product();
    const longest = (index: number, length: number) => `${index}${'𝕬'.repeat(length - 1)}`;
    for (const index of [1, 2]) {
      // 125 bytes, of 128.
      await world.order([{ product, quantity: 2 }], longest(index, 32));
      const body = { items: [{ product }] };
      ok(await world.vendor('PUT', requestPath('/sku-mappings/{sku}', { sku: longest(index, 249) }), { body }));
    }
    await readAll(world.vendor, '/sku-mappings', 1);
    await readAll(world.vendor, '/licenses', 1, { product });
    await readAll(world.vendor, '/orders', 1, { product });
  });

  const NOT_OF_THIS_LIST = [
    { path: 'query.cursor', message: 'is not a cursor of this list with this query; start without a cursor' },
  ];
});
