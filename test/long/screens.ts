/** `npm run screens`: takes the pictures of the pages in `docs/screens/`, in both themes and at the width of a telephone. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { findChromium, openPage, startBrowser } from '../harness/chromium.ts';
import { activateAll } from '../harness/depot-page.ts';
import { ok, openWorld, present } from '../harness/world.ts';

const FOLDER = join(import.meta.dirname, '../../docs/screens');

const chromium = findChromium();
if (chromium === undefined) throw new Error('There is no Chromium on this machine (Debian: apt-get install chromium).');
mkdirSync(FOLDER, { recursive: true });
const world = await openWorld();
const browser = await startBrowser(chromium);
try {
  for (const [code, name] of [
    ['cad', 'CAD'],
    ['render', 'Render'],
  ])
    ok(
      await world.vendor('PUT', `/products/${code}`, {
        body: { name, ...(code === 'render' ? { requires: ['cad'] } : {}) },
      }),
    );
  for (const theme of ['light', 'dark'] as const) await takeDepot(theme, theme);
  await takeDepot('light', 'telephone', { width: 360, height: 740 });
  for (const theme of ['light', 'dark'] as const) await takeConsole(theme);
} finally {
  await browser.close();
  await world.close();
}

async function takeDepot(
  theme: 'light' | 'dark',
  name: string,
  viewport = { width: 1000, height: 800 },
): Promise<void> {
  const expiresAt = new Date(Date.now() + 19 * 86_400_000).toISOString();
  const { ticket, licenses } = await world.order([
    { product: 'cad', quantity: 2 },
    { product: 'render', terms: { expiresAt } },
  ]);
  const { page } = await openPage(browser, `${world.running.url}/#ticket=${ticket}`, {
    locale: 'en-GB',
    colorScheme: theme,
    viewport,
  });
  await page.getByText('Free', { exact: true }).nth(1).waitFor();
  await page.getByRole('checkbox', { name: 'Select all' }).click();
  await page.getByRole('button', { name: 'Activate in this browser' }).click();
  await page.getByRole('dialog').getByText('is activated in this container').first().waitFor();
  await take(page, `depot-preview-${name}`);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('checkbox', { name: 'Select all' }).click();
  await activateAll(page);
  await page.getByText('usable', { exact: true }).nth(2).waitFor();
  const reason = 'ordered twice by mistake';
  ok(await world.vendor('POST', `/licenses/${present(licenses[1]).id}/withdrawal`, { body: { reason } }), 202);
  await page.getByText(`Reason: ${reason}`).nth(1).waitFor();
  await take(page, `depot-${name}`);
  await page.context().close();
}

async function takeConsole(theme: 'light' | 'dark'): Promise<void> {
  const { page } = await openPage(browser, `${world.running.url}/console`, {
    locale: 'en-GB',
    colorScheme: theme,
    viewport: { width: 1000, height: 500 },
  });
  await page.getByLabel('Token').fill(world.running.token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: /^[1-9]\d*\s*Vendor actions that wait/ }).waitFor();
  await take(page, `console-${theme}`);
  await page.getByRole('link', { name: /Vendor actions that wait/ }).click();
  await page.locator('td .code').first().click();
  await page.getByText('license.delivered').waitFor();
  await take(page, `console-license-${theme}`);
  await page.context().close();
}

async function take(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(FOLDER, `${name}.png`), fullPage: !name.includes('preview') });
}
