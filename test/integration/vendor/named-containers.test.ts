/** Containers have names, are found by the beginning of their serials, and say what they hold and what is on its way. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContainerBody, EventBody, LicenseBody, ListBody } from '../../harness/answers.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { type ShiftedClock, shiftedClock } from '../../harness/shifted-clock.ts';
import { newTestContainer, type TestContainer } from '../../harness/test-container.ts';
import { type Customer, ok, openWorld, present, type World } from '../../harness/world.ts';

const DAY_MS = 24 * 3_600_000;

let clock: ShiftedClock;
let world: World;
let product: string;
beforeAll(async () => {
  clock = shiftedClock();
  world = await openWorld({ clock });
  product = await world.product();
});
afterAll(() => world.close());

const name = (serial: string, body: object) => world.vendor<ContainerBody>('PATCH', `/containers/${serial}`, { body });
const found = async (query: string) =>
  ok(await world.vendor<ListBody<ContainerBody>>('GET', `/containers?${query}`)).items.map(({ serial }) => serial);

async function collected(...products: string[]): Promise<{ customer: Customer; licenses: LicenseBody[] }> {
  const customer = await world.customer();
  const licenses = await world.sell(...products);
  await customer.sync({ activate: licenses });
  return { customer, licenses };
}

describe('the vendor’s name for a container', () => {
  it('the vendor sets, keeps and removes name and note, and the history records each change once', async () => {
    const { customer } = await collected(product);
    const { serial } = customer;
    expect(ok(await name(serial, { name: ' Reception PC ', note: 'ground floor' }), 200)).toMatchObject({
      serial,
      name: 'Reception PC',
      note: 'ground floor',
    });
    ok(await name(serial, { name: 'Reception PC' }), 200);
    expect(ok(await name(serial, { note: null }), 200)).toMatchObject({ name: 'Reception PC' });
    expect(await world.containerOf(serial)).not.toHaveProperty('note');
    const events = (await world.historyOf({ container: serial })).filter(({ type }) => type === 'container.named');
    expect(events).toMatchObject([
      { container: serial, actor: 'vendor', name: 'Reception PC', note: 'ground floor' },
      { container: serial, actor: 'vendor', name: 'Reception PC' },
    ]);
    expect(events[1]).not.toHaveProperty('note');
    // A reprogramming keeps the name.
    await customer.sync({ activate: await world.sell(product) });
    expect(await world.containerOf(serial)).toMatchObject({ name: 'Reception PC' });
  });

  it('an unknown container cannot be named, and a name must be a line of text', async () => {
    const { serial } = await newTestContainer(world.keySets);
    expectProblem(await name(serial, { name: 'Nowhere' }), 'not-found');
    expectProblem(await world.vendor('GET', `/containers/${serial}`), 'not-found');
    const { customer } = await collected(product);
    for (const body of [{}, { name: '' }, { name: 'two\nlines' }, { name: 'x'.repeat(101) }, { title: 'PC' }]) {
      expectProblem(await name(customer.serial, body), 'invalid-request');
    }
  });

  it('the name is shown wherever the serial is, and not to the user', async () => {
    const { customer, licenses } = await collected(product);
    const { serial } = customer;
    const [license] = licenses;
    const { id, orderId, ticket } = present(license);
    ok(await name(serial, { name: 'Reception PC' }), 200);
    ok(await world.vendor('POST', `/licenses/${id}/withdrawal`, { body: {} }), 202);
    const bulk = ok(
      await world.vendor<{ id: string }>('POST', '/bulk-orders', {
        body: { action: 'withdraw', query: { orderId }, preview: true },
        headers: { prefer: 'wait=10' },
      }),
    );
    const first = async (path: string) => ok(await world.vendor<ListBody<object>>('GET', path)).items[0];
    expect(await world.license(id)).toMatchObject({
      containerName: 'Reception PC',
      pending: { containerName: 'Reception PC' },
    });
    expect(await first(`/licenses?orderId=${orderId}`)).toMatchObject({ containerName: 'Reception PC' });
    expect(ok(await world.vendor('GET', `/orders/${orderId}`))).toMatchObject({
      licenses: [{ containerName: 'Reception PC' }],
    });
    expect(ok(await world.vendor('GET', `/tickets/${ticket}`))).toMatchObject({
      licenses: [{ containerName: 'Reception PC' }],
    });
    expect(await first(`/containers?serial=${serial}`)).toMatchObject({ name: 'Reception PC' });
    expect(ok(await world.vendor('GET', `/containers/${serial}/auto-updates`))).toMatchObject({ name: 'Reception PC' });
    expect(await first('/auto-updates')).toMatchObject({ container: serial, name: 'Reception PC' });
    expect(await first(`/bulk-orders/${bulk.id}/licenses`)).toMatchObject({ containerName: 'Reception PC' });
    for (const path of [`/licenses/${id}/history`, `/orders/${orderId}/history`, `/containers/${serial}/history`]) {
      const events = ok(await world.vendor<ListBody<EventBody>>('GET', path)).items;
      for (const event of events) {
        expect(event.containerName, `${path} ${event.type}`).toBe(
          event.container === undefined ? undefined : 'Reception PC',
        );
      }
    }
    expect(JSON.stringify(await world.ticket(ticket))).not.toContain('Reception');
  });
});

describe('short serials', () => {
  /** Containers whose serials begin with the same two characters, and so share a partition of the index. */
  async function neighbours(): Promise<TestContainer[]> {
    const byStart = new Map<string, TestContainer[]>();
    for (;;) {
      const container = await newTestContainer(world.keySets);
      const start = container.serial.slice(0, 2);
      const others = [...(byStart.get(start) ?? []), container];
      byStart.set(start, others);
      if (others.length === 2) return others;
    }
  }

  it('a container is found by its whole serial and by 4 or more characters of its beginning', async () => {
    const [one, other] = await neighbours();
    for (const container of [one, other]) {
      const customer = await world.customer(present(container));
      await customer.sync({ activate: await world.sell(product) });
    }
    const { serial } = present(one);
    for (const length of [4, 8, 42, 43]) expect(await found(`serial=${serial.slice(0, length)}`)).toEqual([serial]);
    expect(await found(`serial=${serial.slice(0, 8)}&status=retired`)).toEqual([]);
    // The history of each has no event of the other.
    for (const container of [one, other]) {
      const events = await world.historyOf({ container: present(container).serial });
      expect(events.length).toBeGreaterThan(0);
      expect(new Set(events.map((event) => event.container))).toEqual(new Set([present(container).serial]));
    }
  });

  it('a container that was only assigned a license is found, and one that only diverged is not', async () => {
    const [license] = await world.sell(product);
    const { serial } = await newTestContainer(world.keySets);
    ok(await world.vendor('PUT', `/containers/${serial}/assignments/${present(license).id}`, { body: {} }), 202);
    expect(await found(`serial=${serial.slice(0, 8)}`)).toEqual([serial]);
    const stranger = await newTestContainer(world.keySets);
    const context = await stranger.context({ counter: 3 });
    expectProblem(await world.user('POST', '/depot/receipts', { body: { context } }), 'container-diverged');
    expect(await found(`serial=${stranger.serial.slice(0, 8)}`)).toEqual([]);
  });

  it('a beginning of 3 characters, and characters that no serial has, are refused', async () => {
    for (const serial of ['abc', 'abcd efgh', 'x'.repeat(44)]) {
      expectProblem(await world.vendor('GET', `/containers?serial=${encodeURIComponent(serial)}`), 'invalid-request');
    }
  });
});

