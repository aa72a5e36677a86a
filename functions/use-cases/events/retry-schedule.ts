const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * Milliseconds between the attempts: the first is made at once, the tenth after about three days, as Standard Webhooks
 * 1.0.0 proposes ("Deliverability and reliability").
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

export const DELIVERY_ATTEMPTS = PAUSES.length + 1;

/** A pause is shorter or longer by up to this part of it, so that an endpoint that comes back is not overrun. */
const JITTER = 0.1;

/**
 * How long to wait after so many failed attempts, in milliseconds; `undefined` after the last one.
 * @param chance from 0 to 1
 */
export function pauseAfter(attempts: number, chance: number): number | undefined {
  const pause = PAUSES[attempts - 1];
  return pause === undefined ? undefined : pause * (1 - JITTER + 2 * JITTER * chance);
}
