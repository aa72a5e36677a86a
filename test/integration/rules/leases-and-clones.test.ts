/** L1 to L4, C1, C2: leases, what the server remembers of a container's contexts, and copies of a container. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { putHead } from '../../../functions/store/container-head-item.ts';
import { effectiveAt } from '../../../functions/store/effective-item.ts';
import { commit } from '../../../functions/store/transactions.ts';
import { loadContainer } from '../../../functions/use-cases/containers/container.ts';
import { type LeasePayload, verifyLease } from '../../../protocol/index.ts';
import type { EventBody, LicenseBody, ProblemBody, ReprogrammingBody } from '../../harness/answers.ts';
import type { Reply } from '../../harness/client.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { type ShiftedClock, shiftedClock } from '../../harness/shifted-clock.ts';
import type { TestContainer } from '../../harness/test-container.ts';
import { type Customer, ok, openWorld, present, type World } from '../../harness/world.ts';

const DAY_MS = 86_400_000;
const LEASE_DAYS = 8;
/** A contact gets a lease when the newest statement is older than a quarter of the days. */
const QUARTER_MS = 2 * DAY_MS;
const HALF_DAY_MS = DAY_MS / 2;

let clock: ShiftedClock;
let world: World;
let product: string;
beforeAll(async () => {
  clock = shiftedClock();
  world = await openWorld({ clock });
  product = await world.product();
});
afterAll(() => world.close());

type Answer = ReprogrammingBody & { readonly lease?: string; readonly late?: number };

const sell = async (quantity: number, leaseDays?: number): Promise<readonly LicenseBody[]> =>
  (await world.order([{ product, quantity, ...(leaseDays === undefined ? {} : { terms: { leaseDays } }) }])).licenses;

/** Seconds of the server's clock: a context of a copy that was restored just now. */
const now = (): number => Math.floor(clock.now() / 1000);

const ask = (context: string, more: object = {}): Promise<Reply<Answer>> =>
  world.user<Answer>('POST', '/depot/reprogrammings', { body: { context, ...more }, headers: { prefer: 'wait=10' } });

const sendReceipt = (context: string): Promise<Reply<Answer>> =>
  world.user<Answer>('POST', '/depot/receipts', { body: { context } });

/** A contact without manual actions: the answer is applied. */
async function contact(
  container: TestContainer,
  change: Parameters<TestContainer['context']>[0] = {},
): Promise<Answer> {
  const answer = ok(await ask(await container.context({ iat: nextIat(container), ...change })), 200);
  await container.apply(answer);
  return answer;
}

/** As a container on a machine whose clock is the server's. */
const nextIat = ({ holding }: TestContainer): number => Math.max(now(), holding.newestIat, holding.contextIat + 1);

const divergences = async (serial: string): Promise<(string | undefined)[]> =>
  (await world.historyOf({ container: serial }))
    .filter(({ type }) => type === 'container.diverged')
    .map((event: EventBody) => event.divergence);

async function payloadOf(jws: string | undefined): Promise<LeasePayload> {
  const verified = await verifyLease(present(jws), present(world.keySets.at(-1)).update);
  if (!verified.ok) throw new Error(`The lease is refused: ${verified.code}`);
  return verified.payload;
}

async function collected(leaseDays?: number): Promise<{ customer: Customer; license: LicenseBody }> {
  const [license] = await sell(1, leaseDays);
  const customer = await world.customer();
  await customer.sync({ activate: [present(license)] });
  return { customer, license: present(license) };
}

/** The container takes a lease, and its next context carries it: the server knows that it arrived. */
async function leased(): Promise<{ customer: Customer; license: LicenseBody }> {
  const made = await collected(LEASE_DAYS);
  clock.advance(QUARTER_MS + HALF_DAY_MS);
  expect((await contact(made.customer.container)).lease).toBeDefined();
  expect((await contact(made.customer.container)).lease).toBeUndefined();
  return made;
}

