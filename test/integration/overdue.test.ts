/** Vendor actions that are pending too long: an event reports each of them once. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { entryKey } from '../../functions/store/keys.ts';
import { put } from '../../functions/store/transactions.ts';
import {
  continueOverdueActions,
  reportOverdueActions,
} from '../../functions/use-cases/containers/report-overdue-actions.ts';
import type { EventBody, LicenseBody } from '../harness/answers.ts';
import { type ShiftedClock, shiftedClock } from '../harness/shifted-clock.ts';
import { type Customer, ok, openWorld, present, type World } from '../harness/world.ts';

const DAY_MS = 24 * 3_600_000;
const AFTER_DAYS = 30;

let clock: ShiftedClock;
let world: World;
let product: string;
beforeAll(async () => {
  clock = shiftedClock();
  world = await openWorld({ clock });
  product = await world.product();
});
afterAll(() => world.close());

const report = (settings: { containersPerRun?: number } = {}) =>
  reportOverdueActions(world.running.dependencies, { afterDays: AFTER_DAYS, ...settings });
const overdueIn = async (of: Parameters<World['historyOf']>[0]): Promise<EventBody[]> =>
  (await world.historyOf(of)).filter(({ type }) => /^(withdrawal|replacement|assignment)\.overdue$/.test(type));
const withdraw = async (license: string, reason = 'typo') =>
  ok(await world.vendor('POST', `/licenses/${license}/withdrawal`, { body: { reason } }), 202);

async function collected(quantity = 1): Promise<{ customer: Customer; licenses: readonly LicenseBody[] }> {
  const { licenses } = await world.order([{ product, quantity }]);
  const customer = await world.customer();
  await customer.sync({ activate: licenses });
  return { customer, licenses };
}

describe('a vendor action that is pending for 30 days', () => {
  it('the schedule reports each kind of overdue action once, in the histories of its order and its container', async () => {
    const { customer, licenses } = await collected(2);
    const [taken, swapped] = licenses;
    const [bound] = await world.sell(product);
    const orderedFrom = clock.now();
    await withdraw(present(taken).id);
    ok(await world.vendor('POST', `/licenses/${swapped?.id}/replacement`, { body: { reason: 'terms' } }), 202);
    ok(await world.vendor('PUT', `/containers/${customer.serial}/assignments/${bound?.id}`, { body: {} }), 202);
    const orderedUntil = clock.now();

    // A minute less than the limit, because time passes during the run.
    clock.advance(AFTER_DAYS * DAY_MS - (clock.now() - orderedFrom) - 60_000);
    await report();
    expect(await overdueIn({ container: customer.serial })).toEqual([]);

    // Found by the schedule's next run, not by this test's.
    clock.advance(DAY_MS);
    await vi.waitFor(async () => expect(await overdueIn({ container: customer.serial })).toHaveLength(3), 10_000);
    const response = await overdueIn({ container: customer.serial });
    expect(new Map(response.map(({ type, license }) => [type, license]))).toEqual(
      new Map([
        ['withdrawal.overdue', taken?.id],
        ['replacement.overdue', swapped?.id],
        ['assignment.overdue', bound?.id],
      ]),
    );
    for (const event of response) {
      expect(event).toMatchObject({ actor: 'system', container: customer.serial });
      const orderedAt = Date.parse((event as EventBody & { orderedAt: string }).orderedAt);
      expect(orderedAt >= orderedFrom && orderedAt <= orderedUntil).toBe(true);
    }
    expect(await overdueIn({ order: present(taken?.orderId) })).toHaveLength(2);
    expect(await overdueIn({ order: present(bound?.orderId) })).toMatchObject([{ type: 'assignment.overdue' }]);
    for (const action of await world.autoUpdates(customer.serial)) expect(action).toHaveProperty('overdueAt');

    clock.advance(DAY_MS);
    expect((await report()).reported).toBe(0);
    expect(await overdueIn({ container: customer.serial })).toHaveLength(3);
  });

  it('an action reported as overdue is still carried out, and a new action on the same license is reported again', async () => {
    const { customer, licenses } = await collected();
    const id = present(licenses[0]).id;
    await withdraw(id);
    clock.advance(AFTER_DAYS * DAY_MS);
    await report();
    expect(await overdueIn({ container: customer.serial })).toHaveLength(1);

    ok(await world.vendor('DELETE', `/licenses/${id}/withdrawal`));
    await withdraw(id, 'now really');
    await report();
    expect(await overdueIn({ container: customer.serial })).toHaveLength(1);
    clock.advance(AFTER_DAYS * DAY_MS);
    await report();
    const response = await overdueIn({ container: customer.serial });
    expect(response.map(({ reason }) => reason)).toEqual(['typo', 'now really']);

    await customer.sync();
    expect((await world.license(id)).state).toBe('withdrawn');
    clock.advance(AFTER_DAYS * DAY_MS);
    await report();
    expect(await overdueIn({ container: customer.serial })).toHaveLength(2);
  });

  it('W5 a withdrawal is reported as overdue when the user returned the license and the receipt does not arrive', async () => {
    const { customer, licenses } = await collected();
    const id = present(licenses[0]).id;
    await customer.reprogram({ deactivate: [id] });
    await withdraw(id);
    clock.advance(AFTER_DAYS * DAY_MS);
    await report();
    expect(await overdueIn({ container: customer.serial })).toMatchObject([
      { type: 'withdrawal.overdue', license: id },
    ]);
  });

  it('two concurrent runs report each of 45 overdue actions once, which is more than one transaction holds', async () => {
    const { customer, licenses } = await collected(45);
    for (const { id } of licenses) await withdraw(id);
    clock.advance(AFTER_DAYS * DAY_MS);
    await Promise.all([report(), report()]);
    const response = await overdueIn({ container: customer.serial });
    expect(response).toHaveLength(45);
    expect(new Set(response.map(({ license }) => license)).size).toBe(45);
  });
});

describe('a run that reports overdue actions', () => {
  it('a run that reaches its limit saves its place, and the next runs continue there until all are reported', async () => {
    const customers: Customer[] = [];
    for (let index = 0; index < 5; index++) {
      const { customer, licenses } = await collected();
      await withdraw(present(licenses[0]).id);
      customers.push(customer);
    }
    clock.advance(AFTER_DAYS * DAY_MS);
    let runs = 0;
    for (let finished = false; !finished; runs++) {
      const run = await report({ containersPerRun: 2 });
      expect(run.containers).toBeLessThanOrEqual(2);
      finished = run.finished;
    }
    expect(runs).toBeGreaterThanOrEqual(3);
    for (const { serial } of customers) expect(await overdueIn({ container: serial })).toHaveLength(1);
    // A run that reached the end leaves nothing to continue.
    const { dependencies } = world.running;
    const settings = { afterDays: AFTER_DAYS };
    expect(await continueOverdueActions(dependencies, settings)).toMatchObject({ containers: 0, finished: true });
    const stopped = await report({ containersPerRun: 2 });
    expect(stopped).toMatchObject({ containers: 2, finished: false });
    const continued = await continueOverdueActions(dependencies, settings);
    // From the beginning again.
    const whole = await report();
    expect(continued).toMatchObject({ finished: true, containers: whole.containers - stopped.containers });
    expect(await report()).toMatchObject({ reported: 0, finished: true });
  });

  it('a run reports every other container when one cannot be read, and then fails', async () => {
    const broken = await collected();
    const well = await collected();
    for (const { licenses } of [broken, well]) await withdraw(present(licenses[0]).id);
    clock.advance(AFTER_DAYS * DAY_MS);
    const { dependencies } = world.running;
    const { Put } = put(dependencies, entryKey(broken.customer.serial, 'BAD'), { nonsense: true });
    const { PutCommand, DeleteCommand } = await import('@aws-sdk/lib-dynamodb');
    await dependencies.documents.send(new PutCommand(present(Put)));
    const error = vi.spyOn(console, 'error').mockReturnValue(undefined);
    await expect(report()).rejects.toThrow('1 containers');
    expect(error).toHaveBeenCalled();
    error.mockRestore();
    expect(await overdueIn({ container: well.customer.serial })).toHaveLength(1);
    const Key = { ...entryKey(broken.customer.serial, 'BAD') };
    await dependencies.documents.send(new DeleteCommand({ TableName: dependencies.tableName, Key }));
    await report();
    expect(await overdueIn({ container: broken.customer.serial })).toHaveLength(1);
  });
});
