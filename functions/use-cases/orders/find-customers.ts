import { normalizeName } from '../../../domain/customer-name.ts';
import { MAX_CUSTOMERS_LISTED, MAX_CUSTOMERS_READ } from '../../../domain/limits.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import type { Dependencies } from '../../dependencies.ts';
import { pageOfCustomers } from '../../store/customer-item.ts';

/** How a list names the customer. */
export interface CustomerQuery {
  /** A piece of a name. */
  readonly customer?: string | undefined;
  /** A whole name. It costs no search. */
  readonly customerName?: string | undefined;
}

export type FoundCustomers =
  /** `names`: absent if the list is not limited to customers. */
  | { readonly kind: 'found'; readonly names?: readonly string[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** The names that a list is limited to. Case and spaces do not matter. Refused if the piece matches too many names to be merged. */
export async function findCustomers(
  dependencies: Dependencies,
  { customer: piece, customerName: whole }: CustomerQuery,
): Promise<FoundCustomers> {
  if (whole !== undefined) {
    const isMet = piece === undefined || normalizeName(whole).includes(normalizeName(piece));
    return { kind: 'found', names: isMet ? [whole] : [] };
  }
  if (piece === undefined) return { kind: 'found' };
  const { items, next } = await pageOfCustomers(
    dependencies,
    piece,
    MAX_CUSTOMERS_LISTED + 1,
    undefined,
    MAX_CUSTOMERS_READ,
  );
  const isTooMany = items.length > MAX_CUSTOMERS_LISTED;
  if (!isTooMany && next === undefined) return { kind: 'found', names: items.map(({ name }) => name) };
  const cause = isTooMany
    ? `matches more than ${MAX_CUSTOMERS_LISTED} customers; use a longer piece`
    : `cannot be searched among more than ${MAX_CUSTOMERS_READ.toLocaleString('en')} customers`;
  const message = `${cause}, or find the name with GET /customers and use customerName`;
  return { kind: 'refused', refusal: { code: 'invalid-request', errors: [{ path: 'query.customer', message }] } };
}
