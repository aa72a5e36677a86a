import { expect, test } from 'vitest';
import type { PlannedWork } from '../../../contract/tasks.ts';
import { retireContainer } from '../../../functions/use-cases/containers/retire-container.ts';
import { assignLicense } from '../../../functions/use-cases/licenses/assign.ts';
import { cancelVendorAction } from '../../../functions/use-cases/licenses/cancel.ts';
import { replaceLicense } from '../../../functions/use-cases/licenses/replace.ts';
import { withdrawLicense } from '../../../functions/use-cases/licenses/withdraw.ts';
import { after, anyRun, newScene, type Scene, type Sold, Stopped, transaction, VENDOR } from './scene.ts';

/** Returns of so many licenses that their receipt takes two transactions. */
const MANY = 120;

const given = async (
  units: Readonly<Record<string, number>>,
): Promise<{ scene: Scene; sold: Sold; serial: string }> => {
  const scene = await newScene();
  for (const code of Object.keys(units)) await scene.product(code, code === 'addon' ? ['basic'] : []);
  return { scene, sold: await scene.sell(units), serial: await scene.container(0) };
};

const all = (sold: Sold) => ({ activate: { from: sold, licenses: sold.licenses } });
const only = (sold: Sold, license: string) => ({ activate: { from: sold, licenses: [license] } });

test('W1 a license that is collected while its withdrawal is decided is earmarked, not taken off the ticket', async () => {
  const { scene, sold, serial } = await given({ basic: 1 });
  const [license = ''] = sold.licenses;
  const runtime = await scene.runtime({ before: transaction, happens: () => scene.reprogram(serial, all(sold)) });
  const ordered = await withdrawLicense(runtime, VENDOR, license, undefined, anyRun);
  expect(ordered).toEqual({ kind: 'done', result: { status: 'pending', container: serial } });
  expect((await scene.license(license)).standing).toMatchObject({ at: 'collected', earmark: { action: 'withdraw' } });
});

test('R1 a license that is collected while its replacement is decided is earmarked, not replaced at once', async () => {
  const { scene, sold, serial } = await given({ basic: 1 });
  const [license = ''] = sold.licenses;
  const runtime = await scene.runtime({ before: transaction, happens: () => scene.reprogram(serial, all(sold)) });
  const ordered = await replaceLicense(runtime, VENDOR, license, {}, anyRun);
  expect(ordered).toMatchObject({ kind: 'done', result: { status: 'pending', container: serial } });
  expect((await scene.license(license)).standing).toMatchObject({ at: 'collected', earmark: { action: 'replace' } });
});

test('A1 a license that another container collects while its assignment is decided is not assigned', async () => {
  const { scene, sold, serial } = await given({ basic: 2 });
  const [license = '', other = ''] = sold.licenses;
  const rival = await scene.container(1);
  await scene.reprogram(serial, only(sold, other));
  const happens = () => scene.reprogram(rival, only(sold, license));
  const ordered = await assignLicense(
    await scene.runtime({ before: transaction, happens }),
    VENDOR,
    serial,
    license,
    undefined,
  );
  expect(ordered.kind).toBe('refused');
  expect((await scene.license(license)).standing).toMatchObject({ at: 'collected', container: rival });
});

test('Q7 two orders on one container that only exclude each other are not both accepted', async () => {
  const { scene, sold, serial } = await given({ basic: 1, addon: 1 });
  const [basic = '', addon = ''] = sold.licenses;
  await scene.reprogram(serial, only(sold, basic));
  await scene.confirm(serial, 1);
  const happens = async () => {
    const assigned = await assignLicense(await scene.runtime(), VENDOR, serial, addon, undefined);
    expect(assigned.kind).toBe('done');
  };
  const ordered = await withdrawLicense(
    await scene.runtime({ before: transaction, happens }),
    VENDOR,
    basic,
    undefined,
    anyRun,
  );
  expect(ordered).toMatchObject({ kind: 'refused', refusal: { code: 'dependency-violation' } });
});

