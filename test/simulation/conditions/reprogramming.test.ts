import { expect, test } from 'vitest';
import type { PlannedWork, WorkflowInput } from '../../../contract/tasks.ts';
import { answerReprogramming } from '../../../functions/api/views/reprogramming-view.ts';
import { putLicense } from '../../../functions/store/license-item.ts';
import { commit } from '../../../functions/store/transactions.ts';
import { loadContainer } from '../../../functions/use-cases/containers/container.ts';
import { retireContainer } from '../../../functions/use-cases/containers/retire-container.ts';
import { withdrawLicense } from '../../../functions/use-cases/licenses/withdraw.ts';
import { confirm } from '../../../functions/use-cases/reprogramming/confirm.ts';
import { releasePlan } from '../../../functions/use-cases/reprogramming/reserve.ts';
import { startReprogramming } from '../../../functions/use-cases/reprogramming/start-reprogramming.ts';
import {
  after,
  anyAttempt,
  batchRead,
  type Fixture,
  NOW,
  newFixture,
  put,
  type Sold,
  Stopped,
  transaction,
  VENDOR,
} from './fixture.ts';

/** More licenses than fit beside a plan: the rest is reserved under the lock. */
const MANY = 100;
/** More licenses than one chunk of these. */
const LARGE = 250;

const given = async (
  units: Readonly<Record<string, number>>,
): Promise<{ fixture: Fixture; sold: Sold; serial: string }> => {
  const fixture = await newFixture();
  for (const code of Object.keys(units)) await fixture.product(code);
  return { fixture, sold: await fixture.sell(units), serial: await fixture.container(0) };
};

const planned = (work: PlannedWork | null): PlannedWork => work ?? expect.fail('nothing planned');

const all = (sold: Sold) => ({ activate: { from: sold, licenses: sold.licenses } });

test('T6 two containers want one license at the same time: the second to write gets the conflict', async () => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  const rival = await fixture.container(1);
  const runtime = await fixture.runtime({ before: transaction, meanwhile: () => fixture.reprogram(rival, all(sold)) });
  await expect(fixture.task('Plan', await fixture.input(serial, all(sold)), runtime)).rejects.toThrow('refused');
  expect((await fixture.license(sold.licenses[0] ?? '')).standing).toMatchObject({ at: 'collected', container: rival });
});

test('I3 two requests are planned for one container at the same time: the second finds the lock', async () => {
  const { fixture, sold, serial } = await given({ basic: 2 });
  const [one = '', other = ''] = sold.licenses;
  const first = await fixture.input(serial, { activate: { from: sold, licenses: [one] } });
  const second = await fixture.input(serial, { activate: { from: sold, licenses: [other] } });
  const runtime = await fixture.runtime({ before: transaction, meanwhile: () => fixture.task('Plan', second) });
  await expect(fixture.task('Plan', first, runtime)).rejects.toMatchObject({ name: 'ContainerLocked' });
  expect(fixture.head(serial).lock?.reprogramming).toBe(second.reprogramming);
});

test('T5 a plan made twice at once for a known container is made once', async () => {
  const { fixture, sold, serial } = await given({ basic: 2 });
  const [one = '', other = ''] = sold.licenses;
  await fixture.reprogram(serial, { activate: { from: sold, licenses: [one] } });
  const input = await fixture.input(serial, { activate: { from: sold, licenses: [other] } });
  // The other run reserves the license before this run reads it, and this run cannot know for which request.
  const runtime = await fixture.runtime({ before: batchRead, meanwhile: () => fixture.task('Plan', input) });
  expect(await fixture.task('Plan', input, runtime)).toMatchObject({ counter: 2, work: { activate: 1 } });
});

