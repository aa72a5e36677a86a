import { canonicalJson, type JsonFault } from '../../protocol/index.ts';

export interface JsonCase {
  readonly name: string;
  readonly text: string;
  readonly code?: JsonFault;
}

const CANONICAL: readonly { readonly name: string; readonly text: string }[] = [
  {
    name: 'RFC 8785, section 3.2.3: members are sorted by UTF-16 code units',
    text: '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
  },
  {
    name: 'RFC 8785, section 3.2.2: numbers, strings and literals',
    text: '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
  },
  {
    name: 'control characters have their short escapes, others are \\u00xx in lower case',
    text: JSON.stringify(
      `${Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join('')}\u007f\u2028/\\"`,
    ),
  },
  { name: 'nested, with white space', text: ' { "b" : [ { "d" : 1 , "c" : -0 } , [ ] ] , "a" : { } } ' },
  { name: 'a member named __proto__ is a member', text: '{"__proto__":1,"a":2}' },
];

const TEXTS: readonly JsonCase[] = [
  { name: 'white space around a value', text: ' \t\r\n{"a":[1,-0.5e+2,"\\u00e9\\n",true,false,null]} ' },
  { name: 'eight levels', text: '[[[[[[[[]]]]]]]]' },
  { name: 'nine levels', text: '[[[[[[[[[]]]]]]]]]', code: 'too-deep' },
  { name: 'too many bytes', text: `"${'a'.repeat(1023)}"`, code: 'too-large' },
  { name: 'too many bytes in few characters', text: `"${'\u20ac'.repeat(341)}"`, code: 'too-large' },
  { name: 'a semicolon between items', text: '[1;2]', code: 'syntax' },
  { name: 'nothing between items', text: '[1 2]', code: 'syntax' },
  { name: 'an equals sign after a name', text: '{"a"=1}', code: 'syntax' },
  { name: 'a member twice', text: '{"a":1,"a":1}', code: 'duplicate-key' },
  { name: 'a member twice, once with an escape', text: '{"a":1,"\\u0061":2}', code: 'duplicate-key' },
  { name: 'a member twice, deep inside', text: '{"a":[{"b":1,"b":1}]}', code: 'duplicate-key' },
  { name: '__proto__ twice', text: '{"__proto__":1,"__proto__":2}', code: 'duplicate-key' },
  { name: 'the largest text', text: `"${'a'.repeat(1022)}"` },
  { name: 'the largest text in few characters', text: `"${'\u20ac'.repeat(340)}aa"` },
  { name: 'eight levels of lists and objects', text: '{"a":[{"a":[{"a":[{"a":[]}]}]}]}' },
  { name: 'nine levels of lists and objects', text: '{"a":[{"a":[{"a":[{"a":[{}]}]}]}]}', code: 'too-deep' },
  { name: 'lists beside each other do not add levels', text: '[[[[[[[[],[]]]]]],[[]]],[]]' },
  { name: 'names that differ in case', text: '{"a":1,"A":1}' },
  { name: 'the same name in two objects', text: '[{"a":1},{"a":{"a":1}}]' },
  { name: 'an escaped pair of surrogates', text: '"\\ud83d\\ude00"' },
  { name: 'surrogates in the wrong order', text: '"\\ude00\\ud83d"', code: 'lone-surrogate' },
  { name: 'the largest double', text: '1.7976931348623157e308' },
  { name: 'a number that rounds to 0', text: '1e-400' },
  { name: 'a delete character', text: '"\u007f"' },
  { name: 'an escaped solidus', text: '"\\/"' },
  { name: 'a form feed between tokens', text: '[1,\u000c2]', code: 'syntax' },
  { name: 'an escape with an upper-case u', text: '"\\U0041"', code: 'syntax' },
  { name: 'a number that overflows', text: '1e400', code: 'number-range' },
  { name: 'a negative number that overflows', text: '[-1e400]', code: 'number-range' },
  { name: 'a lone high surrogate', text: '"\\ud800"', code: 'lone-surrogate' },
  { name: 'a lone low surrogate as a member', text: '{"\\udc00":1}', code: 'lone-surrogate' },
  { name: 'trailing data', text: '{} {}', code: 'syntax' },
  { name: 'a trailing comma', text: '[1,]', code: 'syntax' },
  { name: 'a trailing comma in an object', text: '{"a":1,}', code: 'syntax' },
  { name: 'an empty text', text: '', code: 'syntax' },
  { name: 'an unfinished string', text: '"abc', code: 'syntax' },
  { name: 'an unfinished escape', text: '"\\', code: 'syntax' },
  { name: 'an unfinished object', text: '{"a":1', code: 'syntax' },
  { name: 'a raw control character', text: '"a\u0001b"', code: 'syntax' },
  { name: 'an unknown escape', text: '"\\x41"', code: 'syntax' },
  { name: 'a byte order mark', text: '\ufeff{}', code: 'syntax' },
  { name: 'a leading zero', text: '01', code: 'syntax' },
  { name: 'a plus sign', text: '+1', code: 'syntax' },
  { name: 'no digit after the point', text: '1.', code: 'syntax' },
  { name: 'a hexadecimal number', text: '0x10', code: 'syntax' },
  { name: 'NaN', text: 'NaN', code: 'syntax' },
  { name: 'infinity', text: '-Infinity', code: 'syntax' },
  { name: 'a comment', text: '{/**/}', code: 'syntax' },
  { name: 'single quotes', text: "{'a':1}", code: 'syntax' },
  { name: 'a name without quotes', text: '{a:1}', code: 'syntax' },
  { name: 'a missing colon', text: '{"a" 1}', code: 'syntax' },
  { name: 'a no-break space', text: '\u00a0{}', code: 'syntax' },
];

export const CANONICAL_CASES = CANONICAL.map((one) => ({ ...one, canonical: canonicalJson(JSON.parse(one.text)) }));

export const JSON_CASES = { maxBytes: 1024, maxDepth: 8, cases: TEXTS };
