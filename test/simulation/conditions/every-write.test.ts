import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { retireContainer } from '../../../functions/use-cases/containers/retire-container.ts';
import { cancelVendorAction } from '../../../functions/use-cases/licenses/cancel.ts';
import { replaceLicense } from '../../../functions/use-cases/licenses/replace.ts';
import { withdrawLicense } from '../../../functions/use-cases/licenses/withdraw.ts';
import { anyRun, newScene, type Scene, VENDOR } from './scene.ts';

interface Put {
  readonly Item?: Readonly<Record<string, unknown>>;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>>;
}

const putsOf = ({ sent }: Scene): Put[] =>
  sent
    .filter((command) => command instanceof TransactWriteCommand)
    .flatMap(({ input }) => (input.TransactItems ?? []).flatMap((write) => (write.Put as Put | undefined) ?? []));

const nameOf = ({ Item }: Put): string => `${Item?.['pk']} ${Item?.['sk']}`;

/** Why a write could overwrite what it has not read. */
const faultOf = (put: Put): string | undefined => {
  const { Item = {}, ConditionExpression, ExpressionAttributeValues } = put;
  const { revision } = Item;
  if (ConditionExpression === 'attribute_not_exists(pk)') {
    return revision === undefined || revision === 1 ? undefined : `${nameOf(put)} is new at revision ${revision}`;
  }
  if (ConditionExpression === '#state = :delivering') return undefined;
  if (ConditionExpression !== 'revision = :read') return `${nameOf(put)} is written if ${ConditionExpression}`;
  const read = Number(ExpressionAttributeValues?.[':read']);
  return revision === read + 1 ? undefined : `${nameOf(put)} goes from revision ${read} to ${revision}`;
};

const GUARDED = /^(TICKET#\S+ (LICENSE#|TICKET$)|CONTAINER#\S+ CONTAINER$|ORDER#\S+ ORDER$|PRODUCT#)/;

/** A life with everything that writes a license or a head. */
const played = async (): Promise<Scene> => {
  const scene = await newScene();
  for (const code of ['basic', 'other']) await scene.product(code);
  const sold = await scene.sell({ basic: 110 });
  const [one = '', two = '', three = '', four = ''] = sold.licenses;
  const serial = await scene.container(0);
  const runtime = await scene.runtime();
  await replaceLicense(runtime, VENDOR, four, { product: 'other' }, anyRun);
  await scene.reprogram(serial, { activate: { from: sold, licenses: [one, two, three] } });
  await scene.confirm(serial, 1);
  // A replacement that gives way to a withdrawal, and one that is cancelled.
  await replaceLicense(runtime, VENDOR, one, {}, anyRun);
  await withdrawLicense(runtime, VENDOR, one, undefined, anyRun);
  await replaceLicense(runtime, VENDOR, two, {}, anyRun);
  await cancelVendorAction(runtime, VENDOR, two, 'replace');
  // R3: the user returns what is to be replaced.
  await replaceLicense(runtime, VENDOR, two, {}, anyRun);
  await scene.reprogram(serial, { deactivate: [two] });
  await scene.confirm(serial, 2);
  await replaceLicense(runtime, VENDOR, three, {}, anyRun);
  await retireContainer(runtime, VENDOR, serial, { licenses: 'withdraw', reason: 'gone' });
  expect((await scene.license(two)).standing).toEqual({ at: 'replaced' });
  return scene;
};

test('no license, container, order, ticket or product is written over what was not read', async () => {
  const scene = await played();
  const guarded = putsOf(scene).filter((put) => GUARDED.test(nameOf(put)));
  expect(guarded.length).toBeGreaterThan(100);
  expect(guarded.flatMap((put) => faultOf(put) ?? [])).toEqual([]);
});
