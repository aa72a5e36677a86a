/** The console in a real browser: sign in, what needs a person, search, withdraw, refusals, both themes. */
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { findingsOf, THEMES } from '../harness/accessibility.ts';
import { type PagesRig, startPages } from '../harness/pages-rig.ts';
import { ok, present, type World } from '../harness/world.ts';

let rig: PagesRig;
let world: World;
beforeAll(async () => {
  rig = await startPages();
  ({ world } = rig);
});
afterAll(() => rig.close());

async function signIn(context: TestContext, options?: Parameters<PagesRig['open']>[2]) {
  const opened = await rig.open(context, 'console', options);
  await opened.page.getByLabel('Token').fill(world.running.token);
  await opened.page.getByRole('button', { name: 'Sign in' }).click();
  await opened.page.getByRole('heading', { name: 'What needs a person' }).waitFor();
  return opened;
}

test('a wrong token is refused in words, and the right one is gone with the tab', async (context) => {
  const { page } = await rig.open(context, 'console');
  await page.getByLabel('Token').fill('wrong-wrong-wrong-wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('The server does not accept this token.').waitFor();
  await page.getByLabel('Token').fill(world.running.token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'What needs a person' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'What needs a person' }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Token').waitFor();
  const stored = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])');
  expect(stored).not.toContain(world.running.token);
});

test('a support person finds a license by its ticket, withdraws it with a reason, and sees the container change', async (context) => {
  const product = await world.product();
  const order = await world.order([{ product, quantity: 2 }]);
  const customer = await world.customer();
  const [license] = order.licenses;
  const { id } = present(license);
  await customer.sync({ activate: [present(license)] });
  const { page, errors } = await signIn(context);
  await page.keyboard.press('/');
  await page.keyboard.type(order.ticket.toLowerCase());
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: order.orderId }).click();
  await page.getByText('confirmed-collected').waitFor();
  await page.getByRole('link', { name: id }).first().click();
  await page.getByRole('button', { name: 'Withdraw' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('it is withdrawn with the next update of this container').waitFor();
  await dialog.getByLabel('Reason').fill('the purchase was returned');
  await dialog.getByRole('button', { name: 'Withdraw' }).click();
  await dialog.getByText('It takes effect with the next update of container').waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('Reason: the purchase was returned').waitFor();

  await page.getByRole('link', { name: 'Start' }).click();
  await page.getByRole('link', { name: /^1\s*Vendor actions that wait/ }).click();
  await page.getByRole('link', { name: customer.serial.slice(0, 8) }).click();
  await page.getByText('withdraw: the purchase was returned').waitFor();
  await customer.sync();
  // The page shows it without reloading.
  await page.getByText('receipt.accepted').first().waitFor();
  await page.getByText('license.withdrawn').waitFor();
  expect((await world.license(id)).state).toBe('withdrawn');
  expect(errors).toEqual([]);
});

test('a withdrawal that other licenses forbid is refused with their ids, and nothing changes', async (context) => {
  const base = await world.product();
  const addOn = await world.product([base]);
  const [one, other] = await world.sell(base, addOn);
  await (await world.customer()).sync({ activate: [present(one), present(other)] });
  const { page } = await signIn(context);
  await page.goto(`${world.running.url}/console#/license/${present(one).id}`);
  await page.getByRole('button', { name: 'Withdraw' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
  await page.getByText(`Licenses that need it: ${present(other).id}`).waitFor();
  expect((await world.license(present(one).id)).pending).toBeUndefined();
});

test('a pending withdrawal is cancelled, and a container is retired with a reason', async (context) => {
  const [license] = await world.sell(await world.product());
  const { id } = present(license);
  const customer = await world.customer();
  await customer.sync({ activate: [present(license)] });
  ok(await world.vendor('POST', `/licenses/${id}/withdrawal`, { body: {} }), 202);
  const { page, errors } = await signIn(context);
  await page.goto(`${world.running.url}/console#/license/${id}`);
  await page.getByRole('button', { name: 'Cancel the pending action' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the pending action' }).click();
  await page.getByText('Done.').waitFor();
  await page.keyboard.press('Escape');
  expect((await world.license(id)).pending).toBeUndefined();

  await page.goto(`${world.running.url}/console#/container/${customer.serial}`);
  await page.getByRole('button', { name: 'Retire the container' }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill('the disk died');
  await page.getByRole('dialog').getByRole('button', { name: 'Retire the container' }).click();
  await page.getByText('Done.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('retired: the disk died').waitFor();
  expect((await world.license(id)).state).toBe('available');
  expect(errors).toEqual([]);
});

test.for(THEMES)(
  'axe finds nothing in the %s theme on the start page, an order, a license and a container',
  async (theme, context) => {
    const order = await world.order([{ product: await world.product(), quantity: 2 }]);
    const [license] = order.licenses;
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    ok(
      await world.vendor('POST', `/licenses/${present(license).id}/withdrawal`, { body: { reason: 'returned' } }),
      202,
    );
    const { page } = await signIn(context, { colorScheme: theme });
    expect(await findingsOf(page)).toEqual([]);
    const views = [
      `order/${order.orderId}`,
      `license/${present(license).id}`,
      `container/${customer.serial}`,
      'auto-updates',
      'webhooks/failed',
      `search/${order.ticket}`,
    ];
    for (const view of views) {
      await page.goto(`${world.running.url}/console#/${view}`);
      await page.getByRole('heading', { level: 2 }).first().waitFor();
      await page.waitForLoadState('networkidle').catch(() => undefined);
      expect(await findingsOf(page), view).toEqual([]);
    }
  },
);
