import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { normalizeName } from '../../domain/customer-name.ts';
import type { Dependencies } from '../dependencies.ts';
import { afterPrefix, customerNameKey, customerOrderKey, type Key } from './keys.ts';
import { getItems, type Page, queryPage } from './queries.ts';
import { put, type Write } from './transactions.ts';

/** A name of customers: `name` as it was first sold to. One item per distinct name, never deleted. */
const customerItem = z.object({ name: z.string() });
export type Customer = z.infer<typeof customerItem>;

/** Bytes of a name in a key. DynamoDB allows 1,024 in a sort key, and NFKC can make a name many times longer. */
const MAX_KEY_BYTES = 900;
/** Characters that the key of a longer name keeps: at most four bytes each. */
const KEPT_CHARACTERS = 200;

/** A name in its normalized form, as keys contain it. A very long name is cut, and a digest makes it distinct. */
function keyName(name: string): string {
  const normalized = normalizeName(name);
  if (Buffer.byteLength(normalized) <= MAX_KEY_BYTES) return normalized;
  const digest = createHash('sha256').update(normalized).digest('base64url');
  return `${[...normalized].slice(0, KEPT_CHARACTERS).join('')}~${digest}`;
}

/** The lookup item of an order under one of its customer's names. */
export function orderOfCustomerKey(name: string, createdAt: string, orderId: string): Key {
  return customerOrderKey(keyName(name), createdAt, orderId);
}

/** Writes the names that no earlier order had. A customer who returns costs a read and no write. */
export async function writesOfNewCustomers(dependencies: Dependencies, names: readonly string[]): Promise<Write[]> {
  const byKey = new Map(names.map((name) => [customerNameKey(keyName(name)).sk, name]));
  const keys = [...byKey.values()].map((name) => customerNameKey(keyName(name)));
  const known = new Set((await getItems(dependencies, keys)).map(({ sk }) => sk));
  return [...byKey].flatMap(([sk, name]) =>
    known.has(sk) ? [] : [put(dependencies, customerNameKey(keyName(name)), { name })],
  );
}

/** Names per read: about half a megabyte of long names, and far less of usual ones. */
const NAMES_PER_READ = 5_000;

/**
 * A page of the names that contain `piece` in any case, sorted by their normalized form. It reads at most `mostRead` names, so
 * it may have fewer than `limit`, and still be followed by other pages.
 */
export async function pageOfCustomers(
  dependencies: Dependencies,
  piece: string,
  limit: number,
  cursor: string | undefined,
  mostRead: number,
): Promise<Page<Customer>> {
  const wanted = normalizeName(piece);
  const { pk } = customerNameKey('');
  const range = { pk, from: 'NAME#', to: afterPrefix('NAME') };
  const items: Customer[] = [];
  let after = cursor === undefined ? undefined : z.string().parse(JSON.parse(cursor));
  for (let read = 0; ; ) {
    const page = await queryPage(dependencies, range, Math.min(NAMES_PER_READ, mostRead - read), after);
    for (const item of page.items) {
      if (items.length === limit) return { items, next: JSON.stringify(after) };
      const customer = customerItem.parse(item);
      if (normalizeName(customer.name).includes(wanted)) items.push(customer);
      after = String(item.sk);
    }
    if (page.next === undefined) return { items };
    after = page.next;
    read += page.items.length;
    if (read >= mostRead) return { items, next: JSON.stringify(after) };
  }
}
