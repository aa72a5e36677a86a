/** Crockford base32: no I, L, O and U, so that a code survives the telephone. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Random bytes that make one ticket code: 125 of the 128 bits are used. */
export const TICKET_CODE_BYTES = 16;
const TICKET_CODE_CHARACTERS = 25;
const GROUP = 5;

/** Encodes the leading bits of `bytes` as `length` Crockford base32 characters, five bits each. */
export function base32(bytes: Uint8Array, length: number): string {
  if (bytes.length * 8 < length * 5) throw new RangeError(`${length} characters need more than ${bytes.length} bytes`);
  let text = '';
  let buffer = 0;
  let bits = 0;
  let next = 0;
  while (text.length < length) {
    if (bits < 5) {
      buffer = ((buffer << 8) | (bytes[next++] ?? 0)) & 0xffff;
      bits += 8;
    }
    bits -= 5;
    text += ALPHABET[(buffer >> bits) & 31];
  }
  return text;
}

/** A ticket code from 16 random bytes: `XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`. */
export function ticketCode(random: Uint8Array): string {
  return grouped(base32(random, TICKET_CODE_CHARACTERS));
}

/**
 * Reads a ticket code as a person types it: any case, with or without dashes and spaces, O for 0, I and L for 1.
 * `undefined` when it is none.
 */
export function parseTicketCode(text: string): string | undefined {
  const plain = text.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  if (plain.length !== TICKET_CODE_CHARACTERS) return undefined;
  for (const character of plain) if (!ALPHABET.includes(character)) return undefined;
  return grouped(plain);
}

function grouped(plain: string): string {
  return plain.match(new RegExp(`.{${GROUP}}`, 'g'))?.join('-') ?? plain;
}
