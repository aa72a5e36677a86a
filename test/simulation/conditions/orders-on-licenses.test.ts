import { expect, test } from 'vitest';
import type { PlannedWork } from '../../../contract/tasks.ts';
import { retireContainer } from '../../../functions/use-cases/containers/retire-container.ts';
import { assignLicense } from '../../../functions/use-cases/licenses/assign.ts';
import { cancelVendorAction } from '../../../functions/use-cases/licenses/cancel.ts';
import { replaceLicense } from '../../../functions/use-cases/licenses/replace.ts';
import { withdrawLicense } from '../../../functions/use-cases/licenses/withdraw.ts';
import { after, anyAttempt, type Fixture, newFixture, type Sold, Stopped, transaction, VENDOR } from './fixture.ts';

/** Returns so many licenses that their receipt takes two transactions. */
const MANY = 120;

const given = async (
  units: Readonly<Record<string, number>>,
): Promise<{ fixture: Fixture; sold: Sold; serial: string }> => {
  const fixture = await newFixture();
  for (const code of Object.keys(units)) await fixture.product(code, code === 'addon' ? ['basic'] : []);
  return { fixture, sold: await fixture.sell(units), serial: await fixture.container(0) };
};

const all = (sold: Sold) => ({ activate: { from: sold, licenses: sold.licenses } });
const only = (sold: Sold, license: string) => ({ activate: { from: sold, licenses: [license] } });

test('W1 a license collected while its withdrawal is decided is earmarked and stays on the ticket', async () => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  const [license = ''] = sold.licenses;
  const runtime = await fixture.runtime({ before: transaction, meanwhile: () => fixture.reprogram(serial, all(sold)) });
  const ordered = await withdrawLicense(runtime, VENDOR, license, undefined, anyAttempt);
  expect(ordered).toEqual({ kind: 'done', result: { status: 'pending', container: serial } });
  expect((await fixture.license(license)).standing).toMatchObject({ at: 'collected', earmark: { action: 'withdraw' } });
});

test('R1 a license collected while its replacement is decided is earmarked, not replaced at once', async () => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  const [license = ''] = sold.licenses;
  const runtime = await fixture.runtime({ before: transaction, meanwhile: () => fixture.reprogram(serial, all(sold)) });
  const ordered = await replaceLicense(runtime, VENDOR, license, {}, anyAttempt);
  expect(ordered).toMatchObject({ kind: 'done', result: { status: 'pending', container: serial } });
  expect((await fixture.license(license)).standing).toMatchObject({ at: 'collected', earmark: { action: 'replace' } });
});

test('A1 a license that another container collects while its assignment is decided is not assigned', async () => {
  const { fixture, sold, serial } = await given({ basic: 2 });
  const [license = '', other = ''] = sold.licenses;
  const rival = await fixture.container(1);
  await fixture.reprogram(serial, only(sold, other));
  const meanwhile = () => fixture.reprogram(rival, only(sold, license));
  const ordered = await assignLicense(
    await fixture.runtime({ before: transaction, meanwhile }),
    VENDOR,
    serial,
    license,
    undefined,
  );
  expect(ordered.kind).toBe('refused');
  expect((await fixture.license(license)).standing).toMatchObject({ at: 'collected', container: rival });
});

test('Q7 two vendor actions on one container that exclude each other are not both accepted', async () => {
  const { fixture, sold, serial } = await given({ basic: 1, addon: 1 });
  const [basic = '', addon = ''] = sold.licenses;
  await fixture.reprogram(serial, only(sold, basic));
  await fixture.confirm(serial, 1);
  const meanwhile = async () => {
    const assigned = await assignLicense(await fixture.runtime(), VENDOR, serial, addon, undefined);
    expect(assigned.kind).toBe('done');
  };
  const ordered = await withdrawLicense(
    await fixture.runtime({ before: transaction, meanwhile }),
    VENDOR,
    basic,
    undefined,
    anyAttempt,
  );
  expect(ordered).toMatchObject({ kind: 'refused', refusal: { code: 'dependency-violation' } });
});

