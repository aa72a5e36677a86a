import { expect, test } from 'vitest';
import { retireContainer } from '../../../functions/use-cases/containers/retire-container.ts';
import { assignLicense } from '../../../functions/use-cases/licenses/assign.ts';
import { replaceLicense } from '../../../functions/use-cases/licenses/replace.ts';
import { withdrawLicense } from '../../../functions/use-cases/licenses/withdraw.ts';
import { after, anyRun, newScene, type Scene, type Sold, transaction, VENDOR } from './scene.ts';

const given = async (
  units: Readonly<Record<string, number>>,
): Promise<{ scene: Scene; sold: Sold; serial: string }> => {
  const scene = await newScene();
  for (const code of Object.keys(units)) await scene.product(code);
  return { scene, sold: await scene.sell(units), serial: await scene.container(0) };
};

const only = (sold: Sold, license: string) => ({ activate: { from: sold, licenses: [license] } });
const WITHDRAW = { licenses: 'withdraw', reason: 'gone' } as const;
const RESTORE = { licenses: 'restore', reason: 'gone' } as const;

const eventsOf = (scene: Scene, serial: string): string[] =>
  scene.table
    .all()
    .filter(({ indexPk }) => indexPk === `HISTORY#${serial}`)
    .flatMap(({ entries }) => (entries as { type: string }[] | undefined) ?? [])
    .map(({ type }) => type);

test('T7 an order that is accepted while the container is being blocked is settled with the others', async () => {
  const { scene, sold, serial } = await given({ basic: 2 });
  const [held = '', assigned = ''] = sold.licenses;
  await scene.reprogram(serial, only(sold, held));
  const happens = async () => {
    const ordered = await assignLicense(await scene.runtime(), VENDOR, serial, assigned, undefined);
    expect(ordered.kind).toBe('done');
  };
  expect(
    await retireContainer(await scene.runtime({ before: transaction, happens }), VENDOR, serial, WITHDRAW),
  ).toEqual({
    kind: 'retired',
  });
  expect((await scene.license(held)).standing).toEqual({ at: 'withdrawn' });
  expect((await scene.license(assigned)).standing).toEqual({ at: 'available' });
});

test('T7 a retirement that is ordered twice at once blocks the container once', async () => {
  const { scene, sold, serial } = await given({ basic: 1 });
  await scene.reprogram(serial, only(sold, sold.licenses[0] ?? ''));
  const happens = async () => retireContainer(await scene.runtime(), VENDOR, serial, WITHDRAW);
  const retired = await retireContainer(await scene.runtime({ before: transaction, happens }), VENDOR, serial, RESTORE);
  expect(retired).toEqual({ kind: 'retired' });
  expect(eventsOf(scene, serial).filter((type) => type === 'container.retired')).toHaveLength(1);
  expect((await scene.license(sold.licenses[0] ?? '')).standing).toEqual({ at: 'withdrawn' });
});

test('T7 a license that one of two retirements has restored, and another container collected, stays there', async () => {
  const { scene, sold, serial } = await given({ basic: 1 });
  const [license = ''] = sold.licenses;
  const rival = await scene.container(1);
  await scene.reprogram(serial, only(sold, license));
  const happens = async () => {
    await retireContainer(await scene.runtime(), VENDOR, serial, RESTORE);
    await scene.reprogram(rival, only(sold, license));
  };
  const runtime = await scene.runtime({ before: after(1, transaction), happens });
  expect(await retireContainer(runtime, VENDOR, serial, RESTORE)).toEqual({ kind: 'retired' });
  expect((await scene.license(license)).standing).toMatchObject({ at: 'collected', container: rival });
});

test('T7 the same with an assigned license that was released', async () => {
  const { scene, sold, serial } = await given({ basic: 2 });
  const [held = '', assigned = ''] = sold.licenses;
  const rival = await scene.container(1);
  await scene.reprogram(serial, only(sold, held));
  await assignLicense(await scene.runtime(), VENDOR, serial, assigned, undefined);
  const happens = async () => {
    await retireContainer(await scene.runtime(), VENDOR, serial, RESTORE);
    await scene.reprogram(rival, only(sold, assigned));
  };
  const runtime = await scene.runtime({ before: after(1, transaction), happens });
  expect(await retireContainer(runtime, VENDOR, serial, RESTORE)).toEqual({ kind: 'retired' });
  expect((await scene.license(assigned)).standing).toMatchObject({ at: 'collected', container: rival });
});

test('T7 an assigned license that is withdrawn while the retirement releases it: the retirement goes on, and it stays withdrawn', async () => {
  const { scene, sold, serial } = await given({ basic: 2 });
  const [held = '', assigned = ''] = sold.licenses;
  await scene.reprogram(serial, only(sold, held));
  await assignLicense(await scene.runtime(), VENDOR, serial, assigned, undefined);
  const happens = async () => void (await withdrawLicense(await scene.runtime(), VENDOR, assigned, undefined, anyRun));
  const runtime = await scene.runtime({ before: after(1, transaction), happens });
  expect(await retireContainer(runtime, VENDOR, serial, RESTORE)).toEqual({ kind: 'retired' });
  expect((await scene.license(assigned)).standing).toEqual({ at: 'withdrawn' });
  expect((await scene.license(held)).standing).toEqual({ at: 'available' });
  expect(scene.head(serial)).toMatchObject({ status: 'retired', pendingCount: 0 });
});

test('T7 of two retirements that end at once, one ends it, and the other finds it ended', async () => {
  const { scene, sold, serial } = await given({ basic: 1 });
  await scene.reprogram(serial, only(sold, sold.licenses[0] ?? ''));
  const happens = async () => void (await retireContainer(await scene.runtime(), VENDOR, serial, RESTORE));
  const runtime = await scene.runtime({ before: after(2, transaction), happens });
  expect(await retireContainer(runtime, VENDOR, serial, RESTORE)).toEqual({ kind: 'retired' });
  const { revision } = scene.head(serial);
  // Plan, issue, block, and one end.
  expect(revision).toBe(4);
});

test('T7 a retirement that withdraws takes the replacement with it that is not yet on offer', async () => {
  const { scene, sold, serial } = await given({ basic: 1 });
  const [license = ''] = sold.licenses;
  await scene.reprogram(serial, only(sold, license));
  const replaced = await replaceLicense(await scene.runtime(), VENDOR, license, {}, anyRun);
  const fresh = replaced.kind === 'done' ? replaced.result.license.id : expect.fail();
  expect(await retireContainer(await scene.runtime(), VENDOR, serial, WITHDRAW)).toEqual({ kind: 'retired' });
  expect((await scene.license(fresh)).standing).toEqual({ at: 'withdrawn' });
  expect((await scene.license(license)).standing).toEqual({ at: 'withdrawn' });
});
