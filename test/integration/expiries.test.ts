/** N3: the daily run reports the licenses that expire soon, and those that have expired, once each. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportExpiries } from '../../functions/use-cases/licenses/report-expiries.ts';
import type { EventBody, LicenseBody } from '../harness/answers.ts';
import { expectProblem } from '../harness/expect-problem.ts';
import { type ShiftedClock, shiftedClock } from '../harness/shifted-clock.ts';
import { ok, openWorld, present, type World } from '../harness/world.ts';

const DAY_MS = 24 * 3_600_000;

let clock: ShiftedClock;
let world: World;
beforeAll(async () => {
  clock = shiftedClock();
  world = await openWorld({ clock });
});
afterAll(() => world.close());

const inDays = (days: number): string => new Date(clock.now() + days * DAY_MS).toISOString();

/** The daily run, once a day for so many days. */
async function run(days: number): Promise<void> {
  for (let day = 0; day < days; day++) {
    clock.advance(DAY_MS);
    await reportExpiries(world.running.dependencies);
  }
}

async function sold(terms: object, product?: string): Promise<LicenseBody> {
  const { licenses } = await world.order([{ product: product ?? (await world.product()), terms: { ...terms } }]);
  return present(licenses[0]);
}

/** `expiring 30` or `expired` of each event about the license's end, oldest first. */
async function reportsOf({ id, orderId }: LicenseBody): Promise<string[]> {
  const events = (await world.historyOf({ order: present(orderId) })).filter(
    ({ type, license }) => license === id && (type === 'license.expiring' || type === 'license.expired'),
  );
  return events.map(({ type, days }: EventBody) => `${type.slice('license.'.length)} ${days ?? ''}`.trim());
}

const renew = (id: string, expiresAt: string) =>
  world.vendor('POST', `/licenses/${id}/renewal`, { body: { expiresAt } });

describe('N3 the ends of licenses', () => {
  it('N3 a license is reported 30, 7 and 1 days before its end and when it has expired, once each, however often the run repeats', async () => {
    await reportExpiries(world.running.dependencies);
    const license = await sold({ expiresAt: inDays(31.5) });
    const endless = await sold({});
    await run(1);
    expect(await reportsOf(license)).toEqual([]);
    await run(1);
    expect(await reportsOf(license)).toEqual(['expiring 30']);
    await reportExpiries(world.running.dependencies);
    await run(23);
    expect(await reportsOf(license)).toEqual(['expiring 30', 'expiring 7']);
    await run(6);
    expect(await reportsOf(license)).toEqual(['expiring 30', 'expiring 7', 'expiring 1']);
    await run(2);
    expect(await reportsOf(license)).toEqual(['expiring 30', 'expiring 7', 'expiring 1', 'expired']);
    const expired = (await world.historyOf({ order: present(license.orderId) })).at(-1);
    expect(expired).toMatchObject({ type: 'license.expired', actor: 'system', expiresAt: license.terms.expiresAt });
    expect(await reportsOf(endless)).toEqual([]);
  });

  it('N3 a product has its own list of days, and an empty one reports only the end', async () => {
    await reportExpiries(world.running.dependencies);
    const [own, none] = [await world.product(), await world.product()];
    ok(await world.vendor('PUT', `/products/${own}`, { body: { name: own, expiryNotices: [3, 2] } }));
    ok(await world.vendor('PUT', `/products/${none}`, { body: { name: none, expiryNotices: [] } }));
    expect(ok(await world.vendor('GET', `/products/${own}`))).toMatchObject({ expiryNotices: [3, 2] });
    const [noticed, quiet] = [
      await sold({ expiresAt: inDays(4.5) }, own),
      await sold({ expiresAt: inDays(4.5) }, none),
    ];
    await run(6);
    expect(await reportsOf(noticed)).toEqual(['expiring 3', 'expiring 2', 'expired']);
    expect(await reportsOf(quiet)).toEqual(['expired']);
    for (const expiryNotices of [[0], [366], [1.5], 'daily'])
      expectProblem(
        await world.vendor('PUT', `/products/${own}`, { body: { name: own, expiryNotices } }),
        'invalid-request',
      );
  });

  it('N3 a renewed license is reported for its new end alone, also while the renewal is pending', async () => {
    await reportExpiries(world.running.dependencies);
    const [atOnce, pending] = [await sold({ expiresAt: inDays(2.5) }), await sold({ expiresAt: inDays(2.5) })];
    const customer = await world.customer();
    await customer.sync({ activate: [pending] });
    ok(await renew(atOnce.id, inDays(8.5)), 200);
    ok(await renew(pending.id, inDays(8.5)), 202);
    await run(4);
    expect([await reportsOf(atOnce), await reportsOf(pending)]).toEqual([['expiring 7'], ['expiring 7']]);
    await customer.sync();
    await run(6);
    expect([await reportsOf(atOnce), await reportsOf(pending)]).toEqual([
      ['expiring 7', 'expiring 1', 'expired'],
      ['expiring 7', 'expiring 1', 'expired'],
    ]);
  });

  it('N3 a license that is gone is not reported, its replacement is, and so is an end that an activation fixed', async () => {
    await reportExpiries(world.running.dependencies);
    const [withdrawn, replaced] = [await sold({ expiresAt: inDays(1.5) }), await sold({ expiresAt: inDays(1.5) })];
    const lasting = await sold({ duration: { length: 'PT36H', from: 'activation' } });
    ok(await world.vendor('POST', `/licenses/${withdrawn.id}/withdrawal`, { body: {} }), 200);
    const answer = ok(
      await world.vendor<{ license: LicenseBody }>('POST', `/licenses/${replaced.id}/replacement`),
      200,
    );
    const customer = await world.customer();
    await customer.sync({ activate: [lasting] });
    await run(2);
    expect([await reportsOf(withdrawn), await reportsOf(replaced)]).toEqual([[], []]);
    expect(await reportsOf(answer.license)).toEqual(['expiring 1', 'expired']);
    expect(await reportsOf(lasting)).toEqual(['expiring 1', 'expired']);
  });

  it('N3 O1 licenses that a revision adds or replaces are reported', async () => {
    const product = await world.product();
    const order = await world.order([{ product, quantity: 2 }]);
    const [collected] = order.licenses;
    await (await world.customer()).sync({ activate: [present(collected)] });
    const terms = { expiresAt: inDays(1.5) };
    const items = [
      { product, quantity: 2, terms },
      { product, terms },
    ];
    const headers = { 'if-match': '"1"' };
    const body = ok(await world.vendor('PUT', `/orders/${order.orderId}`, { body: { items }, headers }), 200);
    const { units } = body as unknown as { units: { license: string; successor?: string; outcome: string }[] };
    expect(units.map(({ outcome }) => outcome)).toEqual(['replaced', 'replaced', 'added']);
    await run(1);
    const reported = (await world.historyOf({ order: order.orderId })).filter(
      ({ type }) => type === 'license.expiring',
    );
    // The replacement of the license in a container waits, and is reported when it has taken its place.
    const fresh = units.map(({ license, successor }) => successor ?? license);
    expect(reported.map(({ license }) => license).sort()).toEqual(fresh.slice(1).sort());
  });
});
