/** Crockford's base32 leaves out I, L, O and U, so that people can read codes aloud. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The number of random bytes for one ticket code. It uses 125 of their 128 bits. */
export const TICKET_CODE_BYTES = 16;
const TICKET_CODE_CHARACTERS = 25;
const GROUP = 5;

/**
 * Encodes the leading bits of `bytes` as `length` Crockford base32 characters, five bits each.
 *
 * @throws RangeError if the bytes have too few bits.
 */
export function base32(bytes: Uint8Array, length: number): string {
  if (bytes.length * 8 < length * 5)
    throw new RangeError(`${length} characters of base32 need more than ${bytes.length} bytes`);
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

/** Makes a ticket code, `XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`, from {@link TICKET_CODE_BYTES} random bytes. */
export function ticketCode(random: Uint8Array): string {
  return inGroups(base32(random, TICKET_CODE_CHARACTERS));
}

/** Separators that people, mail programs and word processors put into a code: spaces, dashes, and invisible characters. */
const SEPARATORS = /[\s\p{Pd}\p{Cf}\u2212]/gu;

/**
 * Parses a ticket code as a person types it or copies it out of a mail: any case, full-width letters, with or without
 * spaces, dashes of any kind and invisible characters, O for 0, I and L for 1. Returns it in its one form, or `undefined` if
 * the text is not a ticket code.
 */
export function parseTicketCode(text: string): string | undefined {
  const plain = text.normalize('NFKC').replace(SEPARATORS, '').toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1');
  if (plain.length !== TICKET_CODE_CHARACTERS) return undefined;
  for (const character of plain) if (!ALPHABET.includes(character)) return undefined;
  return inGroups(plain);
}

function inGroups(plain: string): string {
  return plain.match(new RegExp(`.{${GROUP}}`, 'g'))?.join('-') ?? plain;
}