/** A container whose receipt stopped after its first transaction: most returns are settled, the head has not changed. */
const halfSettled = async ({ fixture, sold, serial }: { fixture: Fixture; sold: Sold; serial: string }) => {
  const stop = () => Promise.reject(new Stopped());
  const runtime = await fixture.runtime({ before: after(1, transaction), meanwhile: stop });
  const receipt = fixture.task('Confirm', { container: serial, counter: 2 } as PlannedWork, runtime);
  await expect(receipt).rejects.toBeInstanceOf(Stopped);
  expect((await fixture.license(sold.licenses[0] ?? '')).standing.at).not.toBe('returned');
};

const returned = async () => {
  const world = await given({ basic: MANY });
  const { fixture, sold, serial } = world;
  await fixture.reprogram(serial, all(sold));
  await fixture.confirm(serial, 1);
  await fixture.reprogram(serial, { deactivate: sold.licenses });
  return world;
};

test('W5 a license whose return is settled while its withdrawal is decided is withdrawn at once', async () => {
  const world = await returned();
  const { fixture, sold } = world;
  const [license = ''] = sold.licenses;
  const runtime = await fixture.runtime({ before: transaction, meanwhile: () => halfSettled(world) });
  const ordered = await withdrawLicense(runtime, VENDOR, license, undefined, anyAttempt);
  expect(ordered).toEqual({ kind: 'done', result: { status: 'withdrawn' } });
  expect((await fixture.license(license)).standing).toEqual({ at: 'withdrawn' });
});

test('R3 a license whose return is settled while its replacement is decided is replaced at once', async () => {
  const world = await returned();
  const { fixture, sold } = world;
  const [license = ''] = sold.licenses;
  const runtime = await fixture.runtime({ before: transaction, meanwhile: () => halfSettled(world) });
  const ordered = await replaceLicense(runtime, VENDOR, license, {}, anyAttempt);
  expect(ordered).toMatchObject({ kind: 'done', result: { status: 'replaced' } });
  expect((await fixture.license(license)).standing).toEqual({ at: 'replaced' });
});

test('W6 a withdrawal carried out while its cancellation is decided stays carried out', async () => {
  const world = await returned();
  const { fixture, sold } = world;
  const [license = ''] = sold.licenses;
  await withdrawLicense(await fixture.runtime(), VENDOR, license, undefined, anyAttempt);
  const runtime = await fixture.runtime({ before: transaction, meanwhile: () => halfSettled(world) });
  const ordered = await cancelVendorAction(runtime, VENDOR, license, 'withdraw');
  expect(ordered.kind).toBe('refused');
  expect((await fixture.license(license)).standing).toEqual({ at: 'withdrawn' });
});

test('W6 a withdrawal cancelled while the receipt is settled is not carried out', async () => {
  const { fixture, sold, serial } = await returned();
  const [license = ''] = sold.licenses;
  await withdrawLicense(await fixture.runtime(), VENDOR, license, undefined, anyAttempt);
  const meanwhile = async () => {
    const cancelled = await cancelVendorAction(await fixture.runtime(), VENDOR, license, 'withdraw');
    expect(cancelled.kind).toBe('done');
  };
  const runtime = await fixture.runtime({ before: transaction, meanwhile });
  await fixture.task('Confirm', { container: serial, counter: 2 } as PlannedWork, runtime);
  expect((await fixture.license(license)).standing).toEqual({ at: 'available' });
  expect(fixture.head(serial).confirmed.counter).toBe(2);
});

test('T7 a container that is being retired refuses vendor actions', async () => {
  const { fixture, sold, serial } = await given({ basic: 2 });
  const [license = '', available = ''] = sold.licenses;
  await fixture.reprogram(serial, only(sold, license));
  const stop = () => Promise.reject(new Stopped());
  const runtime = await fixture.runtime({ before: after(1, transaction), meanwhile: stop });
  const retired = retireContainer(runtime, VENDOR, serial, { licenses: 'withdraw', reason: 'gone' });
  await expect(retired).rejects.toBeInstanceOf(Stopped);
  const refused = { kind: 'refused', refusal: { code: 'container-retired', container: serial } };
  expect(await withdrawLicense(await fixture.runtime(), VENDOR, license, undefined, anyAttempt)).toEqual(refused);
  expect(await replaceLicense(await fixture.runtime(), VENDOR, license, {}, anyAttempt)).toEqual(refused);
  expect(await assignLicense(await fixture.runtime(), VENDOR, serial, available, undefined)).toEqual(refused);
});
