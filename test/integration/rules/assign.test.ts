import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../harness/expect-problem.ts';
import { ok, openWorld, present, type World } from '../../harness/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const assign = (serial: string, id: string, body: object = {}) =>
  world.vendor('PUT', `/containers/${serial}/assignments/${id}`, { body });
const cancel = (serial: string, id: string) => world.vendor('DELETE', `/containers/${serial}/assignments/${id}`);

describe('A1: an available license that is assigned to a container', () => {
  it('an assigned license is reserved, listed, and collected by the next reprogramming without a manual action', async () => {
    const [license] = await world.sell(await world.product());
    const { id, ticket, product } = present(license);
    const customer = await world.customer();
    const rival = await world.customer();
    const reply = await assign(customer.serial, id, { reason: 'a gift' });
    expect(reply.status).toBe(202);
    expect(reply.body).toMatchObject({ status: 'pending', container: customer.serial });
    expect(await world.autoUpdates(customer.serial)).toEqual([
      { action: 'assign', license: id, product, orderedAt: expect.any(String), reason: 'a gift' },
    ]);
    expect((await world.license(id)).pending).toMatchObject({ action: 'assign', container: customer.serial });
    expect(await world.license(id)).toMatchObject({ state: 'available' });
    const refused = expectProblem(await rival.ask({ activate: [{ id, ticket }] }), 'manual-conflict');
    expect(refused.conflicts).toEqual([{ action: 'activate', license: id, reason: 'reserved-elsewhere' }]);
    const answer = await customer.sync();
    expect(answer.executed).toEqual({ withdraw: [], deactivate: [], assign: [id], replace: [], activate: [] });
    expect(answer.updates[0]?.operations).toMatchObject([{ op: 'put', license: { id }, cause: 'assign' }]);
    expect(await world.license(id)).toMatchObject({ state: 'confirmed-collected', container: customer.serial });
    expect(await world.license(id)).not.toHaveProperty('pending');
  });

  it('the user of the container can activate an assigned license; the update lists it as an assignment', async () => {
    const [license] = await world.sell(await world.product());
    const customer = await world.customer();
    ok(await assign(customer.serial, present(license).id), 202);
    const answer = await customer.sync({ activate: [present(license)] });
    expect(answer.dropped).toEqual([]);
    expect(answer.executed).toMatchObject({ assign: [present(license).id], activate: [] });
    expect(customer.container.content.licenses).toHaveLength(1);
  });

  it('assigning a license again to the same container changes nothing; assigning it to another one is refused', async () => {
    const [license] = await world.sell(await world.product());
    const customer = await world.customer();
    const rival = await world.customer();
    ok(await assign(customer.serial, present(license).id), 202);
    const pending = await world.autoUpdates(customer.serial);
    ok(await assign(customer.serial, present(license).id), 202);
    expect(await world.autoUpdates(customer.serial)).toEqual(pending);
    expect((await assign(rival.serial, present(license).id)).status).toBe(409);
  });

  it('the assignment of a license that is in a container is refused', async () => {
    const [license] = await world.sell(await world.product());
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    expect((await assign(customer.serial, present(license).id)).status).toBe(409);
    expect((await assign((await world.customer()).serial, present(license).id)).status).toBe(409);
  });

  it('an assignment without its required license is refused (Q7), and accepted when another assignment brings that', async () => {
    const base = await world.product();
    const [one, addOn] = await world.sell(base, await world.product([base]));
    const customer = await world.customer();
    const problem = expectProblem(await assign(customer.serial, present(addOn).id), 'dependency-violation');
    expect(problem.dependents).toEqual([present(addOn).id]);
    ok(await assign(customer.serial, present(one).id), 202);
    ok(await assign(customer.serial, present(addOn).id), 202);
    // The add-on's assignment requires the base license's.
    expectProblem(await cancel(customer.serial, present(one).id), 'dependency-violation');
    const answer = await customer.sync();
    expect([...answer.executed.assign].sort()).toEqual([present(one).id, present(addOn).id].sort());
  });

  it('an assignment can be cancelled until a plan contains it (W6)', async () => {
    const product = await world.product();
    const [license, other] = await world.sell(product, product);
    const customer = await world.customer();
    ok(await assign(customer.serial, present(license).id), 202);
    expect((await cancel(customer.serial, present(license).id)).status).toBe(200);
    expect(await world.autoUpdates(customer.serial)).toEqual([]);
    expectProblem(await cancel(customer.serial, present(license).id), 'not-found');
    ok(await assign(customer.serial, present(other).id), 202);
    await customer.reprogram();
    expectProblem(await cancel(customer.serial, present(other).id), 'reprogramming-in-flight');
  });

  it('cancelling an assignment under another container’s serial is refused', async () => {
    const [license] = await world.sell(await world.product());
    const customer = await world.customer();
    ok(await assign(customer.serial, present(license).id), 202);
    expectProblem(await cancel((await world.customer()).serial, present(license).id), 'not-found');
    expect(await world.autoUpdates(customer.serial)).toHaveLength(1);
  });
});

describe('A2: the withdrawal of an assigned license', () => {
  it('a withdrawal before the collection removes the assignment', async () => {
    const [license] = await world.sell(await world.product());
    const customer = await world.customer();
    ok(await assign(customer.serial, present(license).id), 202);
    const reply = await world.vendor('POST', `/licenses/${present(license).id}/withdrawal`, { body: {} });
    expect([reply.status, reply.body]).toEqual([200, { status: 'withdrawn' }]);
    expect(await world.autoUpdates(customer.serial)).toEqual([]);
    expect((await customer.reprogram()).status).toBe('unchanged');
    const fleet = ok(await world.vendor<{ items: { container: string }[] }>('GET', '/auto-updates?limit=1000'));
    expect(fleet.items.map(({ container }) => container)).not.toContain(customer.serial);
  });

  it('the withdrawal is refused when another assigned license requires it', async () => {
    const base = await world.product();
    const [one, addOn] = await world.sell(base, await world.product([base]));
    const customer = await world.customer();
    ok(await assign(customer.serial, present(one).id), 202);
    ok(await assign(customer.serial, present(addOn).id), 202);
    const reply = await world.vendor('POST', `/licenses/${present(one).id}/withdrawal`, { body: {} });
    expect(expectProblem(reply, 'dependency-violation').dependents).toEqual([present(addOn).id]);
    expect(await world.autoUpdates(customer.serial)).toHaveLength(2);
    expect((await world.license(present(one).id)).state).toBe('available');
  });
});
