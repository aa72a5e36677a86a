import { escapeForTerminal } from '../terminal/text.ts';
import { UsageError } from './io.ts';

/** A whole number out of an option. @throws UsageError */
export function wholeNumber(option: string, text: string | undefined, least = 1): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^[0-9]{1,15}$/.test(text) && number >= least) return number;
  throw new UsageError(`--${option} is a whole number from ${least} on, not ${escapeForTerminal(text)}.`);
}

/** A day, which means its beginning in UTC, or an RFC 3339 time. @throws UsageError */
export function timeOf(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const milliseconds = isDay || /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : NaN;
  // A day that the calendar does not have would become another one.
  if (Number.isNaN(milliseconds) || (isDay && !new Date(milliseconds).toISOString().startsWith(text))) {
    throw new UsageError(`--${option} is a day or a time, such as 2027-01-31 or 2027-01-31T12:00:00Z.`);
  }
  return new Date(milliseconds).toISOString();
}