/** A container whose receipt was stopped after its first transaction: most returns are settled, the head has not moved. */
const halfSettled = async ({ scene, sold, serial }: { scene: Scene; sold: Sold; serial: string }) => {
  const stop = () => Promise.reject(new Stopped());
  const runtime = await scene.runtime({ before: after(1, transaction), happens: stop });
  const receipt = scene.task('Confirm', { container: serial, counter: 2 } as PlannedWork, runtime);
  await expect(receipt).rejects.toBeInstanceOf(Stopped);
  expect((await scene.license(sold.licenses[0] ?? '')).standing.at).not.toBe('returned');
};

const returned = async () => {
  const world = await given({ basic: MANY });
  const { scene, sold, serial } = world;
  await scene.reprogram(serial, all(sold));
  await scene.confirm(serial, 1);
  await scene.reprogram(serial, { deactivate: sold.licenses });
  return world;
};

test('W5 a license whose return is settled while its withdrawal is decided is withdrawn at once', async () => {
  const world = await returned();
  const { scene, sold } = world;
  const [license = ''] = sold.licenses;
  const runtime = await scene.runtime({ before: transaction, happens: () => halfSettled(world) });
  const ordered = await withdrawLicense(runtime, VENDOR, license, undefined, anyRun);
  expect(ordered).toEqual({ kind: 'done', result: { status: 'withdrawn' } });
  expect((await scene.license(license)).standing).toEqual({ at: 'withdrawn' });
});

test('R3 a license whose return is settled while its replacement is decided is replaced at once', async () => {
  const world = await returned();
  const { scene, sold } = world;
  const [license = ''] = sold.licenses;
  const runtime = await scene.runtime({ before: transaction, happens: () => halfSettled(world) });
  const ordered = await replaceLicense(runtime, VENDOR, license, {}, anyRun);
  expect(ordered).toMatchObject({ kind: 'done', result: { status: 'replaced' } });
  expect((await scene.license(license)).standing).toEqual({ at: 'replaced' });
});

test('W6 a withdrawal that is carried out while its cancellation is decided stays carried out', async () => {
  const world = await returned();
  const { scene, sold } = world;
  const [license = ''] = sold.licenses;
  await withdrawLicense(await scene.runtime(), VENDOR, license, undefined, anyRun);
  const runtime = await scene.runtime({ before: transaction, happens: () => halfSettled(world) });
  const ordered = await cancelVendorAction(runtime, VENDOR, license, 'withdraw');
  expect(ordered.kind).toBe('refused');
  expect((await scene.license(license)).standing).toEqual({ at: 'withdrawn' });
});

test('W6 a withdrawal that is cancelled while the receipt is settled is not carried out', async () => {
  const { scene, sold, serial } = await returned();
  const [license = ''] = sold.licenses;
  await withdrawLicense(await scene.runtime(), VENDOR, license, undefined, anyRun);
  const happens = async () => {
    const cancelled = await cancelVendorAction(await scene.runtime(), VENDOR, license, 'withdraw');
    expect(cancelled.kind).toBe('done');
  };
  const runtime = await scene.runtime({ before: transaction, happens });
  await scene.task('Confirm', { container: serial, counter: 2 } as PlannedWork, runtime);
  expect((await scene.license(license)).standing).toEqual({ at: 'available' });
  expect(scene.head(serial).confirmed.counter).toBe(2);
});

test('T7 a container that is being retired takes no orders', async () => {
  const { scene, sold, serial } = await given({ basic: 2 });
  const [license = '', available = ''] = sold.licenses;
  await scene.reprogram(serial, only(sold, license));
  const stop = () => Promise.reject(new Stopped());
  const runtime = await scene.runtime({ before: after(1, transaction), happens: stop });
  const retired = retireContainer(runtime, VENDOR, serial, { licenses: 'withdraw', reason: 'gone' });
  await expect(retired).rejects.toBeInstanceOf(Stopped);
  const refused = { kind: 'refused', refusal: { code: 'container-retired', container: serial } };
  expect(await withdrawLicense(await scene.runtime(), VENDOR, license, undefined, anyRun)).toEqual(refused);
  expect(await replaceLicense(await scene.runtime(), VENDOR, license, {}, anyRun)).toEqual(refused);
  expect(await assignLicense(await scene.runtime(), VENDOR, serial, available, undefined)).toEqual(refused);
});