describe('L1 L2: a contact that needs nothing else', () => {
  it('L2 gets a lease only when the newest statement for its place is older than a quarter of the shortest leaseDays', async () => {
    const { customer } = await collected(LEASE_DAYS);
    const [longer] = await sell(1, 40);
    await customer.sync({ activate: [present(longer)] });
    clock.advance(QUARTER_MS - HALF_DAY_MS);
    expect((await contact(customer.container)).lease).toBeUndefined();
    clock.advance(HALF_DAY_MS + 5_000);
    const context = await customer.container.context({ iat: nextIat(customer.container), jti: 'the context' });
    const answer = ok(await ask(context), 200);
    expect(answer).toMatchObject({ status: 'unchanged', updates: [] });
    const lease = await payloadOf(answer.lease);
    const { counter, digest } = await world.containerOf(customer.serial);
    expect(lease).toMatchObject({ sub: customer.serial, re: 'the context', at: { counter, digest } });
    expect(Math.abs(lease.iat - now())).toBeLessThan(5);
    await customer.container.apply(answer);
    // The lease is the newest statement now.
    expect((await contact(customer.container)).lease).toBeUndefined();
    expect((await world.containerOf(customer.serial)).newestStatement?.at).toBe(
      new Date(lease.iat * 1000).toISOString(),
    );
  });

  it('L2 gets no lease without a leased license, unless it asks for one', async () => {
    const { customer } = await collected();
    clock.advance(400 * DAY_MS);
    expect((await contact(customer.container)).lease).toBeUndefined();
    expect((await contact(customer.container, { renew: true })).lease).toBeDefined();
  });

  it('L2 gets a lease when the newest key set lacks the key of its newest statement', async () => {
    const { customer } = await collected();
    const { dependencies } = world.running;
    const { head } = await loadContainer(dependencies, customer.serial);
    const statement = { iat: present(head.statement).iat, kid: 'a key of an earlier set' };
    expect(await commit(dependencies, [putHead(dependencies, { ...head, statement })])).toBe('committed');
    const { lease } = await contact(customer.container);
    expect(await payloadOf(lease)).toMatchObject({ sub: customer.serial });
    expect((await contact(customer.container)).lease).toBeUndefined();
  });

  it('L2 L4 a receipt is answered by the same rule, also when the lease ended long ago', async () => {
    const [license] = await sell(1, LEASE_DAYS);
    const customer = await world.customer();
    await customer.apply((await customer.reprogram({ activate: [present(license)] })).updates);
    clock.advance(30 * DAY_MS);
    const context = await customer.container.context({ iat: nextIat(customer.container) });
    const answer = ok(await sendReceipt(context), 200);
    expect(answer).toMatchObject({ status: 'confirmed' });
    await customer.container.apply({ ...answer, updates: [] });
    expect(customer.container.holding.lease).toBe(answer.lease);
    expect(answer.lease).toBeDefined();
    // L4: nothing was taken away meanwhile.
    expect(await world.license(present(license).id)).toMatchObject({ state: 'confirmed-collected' });
    // C2: the same receipt again gets the same lease.
    expect(ok(await sendReceipt(context), 200).lease).toBe(answer.lease);
  });

  it('L2 gives no lease to an unknown container, at counter 0, to a preview, to auto-updates, and beside other work', async () => {
    const unknown = await world.customer();
    expect((await contact(unknown.container, { renew: true })).lease).toBeUndefined();
    const { customer } = await collected(LEASE_DAYS);
    clock.advance(QUARTER_MS + HALF_DAY_MS);
    const made = () => customer.container.context({ iat: nextIat(customer.container), renew: true });
    expect(ok(await ask(await made(), { preview: true }), 200).lease).toBeUndefined();
    const listed = ok(await world.user('POST', '/depot/auto-updates', { body: { context: await made() } }), 200);
    expect(listed).toEqual({ items: [] });
    // Assigned, so a vendor action is pending; then an update is outstanding.
    const [bound] = await sell(1);
    const assignment = `/containers/${customer.serial}/assignments/${present(bound).id}`;
    ok(await world.vendor('PUT', assignment, { body: {} }), 202);
    expect(ok(await sendReceipt(await made()), 200).lease).toBeUndefined();
    expect(ok(await ask(await made()), 200)).toMatchObject({ status: 'issued' });
    const again = ok(await ask(await made()), 200);
    expect(again.updates).toHaveLength(1);
    expect(again.lease).toBeUndefined();
  });
});

