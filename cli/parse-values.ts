import { escapeForTerminal } from '../terminal/text.ts';
import { UsageError } from '../terminal/usage-error.ts';

/** Parses the whole number of an option. @throws UsageError */
export function parseWholeNumber(option: string, text: string | undefined, least = 1): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^[0-9]{1,15}$/.test(text) && number >= least) return number;
  throw new UsageError(`--${option} must be a whole number, at least ${least}; got ${escapeForTerminal(text)}.`);
}

const TIME =
  /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})(?:T(?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:\.\d+)?)?(?<zone>Z|[+-]\d{2}:\d{2}))?$/;
const DAY_MILLISECONDS = 24 * 3600 * 1000;

/** Parses the time of an option: an RFC 3339 time, or a day, which means its beginning in UTC. @throws UsageError */
export function parseTime(option: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : new Date(instantOf(option, text)).toISOString();
}

/** Parses a time at which something ends. A day is included: it means its end in UTC, the beginning of the next day. @throws UsageError */
export function parseEnd(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const end = instantOf(option, text) + (text.includes('T') ? 0 : DAY_MILLISECONDS);
  return new Date(end).toISOString();
}

/** Milliseconds since 1970. `Date.parse` alone would turn 30 February into a day of March, and 24:00 into the next day. */
function instantOf(option: string, text: string): number {
  const { year, month, day, hour = '0', minute = '0', second = '0' } = TIME.exec(text)?.groups ?? {};
  if (year === undefined) {
    throw new UsageError(
      `--${option} must be a day or a time, such as 2027-01-31 or 2027-01-31T12:00:00Z; got ${escapeForTerminal(text)}.`,
    );
  }
  const date = `${year}-${month}-${day}`;
  const beginning = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(beginning) || new Date(beginning).toISOString().slice(0, date.length) !== date) {
    throw new UsageError(`--${option}: there is no day ${date}.`);
  }
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds) || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    throw new UsageError(`--${option}: there is no time ${escapeForTerminal(text)}.`);
  }
  return milliseconds;
}
