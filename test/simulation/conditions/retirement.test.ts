import { expect, test } from 'vitest';
import { retireContainer } from '../../../functions/use-cases/containers/retire-container.ts';
import { assignLicense } from '../../../functions/use-cases/licenses/assign.ts';
import { replaceLicense } from '../../../functions/use-cases/licenses/replace.ts';
import { withdrawLicense } from '../../../functions/use-cases/licenses/withdraw.ts';
import { after, anyAttempt, type Fixture, newFixture, type Sold, transaction, VENDOR } from './fixture.ts';

const given = async (
  units: Readonly<Record<string, number>>,
): Promise<{ fixture: Fixture; sold: Sold; serial: string }> => {
  const fixture = await newFixture();
  for (const code of Object.keys(units)) await fixture.product(code);
  return { fixture, sold: await fixture.sell(units), serial: await fixture.container(0) };
};

const only = (sold: Sold, license: string) => ({ activate: { from: sold, licenses: [license] } });
const WITHDRAW = { licenses: 'withdraw', reason: 'gone' } as const;
const RESTORE = { licenses: 'restore', reason: 'gone' } as const;

const eventsOf = (fixture: Fixture, serial: string): string[] =>
  fixture.table
    .all()
    .filter(({ indexSk }) => String(indexSk).startsWith(`${serial}#EVENT#`))
    .flatMap(({ entries }) => (entries as { type: string }[] | undefined) ?? [])
    .map(({ type }) => type);

test('T7 a vendor action accepted while the container is being blocked is settled with the others', async () => {
  const { fixture, sold, serial } = await given({ basic: 2 });
  const [held = '', assigned = ''] = sold.licenses;
  await fixture.reprogram(serial, only(sold, held));
  const meanwhile = async () => {
    const ordered = await assignLicense(await fixture.runtime(), VENDOR, serial, assigned, undefined);
    expect(ordered.kind).toBe('done');
  };
  expect(
    await retireContainer(await fixture.runtime({ before: transaction, meanwhile }), VENDOR, serial, WITHDRAW),
  ).toEqual({
    kind: 'retired',
  });
  expect((await fixture.license(held)).standing).toEqual({ at: 'withdrawn' });
  expect((await fixture.license(assigned)).standing).toEqual({ at: 'available' });
});

test('T7 a retirement ordered twice at once blocks the container once', async () => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  await fixture.reprogram(serial, only(sold, sold.licenses[0] ?? ''));
  const meanwhile = async () => retireContainer(await fixture.runtime(), VENDOR, serial, WITHDRAW);
  const retired = await retireContainer(
    await fixture.runtime({ before: transaction, meanwhile }),
    VENDOR,
    serial,
    RESTORE,
  );
  expect(retired).toEqual({ kind: 'retired' });
  expect(eventsOf(fixture, serial).filter((type) => type === 'container.retired')).toHaveLength(1);
  expect((await fixture.license(sold.licenses[0] ?? '')).standing).toEqual({ at: 'withdrawn' });
});

test('T7 a license that one of two retirements restored and another container collected stays there', async () => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  const [license = ''] = sold.licenses;
  const rival = await fixture.container(1);
  await fixture.reprogram(serial, only(sold, license));
  const meanwhile = async () => {
    await retireContainer(await fixture.runtime(), VENDOR, serial, RESTORE);
    await fixture.reprogram(rival, only(sold, license));
  };
  const runtime = await fixture.runtime({ before: after(1, transaction), meanwhile });
  expect(await retireContainer(runtime, VENDOR, serial, RESTORE)).toEqual({ kind: 'retired' });
  expect((await fixture.license(license)).standing).toMatchObject({ at: 'collected', container: rival });
});

test('T7 an assigned license that one of two retirements released and another container collected stays there', async () => {
  const { fixture, sold, serial } = await given({ basic: 2 });
  const [held = '', assigned = ''] = sold.licenses;
  const rival = await fixture.container(1);
  await fixture.reprogram(serial, only(sold, held));
  await assignLicense(await fixture.runtime(), VENDOR, serial, assigned, undefined);
  const meanwhile = async () => {
    await retireContainer(await fixture.runtime(), VENDOR, serial, RESTORE);
    await fixture.reprogram(rival, only(sold, assigned));
  };
  const runtime = await fixture.runtime({ before: after(1, transaction), meanwhile });
  expect(await retireContainer(runtime, VENDOR, serial, RESTORE)).toEqual({ kind: 'retired' });
  expect((await fixture.license(assigned)).standing).toMatchObject({ at: 'collected', container: rival });
});

test('T7 an assigned license withdrawn while the retirement releases it stays withdrawn, and the retirement continues', async () => {
  const { fixture, sold, serial } = await given({ basic: 2 });
  const [held = '', assigned = ''] = sold.licenses;
  await fixture.reprogram(serial, only(sold, held));
  await assignLicense(await fixture.runtime(), VENDOR, serial, assigned, undefined);
  const meanwhile = async () =>
    void (await withdrawLicense(await fixture.runtime(), VENDOR, assigned, undefined, anyAttempt));
  const runtime = await fixture.runtime({ before: after(1, transaction), meanwhile });
  expect(await retireContainer(runtime, VENDOR, serial, RESTORE)).toEqual({ kind: 'retired' });
  expect((await fixture.license(assigned)).standing).toEqual({ at: 'withdrawn' });
  expect((await fixture.license(held)).standing).toEqual({ at: 'available' });
  expect(fixture.head(serial)).toMatchObject({ status: 'retired', pendingCount: 0 });
});

test('T7 two retirements that end at once: one ends it, and the other finds it ended', async () => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  await fixture.reprogram(serial, only(sold, sold.licenses[0] ?? ''));
  const meanwhile = async () => void (await retireContainer(await fixture.runtime(), VENDOR, serial, RESTORE));
  const runtime = await fixture.runtime({ before: after(2, transaction), meanwhile });
  expect(await retireContainer(runtime, VENDOR, serial, RESTORE)).toEqual({ kind: 'retired' });
  const { revision } = fixture.head(serial);
  // Plan, issue, block, and one end.
  expect(revision).toBe(4);
});

test('T7 a retirement that withdraws also withdraws the replacement that is not yet on the ticket', async () => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  const [license = ''] = sold.licenses;
  await fixture.reprogram(serial, only(sold, license));
  const replaced = await replaceLicense(await fixture.runtime(), VENDOR, license, {}, anyAttempt);
  const fresh = replaced.kind === 'done' ? replaced.result.license.id : expect.fail();
  expect(await retireContainer(await fixture.runtime(), VENDOR, serial, WITHDRAW)).toEqual({ kind: 'retired' });
  expect((await fixture.license(fresh)).standing).toEqual({ at: 'withdrawn' });
  expect((await fixture.license(license)).standing).toEqual({ at: 'withdrawn' });
});
