/** Holds the project to plain English: comments, test titles, messages and documents have none of the rejected words. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findInDocument, findInSource } from '../harness/language.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDERS =
  '{contract,domain,protocol,functions,cdk,local,container,client,cli,terminal,demo,bench,scripts,bin,examples,test}';

/** Files that quote rejected wording on purpose. */
const QUOTING: ReadonlySet<string> = new Set([
  'test/harness/language.ts',
  'test/unit/language.test.ts',
  'test/unit/scripts/check-commits.test.ts',
  'demo/scenes/replace-unnoticed.ts',
  'docs/testing.md',
]);

const paths = (pattern: string): string[] =>
  globSync(pattern, { cwd: ROOT }).filter((path) => !QUOTING.has(path) && !path.includes('node_modules'));

const formatted = (path: string, findings: ReturnType<typeof findInSource>): string[] =>
  findings.map(({ line, word, text }) => `${path}:${line}: "${word}" in: ${text}`);

test('comments, titles and messages of the sources have no rejected wording', () => {
  const files = paths(`${FOLDERS}/**/*.{ts,mjs}`).filter((path) => !path.startsWith('test/vectors/'));
  expect(files.length).toBeGreaterThan(500);
  const findings = files.flatMap((path) => formatted(path, findInSource(readFileSync(join(ROOT, path), 'utf8'))));
  expect(findings).toEqual([]);
});

test('the documents have no rejected wording', () => {
  const pages = paths('{.,docs/**,examples/*,container,client,cli}/*.md');
  expect(pages.length).toBeGreaterThan(40);
  const findings = pages.flatMap((path) => formatted(path, findInDocument(readFileSync(join(ROOT, path), 'utf8'))));
  expect(findings).toEqual([]);
});

describe('the search for rejected wording', () => {
  test.each([
    ['a line comment', '// What has moved is told again.'],
    ['a block comment over two lines', '/**\n * The caller is\n * told.\n */'],
    ['a message', "throw new Error('The token is none: it has spaces');"],
    ['a template', 'throw new Error(`$' + '{name} keeps changing; decide anew`);'],
    ['a title that begins with a fragment', "test('of a list that is empty is refused', () => {});"],
  ])('finds it in %s', (_, source) => {
    expect(findInSource(source)).toHaveLength(1);
  });

  test('finds it in a document, outside of code', () => {
    const page = 'Whoever reads this.\n```sh\necho told\n```\nA `told` variable, and “he was told”.';
    expect(findInDocument(page).map(({ line, word }) => `${line} ${word}`)).toEqual(['1 Whoever']);
  });

  test('leaves plain sentences, quotes and identifiers alone', () => {
    const source =
      "const told = 1; // There is no cloud. “What he was told”, `anew`.\nlog('The server is no longer there');";
    expect(findInSource(source)).toEqual([]);
  });
});
