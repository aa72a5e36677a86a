/** `GET /docs` in a real browser. */
import type { Browser } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';
import { ENDPOINTS } from '../../contract/endpoints.ts';
import { needChromium, openPage, startBrowser } from '../harness/chromium.ts';
import { openWorld, type World } from '../harness/world.ts';

let world: World | undefined;
let browser: Browser | undefined;
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

const SHOWN = "[...document.querySelectorAll('.opblock')]";

test('the page shows each operation, logs no error and requests nothing from other hosts', async (context) => {
  browser = await startBrowser(needChromium(context));
  world = await openWorld();
  const { url } = world.running;
  const { page, errors, requests } = await openPage(browser, `${url}/docs`);
  await page.waitForFunction(`${SHOWN}.length >= ${ENDPOINTS.length}`);

  const shown = await page.evaluate<string[]>(
    `${SHOWN}.map((block) => block.querySelector('.opblock-summary-method').textContent + ' ' +
      block.querySelector('[data-path]').dataset.path)`,
  );
  expect(shown.sort()).toEqual(ENDPOINTS.map(({ method, path }) => `${method} ${path}`).sort());

  // An opened operation shows its examples and problems.
  await page.evaluate(
    "document.querySelector('#operations-licenses-withdrawLicense .opblock-summary-control').click()",
  );
  await page.waitForSelector('#operations-licenses-withdrawLicense .responses-table');
  const operation = await page.evaluate<string>(
    "document.querySelector('#operations-licenses-withdrawLicense').textContent",
  );
  for (const text of ['Sold by mistake', 'Idempotency-Key', 'dependency-violation', 'license-final', 'pending']) {
    expect(operation).toContain(text);
  }
  expect(await page.evaluate('document.querySelector(".errors-wrapper")?.textContent ?? ""')).toBe('');

  expect(errors).toEqual([]);
  const others = requests.filter((one) => !one.startsWith(`${url}/`) && !one.startsWith('data:'));
  expect(others).toEqual([]);
  expect(requests).toContain(`${url}/openapi.json`);
});
