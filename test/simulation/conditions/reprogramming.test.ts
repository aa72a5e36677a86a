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
  anyRun,
  batchRead,
  NOW,
  newScene,
  put,
  type Scene,
  type Sold,
  Stopped,
  transaction,
  VENDOR,
} from './scene.ts';

/** More than fit beside a plan: the rest is reserved under the lock. */
const MANY = 100;
/** More than one chunk of these. */
const LARGE = 250;

const given = async (
  units: Readonly<Record<string, number>>,
): Promise<{ scene: Scene; sold: Sold; serial: string }> => {
  const scene = await newScene();
  for (const code of Object.keys(units)) await scene.product(code);
  return { scene, sold: await scene.sell(units), serial: await scene.container(0) };
};

const planned = (work: PlannedWork | null): PlannedWork => work ?? expect.fail('nothing planned');

const all = (sold: Sold) => ({ activate: { from: sold, licenses: sold.licenses } });

test('T6 of two containers that want one license at the same time, the second to write gets the conflict', async () => {
  const { scene, sold, serial } = await given({ basic: 1 });
  const rival = await scene.container(1);
  const runtime = await scene.runtime({ before: transaction, happens: () => scene.reprogram(rival, all(sold)) });
  await expect(scene.task('Plan', await scene.input(serial, all(sold)), runtime)).rejects.toThrow('refused');
  expect((await scene.license(sold.licenses[0] ?? '')).standing).toMatchObject({ at: 'collected', container: rival });
});

test('I3 of two requests that are planned for one container at the same time, the second finds the lock', async () => {
  const { scene, sold, serial } = await given({ basic: 2 });
  const [one = '', other = ''] = sold.licenses;
  const first = await scene.input(serial, { activate: { from: sold, licenses: [one] } });
  const second = await scene.input(serial, { activate: { from: sold, licenses: [other] } });
  const runtime = await scene.runtime({ before: transaction, happens: () => scene.task('Plan', second) });
  await expect(scene.task('Plan', first, runtime)).rejects.toMatchObject({ name: 'ContainerLocked' });
  expect(scene.head(serial).lock?.reprogramming).toBe(second.reprogramming);
});

test('T5 a plan that is made twice at once, for a container that is known already, is made once', async () => {
  const { scene, sold, serial } = await given({ basic: 2 });
  const [one = '', other = ''] = sold.licenses;
  await scene.reprogram(serial, { activate: { from: sold, licenses: [one] } });
  const input = await scene.input(serial, { activate: { from: sold, licenses: [other] } });
  // The other run reserves the license before this one reads it: for this one it looks like somebody else's.
  const runtime = await scene.runtime({ before: batchRead, happens: () => scene.task('Plan', input) });
  expect(await scene.task('Plan', input, runtime)).toMatchObject({ counter: 2, work: { activate: 1 } });
});

test('T6 a license of a large plan that another container collects before it is reserved: that plan is taken back', async () => {
  const { scene, sold, serial } = await given({ basic: MANY });
  const rival = await scene.container(1);
  const last = sold.licenses.at(-1) ?? '';
  const collected = () => scene.reprogram(rival, { activate: { from: sold, licenses: [last] } });
  // After the plan's own transaction, before the next chunk is read.
  const runtime = await scene.runtime({ before: after(1, batchRead), happens: collected });
  await expect(scene.task('Plan', await scene.input(serial, all(sold)), runtime)).rejects.toThrow('refused');
  expect((await scene.license(last)).standing).toMatchObject({ at: 'collected', container: rival });
  expect((await scene.license(sold.licenses[0] ?? '')).standing).toEqual({ at: 'available' });
  expect(scene.head(serial).lock).toBeUndefined();
});

test('T6 the same, when it is collected between the read and the write of the chunk', async () => {
  const { scene, sold, serial } = await given({ basic: MANY });
  const rival = await scene.container(1);
  const last = sold.licenses.at(-1) ?? '';
  const collected = () => scene.reprogram(rival, { activate: { from: sold, licenses: [last] } });
  const runtime = await scene.runtime({ before: after(1, transaction), happens: collected });
  await expect(scene.task('Plan', await scene.input(serial, all(sold)), runtime)).rejects.toThrow('refused');
  expect((await scene.license(last)).standing).toMatchObject({ at: 'collected', container: rival });
});

/** A large plan whose execution ended before the rest was reserved. */
const stoppedPlan = async (scene: Scene, input: WorkflowInput): Promise<void> => {
  const stop = () => Promise.reject(new Stopped());
  const runtime = await scene.runtime({ before: after(1, transaction), happens: stop });
  await expect(scene.task('Plan', input, runtime)).rejects.toBeInstanceOf(Stopped);
};

