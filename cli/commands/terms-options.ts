import { defined } from '../../protocol/defined.ts';
import type { ParsedArguments } from '../../terminal/command.ts';
import { parseEnd, parseWholeNumber } from '../parse-values.ts';

/** The terms of a license. */
export const TERMS_OPTIONS = {
  expires: {
    value: 'TIME',
    help: 'terms: when it expires; of a day, at its end in UTC, so 2027-01-31 includes that day',
  },
  maintenance: { value: 'TIME', help: 'terms: end of maintenance; a day is included' },
  quantity: { value: 'N', help: 'terms: a number, such as the seats of a network license' },
  feature: { value: 'NAME', many: true, help: 'terms: a feature' },
} as const;

export interface Terms {
  expiresAt?: string;
  maintenanceUntil?: string;
  quantity?: number;
  features?: string[];
}

/** Parses the terms; `undefined` when no option is given. @throws UsageError */
export function parseTerms(given: ParsedArguments<keyof typeof TERMS_OPTIONS>): Terms | undefined {
  const expiresAt = parseEnd('expires', given.text('expires'));
  const maintenanceUntil = parseEnd('maintenance', given.text('maintenance'));
  const quantity = parseWholeNumber('quantity', given.text('quantity'));
  const features = [...given.list('feature')];
  const terms: Terms = defined({
    expiresAt,
    maintenanceUntil,
    quantity,
    features: features.length === 0 ? undefined : features,
  });
  return Object.keys(terms).length === 0 ? undefined : terms;
}
