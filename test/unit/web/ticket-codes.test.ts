import { expect, test } from 'vitest';
import { readTicketCodes, ticketCodesOf } from '../../../web/depot/ticket-codes.ts';

const A = '3YJ0R-7Q2ZV-8KXWD-M4N5P-H6T1C';
const B = 'FGE7A-QDNSY-QNWCA-E0214-3CC2X';

test.for([
  ['a code as it is printed', A, [A]],
  ['a code in lower case without dashes', '3yj0r7q2zv8kxwdm4n5ph6t1c', [A]],
  ['letters that people read for digits', '3YJOR-7Q2ZV-8KXWD-M4N5P-H6TIC', [A]],
  ['en dashes and spaces of a word processor', '3YJ0R – 7Q2ZV – 8KXWD – M4N5P – H6T1C', [A]],
  ['a mail with two codes', `Dear Ms Vogel,\nyour codes are ${A} and\n${B}.\nKind regards`, [A, B]],
  ['a code that the mail program broke into two lines', '3YJ0R-7Q2ZV-8KXWD-\nM4N5P-H6T1C', [A]],
  ['the same code twice', `${A}\n${A}`, [A]],
  ['a text without a code', 'my order of Monday', []],
  ['a code that lacks a letter', A.slice(0, -1), []],
] as const)('%s', ([, text, codes]) => {
  expect(readTicketCodes(text)).toEqual(codes);
});

test('the fragment of a link names one or several codes, encoded or not', () => {
  expect(ticketCodesOf(`#ticket=${A}`)).toEqual([A]);
  expect(ticketCodesOf(`#ticket=${A}&ticket=${B}`)).toEqual([A, B]);
  expect(ticketCodesOf(`#ticket=${encodeURIComponent(`${A} ${B}`)}`)).toEqual([A, B]);
  expect(ticketCodesOf('#ticket=%E0%A4')).toEqual([]);
  expect(ticketCodesOf('#other')).toEqual([]);
});