describe('the contents of a container', () => {
  it('each license has its product, and says whether it is confirmed, on its way in or out, or waiting', async () => {
    const other = await world.product();
    const { customer, licenses } = await collected(product, product, product, product);
    const { serial } = customer;
    const [kept, left, withdrawn, replaced] = licenses.map(({ id }) => id);
    const [arriving] = await world.sell(other);
    const [assigned] = await world.sell(other);
    await customer.reprogram({ activate: [present(arriving)], deactivate: [present(left)] });
    ok(await world.vendor('POST', `/licenses/${withdrawn}/withdrawal`, { body: {} }), 202);
    const { license } = ok(
      await world.vendor<{ license: LicenseBody }>('POST', `/licenses/${replaced}/replacement`, {
        body: { product: other },
      }),
    );
    ok(await world.vendor('PUT', `/containers/${serial}/assignments/${present(assigned).id}`, { body: {} }), 202);
    const expected = [
      { license: kept, product, state: 'confirmed' },
      { license: left, product, state: 'leaving' },
      { license: withdrawn, product, state: 'confirmed', pending: 'withdraw' },
      { license: replaced, product, state: 'confirmed', pending: 'replace' },
      { license: present(arriving).id, product: other, state: 'arriving' },
      { license: present(assigned).id, product: other, state: 'waiting', pending: 'assign' },
      { license: license.id, product: other, state: 'waiting' },
    ].sort((one, two) => (present(one.license) < present(two.license) ? -1 : 1));
    const { contents, pending } = await world.containerOf(serial);
    expect(contents).toEqual(expected);
    expect(pending).toMatchObject([
      { action: 'withdraw', product },
      { action: 'replace', product, replacementProduct: other },
      { action: 'assign', product: other },
    ]);
    await customer.sync();
    const after = await world.containerOf(serial);
    expect(after.contents.map(({ license: id, state }) => ({ license: id, state }))).toEqual(
      [kept, present(arriving).id, present(assigned).id, license.id]
        .map((id) => ({ license: present(id), state: 'confirmed' }))
        .sort((one, two) => (one.license < two.license ? -1 : 1)),
    );
    expect(after.contents.map(({ license: id }) => id)).toEqual(after.licenses);
  });

  it('W5 the withdrawal of a returned license names its product and waits for the receipt', async () => {
    const { customer, licenses } = await collected(product);
    const [license] = licenses.map(({ id }) => id);
    await customer.reprogram({ deactivate: [present(license)] });
    ok(await world.vendor('POST', `/licenses/${license}/withdrawal`, { body: {} }), 202);
    expect(await world.autoUpdates(customer.serial)).toMatchObject([{ action: 'withdraw', license, product }]);
    expect((await world.containerOf(customer.serial)).contents).toEqual([
      { license, product, state: 'leaving', pending: 'withdraw' },
    ]);
    expect(await world.license(present(license))).toMatchObject({ pending: { waitsFor: 'receipt' } });
  });
});

