import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PAGE, pageWithReference } from '../../../scripts/cli-reference.ts';

test('docs/cli.md matches the definitions of the commands (to update it: npm run cli-reference)', () => {
  const page = readFileSync(PAGE, 'utf8');
  expect(page === pageWithReference(page)).toBe(true);
  expect(page).toContain('### withdraw\n');
});
