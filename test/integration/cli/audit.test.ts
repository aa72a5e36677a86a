/** `relicense audit`: what it walks, and that it finds a table that does not agree with itself. */
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Key } from '../../../functions/store/keys.ts';
import { containerKey, entryKey, licenseKey } from '../../../functions/store/keys.ts';
import { EXIT } from '../../../terminal/exit.ts';
import type { LicenseBody } from '../../harness/answers.ts';
import { runCommandLine } from '../../harness/command-line.ts';
import { type Customer, ok, openWorld, present, type World } from '../../harness/world.ts';

let world: World;
let customer: Customer;
let kept: LicenseBody;
beforeAll(async () => {
  world = await openWorld();
  const product = await world.product();
  const licenses = await world.sell(product, product, product);
  kept = present(licenses[0]);
  customer = await world.customer();
  await customer.sync({ activate: licenses });
  await customer.sync({ deactivate: [present(licenses[1]).id] });
  ok(await world.vendor('POST', `/licenses/${present(licenses[2]).id}/withdrawal`), 202);
  await customer.sync();
  // An update without a receipt.
  await customer.reprogram({ activate: await world.sell(product) });
});
afterAll(() => world.close());

const audit = (...more: string[]) =>
  runCommandLine(['audit', ...more], {
    env: { RELICENSE_SERVER: world.running.url, RELICENSE_TOKEN: world.running.token },
  });

/** Changes an item behind the server's back, and puts it back after the test. */
async function withChanged(key: Key, change: object, check: () => Promise<void>): Promise<void> {
  const { documents, tableName: TableName } = world.running.dependencies;
  const { Item } = await documents.send(new GetCommand({ TableName, Key: { ...key } }));
  await documents.send(new PutCommand({ TableName, Item: { ...Item, ...change } }));
  await check();
  await documents.send(new PutCommand({ TableName, Item: present(Item) }));
}

test('a table that no one has changed fits: activated, returned, withdrawn and outstanding licenses', async () => {
  expect(await audit()).toMatchObject({ code: EXIT.done, out: '', err: 'Everything fits.\n' });
});

test('a license of a container whose state was restored to an earlier one is found', async () => {
  await withChanged(licenseKey(kept.ticket, kept.id), { standing: { at: 'available' } }, async () => {
    const { code, out } = await audit();
    expect(code).toBe(EXIT.refused);
    expect(out).toContain(`license ${kept.id}: it is available, but ${customer.serial} has it`);
  });
});

test('a container whose digest is not that of its updates is found, and --json has a line per finding', async () => {
  const { documents, tableName: TableName } = world.running.dependencies;
  const { Item } = await documents.send(new GetCommand({ TableName, Key: { ...containerKey(customer.serial) } }));
  const confirmed = { ...present(Item)['confirmed'], digest: `sha256:${'0'.repeat(64)}` };
  await withChanged(containerKey(customer.serial), { confirmed }, async () => {
    const { code, out } = await audit('--json');
    expect(code).toBe(EXIT.refused);
    const findings = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(findings).toContainEqual(
      expect.objectContaining({
        kind: 'container',
        id: customer.serial,
        fault: expect.stringContaining('confirmed digest'),
      }),
    );
  });
});

test('a license that is listed in a container which its updates do not put there is found', async () => {
  const other = present((await world.sell(await world.product()))[0]);
  const { documents, tableName: TableName } = world.running.dependencies;
  const { Item } = await documents.send(new GetCommand({ TableName, Key: { ...entryKey(customer.serial, kept.id) } }));
  expect(Item).toBeDefined();
  const planted = { ...present(Item), ...entryKey(customer.serial, other.id), id: other.id };
  await documents.send(new PutCommand({ TableName, Item: planted }));
  const { code, out } = await audit();
  expect(code).toBe(EXIT.refused);
  expect(out).toContain(`container ${customer.serial}: it lists the license ${other.id}`);
});
