import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PAGE, pageWithReference } from '../../../scripts/cli-reference.ts';

test('docs/cli.md tells every command as it is defined; npm run cli-reference writes it', () => {
  const page = readFileSync(PAGE, 'utf8');
  expect(page === pageWithReference(page)).toBe(true);
  expect(page).toContain('### withdraw\n');
});
