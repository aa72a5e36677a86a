import { describe, expect, it } from 'vitest';
import { readTicketCode } from '../../../container/ticket-code.ts';
import { base32, parseTicketCode, TICKET_CODE_BYTES, ticketCode } from '../../../domain/ticket-code.ts';

const CODE = '01234-56789-ABCDE-FGHJK-MNPQR';
/** The five bits of each Crockford character, one after the other. */
const BYTES = Uint8Array.from([
  0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf, 0x84, 0x65, 0x3a, 0x56, 0xd7, 0xc0,
]);

describe('a ticket code', () => {
  it('a ticket code has 25 Crockford characters in five groups, from 16 random bytes', () => {
    expect(TICKET_CODE_BYTES).toBe(16);
    expect(ticketCode(BYTES)).toBe(CODE);
    expect(ticketCode(new Uint8Array(16))).toBe('00000-00000-00000-00000-00000');
    expect(ticketCode(new Uint8Array(16).fill(255))).toBe('ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ');
  });

  it('a ticket code uses 125 bits: the last three of 128 change nothing, the one before them does', () => {
    const last = (byte: number) => ticketCode(Uint8Array.from([...new Uint8Array(15), byte]));
    expect(last(0b0000_0111)).toBe(last(0));
    expect(last(0b0000_1000)).not.toBe(last(0));
  });

  it('parseTicketCode accepts any case, spaces for dashes, O for 0, and I and L for 1', () => {
    expect(parseTicketCode(CODE)).toBe(CODE);
    expect(parseTicketCode(CODE.toLowerCase())).toBe(CODE);
    expect(parseTicketCode(` ${CODE.replaceAll('-', ' ')}\n`)).toBe(CODE);
    expect(parseTicketCode(CODE.replaceAll('-', ''))).toBe(CODE);
    expect(parseTicketCode('Ol2Z4-56789-ABCDE-FGHJK-oIiLL')).toBe('012Z4-56789-ABCDE-FGHJK-01111');
  });

  it.each([
    ['dashes of a word processor', CODE.replaceAll('-', '\u2013')],
    ['hyphens that do not break', CODE.replaceAll('-', '\u2011')],
    ['minus signs', CODE.replaceAll('-', '\u2212')],
    ['invisible characters', `\u200b${CODE.replaceAll('-', '-\u200b')}\ufeff`],
    ['soft hyphens', CODE.replaceAll('-', '\u00ad')],
    ['spaces that do not break', CODE.replaceAll('-', '\u00a0')],
    ['full-width letters', CODE.replace(/[0-9A-Z]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0))],
  ])('parseTicketCode accepts %s', (_, text) => {
    expect(parseTicketCode(text)).toBe(CODE);
    expect(readTicketCode(text)).toBe(CODE);
  });

  it.each([
    ['one character too few', CODE.slice(0, -1)],
    ['one character too many', `${CODE}S`],
    ['a U, which Crockford leaves out', CODE.replace('R', 'U')],
    ['another alphabet', CODE.replace('R', 'Ä')],
    ['other separators', CODE.replaceAll('-', '.')],
    ['a U at the front', CODE.replace('0', 'U')],
    ['an empty text', ''],
  ])('parseTicketCode returns undefined for %s', (_, text) => {
    expect(parseTicketCode(text)).toBeUndefined();
  });
});

describe('base32', () => {
  it('base32 encodes as many characters as the bytes have bits for, and throws for more', () => {
    expect(base32(Uint8Array.from([0b11111_000, 0b01_00010_0]), 3)).toBe('Z12');
    expect(base32(new Uint8Array(10), 16)).toBe('0000000000000000');
    expect(() => base32(new Uint8Array(10), 17)).toThrow(
      new RangeError('17 characters of base32 need more than 10 bytes'),
    );
    expect(base32(new Uint8Array(0), 0)).toBe('');
  });
});
