/** Debian's Chromium, driven by Playwright, and what a page requested and logged. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { TestContext } from 'vitest';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The path of Chromium, or `undefined`. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Returns Chromium's path. Without Chromium it skips the test with a message, or fails it under CI=true. */
export function needChromium(context: TestContext): string {
  const path = findChromium();
  if (path !== undefined) return path;
  const message = 'DID NOT RUN: there is no Chromium on this machine (Debian: apt-get install chromium).';
  if (process.env.CI === 'true') throw new Error(message);
  console.error(`\n${context.task.name}\n${message}\n`);
  return context.skip(message);
}

/** Root in a Docker container has no sandbox; the browser opens only this project's pages. */
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];

export function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: FLAGS });
}

export interface WatchedPage {
  readonly page: Page;
  /** The addresses that the page requested, in order. */
  readonly requests: readonly string[];
  /** Exceptions, and errors logged by scripts, the network and the security policy. */
  readonly errors: readonly string[];
}

/** Opens a page in a context of its own, unless one is given. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  return watch(await context.newPage(), url);
}

/** Opens a page that shares the storage of another one. */
export async function openBeside(beside: Page, url: string): Promise<WatchedPage> {
  return watch(await beside.context().newPage(), url);
}

async function watch(page: Page, url: string): Promise<WatchedPage> {
  const requests: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(url);
  return { page, requests, errors };
}
