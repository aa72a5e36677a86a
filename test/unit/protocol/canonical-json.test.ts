import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../protocol/index.ts';

test('names that an object sorts by itself come in code unit order, too', () => {
  expect(canonicalJson({ b: { 10: 1, 9: 2, a: 3 }, a: [{ 1: {} }] })).toBe('{"a":[{"1":{}}],"b":{"10":1,"9":2,"a":3}}');
  expect(canonicalJson(JSON.parse('{"__proto__":{"b":1,"a":2},"a":1}'))).toBe('{"__proto__":{"a":2,"b":1},"a":1}');
});

test('more names than an insertion sorts come in code unit order', () => {
  const names = Array.from({ length: 40 }, (_, index) => `n${(index * 7) % 40}`);
  const written = canonicalJson(Object.fromEntries(names.map((name) => [name, 1])));
  expect(Object.keys(JSON.parse(written))).toEqual([...names].sort());
});

test('any JSON value is the same after it was written and read, and is written the same again', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const written = canonicalJson(value);
      expect(canonicalJson(JSON.parse(written))).toBe(written);
      expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test.each([[Number.NaN], ['\ud800'], [{ '\ud800': 1 }], [{ 1: '\ud800' }], [[undefined]], [() => 1], [1n]])(
  'a value that JSON cannot represent is refused: %s',
  (value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
    expect(() => canonicalJson({ 1: value })).toThrow(TypeError);
  },
);
