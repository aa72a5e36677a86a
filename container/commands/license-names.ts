import type { AppliedUpdate, Content } from '../../protocol/index.ts';
import { escapeForTerminal } from '../../terminal/text.ts';

/** What is known of a license beside its id. */
export interface LicenseName {
  readonly product?: string;
  /** The vendor's reason for its action on the license. */
  readonly reason?: string;
}

/** What is known of licenses, by id. The texts come from the server or a file: show them, never trust them. */
export type LicenseNames = ReadonlyMap<string, LicenseName>;

/** The products of the licenses that the container had, and that the updates put into it. */
export function namesOf(before: Content, applied: readonly AppliedUpdate[]): Map<string, LicenseName> {
  const names = new Map<string, LicenseName>();
  for (const { id, product } of before.licenses) names.set(id, { product });
  for (const { operations } of applied) {
    for (const one of operations) if (one.op === 'put') names.set(one.license.id, { product: one.license.product });
  }
  return names;
}

/** `0002NK833ENZ9Z9A914E (cad)`, with the vendor's reason if it is known: `(cad: sold by mistake)`. */
export function formatLicenseName(id: string, names: LicenseNames): string {
  const { product, reason } = names.get(id) ?? {};
  const known = [product, reason].flatMap((text) => (text === undefined ? [] : [escapeForTerminal(text)]));
  return known.length === 0 ? escapeForTerminal(id) : `${escapeForTerminal(id)} (${known.join(': ')})`;
}
