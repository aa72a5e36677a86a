/**
 * The form in which names of customers are compared: Unicode NFKC, in lower case, without spaces around it and with one space
 * between words. Two names with the same form are the same name.
 */
export function normalizeName(name: string): string {
  // Lower case can leave NFKC: `İ` becomes two characters.
  return name.normalize('NFKC').toLowerCase().normalize('NFKC').replaceAll(/\s+/g, ' ').trim();
}
