const LENGTH = 25;
const GROUPS = /.{5}/g;
/** Crockford base32: no I, L, O and U. */
const CODE = /^[0-9A-HJKMNP-TV-Z]{25}$/;

/** Separators that people, mail programs and word processors put into a code: spaces, dashes, and invisible characters. */
const SEPARATORS = /[\s\p{Pd}\p{Cf}\u2212]/gu;

/**
 * Parses a ticket code as people type it or copy it out of a mail: any case, full-width letters, with or without spaces,
 * dashes of any kind and invisible characters, O for 0, I and L for 1.
 *
 * @returns the code as `XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`; `undefined` when the text is not a code.
 */
export function readTicketCode(text: string): string | undefined {
  if (text.length > 4 * LENGTH) return undefined;
  const plain = text.normalize('NFKC').replace(SEPARATORS, '').toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1');
  return CODE.test(plain) ? plain.match(GROUPS)?.join('-') : undefined;
}
