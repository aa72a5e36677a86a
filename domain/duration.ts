import { criticalTerms, type Terms } from './terms.ts';

/** How long a license is valid, and from when on (N2). */
export interface Duration {
  /** An ISO 8601 duration of whole numbers, such as `P1Y` or `P30DT12H`. */
  readonly length: string;
  readonly from: 'delivery' | 'activation';
}

/** Years that a duration has at most, whatever its parts are. */
const MAX_YEARS = 100;
const YEAR_MS = 366 * 24 * 3600 * 1000;

const LENGTH =
  /^P(?=\d|T\d)(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})S)?)?$/;

/** Whether the text is an ISO 8601 duration of whole numbers, above zero and of at most 100 years. */
export function isLength(text: string): boolean {
  const milliseconds = endAfter(text, 0);
  return milliseconds !== undefined && milliseconds > 0 && milliseconds <= MAX_YEARS * YEAR_MS;
}

/**
 * The time `length` after `start`, both in milliseconds since 1970; `undefined` for a text that is not a duration. Years and
 * months are those of the calendar in UTC: a month after January 31 is the last day of February.
 */
function endAfter(length: string, start: number): number | undefined {
  const parts = LENGTH.exec(length);
  if (parts === null) return undefined;
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  const end = new Date(start);
  const day = end.getUTCDate();
  end.setUTCDate(1);
  end.setUTCMonth(end.getUTCMonth() + years * 12 + months);
  const lastDay = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
  end.setUTCDate(Math.min(day, lastDay));
  return end.getTime() + (((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + seconds) * 1000;
}

/** A duration among the terms of a license, which are texts. No container gets it: `expiresAt` takes its place. */
export function durationTerm({ length, from }: Duration): string {
  return `${from}:${length}`;
}

/** The duration of terms whose end is not fixed yet. */
export function durationOf({ duration }: Terms): Duration | undefined {
  if (typeof duration !== 'string') return undefined;
  for (const from of ['delivery', 'activation'] as const) {
    if (duration.startsWith(`${from}:`)) return { length: duration.slice(from.length + 1), from };
  }
  return undefined;
}

/** The terms with a fixed `expiresAt` if their duration starts with this moment; `at` in milliseconds since 1970 (N2). */
export function fixEnd(terms: Terms, moment: Duration['from'], at: number): Terms {
  const found = durationOf(terms);
  if (found?.from !== moment) return terms;
  // In whole seconds, as statements have them.
  const end = endAfter(found.length, Math.floor(at / 1000) * 1000);
  if (end === undefined) throw new Error(`Bug: ${found.length} is not a duration`);
  const { duration: _, ...others } = terms;
  return { ...others, expiresAt: new Date(end).toISOString().replace('.000Z', 'Z') };
}

/** The license as an update puts it into a container at this time: its duration has started. */
export function activatedAt<License extends { readonly terms: Terms; readonly crit?: readonly string[] }>(
  license: License,
  at: number,
): License {
  const terms = fixEnd(license.terms, 'activation', at);
  if (terms === license.terms) return license;
  const { crit: named, ...others } = license;
  const crit = criticalTerms(named, terms);
  return { ...others, terms, ...(crit === undefined ? {} : { crit }) } as License;
}

/** The terms with some of them changed: an end takes the place of a duration, and a duration that of an end. */
export function changedTerms(terms: Terms, changes: Terms): Terms {
  const { expiresAt, duration, ...others } = terms;
  const isFixed = changes.expiresAt !== undefined || changes['duration'] !== undefined;
  const kept = isFixed || (expiresAt === undefined && duration === undefined) ? others : terms;
  return { ...kept, ...changes };
}

/** The terms as answers show them: the duration with its members. */
export function shownTerms(terms: Terms): Omit<Terms, 'duration'> & { readonly duration?: Duration } {
  const found = durationOf(terms);
  return found === undefined ? (terms as Omit<Terms, 'duration'>) : ({ ...terms, duration: found } as never);
}
