/** The links of the documentation (`npm run rules` writes those to rules): each leads to a file and a heading that exist, and each rule's code leads to its statement. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RULES, withLinks } from '../../../scripts/rule-coverage.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const PAGES = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT }).sort();
const RULES_PAGE = join('docs', 'rules.md');
/** The families of rules, with the largest number of each: W1 to W7, … A code outside them is another word, such as A4. */
const RULE = /\b(?:[WT][1-7]|R[1-5]|A[12]|Q[1-7]|P1|L[1-4]|C[12]|K[1-4]|E1|O1|I(?:10|[1-9]))\b/g;

const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');
/** The page without blocks of code and without code in a line. */
const proseOf = (text: string): string => text.replace(/^ *```[\s\S]*?^ *```/gm, '').replace(/`[^`\n]*`/g, '');

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(page: string): Set<string> {
  const anchors = new Map<string, number>();
  const text = read(page).replace(/^ *```[\s\S]*?^ *```/gm, '');
  for (const [, heading = ''] of text.matchAll(/^#{1,6} (.+)$/gm)) {
    const anchor = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
    anchors.set(anchor, (anchors.get(anchor) ?? 0) + 1);
  }
  return new Set(
    [...anchors].flatMap(([anchor, count]) => [
      anchor,
      ...Array(count - 1)
        .fill(0)
        .map((_, index) => `${anchor}-${index + 1}`),
    ]),
  );
}

/** The links of a page that lead nowhere. */
function brokenLinksOf(page: string): string[] {
  const links = [...proseOf(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => {
    if (/^(?:https?|mailto):/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : normalize(join(dirname(page), path));
    if (!existsSync(join(ROOT, target))) return true;
    return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor);
  });
}

test.each(PAGES)('every link of %s leads to a file and a heading that exist', (page) => {
  expect(brokenLinksOf(page)).toEqual([]);
});

test('a code in prose becomes a link; a code in a link, a heading or code stays', () => {
  const page = '# Q7\n\nBy W1, [W2](rules.md#w2) and `W3`; not A4.\n\n```sh\nvitest -t Q5\n```\n';
  expect(withLinks(page, 'rules.md')).toBe(page.replace('By W1', 'By [W1](rules.md#w1)'));
});

describe('the page of the rules', () => {
  const anchors = anchorsOf(RULES_PAGE);

  test.each(Object.keys(RULES))('states %s under a heading of its own', (rule) => {
    expect(anchors).toContain(rule.toLowerCase());
  });

  test.each(PAGES.filter((page) => page.startsWith('docs') && page !== RULES_PAGE))(
    'every code of a rule in %s is a link to it',
    (page) => {
      const linked = proseOf(read(page)).replace(
        /\[([^\]]*)\]\((?:\.\.\/)?rules\.md#([a-z]\d+)\)/g,
        (link, text: string, anchor: string) => (text.toLowerCase() === anchor ? '' : link),
      );
      expect(linked.match(RULE) ?? []).toEqual([]);
    },
  );
});
