/** `docs/protocol.md` is for clients in other languages: it has to name every code, in the order of the checks. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CHECK_REASONS } from '../../../container/check.ts';
import { EXPLAINED } from '../../../contract/problems.docs.ts';
import { conflict, reprogramming } from '../../../contract/shapes/reprogramming.ts';
import {
  CONTEXT_FAULTS,
  FIT_FAULTS,
  JSON_FAULTS,
  KEY_SET_FAULTS,
  LEASE_FAULTS,
  MAX_JWS_LENGTH,
  MAX_OPERATIONS,
  MAX_SIGNED_BYTES,
  OPERATION_FAULTS,
  STATEMENT_FAULTS,
} from '../../../protocol/index.ts';
import { VECTOR_FILES } from '../protocol/run-vectors.ts';

const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');
const STANDARD = ['type', 'code', 'title', 'status', 'detail'];

/** The text from a heading to the next one of any level. */
function section(heading: string): string {
  const [, text] = page.split(`\n${heading}\n`);
  return text?.split(/\n#+ /)[0] ?? expect.fail(`The page has no heading ${heading}`);
}

/** The codes of a list in the order in which the numbered items of a section name them. */
function orderIn(heading: string, codes: readonly string[]): readonly string[] {
  const items = section(heading).match(/^\d+\. .*(?:\n {2,}.*)*/gm) ?? [];
  const named = [...items.join('\n').matchAll(/`([a-z-]+)`/g)].map(([, code = '']) => code);
  return [...new Set(named.filter((code) => codes.includes(code)))];
}

describe('the page of the protocol', () => {
  test.each<[string, readonly string[]]>([
    ['### The checks of a statement', STATEMENT_FAULTS],
    ['## Context', CONTEXT_FAULTS],
    ['## Key sets', KEY_SET_FAULTS],
    ['## Lease', LEASE_FAULTS],
    ['## Use: is a product licensed here?', CHECK_REASONS],
  ])('%s has every code in the order of the checks', (heading, codes) => {
    expect(orderIn(heading, codes)).toEqual(codes);
  });

  test('the section on applying an update has every code in the order of the checks', () => {
    const applying = ['schema', ...STATEMENT_FAULTS, ...FIT_FAULTS.slice(0, -1)];
    // `verifyUpdate` refuses a wrong operation as `schema` before.
    const operations = OPERATION_FAULTS.filter((code) => code !== 'operation-schema');
    const codes = [...applying, ...operations, 'to-digest'];
    expect(orderIn('### Applying an update', codes)).toEqual(codes);
  });

  test('the section on JSON has every code', () => {
    const rows = [...section('## JSON').matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
    expect(rows.slice(0, JSON_FAULTS.length)).toEqual(JSON_FAULTS);
  });

  test('the table of problems has every code with its status and its own members', () => {
    const rows = section('### Problems')
      .split('\n')
      .filter((line) => /^\| `[a-z-]+` \| \d{3} \|/.test(line))
      .map((line) => line.split('|').map((cell) => cell.trim()));
    const listed = new Map(rows.map(([, code = '', status, members = '']) => [code, { status, members }]));
    for (const { code, status, example } of Object.values(EXPLAINED)) {
      const row = listed.get(`\`${code}\``) ?? expect.fail(`The page has no problem ${code}`);
      expect(row.status, code).toBe(String(status));
      const own = Object.keys(example).filter((name) => !STANDARD.includes(name));
      expect(
        own.filter((name) => !row.members.includes(`\`${name}\``)),
        code,
      ).toEqual([]);
    }
    expect(listed.size).toBe(Object.keys(EXPLAINED).length);
  });

  test('the section on the round trip has every status, and every reason for an action that was not executed', () => {
    const text = section('## The round trip over HTTP');
    for (const value of [...reprogramming.shape.status.options, ...conflict.shape.reason.options])
      expect(text).toContain(`\`${value}\``);
  });

  test('the page names the limits of the code and every file of vectors', () => {
    for (const limit of [MAX_JWS_LENGTH, MAX_SIGNED_BYTES, MAX_OPERATIONS])
      expect(page).toContain(limit.toLocaleString('en'));
    for (const file of VECTOR_FILES) expect(section('## Test vectors')).toContain(`\`${file}\``);
  });
});