test('T6 a large plan is taken back when another container collects one of its licenses before it is reserved', async () => {
  const { fixture, sold, serial } = await given({ basic: MANY });
  const rival = await fixture.container(1);
  const last = sold.licenses.at(-1) ?? '';
  const collected = () => fixture.reprogram(rival, { activate: { from: sold, licenses: [last] } });
  // After the plan's own transaction, before the next chunk is read.
  const runtime = await fixture.runtime({ before: after(1, batchRead), meanwhile: collected });
  await expect(fixture.task('Plan', await fixture.input(serial, all(sold)), runtime)).rejects.toThrow('refused');
  expect((await fixture.license(last)).standing).toMatchObject({ at: 'collected', container: rival });
  expect((await fixture.license(sold.licenses[0] ?? '')).standing).toEqual({ at: 'available' });
  expect(fixture.head(serial).lock).toBeUndefined();
});

test('T6 a large plan is taken back when a license is collected between the read and the write of its chunk', async () => {
  const { fixture, sold, serial } = await given({ basic: MANY });
  const rival = await fixture.container(1);
  const last = sold.licenses.at(-1) ?? '';
  const collected = () => fixture.reprogram(rival, { activate: { from: sold, licenses: [last] } });
  const runtime = await fixture.runtime({ before: after(1, transaction), meanwhile: collected });
  await expect(fixture.task('Plan', await fixture.input(serial, all(sold)), runtime)).rejects.toThrow('refused');
  expect((await fixture.license(last)).standing).toMatchObject({ at: 'collected', container: rival });
});

/** A large plan whose execution ended before the rest was reserved. */
const stoppedPlan = async (fixture: Fixture, input: WorkflowInput): Promise<void> => {
  const stop = () => Promise.reject(new Stopped());
  const runtime = await fixture.runtime({ before: after(1, transaction), meanwhile: stop });
  await expect(fixture.task('Plan', input, runtime)).rejects.toBeInstanceOf(Stopped);
};

test('T6 a plan that stopped before it reserved the rest is taken back when it runs again after such a collection', async () => {
  const { fixture, sold, serial } = await given({ basic: MANY });
  const rival = await fixture.container(1);
  const last = sold.licenses.at(-1) ?? '';
  const input = await fixture.input(serial, all(sold));
  await stoppedPlan(fixture, input);
  await fixture.reprogram(rival, { activate: { from: sold, licenses: [last] } });
  await expect(fixture.task('Plan', input)).rejects.toThrow('refused');
  expect((await fixture.license(last)).standing).toMatchObject({ at: 'collected', container: rival });
  expect(fixture.head(serial).lock).toBeUndefined();
});

test('a plan that stopped before it reserved the rest continues with it', async () => {
  const { fixture, sold, serial } = await given({ basic: MANY });
  const input = await fixture.input(serial, all(sold));
  await stoppedPlan(fixture, input);
  await fixture.rollForward(planned(await fixture.task('Plan', input)));
  for (const id of sold.licenses) expect((await fixture.license(id)).standing).toMatchObject({ at: 'collected' });
});

test('T5 a large plan made twice at once is made once', async () => {
  const { fixture, sold, serial } = await given({ basic: LARGE });
  const input = await fixture.input(serial, all(sold));
  // The other run reserves the rest after this run has read it and before it writes.
  const runtime = await fixture.runtime({
    before: after(1, transaction),
    meanwhile: () => fixture.task('Plan', input),
  });
  const work = planned(await fixture.task('Plan', input, runtime));
  expect(work).toMatchObject({ counter: 1, work: { activate: LARGE } });
  await fixture.rollForward(work);
  for (const id of sold.licenses) expect((await fixture.license(id)).standing).toMatchObject({ at: 'collected' });
});

test('I3 I8 a large plan that another run has carried out meanwhile is not taken back', async () => {
  for (const steps of [['Activate'], ['Activate', 'IssueUpdate']] as const) {
    const { fixture, sold, serial } = await given({ basic: LARGE });
    const input = await fixture.input(serial, all(sold));
    const meanwhile = async () => {
      const work = planned(await fixture.task('Plan', input));
      for (const step of steps) await fixture.task(step, work);
    };
    const runtime = await fixture.runtime({ before: after(1, transaction), meanwhile });
    expect(await fixture.task('Plan', input, runtime)).toMatchObject({ counter: 1, work: { activate: LARGE } });
    for (const id of sold.licenses) expect((await fixture.license(id)).standing).toMatchObject({ at: 'collected' });
  }
});