describe('C1: what the server remembers', () => {
  it('C1 a container that lost the answer with its lease gets a new one, whether or not it is due', async () => {
    const { customer } = await leased();
    clock.advance(QUARTER_MS + HALF_DAY_MS);
    const { container } = customer;
    const lost = ok(await ask(await container.context({ iat: nextIat(container) })), 200).lease;
    expect(lost).toBeDefined();
    const { lease } = await contact(container);
    expect(lease).toBeDefined();
    expect(lease).not.toBe(lost);
    expect((await contact(container)).lease).toBeUndefined();
    expect(await divergences(customer.serial)).toEqual([]);
  });

  it('C1 a context that is older than the remembered one is late: it gets no lease and changes nothing of the memory', async () => {
    const { customer } = await leased();
    const { container } = customer;
    const old = await container.context({ iat: nextIat(container), renew: true });
    const remembered = await contact(container, { renew: true });
    const { iat } = await payloadOf(remembered.lease);
    const late = ok(await ask(old), 200);
    expect(late).not.toHaveProperty('lease');
    expect(late.late).toBe(container.holding.contextIat);
    expect(late.late).toBeGreaterThanOrEqual(iat);
    expect(ok(await sendReceipt(old), 200)).toMatchObject({ status: 'confirmed', late: late.late });
    expect(ok(await world.user('POST', '/depot/auto-updates', { body: { context: old } }), 200)).toEqual({
      items: [],
      late: late.late,
    });
    expect((await contact(container)).lease).toBeUndefined();
    expect(await divergences(customer.serial)).toEqual([]);
  });

  it('C1 T3 a late context that does not fit any more is refused as late, and not recorded', async () => {
    const { customer } = await collected(LEASE_DAYS);
    const old = await customer.container.context({ iat: nextIat(customer.container) });
    await customer.sync({ activate: await sell(1) });
    const reply = await ask(old);
    expectProblem(reply, 'container-diverged');
    const { head } = await loadContainer(world.running.dependencies, customer.serial);
    expect(reply.body).toMatchObject({ divergence: 'late', late: head.presence?.iat });
    expect(await divergences(customer.serial)).toEqual([]);
  });

  it('C1 a late receipt confirms its update, and the memory stays', async () => {
    const { customer } = await leased();
    const { container } = customer;
    const [license] = await sell(1);
    const { updates } = await customer.reprogram({ activate: [present(license)] });
    const remembered = await loadContainer(world.running.dependencies, customer.serial);
    await customer.apply(updates);
    const context = await container.context({ iat: present(remembered.head.presence).iat });
    expect(ok(await sendReceipt(context), 200)).toMatchObject({ late: remembered.head.presence?.iat });
    expect(await world.license(present(license).id)).toMatchObject({ state: 'confirmed-collected' });
    const { head } = await loadContainer(world.running.dependencies, customer.serial);
    expect(head.presence).toEqual(remembered.head.presence);
  });

  it('C1 of two copies that are used separately, the second one is refused as cloned, once per context', async () => {
    const { customer } = await leased();
    const copy = customer.container.copy();
    clock.advance(QUARTER_MS + HALF_DAY_MS);
    await contact(customer.container);
    await contact(customer.container);
    clock.advance(60_000);
    const context = await copy.context({ iat: nextIat(copy) });
    for (const send of [ask, sendReceipt, ask]) {
      const reply = await send(context);
      expectProblem(reply, 'container-diverged');
      expect(reply.body).toMatchObject({ divergence: 'cloned' });
    }
    expect(await divergences(customer.serial)).toEqual(['cloned']);
    // The refused context is not remembered: the original still works.
    clock.advance(QUARTER_MS + HALF_DAY_MS);
    expect((await contact(customer.container)).lease).toBeDefined();
  });

  it('C1 a receipt of a copy that lacks the current lease confirms nothing', async () => {
    const { customer } = await leased();
    const copy = customer.container.copy();
    clock.advance(QUARTER_MS + HALF_DAY_MS);
    await contact(customer.container);
    await contact(customer.container);
    const [license] = await sell(1);
    const { updates } = await customer.reprogram({ activate: [present(license)] });
    await copy.apply({ updates });
    expectProblem(await sendReceipt(await copy.context({ iat: now() + 60 })), 'container-diverged');
    expect(await world.license(present(license).id)).toMatchObject({ state: 'collected-without-receipt' });
  });

  it('C2 a context that is sent again gets the same lease, moves nothing and blames nobody', async () => {
    const { customer } = await leased();
    const { container } = customer;
    clock.advance(QUARTER_MS + HALF_DAY_MS);
    const context = await container.context({ iat: nextIat(container) });
    const answer = ok(await ask(context), 200);
    const { head } = await loadContainer(world.running.dependencies, customer.serial);
    clock.advance(DAY_MS);
    for (const send of [ask, sendReceipt]) expect(ok(await send(context), 200).lease).toBe(answer.lease);
    const { presence, statement } = (await loadContainer(world.running.dependencies, customer.serial)).head;
    expect({ presence, statement }).toEqual({ presence: head.presence, statement: head.statement });
    await container.apply(answer);
    await customer.sync({ activate: await sell(1) });
    expectProblem(await ask(context), 'container-diverged');
    expect(await divergences(customer.serial)).toEqual([]);
  });

  it('C1 the same context twice at once gets one lease', async () => {
    const { customer } = await leased();
    clock.advance(QUARTER_MS + HALF_DAY_MS);
    const context = await customer.container.context({ iat: nextIat(customer.container) });
    const answers = await Promise.all([ask(context), sendReceipt(context), ask(context)]);
    const leases = answers.map((reply) => ok(reply, 200).lease);
    expect(new Set(leases).size).toBe(1);
    expect(leases[0]).toBeDefined();
  });

  it('C2 T7 a retired container that speaks is recorded once per context', async () => {
    const { customer } = await collected(LEASE_DAYS);
    const body = { licenses: 'restore', reason: 'lost' };
    ok(await world.vendor('POST', `/containers/${customer.serial}/retirement`, { body }), 200);
    const context = await customer.container.context({ iat: now() + 60 });
    for (const send of [ask, sendReceipt, ask]) expectProblem(await send(context), 'container-retired');
    expectProblem(await ask(await customer.container.context({ iat: now() + 61 })), 'container-retired');
    expect(await divergences(customer.serial)).toEqual(['retired', 'retired']);
  });
});

