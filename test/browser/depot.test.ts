/** The depot's page in a real browser: from a ticket code to a license that the vendor takes back. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { activateAll, agree } from '../harness/depot-page.ts';
import { type PagesRig, startPages } from '../harness/pages-rig.ts';
import { ok, present, type World } from '../harness/world.ts';

let rig: PagesRig;
let world: World;
beforeAll(async () => {
  rig = await startPages();
  ({ world } = rig);
});
afterAll(() => rig.close());

test('a customer pastes a mail with a ticket code, activates in the browser, loses a license to the vendor, and sees why', async (context) => {
  const product = await world.product();
  const order = await world.order([{ product, quantity: 2 }]);
  const { page, errors, requests } = await rig.open(context);
  await page.getByLabel('Ticket code').fill(`Thank you! Your code is ${order.ticket.toLowerCase()}. Enjoy.`);
  await page.getByRole('button', { name: 'Show licenses' }).click();
  await page.getByText('Free', { exact: true }).nth(1).waitFor();
  await activateAll(page);
  await page.getByText('In this browser', { exact: true }).nth(1).waitFor();
  expect(await page.getByText('usable', { exact: true }).count()).toBe(2);

  const { id } = present(order.licenses[0]);
  ok(await world.vendor('POST', `/licenses/${id}/withdrawal`, { body: { reason: 'the purchase was returned' } }), 202);
  const ordered = Date.now();
  // The page shows it without reloading.
  await page.getByText('Reason: the purchase was returned').first().waitFor();
  expect(Date.now() - ordered).toBeLessThan(5_000);
  await page.getByRole('button', { name: 'Update now' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('The vendor takes back').waitFor();
  await agree(page);
  const gone = page.getByRole('row', { name: /Taken back by the vendor on .*the purchase was returned/ });
  await gone.waitFor();
  expect(await gone.getAttribute('class')).toBe('gone');
  expect(await page.getByText('usable', { exact: true }).count()).toBe(1);
  expect((await world.license(id)).state).toBe('withdrawn');

  // Another browser with the same ticket code does not see the license that is gone.
  const other = await rig.open(context, `#ticket=${order.ticket}`);
  await other.page.getByText('In another container').waitFor();
  expect(await other.page.locator('table').getByText(id).count()).toBe(0);
  expect(errors).toEqual([]);
  expect(requests.filter((address) => !address.startsWith(world.running.url))).toEqual([]);
});
