/** The vendor's reason is in every event of a vendor action, from its order to what the receipt makes of it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EventBody, LicenseBody } from '../../harness/answers.ts';
import { ok, openWorld, present, type World } from '../../harness/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** A license of its own order, confirmed in a container. */
async function collected() {
  const [license] = await world.sell(await world.product());
  const customer = await world.customer();
  await customer.sync({ activate: [present(license)] });
  return { license: present(license), customer };
}

/** The events of the license's order that have a reason, as `type: reason`. */
async function reasonsOf({ orderId }: LicenseBody): Promise<string[]> {
  const events: readonly EventBody[] = await world.historyOf({ order: present(orderId) });
  return events.flatMap(({ type, reason }) => (reason === undefined ? [] : [`${type}: ${reason}`]));
}

const withdraw = async (id: string, reason: string) =>
  ok(await world.vendor('POST', `/licenses/${id}/withdrawal`, { body: { reason } }));
const replace = async (id: string, reason: string) => {
  const body = { terms: { quantity: 5 }, reason };
  return ok(await world.vendor<{ license: LicenseBody }>('POST', `/licenses/${id}/replacement`, { body }));
};

it('W3, W4: a withdrawal has its reason in the events of its order, its update and its receipt', async () => {
  const { license, customer } = await collected();
  await withdraw(license.id, 'refunded');
  await customer.sync();
  expect(await reasonsOf(license)).toEqual([
    'withdrawal.ordered: refunded',
    'license.returned: refunded',
    'license.withdrawn: refunded',
  ]);
});

it('W5: the license that the user returns first is withdrawn for the reason of the vendor', async () => {
  const { license, customer } = await collected();
  const { updates } = await customer.reprogram({ deactivate: [license.id] });
  await withdraw(license.id, 'refunded');
  await customer.apply(updates);
  ok(await customer.receipt(), 200);
  expect(await reasonsOf(license)).toEqual(['withdrawal.ordered: refunded', 'license.withdrawn: refunded']);
});

it('W6: the event of a cancellation has the reason of the action that is cancelled', async () => {
  const { license } = await collected();
  await withdraw(license.id, 'refunded');
  ok(await world.vendor('DELETE', `/licenses/${license.id}/withdrawal`));
  expect(await reasonsOf(license)).toEqual(['withdrawal.ordered: refunded', 'withdrawal.cancelled: refunded']);
});

it('R1: a replacement at once has its reason at the old license and at the new one', async () => {
  const [license] = await world.sell(await world.product());
  await replace(present(license).id, 'five seats');
  expect(await reasonsOf(present(license))).toEqual(['license.replaced: five seats', 'license.offered: five seats']);
});

it('R2: a replacement in a container has its reason at both licenses and at the receipt', async () => {
  const { license, customer } = await collected();
  await replace(license.id, 'five seats');
  await customer.sync();
  expect(await reasonsOf(license)).toEqual([
    'replacement.ordered: five seats',
    'license.returned: five seats',
    'license.collected: five seats',
    'license.replaced: five seats',
  ]);
});

it('R3: the replacement of a license that the user returns is offered for the reason of the vendor', async () => {
  const { license, customer } = await collected();
  await replace(license.id, 'five seats');
  await customer.sync({ deactivate: [license.id] });
  expect(await reasonsOf(license)).toEqual([
    'replacement.ordered: five seats',
    'license.replaced: five seats',
    'license.offered: five seats',
  ]);
});

it('A1: the collection of an assigned license has the reason of the assignment', async () => {
  const { customer } = await collected();
  const [license] = await world.sell(await world.product());
  const path = `/containers/${customer.serial}/assignments/${present(license).id}`;
  ok(await world.vendor('PUT', path, { body: { reason: 'new machine' } }));
  await customer.sync();
  expect(await reasonsOf(present(license))).toEqual([
    'assignment.ordered: new machine',
    'license.collected: new machine',
  ]);
});

it('T7: a retirement gives its own reason, except to a license whose withdrawal was ordered before', async () => {
  const product = await world.product();
  const { licenses } = await world.order([{ product, quantity: 2 }]);
  const [refunded, other] = licenses.map(present);
  const customer = await world.customer();
  await customer.sync({ activate: licenses });
  await withdraw(present(refunded).id, 'refunded');
  const body = { licenses: 'withdraw', reason: 'stolen' };
  ok(await world.vendor('POST', `/containers/${customer.serial}/retirement`, { body }));
  const events = await world.historyOf({ order: present(present(refunded).orderId) });
  const reason = (id: string) =>
    events.find(({ type, license }) => type === 'license.withdrawn' && license === id)?.reason;
  expect(reason(present(refunded).id)).toBe('refunded');
  expect(reason(present(other).id)).toBe('stolen');
});