describe('what a pending action waits for', () => {
  it('a license says which container, since when, for what, and when the container was last seen', async () => {
    const { customer, licenses } = await collected(product);
    const { id } = present(licenses[0]);
    const { lastContactAt } = await world.containerOf(customer.serial);
    clock.advance(3 * DAY_MS);
    ok(await world.vendor('POST', `/licenses/${id}/withdrawal`, { body: { reason: 'refund' } }), 202);
    const { pending } = await world.license(id);
    expect(pending).toEqual({
      action: 'withdraw',
      container: customer.serial,
      orderedAt: pending?.orderedAt,
      reason: 'refund',
      waitsFor: 'update',
      lastContactAt,
    });
    expect(Date.parse(present(pending?.orderedAt)) - Date.parse(present(lastContactAt))).toBeGreaterThan(2 * DAY_MS);
    const listed = ok(await world.vendor<ListBody<LicenseBody>>('GET', `/licenses?container=${customer.serial}`));
    expect(listed.items[0]?.pending).toEqual(pending);
  });

  it('an assigned license says so of a container that was never in contact', async () => {
    const { serial } = await newTestContainer(world.keySets);
    const { id } = present((await world.sell(product))[0]);
    ok(await world.vendor('PUT', `/containers/${serial}/assignments/${id}`, { body: {} }), 202);
    const { pending } = await world.license(id);
    expect(pending).toMatchObject({ action: 'assign', container: serial, waitsFor: 'update' });
    expect(pending).not.toHaveProperty('lastContactAt');
  });
});

describe('silent containers', () => {
  it('a container is silent since its last contact, or since the vendor named it', async () => {
    const { customer } = await collected(product);
    const { serial: never } = await newTestContainer(world.keySets);
    const { id } = present((await world.sell(product))[0]);
    ok(await world.vendor('PUT', `/containers/${never}/assignments/${id}`, { body: {} }), 202);
    const silent = async (span: string) =>
      (await found(`silentFor=${span}&limit=1000`)).filter((serial) => serial === customer.serial || serial === never);
    expect(await silent('1h')).toEqual([]);
    clock.advance(10 * DAY_MS);
    expect(await silent('9d')).toEqual([customer.serial, never]);
    expect(await silent('240h')).toEqual([customer.serial, never]);
    expect(await silent('2w')).toEqual([]);
    ok(await customer.receipt(), 200);
    expect(await silent('9d')).toEqual([never]);
    for (const span of ['90', '0d', '3m', '1.5d', 'd']) {
      expectProblem(await world.vendor('GET', `/containers?silentFor=${span}`), 'invalid-request');
    }
  });
});
