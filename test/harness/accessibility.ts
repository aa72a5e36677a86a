/** The automatic checks of WCAG on a page, by axe. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Returns axe's findings, each as `rule: element`. */
export async function findingsOf(page: Page): Promise<string[]> {
  // Playwright evaluates outside of the page's content security policy.
  await page.evaluate(AXE);
  return page.evaluate(async (rules) => {
    const axe = Reflect.get(globalThis, 'axe');
    const { violations } = await axe.run({ runOnly: rules });
    return violations.flatMap(({ id, nodes }: { id: string; nodes: { html: string; failureSummary: string }[] }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
    );
  }, RULES);
}

export const THEMES = ['light', 'dark'] as const;