test('T6 I8 a late run reserves nothing for a plan that another run has taken back', async () => {
  const { fixture, sold, serial } = await given({ basic: LARGE });
  const rival = await fixture.container(1);
  const last = sold.licenses.at(-1) ?? '';
  const meanwhile = async () => {
    await fixture.reprogram(rival, { activate: { from: sold, licenses: [last] } });
    const other = await fixture.runtime();
    const { inFlight = expect.fail() } = await loadContainer(other, serial);
    await releasePlan(other, serial, inFlight);
  };
  const runtime = await fixture.runtime({ before: after(1, transaction), meanwhile });
  await expect(fixture.task('Plan', await fixture.input(serial, all(sold)), runtime)).rejects.toThrow('refused');
  for (const id of sold.licenses.slice(0, -1))
    expect((await fixture.license(id)).standing).toEqual({ at: 'available' });
});

test('T6 I8 a late run reserves nothing when the container is locked again for another request', async () => {
  const { fixture, sold, serial } = await given({ basic: LARGE });
  const rest = await fixture.sell({ basic: 1 });
  const rival = await fixture.container(1);
  const last = sold.licenses.at(-1) ?? '';
  const input = await fixture.input(serial, all(sold));
  const next = await fixture.input(serial, all(rest));
  const meanwhile = async () => {
    await fixture.reprogram(rival, { activate: { from: sold, licenses: [last] } });
    const other = await fixture.runtime();
    const { inFlight = expect.fail() } = await loadContainer(other, serial);
    await releasePlan(other, serial, inFlight);
    await fixture.task('Plan', next);
  };
  const held = await fixture.runtime({ before: after(1, transaction), meanwhile });
  // If it reserved a license, it would stop before it finds that it cannot reserve all.
  const isThird = after(2, transaction);
  const send = (command: never) => (isThird(command) ? Promise.reject(new Stopped()) : held.documents.send(command));
  const runtime = { ...held, documents: { send } as unknown as typeof held.documents };
  await expect(fixture.task('Plan', input, runtime)).rejects.toMatchObject({ name: 'ContainerLocked' });
  for (const id of sold.licenses.slice(0, -1))
    expect((await fixture.license(id)).standing).toEqual({ at: 'available' });
  expect(fixture.head(serial).lock?.reprogramming).toBe(next.reprogramming);
});

test('I8 a run that takes back the first plan leaves the same plan made again alone', async () => {
  for (const units of [1, LARGE]) {
    const { fixture, sold, serial } = await given({ basic: units });
    const input = await fixture.input(serial, all(sold));
    await fixture.task('Plan', input);
    const { inFlight = expect.fail() } = await loadContainer(await fixture.runtime(), serial);
    await releasePlan(await fixture.runtime(), serial, inFlight);
    // The same request, and therefore the same id.
    await fixture.task('Plan', input, { ...(await fixture.runtime()), now: () => new Date(NOW.getTime() + 1_000) });

    await releasePlan(await fixture.runtime(), serial, inFlight);

    expect(fixture.head(serial).lock?.reprogramming).toBe(input.reprogramming);
    const reservation = { for: 'activate', container: serial, reprogramming: input.reprogramming };
    for (const id of sold.licenses)
      expect((await fixture.license(id)).standing).toEqual({ at: 'available', reservation });
  }
});

test('T6 I8 a release of which a part is done, and one license collected elsewhere, releases the rest', async () => {
  const { fixture, sold, serial } = await given({ basic: LARGE });
  const rival = await fixture.container(1);
  const [first = '', ...others] = sold.licenses;
  await fixture.task('Plan', await fixture.input(serial, all(sold)));
  const { inFlight = expect.fail() } = await loadContainer(await fixture.runtime(), serial);
  const meanwhile = async () => {
    const other = await fixture.runtime();
    // A run takes the same plan back and stops at this point.
    await commit(other, [putLicense(other, { ...(await fixture.license(first)), standing: { at: 'available' } })]);
    await fixture.reprogram(rival, { activate: { from: sold, licenses: [first] } });
  };
  await releasePlan(await fixture.runtime({ before: transaction, meanwhile }), serial, inFlight);
  expect((await fixture.license(first)).standing).toMatchObject({ at: 'collected', container: rival });
  for (const id of others) expect((await fixture.license(id)).standing).toEqual({ at: 'available' });
  expect(fixture.head(serial).lock).toBeUndefined();
});

