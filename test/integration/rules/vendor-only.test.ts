/** Vendor commands that need no customer: retirement (T7) and push (P1). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContainerBody, LicenseBody, ReprogrammingBody } from '../../harness/answers.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { type Customer, ok, openWorld, present, type World } from '../../harness/world.ts';

let world: World;
/** For a busy machine. */
const PATIENCE = { timeout: 20_000 };
let product: string;
beforeAll(async () => {
  world = await openWorld();
  product = await world.product();
});
afterAll(() => world.close());

const sell = async (count: number): Promise<LicenseBody[]> => [
  ...(await world.order([{ product, quantity: count }])).licenses,
];
const stateOf = async (license: LicenseBody | undefined) => (await world.license(present(license).id)).state;
const withdraw = async (license: LicenseBody | undefined) =>
  ok(await world.vendor('POST', `/licenses/${present(license).id}/withdrawal`, { body: {} }), 202);
const replace = async (license: LicenseBody | undefined) =>
  ok(
    await world.vendor<{ license: LicenseBody }>('POST', `/licenses/${present(license).id}/replacement`, { body: {} }),
    202,
  ).license;
const assign = async ({ serial }: Customer, license: LicenseBody | undefined) =>
  ok(await world.vendor('PUT', `/containers/${serial}/assignments/${present(license).id}`), 202);
const retire = ({ serial }: Customer, licenses: string, reason = 'stolen') =>
  world.vendor<ContainerBody>('POST', `/containers/${serial}/retirement`, { body: { licenses, reason } });

/** A container with a license in each state, and a pending action of each kind. */
async function busyCustomer() {
  const [confirmed, arriving, leaving, doomed, old, assigned, doomedLeaving] = await sell(7);
  const customer = await world.customer();
  const known = [confirmed, leaving, doomed, old, doomedLeaving].map(present);
  await customer.sync({ activate: known });
  await customer.reprogram({
    activate: [present(arriving)],
    deactivate: [present(leaving).id, present(doomedLeaving).id],
  });
  await withdraw(doomed);
  await withdraw(doomedLeaving);
  const fresh = await replace(old);
  await assign(customer, assigned);
  return { customer, confirmed, arriving, leaving, doomed, old, fresh, assigned, doomedLeaving };
}

describe('T7: the retirement of a container', () => {
  it('a retirement with restore makes its licenses available again and carries out accepted vendor actions', async () => {
    const { customer, ...all } = await busyCustomer();
    const reply = await retire(customer, 'restore');
    expect(reply.status).toBe(200);
    const at = async () =>
      Object.fromEntries(
        await Promise.all(Object.entries(all).map(async ([name, license]) => [name, await stateOf(license)] as const)),
      );
    expect(await at()).toEqual({
      confirmed: 'available',
      arriving: 'available',
      leaving: 'available',
      doomed: 'withdrawn',
      doomedLeaving: 'withdrawn',
      old: 'replaced',
      fresh: 'available',
      assigned: 'available',
    });
    expect(await world.containerOf(customer.serial)).toMatchObject({ status: 'retired', pending: [], licenses: [] });
    // Another container can activate a restored license.
    const other = await world.customer();
    await other.sync({ activate: [all.confirmed, all.arriving, all.leaving, all.fresh, all.assigned].map(present) });
    expect(other.container.content.licenses).toHaveLength(5);
  });

  it('a retirement with withdraw withdraws its licenses and releases those reserved for it', async () => {
    const { customer, ...all } = await busyCustomer();
    expect((await retire(customer, 'withdraw')).status).toBe(200);
    const { assigned: _, ...gone } = all;
    for (const [name, license] of Object.entries(gone))
      expect([name, await stateOf(license)]).toEqual([name, 'withdrawn']);
    expect(await stateOf(all.assigned)).toBe('available');
    expect((await world.ticket(present(all.confirmed).ticket)).map(({ id }) => id)).toEqual([present(all.assigned).id]);
  });

  it('a retired container is refused contexts, vendor actions and pushes', async () => {
    const [mine, other] = await sell(2);
    const customer = await world.customer();
    await customer.sync({ activate: [present(mine)] });
    ok(await retire(customer, 'restore'), 200);
    for (const path of ['/depot/reprogrammings', '/depot/receipts', '/depot/auto-updates']) {
      const reply = await world.user('POST', path, { body: { context: await customer.container.context() } });
      expectProblem(reply, 'container-retired');
    }
    expectProblem(await world.vendor('POST', `/containers/${customer.serial}/reprogrammings`), 'container-retired');
    const assignment = await world.vendor('PUT', `/containers/${customer.serial}/assignments/${present(other).id}`);
    expectProblem(assignment, 'container-retired');
    expect(await stateOf(other)).toBe('available');
  });

  it('a retired container gets no update from any endpoint, and licenses on their way to it are available', async () => {
    const [first, license] = await sell(2);
    const customer = await world.customer();
    await customer.sync({ activate: [present(first)] });
    const { id } = await customer.reprogram({ activate: [present(license)] });
    ok(await retire(customer, 'restore'), 200);
    const other = await world.customer();
    await other.sync({ activate: [present(license)] });
    for (const prefer of [{}, { prefer: 'wait=1' }]) {
      const asked = await world.user('GET', `/depot/reprogrammings/${id}`, { headers: prefer });
      expectProblem(asked, 'container-retired');
    }
    expectProblem(await world.vendor('GET', `/containers/${customer.serial}/updates?from=0`), 'container-retired');
  });

  it('a late receipt of a retired container moves no license, and its executions have ended', async () => {
    const [license] = await sell(1);
    const customer = await world.customer();
    const { updates, id } = await customer.reprogram({ activate: [present(license)] });
    ok(await retire(customer, 'restore'), 200);
    await customer.apply(updates);
    expectProblem(await customer.receipt(), 'container-retired');
    expect(await stateOf(license)).toBe('available');
    await expect.poll(() => world.running.workflow.isRunning(id), PATIENCE).toBe(false);
  });

  it('retiring a container again changes nothing', async () => {
    const [license] = await sell(1);
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    const first = ok(await retire(customer, 'restore'), 200);
    const events = await world.historyOf({ container: customer.serial });
    expect(ok(await retire(customer, 'withdraw'), 200)).toEqual(first);
    expect(await stateOf(license)).toBe('available');
    expect(await world.historyOf({ container: customer.serial })).toEqual(events);
  });

  it('the histories of the container and of each order record the retirement and its reason', async () => {
    const [license] = await sell(1);
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    ok(await retire(customer, 'restore', 'fell into the sea'), 200);
    const events = await world.historyOf({ container: customer.serial });
    expect(events.find(({ type }) => type === 'container.retired')).toMatchObject({
      actor: 'vendor',
      reason: 'fell into the sea',
    });
    const order = await world.historyOf({ order: present(present(license).orderId) });
    expect(order.at(-1)).toMatchObject({
      type: 'license.return-confirmed',
      license: present(license).id,
      actor: 'vendor',
    });
  });

  it('retiring an unknown container is not-found, and a retirement must say what happens to the licenses', async () => {
    const customer = await world.customer();
    expectProblem(await retire(customer, 'restore'), 'not-found');
    await customer.sync({ activate: await sell(1) });
    expectProblem(await retire(customer, 'sell'), 'invalid-request');
    expectProblem(
      await world.vendor('POST', `/containers/${customer.serial}/retirement`, { body: { licenses: 'restore' } }),
      'invalid-request',
    );
    expect((await world.containerOf(customer.serial)).status).toBe('active');
  });
});

