import { describe, expect, it } from 'vitest';
import { createLruMap } from '../../../../../functions/api/rate-limits/lru-map.ts';
import { networkOf } from '../../../../../functions/api/rate-limits/network-of-address.ts';
import { createTokenBuckets } from '../../../../../functions/api/rate-limits/token-buckets.ts';

describe('a bounded map', () => {
  it('forgets the one that was not used for the longest time', () => {
    const map = createLruMap<number>(3);
    for (const key of ['a', 'b', 'c']) map.set(key, 1);
    map.get('a');
    map.set('d', 1);
    expect(['a', 'b', 'c', 'd'].map((key) => map.get(key))).toEqual([1, undefined, 1, 1]);
  });

  it('holds no more than it may, however many come', () => {
    const map = createLruMap<number>(100);
    for (let index = 0; index < 10_000; index++) map.set(String(index), index);
    const kept = Array.from({ length: 10_000 }, (_, index) => map.get(String(index))).filter(
      (one) => one !== undefined,
    );
    expect(kept).toHaveLength(100);
  });
});

describe('a bucket', () => {
  it('gives what a minute allows at once, and then evenly', () => {
    const buckets = createTokenBuckets(60);
    for (let index = 0; index < 60; index++) {
      expect(buckets.wait('a', 0)).toBe(0);
      buckets.take('a', 0);
    }
    expect(buckets.wait('a', 0)).toBe(1000);
    expect(buckets.wait('a', 400)).toBe(600);
    expect(buckets.wait('a', 1000)).toBe(0);
    buckets.take('a', 1000);
    expect(buckets.wait('a', 1000)).toBe(1000);
    expect(buckets.wait('b', 1000)).toBe(0);
  });

  it('never holds more than a minute allows, and a clock that is set back gives nothing', () => {
    const buckets = createTokenBuckets(2);
    for (const now of [0, 0]) buckets.take('a', now);
    expect(buckets.wait('a', -3_600_000)).toBe(30_000);
    for (const now of [3_600_000, 3_600_000]) buckets.take('a', now);
    expect(buckets.wait('a', 3_600_000)).toBe(30_000);
  });
});

describe('a source', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:DB8:0001:2::1', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::', 'fe80:0:0:0'],
    ['', ''],
  ])('the network of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
