import { escapeForTerminal } from '../terminal/text.ts';
import { UsageError } from '../terminal/usage-error.ts';

/** Parses the whole number of an option. @throws UsageError */
export function parseWholeNumber(option: string, text: string | undefined, least = 1): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^[0-9]{1,15}$/.test(text) && number >= least) return number;
  throw new UsageError(`--${option} must be a whole number, at least ${least}; got ${escapeForTerminal(text)}.`);
}

/** Parses the time of an option: an RFC 3339 time, or a day, which means its beginning in UTC. @throws UsageError */
export function parseTime(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const milliseconds = isDay || /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : NaN;
  // `Date.parse` turns 30 February into a day of March.
  if (Number.isNaN(milliseconds) || (isDay && !new Date(milliseconds).toISOString().startsWith(text))) {
    throw new UsageError(`--${option} must be a day or a time, such as 2027-01-31 or 2027-01-31T12:00:00Z.`);
  }
  return new Date(milliseconds).toISOString();
}
