import { createLruMap } from './lru-map.ts';

/** Token buckets by key, in this instance's memory. A bucket has room for the requests of one minute and refills evenly. */
export interface TokenBuckets {
  /** Milliseconds until the bucket of a key is not empty; 0 if it is not empty now. Does not change the bucket. */
  wait(key: string, now: number): number;
  /** Takes one request from the bucket of a key, unless it is empty. */
  take(key: string, now: number): void;
}

interface Bucket {
  readonly filled: number;
  readonly at: number;
}

/** Keys in memory, about 2 MB. A key that was removed starts again with a full bucket. */
const MAX_KEYS = 10_000;
const MINUTE_MILLISECONDS = 60_000;

export function createTokenBuckets(perMinute: number, maxKeys = MAX_KEYS): TokenBuckets {
  const buckets = createLruMap<Bucket>(maxKeys);
  const refilled = (key: string, now: number): number => {
    const { filled, at } = buckets.get(key) ?? { filled: perMinute, at: now };
    // If the clock was set back, the bucket stays as it is.
    return Math.min(perMinute, filled + (Math.max(now - at, 0) * perMinute) / MINUTE_MILLISECONDS);
  };
  return {
    wait(key, now) {
      const missing = 1 - refilled(key, now);
      return missing <= 0 ? 0 : Math.ceil((missing * MINUTE_MILLISECONDS) / perMinute);
    },
    take(key, now) {
      const filled = refilled(key, now);
      if (filled >= 1) buckets.set(key, { filled: filled - 1, at: now });
    },
  };
}