test('a plan taken back twice at once releases no license that another container has collected meanwhile', async () => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  const rival = await fixture.container(1);
  await fixture.task('Plan', await fixture.input(serial, all(sold)));
  const { inFlight = expect.fail() } = await loadContainer(await fixture.runtime(), serial);
  const meanwhile = async () => {
    await releasePlan(await fixture.runtime(), serial, inFlight);
    await fixture.reprogram(rival, all(sold));
  };
  await releasePlan(await fixture.runtime({ before: transaction, meanwhile }), serial, inFlight);
  expect((await fixture.license(sold.licenses[0] ?? '')).standing).toMatchObject({ at: 'collected', container: rival });
});

test('I3 a plan taken back twice at once leaves the next plan of its container alone', async () => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  await fixture.task('Plan', await fixture.input(serial, all(sold)));
  const { inFlight = expect.fail() } = await loadContainer(await fixture.runtime(), serial);
  const next = await fixture.input(serial, all(sold));
  const meanwhile = async () => {
    await releasePlan(await fixture.runtime(), serial, inFlight);
    await fixture.task('Plan', next);
  };
  // Its second transaction removes the lock.
  await releasePlan(await fixture.runtime({ before: after(1, transaction), meanwhile }), serial, inFlight);
  expect(fixture.head(serial).lock?.reprogramming).toBe(next.reprogramming);
});

test('a step that runs after its whole reprogramming moves nothing', async () => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  const rival = await fixture.container(1);
  const work = planned(await fixture.task('Plan', await fixture.input(serial, all(sold))));
  await fixture.rollForward(work);
  await fixture.confirm(serial, 1);
  await fixture.reprogram(serial, { deactivate: sold.licenses });
  await fixture.confirm(serial, 2);
  await fixture.reprogram(rival, all(sold));
  await fixture.task('Activate', work);
  expect((await fixture.license(sold.licenses[0] ?? '')).standing).toMatchObject({ at: 'collected', container: rival });
});

test('a step paused between its read and its write during a whole reprogramming moves nothing', async () => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  const rival = await fixture.container(1);
  const work = planned(await fixture.task('Plan', await fixture.input(serial, all(sold))));
  const meanwhile = async () => {
    await fixture.rollForward(work);
    await fixture.confirm(serial, 1);
    await fixture.reprogram(serial, { deactivate: sold.licenses });
    await fixture.confirm(serial, 2);
    await fixture.reprogram(rival, all(sold));
  };
  await fixture.task('Activate', work, await fixture.runtime({ before: transaction, meanwhile }));
  expect((await fixture.license(sold.licenses[0] ?? '')).standing).toMatchObject({ at: 'collected', container: rival });
});

test('T2 a receipt for the previous update that arrives while the next one is issued stays accepted', async () => {
  const { fixture, sold, serial } = await given({ basic: 2 });
  const [one = '', other = ''] = sold.licenses;
  await fixture.reprogram(serial, { activate: { from: sold, licenses: [one] } });
  const work = planned(
    await fixture.task('Plan', await fixture.input(serial, { activate: { from: sold, licenses: [other] } })),
  );
  await fixture.task('Activate', work);
  const runtime = await fixture.runtime({ before: after(1, put), meanwhile: () => fixture.confirm(serial, 1) });
  await fixture.task('IssueUpdate', work, runtime);
  expect(fixture.head(serial)).toMatchObject({ confirmed: { counter: 1 }, issued: { counter: 2 } });
  expect(fixture.head(serial).lock).toBeUndefined();
});

