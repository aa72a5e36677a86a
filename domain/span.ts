const HOUR_MILLISECONDS = 3_600_000;
const HOURS: Readonly<Record<string, number>> = { h: 1, d: 24, w: 7 * 24 };

/** The milliseconds of a span such as `12h`, `90d` or `4w`; `undefined` for any other text, and for more than five digits. */
export function spanMilliseconds(text: string): number | undefined {
  const [, count, unit = ''] = /^([1-9]\d{0,4})([hdw])$/.exec(text) ?? [];
  const hours = HOURS[unit];
  return count === undefined || hours === undefined ? undefined : Number(count) * hours * HOUR_MILLISECONDS;
}