describe('P1: a push', () => {
  const push = ({ serial }: Customer, prefer = 'wait=10') =>
    world.vendor<ReprogrammingBody>('POST', `/containers/${serial}/reprogrammings`, { headers: { prefer } });

  it('a push carries out the pending actions without a context, and the container imports its update', async () => {
    const [doomed, old, assigned] = await sell(3);
    const customer = await world.customer();
    await customer.sync({ activate: [present(doomed), present(old)] });
    await withdraw(doomed);
    const fresh = await replace(old);
    await assign(customer, assigned);
    const reply = await push(customer);
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({
      status: 'issued',
      dropped: [],
      executed: {
        withdraw: [present(doomed).id],
        deactivate: [],
        assign: [present(assigned).id],
        replace: [{ old: present(old).id, new: fresh.id }],
        activate: [],
      },
    });
    const file = ok(await world.vendor<ReprogrammingBody>('GET', `/containers/${customer.serial}/updates`), 200);
    expect(file.updates).toEqual(reply.body.updates);
    await customer.apply(file.updates);
    ok(await customer.receipt(), 200);
    expect(customer.container.content.licenses.map(({ id }) => id)).toEqual([present(assigned).id, fresh.id].sort());
    expect(await world.containerOf(customer.serial)).toMatchObject({ counter: 2, pending: [], outstanding: [] });
  });

  it('a push with nothing pending is unchanged; a second push returns the first one’s update', async () => {
    const [license] = await sell(1);
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    expect(ok(await push(customer), 200)).toMatchObject({ status: 'unchanged', updates: [] });
    await withdraw(license);
    const first = ok(await push(customer), 200);
    expect(ok(await push(customer), 200)).toEqual(first);
    expect((await world.containerOf(customer.serial)).outstanding).toEqual([first.id]);
  });

  it('a push plans against the target content, including outstanding updates', async () => {
    const [license] = await sell(1);
    const customer = await world.customer();
    await customer.reprogram({ activate: [present(license)] });
    await withdraw(license);
    const { updates, executed } = ok(await push(customer), 200);
    expect(executed.withdraw).toEqual([present(license).id]);
    expect(updates).toHaveLength(2);
    await customer.apply(updates);
    ok(await customer.receipt(), 200);
    expect(await stateOf(license)).toBe('withdrawn');
  });

  it('the next sync brings the user the update of a push', async () => {
    const [license] = await sell(1);
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    await withdraw(license);
    const pushed = ok(await push(customer), 200);
    const answer = await customer.sync();
    expect(answer.id).toBe(pushed.id);
    expect(await stateOf(license)).toBe('withdrawn');
  });

  it('a push to a container that was never in contact creates its first update, with its assignments', async () => {
    const [license] = await sell(1);
    const customer = await world.customer();
    await assign(customer, license);
    const { updates } = ok(await push(customer), 200);
    await customer.apply(updates);
    ok(await customer.receipt(), 200);
    expect(await stateOf(license)).toBe('confirmed-collected');
  });

  it('a push without `Prefer: wait` answers 202 with a Location', async () => {
    const [license] = await sell(1);
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    await withdraw(license);
    const reply = await world.vendor<ReprogrammingBody>('POST', `/containers/${customer.serial}/reprogrammings`);
    expect(reply.status).toBe(202);
    expect(reply.headers.get('location')).toBe(`/depot/reprogrammings/${reply.body.id}`);
    await expect
      .poll(async () => (await world.containerOf(customer.serial)).outstanding, PATIENCE)
      .toEqual([reply.body.id]);
  });

  it('a push to an unknown container is not-found', async () => {
    expectProblem(await push(await world.customer()), 'not-found');
  });
});