test('T5 I8 a large receipt processed twice at once leaves no action pending', async () => {
  const { fixture, sold, serial } = await given({ basic: 60 });
  await fixture.reprogram(serial, all(sold));
  await fixture.confirm(serial, 1);
  await fixture.reprogram(serial, { deactivate: sold.licenses });
  for (const id of sold.licenses) await withdrawLicense(await fixture.runtime(), VENDOR, id, undefined, anyAttempt);
  expect(fixture.head(serial).pendingCount).toBe(60);
  const stop = () => Promise.reject(new Stopped());
  const meanwhile = async () => {
    // The head is written last, in its own transaction.
    const other = await fixture.runtime({ before: after(1, transaction), meanwhile: stop });
    await expect(confirm(other, serial, 2, undefined)).rejects.toBeInstanceOf(Stopped);
  };
  await confirm(await fixture.runtime({ before: batchRead, meanwhile }), serial, 2, undefined);
  expect(fixture.head(serial)).toMatchObject({ confirmed: { counter: 2 }, pendingCount: 0 });
  for (const id of sold.licenses) expect((await fixture.license(id)).standing).toEqual({ at: 'withdrawn' });
});

test('T4 a request is not refused because another request of its container reserved a license in between', async () => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  const input = await fixture.input(serial, all(sold));
  const container = await loadContainer(await fixture.runtime(), serial);
  const runtime = await fixture.runtime({
    before: batchRead,
    meanwhile: async () => fixture.rollForward(planned(await fixture.task('Plan', input))),
  });
  const request = { ...input, container, preview: false } as const;
  const { result } = await startReprogramming(runtime, request);
  const { status, body } = answerReprogramming(result);
  expect(body).toMatchObject({ id: input.reprogramming, status: 'issued' });
  expect(status).toBe(200);
});

test('T5 a vendor action that arrives while the receipt is written stays pending', async () => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  await fixture.reprogram(serial, all(sold));
  const [license = ''] = sold.licenses;
  const meanwhile = async () => withdrawLicense(await fixture.runtime(), VENDOR, license, undefined, anyAttempt);
  const runtime = await fixture.runtime({ before: transaction, meanwhile });
  await fixture.task('Confirm', { container: serial, counter: 1 } as PlannedWork, runtime);
  expect(fixture.head(serial)).toMatchObject({ confirmed: { counter: 1 }, pendingCount: 1 });
});

test('T5 a vendor action between a receipt and its confirmation stays pending', async () => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  const work = await fixture.reprogram(serial, all(sold));
  const receipt = { head: { ...fixture.head(serial) } };
  await withdrawLicense(await fixture.runtime(), VENDOR, sold.licenses[0] ?? '', undefined, anyAttempt);
  await fixture.task('Confirm', { ...work, receipt } as PlannedWork);
  expect(fixture.head(serial)).toMatchObject({ confirmed: { counter: 1 }, pendingCount: 1 });
});

test('T2 a receipt with the head of its handler is confirmed once, with one event, if Confirm runs twice', async () => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  const work = await fixture.reprogram(serial, all(sold));
  const confirmed = { ...work, receipt: { head: { ...fixture.head(serial) } } } as PlannedWork;
  for (let run = 0; run < 2; run++) await fixture.task('Confirm', confirmed);
  const events = fixture.table.partition('ORDER#order-1').flatMap(({ entries = [] }) => entries as { type: string }[]);
  expect(events.filter(({ type }) => type === 'receipt.accepted')).toHaveLength(1);
  expect(fixture.head(serial).confirmed.counter).toBe(1);
});

/** The input of the execution that the API starts for these activations, with the plan that it proposes. */
const proposed = async (fixture: Fixture, serial: string, sold: Sold): Promise<WorkflowInput> => {
  const runtime = await fixture.runtime();
  const inputs: WorkflowInput[] = [];
  const start = async (_name: string, input: WorkflowInput) => void inputs.push(JSON.parse(JSON.stringify(input)));
  await startReprogramming(
    { ...runtime, workflow: { ...runtime.workflow, start } },
    {
      container: await loadContainer(runtime, serial),
      activate: sold.licenses.map((license) => ({ ticket: sold.ticket, license })),
      deactivate: [],
      request: 'request',
      from: 0,
      keys: 1,
      actor: 'user',
      preview: false,
    },
  );
  const [input] = inputs;
  expect(input?.known).toBeDefined();
  return input ?? expect.fail('nothing started');
};

