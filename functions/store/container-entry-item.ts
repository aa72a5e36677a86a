import * as z from 'zod/mini';
import { defined } from '../../domain/defined.ts';
import type { TicketLicense } from '../../domain/license.ts';
import type { PendingAction } from '../../domain/pending.ts';
import type { Dependencies } from '../dependencies.ts';
import { reason, renewal, ticketLicense } from './item-schemas.ts';
import { entryKey } from './keys.ts';
import type { RawItem } from './queries.ts';
import { put, remove, type Write } from './transactions.ts';

const pendingItem = z.object({
  action: z.enum(['withdraw', 'replace', 'assign', 'renew']),
  /** The license to put: the assigned one, or the replacement. */
  put: z.exactOptional(ticketLicense),
  /** The terms that a renewal changes. */
  terms: z.exactOptional(renewal),
  orderedAt: z.string(),
  reason,
  effectiveBy: z.exactOptional(z.string()),
  overdueAt: z.exactOptional(z.string()),
});

const entryItem = z.object({
  id: z.string(),
  /** The license, when the target content holds it, and the counter of the update that put it there. */
  held: z.exactOptional(z.object({ license: ticketLicense, since: z.int() })),
  /** The vendor action that is pending for it. */
  pending: z.exactOptional(pendingItem),
});

/** A license in a container, or pending for it, or both. */
export interface Entry {
  readonly id: string;
  readonly held?: { readonly license: TicketLicense; readonly since: number };
  readonly pending?: PendingAction;
}

export function parseEntry(item: RawItem): Entry {
  const { id, held, pending } = entryItem.parse(item);
  return defined({ id, held, pending: pending === undefined ? undefined : pendingAction(id, pending) });
}

function pendingAction(
  license: string,
  { action, put: target, terms, ...details }: z.infer<typeof pendingItem>,
): PendingAction {
  if (action === 'withdraw') return { action, license, ...details };
  if (action === 'renew') {
    if (terms === undefined) throw new Error(`The pending renewal of license ${license} lacks its terms`);
    return { action, license, terms, ...details };
  }
  if (target === undefined) throw new Error(`The pending ${action} of license ${license} lacks its license`);
  return action === 'assign'
    ? { action, license: target, ...details }
    : { action, license, replacement: target, ...details };
}

/** Writes the entry, or removes it when it has neither part. The write of the container's head guards it. */
export function putEntry(dependencies: Dependencies, serial: string, { id, held, pending }: Entry): Write {
  const key = entryKey(serial, id);
  if (held === undefined && pending === undefined) return remove(dependencies, key);
  return put(
    dependencies,
    key,
    defined({ id, held, pending: pending === undefined ? undefined : storedAction(pending) }),
  );
}

function storedAction(pending: PendingAction): object {
  const { action, orderedAt, reason, effectiveBy, overdueAt } = pending;
  const details = defined({ orderedAt, reason, effectiveBy, overdueAt });
  switch (action) {
    case 'withdraw':
      return { action, ...details };
    case 'replace':
      return { action, put: pending.replacement, ...details };
    case 'assign':
      return { action, put: pending.license, ...details };
    case 'renew':
      return { action, terms: pending.terms, ...details };
  }
}
