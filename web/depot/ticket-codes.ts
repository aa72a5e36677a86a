import { readTicketCode } from '../../container/browser.ts';

/** 25 letters and digits in groups, with spaces, dashes or nothing between them. */
const CANDIDATE = /[0-9a-z]{5}(?:[\s\p{Pd}\u2212]*[0-9a-z]{5}){4}/giu;
/** In a link the code is in the fragment, so no server and no log gets it. */
const FRAGMENT = /[#&]ticket=([^&]*)/g;

/** The ticket codes in a text that a person pasted, such as a mail. Each code is named once. */
export function readTicketCodes(text: string): string[] {
  const plain = text.normalize('NFKC').replace(/\p{Cf}/gu, '');
  const candidates = [...text.split(/[\n,;]/), ...(plain.match(CANDIDATE) ?? [])];
  return [...new Set(candidates.map(readTicketCode).filter((code) => code !== undefined))];
}

/** The ticket codes of a link such as `/#ticket=3YJ0R-...`. */
export function ticketCodesOf(fragment: string): string[] {
  return [...fragment.matchAll(FRAGMENT)].flatMap(([, text = '']) => readTicketCodes(decoded(text)));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