test('T6 the same, when the plan was stopped before it reserved the rest, and runs again', async () => {
  const { scene, sold, serial } = await given({ basic: MANY });
  const rival = await scene.container(1);
  const last = sold.licenses.at(-1) ?? '';
  const input = await scene.input(serial, all(sold));
  await stoppedPlan(scene, input);
  await scene.reprogram(rival, { activate: { from: sold, licenses: [last] } });
  await expect(scene.task('Plan', input)).rejects.toThrow('refused');
  expect((await scene.license(last)).standing).toMatchObject({ at: 'collected', container: rival });
  expect(scene.head(serial).lock).toBeUndefined();
});

test('a plan that was stopped before it reserved the rest goes on with it', async () => {
  const { scene, sold, serial } = await given({ basic: MANY });
  const input = await scene.input(serial, all(sold));
  await stoppedPlan(scene, input);
  await scene.rollForward(planned(await scene.task('Plan', input)));
  for (const id of sold.licenses) expect((await scene.license(id)).standing).toMatchObject({ at: 'collected' });
});

test('T5 a large plan that is made twice at once is made once', async () => {
  const { scene, sold, serial } = await given({ basic: LARGE });
  const input = await scene.input(serial, all(sold));
  // The other run reserves the rest while this one has read it and not yet written.
  const runtime = await scene.runtime({ before: after(1, transaction), happens: () => scene.task('Plan', input) });
  const work = planned(await scene.task('Plan', input, runtime));
  expect(work).toMatchObject({ counter: 1, work: { activate: LARGE } });
  await scene.rollForward(work);
  for (const id of sold.licenses) expect((await scene.license(id)).standing).toMatchObject({ at: 'collected' });
});

test('I3 I8 a large plan that another run has carried out meanwhile is not taken back', async () => {
  for (const steps of [['Activate'], ['Activate', 'IssueUpdate']] as const) {
    const { scene, sold, serial } = await given({ basic: LARGE });
    const input = await scene.input(serial, all(sold));
    const happens = async () => {
      const work = planned(await scene.task('Plan', input));
      for (const step of steps) await scene.task(step, work);
    };
    const runtime = await scene.runtime({ before: after(1, transaction), happens });
    expect(await scene.task('Plan', input, runtime)).toMatchObject({ counter: 1, work: { activate: LARGE } });
    for (const id of sold.licenses) expect((await scene.license(id)).standing).toMatchObject({ at: 'collected' });
  }
});

test('T6 I8 a run that is late reserves nothing for a plan that another one has taken back', async () => {
  const { scene, sold, serial } = await given({ basic: LARGE });
  const rival = await scene.container(1);
  const last = sold.licenses.at(-1) ?? '';
  const happens = async () => {
    await scene.reprogram(rival, { activate: { from: sold, licenses: [last] } });
    const other = await scene.runtime();
    const { inFlight = expect.fail() } = await loadContainer(other, serial);
    await releasePlan(other, serial, inFlight);
  };
  const runtime = await scene.runtime({ before: after(1, transaction), happens });
  await expect(scene.task('Plan', await scene.input(serial, all(sold)), runtime)).rejects.toThrow('refused');
  for (const id of sold.licenses.slice(0, -1)) expect((await scene.license(id)).standing).toEqual({ at: 'available' });
});

test('T6 I8 the same, when the container is locked again at the same moment, for another request', async () => {
  const { scene, sold, serial } = await given({ basic: LARGE });
  const rest = await scene.sell({ basic: 1 });
  const rival = await scene.container(1);
  const last = sold.licenses.at(-1) ?? '';
  const input = await scene.input(serial, all(sold));
  const next = await scene.input(serial, all(rest));
  const happens = async () => {
    await scene.reprogram(rival, { activate: { from: sold, licenses: [last] } });
    const other = await scene.runtime();
    const { inFlight = expect.fail() } = await loadContainer(other, serial);
    await releasePlan(other, serial, inFlight);
    await scene.task('Plan', next);
  };
  const held = await scene.runtime({ before: after(1, transaction), happens });
  // If it should reserve, it is stopped before it finds that it cannot reserve all.
  const isThird = after(2, transaction);
  const send = (command: never) => (isThird(command) ? Promise.reject(new Stopped()) : held.documents.send(command));
  const runtime = { ...held, documents: { send } as unknown as typeof held.documents };
  await expect(scene.task('Plan', input, runtime)).rejects.toMatchObject({ name: 'ContainerLocked' });
  for (const id of sold.licenses.slice(0, -1)) expect((await scene.license(id)).standing).toEqual({ at: 'available' });
  expect(scene.head(serial).lock?.reprogramming).toBe(next.reprogramming);
});

