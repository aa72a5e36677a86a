import { isTermValue, KNOWN_TERMS } from '../../protocol/content.ts';
import { defined } from '../../protocol/defined.ts';
import type { ParsedArguments } from '../../terminal/command.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { parseEnd, parseWholeNumber } from '../parse-values.ts';

/** The terms of a license. */
export const TERMS_OPTIONS = {
  expires: {
    value: 'TIME',
    help: 'terms: when it expires; of a day, at its end in UTC, so 2027-01-31 includes that day',
  },
  duration: {
    value: 'LENGTH',
    help: 'terms: how long it is valid, such as P1Y or P30D: from the delivery on, or with activation:P1Y from the first activation on',
  },
  maintenance: { value: 'TIME', help: 'terms: end of maintenance; a day is included' },
  quantity: { value: 'N', help: 'terms: a number, such as the seats of a network license' },
  feature: { value: 'NAME', many: true, help: 'terms: a feature' },
  'lease-days': { value: 'N', help: 'terms: days without contact after which it cannot be used' },
  term: {
    value: 'NAME=VALUE',
    many: true,
    whole: true,
    help: 'terms: one of your own; a number, true, false and a JSON list of texts are read as such',
  },
  crit: { value: 'NAME', many: true, help: 'a term that a program must know to use the license' },
} as const;

export type TermsOption = keyof typeof TERMS_OPTIONS;

interface Duration {
  length: string;
  from: 'delivery' | 'activation';
}

/** The members of a request that describe a license. */
export interface Terms {
  expiresAt?: string;
  maintenanceUntil?: string;
  quantity?: number;
  features?: string[];
  leaseDays?: number;
  duration?: Duration;
  [own: string]: string | number | boolean | string[] | Duration;
}

/** Parses the terms; `undefined` when no option is given. @throws UsageError */
export function parseTerms(given: ParsedArguments<TermsOption>): Terms | undefined {
  const features = [...given.list('feature')];
  const terms: Terms = {
    ...defined({
      expiresAt: parseEnd('expires', given.text('expires')),
      duration: parseDuration(given.text('duration')),
      maintenanceUntil: parseEnd('maintenance', given.text('maintenance')),
      quantity: parseWholeNumber('quantity', given.text('quantity')),
      features: features.length === 0 ? undefined : features,
      leaseDays: parseWholeNumber('lease-days', given.text('lease-days')),
    }),
    ...Object.fromEntries(given.list('term').map(parseTerm)),
  };
  return Object.keys(terms).length === 0 ? undefined : terms;
}

/** `P1Y`, `delivery:P1Y` or `activation:P1Y`. The server checks the length. */
function parseDuration(text: string | undefined): Duration | undefined {
  if (text === undefined) return undefined;
  const [, from = 'delivery', length = ''] = /^(?:(delivery|activation):)?(P[0-9A-Z]+)$/.exec(text) ?? [];
  if (length === '')
    throw new UsageError(`--duration must be a length such as P1Y or activation:P1Y; got ${escapeForTerminal(text)}.`);
  return { length, from: from === 'activation' ? 'activation' : 'delivery' };
}

/** Parses the names of the terms that a program must know; `undefined` when none is given. */
export function parseCrit(given: ParsedArguments<'crit'>): string[] | undefined {
  const names = given.list('crit');
  return names.length === 0 ? undefined : [...names];
}

function parseTerm(text: string): [string, string | number | boolean | string[]] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new UsageError(`--term must be NAME=VALUE, such as region=EU or sites=3; got ${escapeForTerminal(text)}.`);
  }
  if (KNOWN_TERMS.includes(name) || name === 'duration') {
    throw new UsageError(`The term ${name} has an option of its own: see --help.`);
  }
  return [name, parseTermValue(value)];
}

/** A number, `true`, `false`, a JSON text or a JSON list of texts; anything else is a text as it is. */
function parseTermValue(text: string): string | number | boolean | string[] {
  try {
    const value: unknown = JSON.parse(text);
    if (isTermValue(value)) return typeof value === 'object' ? [...value] : value;
  } catch {
    // Not JSON, so it is a text.
  }
  return text;
}
