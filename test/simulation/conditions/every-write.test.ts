import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { retireContainer } from '../../../functions/use-cases/containers/retire-container.ts';
import { cancelVendorAction } from '../../../functions/use-cases/licenses/cancel.ts';
import { replaceLicense } from '../../../functions/use-cases/licenses/replace.ts';
import { withdrawLicense } from '../../../functions/use-cases/licenses/withdraw.ts';
import { anyAttempt, type Fixture, newFixture, VENDOR } from './fixture.ts';

interface Put {
  readonly Item?: Readonly<Record<string, unknown>>;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>>;
}

const putsOf = ({ sent }: Fixture): Put[] =>
  sent
    .filter((command) => command instanceof TransactWriteCommand)
    .flatMap(({ input }) => (input.TransactItems ?? []).flatMap((write) => (write.Put as Put | undefined) ?? []));

const nameOf = ({ Item }: Put): string => `${Item?.['pk']} ${Item?.['sk']}`;

/** Why a write could overwrite an item that it did not read. */
const faultOf = (put: Put): string | undefined => {
  const { Item = {}, ConditionExpression, ExpressionAttributeValues } = put;
  const { revision } = Item;
  if (ConditionExpression === 'attribute_not_exists(pk)') {
    // A product that was deleted and created again repeats no revision: it starts at the time.
    const isFirst = nameOf(put).startsWith('PRODUCT#') ? Number(revision) > 1 : (revision ?? 1) === 1;
    return isFirst ? undefined : `${nameOf(put)} is new at revision ${revision}`;
  }
  if (ConditionExpression === '#state = :delivering') return undefined;
  if (ConditionExpression !== 'revision = :read') return `${nameOf(put)} is written if ${ConditionExpression}`;
  const read = Number(ExpressionAttributeValues?.[':read']);
  return revision === read + 1 ? undefined : `${nameOf(put)} goes from revision ${read} to ${revision}`;
};

const GUARDED = /^(TICKET#\S+ (LICENSE#|TICKET$)|CONTAINER#\S+ CONTAINER$|ORDER#\S+ ORDER$|PRODUCT#)/;

/** Runs everything that writes a license or a head. */
const played = async (): Promise<Fixture> => {
  const fixture = await newFixture();
  for (const code of ['basic', 'other']) await fixture.product(code);
  const sold = await fixture.sell({ basic: 110 });
  const [one = '', two = '', three = '', four = ''] = sold.licenses;
  const serial = await fixture.container(0);
  const runtime = await fixture.runtime();
  await replaceLicense(runtime, VENDOR, four, { product: 'other' }, anyAttempt);
  await fixture.reprogram(serial, { activate: { from: sold, licenses: [one, two, three] } });
  await fixture.confirm(serial, 1);
  // A replacement that a withdrawal supersedes, and one that is cancelled.
  await replaceLicense(runtime, VENDOR, one, {}, anyAttempt);
  await withdrawLicense(runtime, VENDOR, one, undefined, anyAttempt);
  await replaceLicense(runtime, VENDOR, two, {}, anyAttempt);
  await cancelVendorAction(runtime, VENDOR, two, 'replace');
  // R3: the user returns the license that is to be replaced.
  await replaceLicense(runtime, VENDOR, two, {}, anyAttempt);
  await fixture.reprogram(serial, { deactivate: [two] });
  await fixture.confirm(serial, 2);
  await replaceLicense(runtime, VENDOR, three, {}, anyAttempt);
  await retireContainer(runtime, VENDOR, serial, { licenses: 'withdraw', reason: 'gone' });
  expect((await fixture.license(two)).standing).toEqual({ at: 'replaced' });
  return fixture;
};

test('no write overwrites a license, container, order, ticket or product that was not read', async () => {
  const fixture = await played();
  const guarded = putsOf(fixture).filter((put) => GUARDED.test(nameOf(put)));
  expect(guarded.length).toBeGreaterThan(100);
  expect(guarded.flatMap((put) => faultOf(put) ?? [])).toEqual([]);
});
