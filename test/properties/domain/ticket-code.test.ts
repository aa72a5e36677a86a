import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseTicketCode, TICKET_CODE_BYTES, ticketCode } from '../../../domain/ticket-code.ts';
import { runs } from './seed.ts';

const bytes = fc.uint8Array({ minLength: TICKET_CODE_BYTES, maxLength: TICKET_CODE_BYTES });

it('parseTicketCode returns the code that was made, however a person types it', () => {
  const typed = fc.tuple(
    bytes,
    fc.boolean(),
    fc.constantFrom('-', ' ', '', ' - '),
    fc.constantFrom('O', 'o', '0'),
    fc.constantFrom('I', 'l', 'L', 'i', '1'),
  );
  fc.assert(
    fc.property(typed, ([random, isLower, dash, zero, one]) => {
      const code = ticketCode(random);
      expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){4}$/);
      const text = code.replaceAll('0', zero).replaceAll('1', one).replaceAll('-', dash);
      expect(parseTicketCode(isLower ? text.toLowerCase() : text)).toBe(code);
    }),
    runs(3000),
  );
});

it('two ticket codes are equal exactly if their first 125 bits are', () => {
  fc.assert(
    fc.property(bytes, fc.nat(TICKET_CODE_BYTES * 8 - 1), (random, bit) => {
      const other = Uint8Array.from(random);
      other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
      expect(ticketCode(other) === ticketCode(random)).toBe(bit >= 125);
    }),
    runs(3000),
  );
});

it('parseTicketCode returns undefined or a code that it parses to itself', () => {
  const anything = fc.uint16Array({ maxLength: 40 }).map((units) => String.fromCharCode(...units));
  const nearly = fc
    .tuple(bytes, fc.nat(28), fc.string({ maxLength: 2 }))
    .map(([random, at, text]) => ticketCode(random).slice(0, at) + text + ticketCode(random).slice(at + text.length));
  fc.assert(
    fc.property(fc.oneof(anything, nearly), (text) => {
      const code = parseTicketCode(text);
      if (code !== undefined) expect(parseTicketCode(code)).toBe(code);
    }),
    runs(3000),
  );
});
