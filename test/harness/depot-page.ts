/** What a customer does on the depot's page. */
import type { Page } from 'playwright-core';

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
