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

describe('A1: an available license bound to a container', () => {
  it('is reserved, listed, and collected at the next reprogramming without the user doing anything', async () => {
    const [license] = await world.sell(await world.product());
    const { id, ticket } = present(license);
    const customer = await world.customer();
    const rival = await world.customer();
    const reply = await assign(customer.serial, id, { reason: 'a gift' });
    expect(reply.status).toBe(202);
    expect(reply.body).toMatchObject({ status: 'pending', container: customer.serial });
    expect(await world.autoUpdates(customer.serial)).toEqual([
      { action: 'assign', license: id, orderedAt: expect.any(String), reason: 'a gift' },
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

  it('can be activated by its own container by hand: the assignment is what carries it out', async () => {
    const [license] = await world.sell(await world.product());
    const customer = await world.customer();
    ok(await assign(customer.serial, present(license).id), 202);
    const answer = await customer.sync({ activate: [present(license)] });
    expect(answer.dropped).toEqual([]);
    expect(answer.executed).toMatchObject({ assign: [present(license).id], activate: [] });
    expect(customer.container.content.licenses).toHaveLength(1);
  });

  it('is assigned again to the same container without a change, and to no other one', async () => {
    const [license] = await world.sell(await world.product());
    const customer = await world.customer();
    const rival = await world.customer();
    ok(await assign(customer.serial, present(license).id), 202);
    const pending = await world.autoUpdates(customer.serial);
    ok(await assign(customer.serial, present(license).id), 202);
    expect(await world.autoUpdates(customer.serial)).toEqual(pending);
    expect((await assign(rival.serial, present(license).id)).status).toBe(409);
  });

  it('is refused for a license that is in a container', async () => {
    const [license] = await world.sell(await world.product());
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    expect((await assign(customer.serial, present(license).id)).status).toBe(409);
    expect((await assign((await world.customer()).serial, present(license).id)).status).toBe(409);
  });

  it('is refused when its requirements would be missing (Q7), and accepted when another assignment meets them', async () => {
    const base = await world.product();
    const [one, addOn] = await world.sell(base, await world.product([base]));
    const customer = await world.customer();
    const problem = expectProblem(await assign(customer.serial, present(addOn).id), 'dependency-violation');
    expect(problem.dependents).toEqual([present(addOn).id]);
    ok(await assign(customer.serial, present(one).id), 202);
    ok(await assign(customer.serial, present(addOn).id), 202);
    // The add-on's assignment needs the base license's.
    expectProblem(await cancel(customer.serial, present(one).id), 'dependency-violation');
    const answer = await customer.sync();
    expect([...answer.executed.assign].sort()).toEqual([present(one).id, present(addOn).id].sort());
  });

  it('is cancelled until it is planned (W6)', async () => {
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

  it('is not cancelled by the name of another container', async () => {
    const [license] = await world.sell(await world.product());
    const customer = await world.customer();
    ok(await assign(customer.serial, present(license).id), 202);
    expectProblem(await cancel((await world.customer()).serial, present(license).id), 'not-found');
    expect(await world.autoUpdates(customer.serial)).toHaveLength(1);
  });
});

describe('A2: an assigned license that is withdrawn', () => {
  it('before it is collected takes its assignment with it', async () => {
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

  it('is refused when another assignment needs it', async () => {
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
