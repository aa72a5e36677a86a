/** The depot's page in a real browser: links, returns, refusals, files, the keyboard, both themes and a telephone. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FileContainer } from '../../container/file-container.ts';
import { findingsOf, THEMES } from '../harness/accessibility.ts';
import { activateAll, agree } from '../harness/depot-page.ts';
import { type PagesRig, startPages } from '../harness/pages-rig.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { ok, present, type World } from '../harness/world.ts';

let rig: PagesRig;
let world: World;
beforeAll(async () => {
  rig = await startPages();
  ({ world } = rig);
});
afterAll(() => rig.close());

test('a link opens a ticket, and the address bar no longer shows its code', async (context) => {
  const { ticket } = await world.order([{ product: await world.product() }]);
  const { page, errors, requests } = await rig.open(context, `#ticket=${ticket}`);
  await page.getByText('Free', { exact: true }).waitFor();
  expect(page.url()).toBe(`${world.running.url}/`);
  // The code is in no address but that of the ticket itself.
  const named = requests.filter((address) => address.includes(ticket) && !address.includes('#'));
  expect([...new Set(named)]).toEqual([`${world.running.url}/depot/tickets/${ticket}`]);
  expect(errors).toEqual([]);
});

test('a customer returns a license, and it is free again', async (context) => {
  const { ticket } = await world.order([{ product: await world.product() }]);
  const { page, errors } = await rig.open(context, `#ticket=${ticket}`);
  await activateAll(page);
  await page.getByRole('checkbox', { name: 'Select all' }).click();
  await page.getByRole('button', { name: 'Return to the ticket' }).click();
  await page.getByRole('dialog').getByText('is returned to its ticket').waitFor();
  await agree(page);
  await page.getByText('Free', { exact: true }).waitFor();
  await page.getByText('There is no license in this browser.').waitFor();
  expect(errors).toEqual([]);
});

test('a license without the one that it requires is refused with the reason and what to do, and nothing changes', async (context) => {
  const base = await world.product();
  const { ticket } = await world.order([{ product: base }, { product: await world.product([base]) }]);
  const { page } = await rig.open(context, `#ticket=${ticket}`);
  await page.getByRole('checkbox').nth(2).click();
  await page.getByRole('button', { name: 'Activate in this browser' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('a license that it needs is missing here').waitFor();
  await dialog.getByText('select the license that it needs, too').waitFor();
  expect(await dialog.getByRole('button', { name: 'Do it now' }).isDisabled()).toBe(true);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(await page.getByText('Free', { exact: true }).count()).toBe(2);
});

test('a text without a ticket code and an unknown code are refused in words', async (context) => {
  const { page } = await rig.open(context);
  await page.getByLabel('Ticket code').fill('my order');
  await page.getByRole('button', { name: 'Show licenses' }).click();
  await page.getByText('There is no ticket code in this text').waitFor();
  await page.getByLabel('Ticket code').fill('00000-00000-00000-00000-00000');
  await page.getByRole('button', { name: 'Show licenses' }).click();
  await page.getByText('The vendor does not know this ticket code').waitFor();
});

test('a container without network is updated by file: request, update and receipt, and an unfinished update is remembered', async (context) => {
  const { ticket, licenses } = await world.order([{ product: await world.product() }]);
  const { id } = present(licenses[0]);
  const folder = temporaryFolder();
  const keys = ok(await world.user<object>('GET', '/.well-known/relicense-keys'));
  const container = await FileContainer.create({ path: `${folder}/container.json`, keys });
  const activate = [{ ticket, license: id }];
  const request = JSON.stringify({ context: await container.context({ wishes: { activate } }), activate });

  const { page, errors } = await rig.open(context);
  const files = page.locator('input[type=file]');
  await files.setInputFiles({ name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') });
  await page.getByText('note.txt is not a context or a request file.').waitFor();
  await files.setInputFiles({ name: 'request.json', mimeType: 'application/json', buffer: Buffer.from(request) });
  await page.getByText('The request has one wish of its own.').waitFor();
  await page.getByText(`${id} is activated in this container`).waitFor();
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Update the selected containers' }).click();
  const path = `${folder}/update.json`;
  await (await downloading).saveAs(path);
  await page.getByText('the receipt of').waitFor();
  await page.reload();
  await page.getByText(`the receipt of ${container.serial.slice(0, 8)} is missing`).waitFor();

  expect(await container.apply(await readFile(path, 'utf8'))).toMatchObject({ ok: true, applied: [{}] });
  const receipt = Buffer.from(await container.context());
  await files.setInputFiles({ name: 'receipt.txt', mimeType: 'text/plain', buffer: receipt });
  await page.getByText('You are done.').waitFor();
  expect(await page.getByText('is missing').count()).toBe(0);
  expect((await world.license(id)).state).toBe('confirmed-collected');
  expect(errors).toEqual([]);
});

test('two containers are brought at once, and the changes of the vendor that wait for each are shown and carried out', async (context) => {
  const product = await world.product();
  const customers = [await world.customer(), await world.customer()];
  const order = await world.order([{ product, quantity: 2 }]);
  for (const [index, customer] of customers.entries()) {
    const license = present(order.licenses[index]);
    await customer.sync({ activate: [license] });
    ok(await world.vendor('POST', `/licenses/${license.id}/withdrawal`, { body: { reason: `no ${index}` } }), 202);
  }
  const contexts = await Promise.all(customers.map(({ container }) => container.context()));
  const { page, errors } = await rig.open(context);
  await page
    .locator('input[type=file]')
    .setInputFiles(
      contexts.map((text, index) => ({ name: `${index}.txt`, mimeType: 'text/plain', buffer: Buffer.from(text) })),
    );
  await page.getByText('Reason: no 0').waitFor();
  await page.getByText('Reason: no 1').waitFor();
  const [serial = ''] = customers.map((customer) => customer.serial);
  await page.getByRole('checkbox', { name: `Update container ${serial.slice(0, 8)}` }).click();
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Update the selected containers' }).click();
  await downloading;
  expect((await world.autoUpdates(serial)).length).toBe(1);
  expect(await world.autoUpdates(present(customers[1]).serial)).toEqual([]);
  expect(errors).toEqual([]);
});

test('the page is used with the keyboard alone', async (context) => {
  const { ticket } = await world.order([{ product: await world.product() }]);
  const { page } = await rig.open(context);
  await page.getByLabel('Ticket code').focus();
  await page.keyboard.type(ticket);
  await page.keyboard.press('Enter');
  await page.getByText('Free', { exact: true }).waitFor();
  await page.getByRole('checkbox', { name: 'Select all' }).focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Do it now' }).and(page.locator(':enabled')).waitFor();
  await page.getByRole('button', { name: 'Do it now' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Done' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('In this browser', { exact: true }).waitFor();
});

test.for(THEMES)(
  'axe finds nothing in the %s theme, with a ticket, a dialog, files and errors on the page',
  async (theme, context) => {
    const { ticket } = await world.order([{ product: await world.product() }]);
    const { page } = await rig.open(context, `#ticket=${ticket}`, { colorScheme: theme });
    await page.getByText('Free', { exact: true }).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await page.getByRole('checkbox', { name: 'Select all' }).click();
    await page.getByRole('button', { name: 'Activate in this browser' }).click();
    await page.getByRole('dialog').getByText('is activated in this container').waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await agree(page);
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'x', mimeType: 'text/plain', buffer: Buffer.from('x') });
    await page.getByText('x is not a context').waitFor();
    await page.getByLabel('Ticket code').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('There is no ticket code in this text').waitFor();
    expect(await findingsOf(page)).toEqual([]);
  },
);

test('the page fits a telephone, and speaks German to a German browser', async (context) => {
  const { ticket } = await world.order([{ product: await world.product() }]);
  const { page } = await rig.open(context, `#ticket=${ticket}`, {
    locale: 'de-DE',
    viewport: { width: 360, height: 740 },
  });
  await page.getByText('Frei', { exact: true }).waitFor();
  expect(await page.evaluate('document.documentElement.lang')).toBe('de');
  const widest = await page.evaluate('document.documentElement.scrollWidth');
  expect(widest).toBeLessThanOrEqual(360);
});
