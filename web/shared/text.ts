import { createContext, useContext } from 'react';
import de from '../texts/de.json' with { type: 'json' };
import en from '../texts/en.json' with { type: 'json' };

export type TextKey = keyof typeof en;
export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;

const TEXTS: Readonly<Record<Language, Readonly<Record<string, string>>>> = { en, de };

/** Keys of texts that exist in one form for one thing and in another for several. */
type CountedKey = TextKey extends infer Key ? (Key extends `${infer Stem}.other` ? Stem : never) : never;
type Values = Readonly<Record<string, string>>;

export interface Texts {
  readonly language: Language;
  text(key: TextKey, values?: Values): string;
  /** The text for a closed list of the API, such as the reasons of a conflict. An unknown member of it is shown as it is. */
  named(list: 'why' | 'advice' | 'reason', member: string): string;
  counted(key: CountedKey, count: number, values?: Values): string;
  time(rfc3339: string): string;
  day(rfc3339: string): string;
}

export function textsOf(language: Language): Texts {
  const plural = new Intl.PluralRules(language);
  const times = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  const days = new Intl.DateTimeFormat(language, { dateStyle: 'medium' });
  const found = (key: string): string | undefined => TEXTS[language][key];
  const fill = (template: string, values: Values): string =>
    template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  return {
    language,
    text: (key, values = {}) => fill(found(key) ?? key, values),
    named: (list, member) => found(`${list}.${member}`) ?? member,
    counted: (key, count, values = {}) => {
      const template = found(`${key}.${plural.select(count)}`) ?? found(`${key}.other`) ?? key;
      return fill(template, { count: String(count), ...values });
    },
    time: (rfc3339) => times.format(new Date(rfc3339)),
    day: (rfc3339) => days.format(new Date(rfc3339)),
  };
}

/** The language that the browser prefers among those of the pages. */
export function preferredLanguage(preferred: readonly string[]): Language {
  const known = preferred.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in LANGUAGES);
  return (known as Language | undefined) ?? 'en';
}

export const TextsContext = createContext<Texts>(textsOf('en'));
export const useTexts = (): Texts => useContext(TextsContext);