const withdraw = async (license: LicenseBody) =>
  ok(
    await world.vendor<{ effectiveBy?: string }>('POST', `/licenses/${license.id}/withdrawal`, {
      body: { reason: 'refund' },
    }),
    202,
  );

describe('L3: a withdrawal of a leased license', () => {
  it('L3 says when it is effective, in the answer, the license and the auto-updates, and emits the event once', async () => {
    const { customer, license } = await leased();
    const { iat } = await payloadOf(customer.container.holding.lease);
    const effectiveBy = new Date(iat * 1000 + LEASE_DAYS * DAY_MS).toISOString();
    expect(await withdraw(license)).toEqual({ status: 'pending', container: customer.serial, effectiveBy });
    expect((await world.license(license.id)).pending).toMatchObject({ action: 'withdraw', effectiveBy });
    expect(await world.autoUpdates(customer.serial)).toMatchObject([{ license: license.id, effectiveBy }]);
    expect(await withdraw(license)).toMatchObject({ effectiveBy });
    // No lease moves the time: a receipt with `renew` gets none.
    clock.advance(QUARTER_MS + HALF_DAY_MS);
    const context = await customer.container.context({ iat: nextIat(customer.container), renew: true });
    expect(ok(await sendReceipt(context), 200).lease).toBeUndefined();

    const effective = async () =>
      (await world.historyOf({ container: customer.serial })).filter(({ type }) => type === 'withdrawal.effective');
    // By push: the update is issued, and no receipt comes.
    ok(
      await world.vendor('POST', `/containers/${customer.serial}/reprogrammings`, { headers: { prefer: 'wait=10' } }),
      200,
    );
    expect(await effective()).toEqual([]);
    clock.advance(LEASE_DAYS * DAY_MS);
    await vi.waitFor(async () => expect(await effective()).toHaveLength(1), 10_000);
    clock.advance(3 * DAY_MS);
    expect(await effective()).toMatchObject([{ license: license.id, actor: 'system', effectiveBy }]);
  });

  it('L3 counts a place without a receipt, and says nothing of a license without leaseDays or of a cancelled order', async () => {
    const customer = await world.customer();
    const [first, plain] = [...(await sell(1, 2)), ...(await sell(1))];
    await customer.sync({ activate: [present(first)] });
    clock.advance(DAY_MS);
    await customer.reprogram({ activate: [present(plain)] });
    const { effectiveBy } = await withdraw(present(first));
    expect(Math.abs(Date.parse(present(effectiveBy)) - clock.now() - 2 * DAY_MS)).toBeLessThan(5_000);
    expect(await withdraw(present(plain))).toEqual({ status: 'pending', container: customer.serial });
    ok(await world.vendor('DELETE', `/licenses/${present(first).id}/withdrawal`), 200);
    clock.advance(3 * DAY_MS);
    const { dependencies } = world.running;
    const waiting = () => effectiveAt(dependencies, dependencies.now().toISOString(), 10);
    await vi.waitFor(async () => expect(await waiting()).toEqual([]), 10_000);
    const events = await world.historyOf({ container: customer.serial });
    expect(events.filter(({ type }) => type === 'withdrawal.effective')).toEqual([]);
  });

  it('L3 a replacement of a leased license says when the old one cannot be used any more', async () => {
    const { customer, license } = await leased();
    const order = () => world.vendor('POST', `/licenses/${license.id}/replacement`, { body: {} });
    const { effectiveBy } = ok(await order(), 202) as { effectiveBy?: string };
    expect(effectiveBy).toBe((await world.license(license.id)).pending?.effectiveBy);
    expect(Date.parse(present(effectiveBy))).toBeGreaterThan(clock.now());
    expect(ok(await order(), 202)).toMatchObject({ effectiveBy });
    await customer.sync();
    expect((await world.license(license.id)).state).toBe('replaced');
  });
});

