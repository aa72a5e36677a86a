import { expect, test } from 'vitest';
import { reportOverdueActions } from '../../../functions/use-cases/containers/report-overdue-actions.ts';
import { cancelVendorAction } from '../../../functions/use-cases/licenses/cancel.ts';
import { withdrawLicense } from '../../../functions/use-cases/licenses/withdraw.ts';
import { anyAttempt, type Fixture, NOW, newFixture, type Pause, transaction, VENDOR } from './fixture.ts';

const DAYS_40 = 40 * 24 * 3600 * 1000;

/** A container with two withdrawals that have been pending for forty days. */
const given = async (): Promise<{ fixture: Fixture; licenses: readonly string[]; serial: string }> => {
  const fixture = await newFixture();
  await fixture.product('basic');
  const sold = await fixture.sell({ basic: 2 });
  const serial = await fixture.container(0);
  await fixture.reprogram(serial, { activate: { from: sold, licenses: sold.licenses } });
  await fixture.confirm(serial, 1);
  for (const license of sold.licenses)
    await withdrawLicense(await fixture.runtime(), VENDOR, license, undefined, anyAttempt);
  return { fixture, licenses: sold.licenses, serial };
};

const report = async (fixture: Fixture, pause?: Pause): Promise<number> => {
  const runtime = { ...(await fixture.runtime(pause)), now: () => new Date(NOW.getTime() + DAYS_40) };
  return (await reportOverdueActions(runtime, { afterDays: 30 })).reported;
};

const response = ({ table }: Fixture): number =>
  table
    .all()
    .flatMap(({ entries }) => (entries as { type: string }[] | undefined) ?? [])
    .filter(({ type }) => type === 'withdrawal.overdue').length;

test('actions that two runs find overdue at once are reported once', async () => {
  const { fixture } = await given();
  const meanwhile = async () => expect(await report(fixture)).toBe(2);
  expect(await report(fixture, { before: transaction, meanwhile })).toBe(0);
  expect(response(fixture)).toBe(2);
});

test('an action cancelled while it is reported as overdue stays cancelled', async () => {
  const { fixture, licenses, serial } = await given();
  const [license = ''] = licenses;
  const meanwhile = async () => void (await cancelVendorAction(await fixture.runtime(), VENDOR, license, 'withdraw'));
  expect(await report(fixture, { before: transaction, meanwhile })).toBe(1);
  expect(response(fixture)).toBe(1);
  expect(fixture.head(serial).pendingCount).toBe(1);
});
