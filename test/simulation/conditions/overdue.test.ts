import { expect, test } from 'vitest';
import { reportOverdueActions } from '../../../functions/use-cases/containers/report-overdue-actions.ts';
import { cancelVendorAction } from '../../../functions/use-cases/licenses/cancel.ts';
import { withdrawLicense } from '../../../functions/use-cases/licenses/withdraw.ts';
import { anyRun, type Meanwhile, NOW, newScene, type Scene, transaction, VENDOR } from './scene.ts';

const DAYS_40 = 40 * 24 * 3600 * 1000;

/** A container with two withdrawals that have been pending for forty days. */
const given = async (): Promise<{ scene: Scene; licenses: readonly string[]; serial: string }> => {
  const scene = await newScene();
  await scene.product('basic');
  const sold = await scene.sell({ basic: 2 });
  const serial = await scene.container(0);
  await scene.reprogram(serial, { activate: { from: sold, licenses: sold.licenses } });
  await scene.confirm(serial, 1);
  for (const license of sold.licenses) await withdrawLicense(await scene.runtime(), VENDOR, license, undefined, anyRun);
  return { scene, licenses: sold.licenses, serial };
};

const report = async (scene: Scene, meanwhile?: Meanwhile): Promise<number> => {
  const runtime = { ...(await scene.runtime(meanwhile)), now: () => new Date(NOW.getTime() + DAYS_40) };
  return (await reportOverdueActions(runtime, { afterDays: 30 })).reported;
};

const response = ({ table }: Scene): number =>
  table
    .all()
    .flatMap(({ entries }) => (entries as { type: string }[] | undefined) ?? [])
    .filter(({ type }) => type === 'withdrawal.overdue').length;

test('actions that two runs find overdue at once are told once', async () => {
  const { scene } = await given();
  const happens = async () => expect(await report(scene)).toBe(2);
  expect(await report(scene, { before: transaction, happens })).toBe(0);
  expect(response(scene)).toBe(2);
});

test('an order that is cancelled while it is told to be overdue stays cancelled', async () => {
  const { scene, licenses, serial } = await given();
  const [license = ''] = licenses;
  const happens = async () => void (await cancelVendorAction(await scene.runtime(), VENDOR, license, 'withdraw'));
  expect(await report(scene, { before: transaction, happens })).toBe(1);
  expect(response(scene)).toBe(1);
  expect(scene.head(serial).pendingCount).toBe(1);
});
