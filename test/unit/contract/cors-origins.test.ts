import { expect, test } from 'vitest';
import { parseCorsOrigins } from '../../../contract/cors-origins.ts';

test.each([
  [undefined, undefined],
  [' , ', undefined],
  ['*', '*'],
  ['https://shop.example.com', ['https://shop.example.com']],
  ['https://a.example, http://localhost:5173 https://a.example', ['https://a.example', 'http://localhost:5173']],
])('the setting %j allows %j', (text, expected) => {
  expect(parseCorsOrigins(text)).toEqual(expected);
});

test.each([
  'https://shop.example.com/',
  'https://shop.example.com/path',
  'https://SHOP.example.com',
  'https://shop.example.com:443',
  'shop.example.com',
  'https://*.example.com',
  'null',
  'file:///x',
  '*, https://shop.example.com',
])('the setting %j is refused with its name, because a browser never sends such an origin', (text) => {
  expect(() => parseCorsOrigins(text, 'corsOrigins')).toThrow(/^corsOrigins must be/);
});