describe('attacks on a withdrawal', () => {
  it('yesterday’s file is revealed at its first contact, and useless after effectiveBy without one (L3, T3)', async () => {
    const { customer, license } = await leased();
    const yesterday = customer.container.copy();
    const { effectiveBy } = await withdraw(license);
    await customer.sync();
    expect((await world.license(license.id)).state).toBe('withdrawn');
    // The copy's last proof is its lease: L1 ends it by the time in the answer to the vendor.
    const { iat } = await payloadOf(yesterday.holding.lease);
    expect(iat * 1000 + LEASE_DAYS * DAY_MS).toBeLessThanOrEqual(Date.parse(present(effectiveBy)));
    clock.advance(DAY_MS);
    const reply = await ask(await yesterday.context({ iat: now(), renew: true }));
    expectProblem(reply, 'container-diverged');
    expect(reply.body as unknown as ProblemBody).toMatchObject({ divergence: 'behind' });
    expect(await divergences(customer.serial)).toEqual(['behind']);
  });

  it('the receipt of a deactivation that was not applied frees the license once, and its container is revealed (T3)', async () => {
    const { customer, license } = await leased();
    const { container } = customer;
    const { updates } = await customer.reprogram({ deactivate: [license.id] });
    const forger = container.copy();
    await forger.apply({ updates });
    ok(await sendReceipt(await forger.context({ iat: nextIat(forger) })), 200);
    expect((await world.license(license.id)).state).toBe('available');
    const other = await world.customer();
    await other.sync({ activate: [license] });
    clock.advance(60_000);
    // The user of the unchanged file cannot renew its lease.
    expectProblem(await ask(await container.context({ iat: now(), renew: true })), 'container-diverged');
    expect(await divergences(customer.serial)).toEqual(['behind']);
  });
});
