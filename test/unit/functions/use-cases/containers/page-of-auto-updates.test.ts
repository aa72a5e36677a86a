import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import type { Dependencies } from '../../../../../functions/dependencies.ts';
import { pageOfAutoUpdates } from '../../../../../functions/use-cases/containers/page-of-auto-updates.ts';
import { assignLicense } from '../../../../../functions/use-cases/licenses/assign.ts';
import { newFixture, VENDOR } from '../../../../simulation/conditions/fixture.ts';

const CONTAINERS = 35;

test('the auto-updates of many containers are read ten containers at a time, and returned in the order of the serials', async () => {
  const fixture = await newFixture();
  await fixture.product('basic');
  const { licenses } = await fixture.sell({ basic: CONTAINERS });
  const serials: string[] = [];
  for (const [number, license] of licenses.entries()) {
    const serial = await fixture.container(number);
    await assignLicense(await fixture.runtime(), VENDOR, serial, license, undefined);
    serials.push(serial);
  }
  const plain = await fixture.runtime();
  let reading = 0;
  let most = 0;
  const send = async (command: unknown): Promise<unknown> => {
    if (!(command instanceof QueryCommand)) return plain.documents.send(command as never);
    reading += 1;
    most = Math.max(most, reading);
    // Lets every read that may start now start.
    await new Promise(setImmediate);
    reading -= 1;
    return plain.documents.send(command as never);
  };
  const dependencies: Dependencies = { ...plain, documents: { send } as never };
  const { items } = await pageOfAutoUpdates(dependencies, 1_000, undefined);
  expect(items.map(({ container }) => container)).toEqual(serials.toSorted());
  expect(items.every(({ pending }) => pending.length === 1)).toBe(true);
  expect(most).toBe(10);
});
