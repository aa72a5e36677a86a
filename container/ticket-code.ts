const LENGTH = 25;
const GROUPS = /.{5}/g;
/** Crockford base32: no I, L, O and U. */
const CODE = /^[0-9A-HJKMNP-TV-Z]{25}$/;

/**
 * Parses a ticket code as people type it: any case, with or without dashes and spaces, O for 0, I and L for 1.
 *
 * @returns the code as `XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`; `undefined` when the text is not a code.
 */
export function readTicketCode(text: string): string | undefined {
  if (text.length > 4 * LENGTH) return undefined;
  const plain = text.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  return CODE.test(plain) ? plain.match(GROUPS)?.join('-') : undefined;
}
