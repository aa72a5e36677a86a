/** The pages in a real browser, against an embedded runtime of their own. */
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { onTestFinished, type TestContext } from 'vitest';
import { needChromium, openPage, startBrowser, type WatchedPage } from './chromium.ts';
import { openWorld, type World } from './world.ts';

export interface PagesRig {
  readonly world: World;
  /** Opens a page in a new browser profile. It is closed after the test. */
  open(context: TestContext, path?: string, options?: BrowserContextOptions): Promise<WatchedPage>;
  close(): Promise<void>;
}

export async function startPages(): Promise<PagesRig> {
  const world = await openWorld();
  let browser: Browser | undefined;
  return {
    world,
    open: async (context, path = '', options = {}) => {
      browser ??= await startBrowser(needChromium(context));
      const opened = await openPage(browser, `${world.running.url}/${path}`, { locale: 'en-GB', ...options });
      onTestFinished(() => opened.page.context().close());
      return opened;
    },
    close: async () => {
      await browser?.close();
      await world.close();
    },
  };
}
