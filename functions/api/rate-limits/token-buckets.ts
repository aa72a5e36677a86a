import { createLruMap } from './lru-map.ts';

/** Token buckets by key, in this instance's memory: each holds what a minute allows, and fills up evenly. */
export interface TokenBuckets {
  /** Milliseconds until the bucket of a key has something in it; 0 when it has. Takes nothing. */
  wait(key: string, now: number): number;
  /** Takes one out of the bucket of a key, as far as there is one. */
  take(key: string, now: number): void;
}

interface Bucket {
  readonly filled: number;
  readonly at: number;
}

/** Keys that are remembered at once, some 2 MB; whoever is forgotten starts with a full bucket. */
const MAX_KEYS = 10_000;
const MINUTE_MILLISECONDS = 60_000;

export function createTokenBuckets(perMinute: number, maxKeys = MAX_KEYS): TokenBuckets {
  const buckets = createLruMap<Bucket>(maxKeys);
  const refilled = (key: string, now: number): number => {
    const { filled, at } = buckets.get(key) ?? { filled: perMinute, at: now };
    // A clock that was set back gives nothing, and takes nothing.
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