test('I8 a plan that is made again is left alone by a run that takes the first one back', async () => {
  for (const units of [1, LARGE]) {
    const { scene, sold, serial } = await given({ basic: units });
    const input = await scene.input(serial, all(sold));
    await scene.task('Plan', input);
    const { inFlight = expect.fail() } = await loadContainer(await scene.runtime(), serial);
    await releasePlan(await scene.runtime(), serial, inFlight);
    // The same request, and so the same id.
    await scene.task('Plan', input, { ...(await scene.runtime()), now: () => new Date(NOW.getTime() + 1_000) });

    await releasePlan(await scene.runtime(), serial, inFlight);

    expect(scene.head(serial).lock?.reprogramming).toBe(input.reprogramming);
    const reservation = { for: 'activate', container: serial, reprogramming: input.reprogramming };
    for (const id of sold.licenses)
      expect((await scene.license(id)).standing).toEqual({ at: 'available', reservation });
  }
});

test('T6 I8 a release of which a part is done already, and the license collected elsewhere, releases the rest', async () => {
  const { scene, sold, serial } = await given({ basic: LARGE });
  const rival = await scene.container(1);
  const [first = '', ...others] = sold.licenses;
  await scene.task('Plan', await scene.input(serial, all(sold)));
  const { inFlight = expect.fail() } = await loadContainer(await scene.runtime(), serial);
  const happens = async () => {
    const other = await scene.runtime();
    // As a run that takes the same plan back, and is stopped then.
    await commit(other, [putLicense(other, { ...(await scene.license(first)), standing: { at: 'available' } })]);
    await scene.reprogram(rival, { activate: { from: sold, licenses: [first] } });
  };
  await releasePlan(await scene.runtime({ before: transaction, happens }), serial, inFlight);
  expect((await scene.license(first)).standing).toMatchObject({ at: 'collected', container: rival });
  for (const id of others) expect((await scene.license(id)).standing).toEqual({ at: 'available' });
  expect(scene.head(serial).lock).toBeUndefined();
});

test('a plan that is taken back twice at once frees nothing that another container has collected meanwhile', async () => {
  const { scene, sold, serial } = await given({ basic: 1 });
  const rival = await scene.container(1);
  await scene.task('Plan', await scene.input(serial, all(sold)));
  const { inFlight = expect.fail() } = await loadContainer(await scene.runtime(), serial);
  const happens = async () => {
    await releasePlan(await scene.runtime(), serial, inFlight);
    await scene.reprogram(rival, all(sold));
  };
  await releasePlan(await scene.runtime({ before: transaction, happens }), serial, inFlight);
  expect((await scene.license(sold.licenses[0] ?? '')).standing).toMatchObject({ at: 'collected', container: rival });
});

test('I3 a plan that is taken back twice at once leaves the next plan of its container alone', async () => {
  const { scene, sold, serial } = await given({ basic: 1 });
  await scene.task('Plan', await scene.input(serial, all(sold)));
  const { inFlight = expect.fail() } = await loadContainer(await scene.runtime(), serial);
  const next = await scene.input(serial, all(sold));
  const happens = async () => {
    await releasePlan(await scene.runtime(), serial, inFlight);
    await scene.task('Plan', next);
  };
  // Its second transaction takes the lock away.
  await releasePlan(await scene.runtime({ before: after(1, transaction), happens }), serial, inFlight);
  expect(scene.head(serial).lock?.reprogramming).toBe(next.reprogramming);
});

test('a step that is late by a whole reprogramming moves nothing', async () => {
  const { scene, sold, serial } = await given({ basic: 1 });
  const rival = await scene.container(1);
  const work = planned(await scene.task('Plan', await scene.input(serial, all(sold))));
  await scene.rollForward(work);
  await scene.confirm(serial, 1);
  await scene.reprogram(serial, { deactivate: sold.licenses });
  await scene.confirm(serial, 2);
  await scene.reprogram(rival, all(sold));
  await scene.task('Activate', work);
  expect((await scene.license(sold.licenses[0] ?? '')).standing).toMatchObject({ at: 'collected', container: rival });
});

test('a step that is held between its read and its write by a whole reprogramming moves nothing', async () => {
  const { scene, sold, serial } = await given({ basic: 1 });
  const rival = await scene.container(1);
  const work = planned(await scene.task('Plan', await scene.input(serial, all(sold))));
  const happens = async () => {
    await scene.rollForward(work);
    await scene.confirm(serial, 1);
    await scene.reprogram(serial, { deactivate: sold.licenses });
    await scene.confirm(serial, 2);
    await scene.reprogram(rival, all(sold));
  };
  await scene.task('Activate', work, await scene.runtime({ before: transaction, happens }));
  expect((await scene.license(sold.licenses[0] ?? '')).standing).toMatchObject({ at: 'collected', container: rival });
});