test('T6 a license that another container got after the first answer is refused, whatever the payload proposes', async () => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  const input = await proposed(fixture, serial, sold);
  const rival = await fixture.container(1);
  await fixture.reprogram(rival, all(sold));
  await expect(fixture.task('Plan', input)).rejects.toThrow('refused');
  expect((await fixture.license(sold.licenses[0] ?? '')).standing).toMatchObject({ at: 'collected', container: rival });
});

test('T5 a proposed plan that runs twice is planned once', async () => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  const input = await proposed(fixture, serial, sold);
  const { known: _first, ...first } = planned(await fixture.task('Plan', input));
  const { known: _second, ...second } = planned(await fixture.task('Plan', input));
  expect(second).toEqual(first);
  expect(
    fixture.table.partition(`CONTAINER#${serial}`).filter(({ plannedAt }) => plannedAt !== undefined),
  ).toHaveLength(1);
});

test('a reserved license that was written after the plan is read again by its step, and moved', async () => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  const work = planned(await fixture.task('Plan', await fixture.input(serial, all(sold))));
  const runtime = await fixture.runtime();
  const [id = ''] = sold.licenses;
  await commit(runtime, [putLicense(runtime, { ...(await fixture.license(id)), test: true })]);
  await fixture.task('Activate', work);
  expect(await fixture.license(id)).toMatchObject({ standing: { at: 'collected', container: serial }, test: true });
});

test.each([
  ['without a plan', undefined],
  ['with a plan in an unknown form', { head: {}, plan: { v: 2 }, licenses: [] }],
])('a payload %s makes the same update: the tasks read the table', async (_form, known) => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  const { known: _, ...input } = await proposed(fixture, serial, sold);
  const other = known === undefined ? {} : { known };
  const { known: _known, ...work } = planned(await fixture.task('Plan', { ...input, ...other }));
  await fixture.rollForward({ ...work, ...other });
  const confirmed = { ...work, ...other, receipt: { head: {} } };
  await fixture.task('Confirm', confirmed);
  expect((await fixture.license(sold.licenses[0] ?? '')).standing).toMatchObject({
    at: 'collected',
    container: serial,
  });
  expect(fixture.head(serial)).toMatchObject({ confirmed: { counter: 1 }, issued: { counter: 1 } });
});

test('T7 a plan decided before the container was blocked is not made', async () => {
  const { fixture, sold, serial } = await given({ basic: 2 });
  const [one = '', other = ''] = sold.licenses;
  await fixture.reprogram(serial, { activate: { from: sold, licenses: [one] } });
  const retirement = { licenses: 'restore', reason: 'gone' } as const;
  const meanwhile = async () => retireContainer(await fixture.runtime(), VENDOR, serial, retirement);
  const runtime = await fixture.runtime({ before: transaction, meanwhile });
  const input = await fixture.input(serial, { activate: { from: sold, licenses: [other] } });
  await expect(fixture.task('Plan', input, runtime)).rejects.toThrow('refused');
  expect((await fixture.license(other)).standing).toEqual({ at: 'available' });
  expect(fixture.head(serial).status).toBe('retired');
});

test('an update that is stored again keeps its signature', async () => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  const work = planned(await fixture.task('Plan', await fixture.input(serial, all(sold))));
  await fixture.task('Activate', work);
  const stop = () => Promise.reject(new Stopped());
  const runtime = await fixture.runtime({ before: after(1, put), meanwhile: stop });
  await expect(fixture.task('IssueUpdate', work, runtime)).rejects.toBeInstanceOf(Stopped);
  const update = () => fixture.table.partition(`CONTAINER#${serial}`).find(({ jws }) => jws !== undefined);
  const before = update();
  await fixture.task('IssueUpdate', work, await fixture.runtime({ before: put, meanwhile: () => Promise.resolve() }));
  expect(update()).toEqual(before);
});
