import type { ParsedArguments } from '../command.ts';
import { timeOf, wholeNumber } from '../numbers-and-times.ts';

/** What a license allows. */
export const TERMS_OPTIONS = {
  expires: { value: 'TIME', help: 'terms: ends then; a day means its beginning, in UTC' },
  maintenance: { value: 'TIME', help: 'terms: maintenance until then' },
  quantity: { value: 'N', help: 'terms: how many, such as the seats of a network license' },
  feature: { value: 'NAME', many: true, help: 'terms: a feature' },
} as const;

export interface Terms {
  expiresAt?: string;
  maintenanceUntil?: string;
  quantity?: number;
  features?: string[];
}

/** The terms that the options say; `undefined` when they say none. */
export function termsOf(given: ParsedArguments<keyof typeof TERMS_OPTIONS>): Terms | undefined {
  const expiresAt = timeOf('expires', given.text('expires'));
  const maintenanceUntil = timeOf('maintenance', given.text('maintenance'));
  const quantity = wholeNumber('quantity', given.text('quantity'));
  const features = [...given.list('feature')];
  const terms: Terms = {
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(maintenanceUntil === undefined ? {} : { maintenanceUntil }),
    ...(quantity === undefined ? {} : { quantity }),
    ...(features.length === 0 ? {} : { features }),
  };
  return Object.keys(terms).length === 0 ? undefined : terms;
}
