/** `docs/api.md` lists every problem; the table is made here, and the page has to have it word for word. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EXPLAINED } from '../../../contract/problems.docs.ts';
import { MAX_BODY_BYTES } from '../../../functions/api/route.ts';

const page = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8');
const STANDARD = ['type', 'code', 'title', 'status', 'detail'];

const rows = Object.values(EXPLAINED)
  .sort((one, other) => one.status - other.status)
  .map(({ code, status, meaning, example }) => {
    const members = Object.keys(example).filter((name) => !STANDARD.includes(name));
    return `| \`${code}\` | ${status} | ${members.map((name) => `\`${name}\``).join(', ')} | ${meaning} |`;
  });

describe('the page of the API', () => {
  test('has the table of problems as the code has it', () => {
    const table = ['| code | status | own members | means |', '| --- | --- | --- | --- |', ...rows].join('\n');
    expect(page.slice(page.indexOf('| code |'), page.indexOf('\n\n', page.indexOf('| code |')))).toBe(table);
  });

  test('the page of the API names the largest body', () => {
    expect(page).toContain(`${MAX_BODY_BYTES.toLocaleString('en')} bytes`);
  });
});