test('T2 a receipt for the update before, which comes while the next one is issued, stays accepted', async () => {
  const { scene, sold, serial } = await given({ basic: 2 });
  const [one = '', other = ''] = sold.licenses;
  await scene.reprogram(serial, { activate: { from: sold, licenses: [one] } });
  const work = planned(
    await scene.task('Plan', await scene.input(serial, { activate: { from: sold, licenses: [other] } })),
  );
  await scene.task('Activate', work);
  const runtime = await scene.runtime({ before: after(1, put), happens: () => scene.confirm(serial, 1) });
  await scene.task('IssueUpdate', work, runtime);
  expect(scene.head(serial)).toMatchObject({ confirmed: { counter: 1 }, issued: { counter: 2 } });
  expect(scene.head(serial).lock).toBeUndefined();
});

test('T5 I8 a large receipt that is taken twice at once ends with no action pending', async () => {
  const { scene, sold, serial } = await given({ basic: 60 });
  await scene.reprogram(serial, all(sold));
  await scene.confirm(serial, 1);
  await scene.reprogram(serial, { deactivate: sold.licenses });
  for (const id of sold.licenses) await withdrawLicense(await scene.runtime(), VENDOR, id, undefined, anyRun);
  expect(scene.head(serial).pendingCount).toBe(60);
  const stop = () => Promise.reject(new Stopped());
  const happens = async () => {
    // The head comes last, in a transaction of its own.
    const other = await scene.runtime({ before: after(1, transaction), happens: stop });
    await expect(confirm(other, serial, 2)).rejects.toBeInstanceOf(Stopped);
  };
  await confirm(await scene.runtime({ before: batchRead, happens }), serial, 2);
  expect(scene.head(serial)).toMatchObject({ confirmed: { counter: 2 }, pendingCount: 0 });
  for (const id of sold.licenses) expect((await scene.license(id)).standing).toEqual({ at: 'withdrawn' });
});

test('T4 a request is not refused for what another request of its container has reserved in between', async () => {
  const { scene, sold, serial } = await given({ basic: 1 });
  const input = await scene.input(serial, all(sold));
  const container = await loadContainer(await scene.runtime(), serial);
  const runtime = await scene.runtime({
    before: batchRead,
    happens: async () => scene.rollForward(planned(await scene.task('Plan', input))),
  });
  const request = { ...input, container, preview: false } as const;
  const { result } = await startReprogramming(runtime, request);
  const { status, body } = answerReprogramming(result);
  expect(body).toMatchObject({ id: input.reprogramming, status: 'issued' });
  expect(status).toBe(200);
});

test('T5 a vendor order that comes while the receipt is written is not forgotten by the head', async () => {
  const { scene, sold, serial } = await given({ basic: 1 });
  await scene.reprogram(serial, all(sold));
  const [license = ''] = sold.licenses;
  const happens = async () => withdrawLicense(await scene.runtime(), VENDOR, license, undefined, anyRun);
  const runtime = await scene.runtime({ before: transaction, happens });
  await scene.task('Confirm', { container: serial, counter: 1 } as PlannedWork, runtime);
  expect(scene.head(serial)).toMatchObject({ confirmed: { counter: 1 }, pendingCount: 1 });
});

test('T7 a plan that was decided before the container was blocked is not made', async () => {
  const { scene, sold, serial } = await given({ basic: 2 });
  const [one = '', other = ''] = sold.licenses;
  await scene.reprogram(serial, { activate: { from: sold, licenses: [one] } });
  const retirement = { licenses: 'restore', reason: 'gone' } as const;
  const happens = async () => retireContainer(await scene.runtime(), VENDOR, serial, retirement);
  const runtime = await scene.runtime({ before: transaction, happens });
  const input = await scene.input(serial, { activate: { from: sold, licenses: [other] } });
  await expect(scene.task('Plan', input, runtime)).rejects.toThrow('refused');
  expect((await scene.license(other)).standing).toEqual({ at: 'available' });
  expect(scene.head(serial).status).toBe('retired');
});

test('an update that is stored again keeps its signature', async () => {
  const { scene, sold, serial } = await given({ basic: 1 });
  const work = planned(await scene.task('Plan', await scene.input(serial, all(sold))));
  await scene.task('Activate', work);
  const stop = () => Promise.reject(new Stopped());
  const runtime = await scene.runtime({ before: after(1, put), happens: stop });
  await expect(scene.task('IssueUpdate', work, runtime)).rejects.toBeInstanceOf(Stopped);
  const update = () => scene.table.partition(`CONTAINER#${serial}`).find(({ jws }) => jws !== undefined);
  const before = update();
  await scene.task('IssueUpdate', work, await scene.runtime({ before: put, happens: () => Promise.resolve() }));
  expect(update()).toEqual(before);
});
