/** The depot's page in a real browser, against an embedded runtime of its own. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { onTestFinished, type TestContext } from 'vitest';
import { needChromium, openPage, startBrowser, type WatchedPage } from './chromium.ts';
import { openWorld, type World } from './world.ts';

export interface DepotRig {
  readonly world: World;
  /** Opens the page in a new browser profile. It is closed after the test. */
  open(context: TestContext, fragment?: string, options?: BrowserContextOptions): Promise<WatchedPage>;
  close(): Promise<void>;
}

export async function startDepot(): Promise<DepotRig> {
  const world = await openWorld();
  let browser: Browser | undefined;
  return {
    world,
    open: async (context, fragment = '', options = {}) => {
      browser ??= await startBrowser(needChromium(context));
      const opened = await openPage(browser, `${world.running.url}/${fragment}`, { locale: 'en-GB', ...options });
      onTestFinished(() => opened.page.context().close());
      return opened;
    },
    close: async () => {
      await browser?.close();
      await world.close();
    },
  };
}

/** Selects all licenses, looks at the preview, and agrees. */
export async function activateAll(page: Page): Promise<void> {
  await page.getByRole('checkbox', { name: 'Select all' }).click();
  await page.getByRole('button', { name: 'Activate in this browser' }).click();
  await agree(page);
}

/** Agrees to what the preview shows, and waits until it is done. */
export async function agree(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Do it now' }).click();
  await page.getByRole('heading', { name: 'Done' }).waitFor();
  await page.getByRole('button', { name: 'Close', exact: true }).click();
}
