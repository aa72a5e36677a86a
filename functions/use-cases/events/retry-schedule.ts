const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * Milliseconds between the attempts: the first attempt is made at once and the tenth after about three days, as Standard
 * Webhooks 1.0.0 recommends ("Deliverability and reliability").
 */
const PAUSES = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;

/** Each pause varies randomly by up to 10 %, so that an endpoint that recovers is not sent everything at once. */
const JITTER = 0.1;

/**
 * The pause after this many failed attempts, in milliseconds; `undefined` after the last attempt.
 * @param chance random, from 0 to 1.
 */
export function pauseAfter(attempts: number, chance: number): number | undefined {
  const pause = PAUSES[attempts - 1];
  return pause === undefined ? undefined : pause * (1 - JITTER + 2 * JITTER * chance);
}
