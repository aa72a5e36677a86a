import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHECK_REASONS } from '../../../container/index.ts';
import { conflict } from '../../../contract/shapes/reprogramming.ts';
import de from '../../../web/texts/de.json' with { type: 'json' };
import en from '../../../web/texts/en.json' with { type: 'json' };

const WEB = join(import.meta.dirname, '../../../web');
const TEXTS: Readonly<Record<string, Readonly<Record<string, string>>>> = { en, de };
const LANGUAGES = Object.keys(TEXTS);

const placeholdersOf = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();

test('each language has a file, and each file is a language of the pages', () => {
  expect(readdirSync(join(WEB, 'texts')).sort()).toEqual(LANGUAGES.map((language) => `${language}.json`).sort());
});

test.for(LANGUAGES)(
  'the texts of %s are complete, not empty, and have the placeholders of the English ones',
  (language) => {
    const texts = TEXTS[language] ?? {};
    expect(Object.keys(texts)).toEqual(Object.keys(en));
    for (const [key, text] of Object.entries(texts)) {
      expect(text.trim(), key).not.toBe('');
      // "one" can name its number in words.
      if (!key.endsWith('.one')) expect(placeholdersOf(text), key).toEqual(placeholdersOf(TEXTS.en?.[key] ?? ''));
    }
  },
);

test('each reason of a conflict and of a check has a text, and each reason of a conflict has advice', () => {
  const reasons = conflict.shape.reason.options;
  expect(reasons.filter((reason) => !(`why.${reason}` in en && `advice.${reason}` in en))).toEqual([]);
  expect(CHECK_REASONS.filter((reason) => !(`reason.${reason}` in en))).toEqual([]);
});

test('each text is used, or belongs to a closed list of the API', () => {
  const sources = readdirSync(WEB, { recursive: true, encoding: 'utf8' })
    .filter((name) => /[.]tsx?$/.test(name))
    .map((name) => readFileSync(join(WEB, name), 'utf8'))
    .join('\n');
  const isListed = (key: string): boolean => /^(?:why|advice|reason|column|theme|preview|state)[.]/.test(key);
  // A counted text is named without its ending.
  const isNamed = (key: string): boolean =>
    [key, key.replace(/[.](?:one|other)$/, '')].some(
      (name) => sources.includes(`'${name}'`) || sources.includes(`"${name}"`),
    );
  expect(Object.keys(en).filter((key) => !isListed(key) && !isNamed(key))).toEqual([]);
});
