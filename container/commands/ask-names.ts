import { defined } from '../../protocol/defined.ts';
import type { Container } from '../container.ts';
import { getAutoUpdates, getTicket } from '../depot.ts';
import type { SyncResult } from '../sync.ts';
import { readTicketCode } from '../ticket-code.ts';
import type { LicenseName, LicenseNames } from './license-names.ts';

/** Names only explain the result, so one short attempt must do. */
const ONCE = { attempts: 1, requestTimeoutSeconds: 5 } as const;

/** Whether the result names licenses that the container does not have: a preview, dropped actions, or conflicts. */
export function namesOthers({ report, ...result }: SyncResult): boolean {
  if (report.status === 'previewed' || report.dropped.length > 0) return true;
  if (result.ok || result.fault.kind !== 'problem') return false;
  return (result.fault.problem.conflicts ?? []).length > 0;
}

/**
 * Asks the server for the products of the licenses on the ticket, and for the products and reasons of the vendor's pending
 * actions. What it does not answer stays unknown.
 */
export async function askNames(
  container: Container,
  server: string | undefined,
  ticket: string | undefined,
  deadline: number,
): Promise<LicenseNames> {
  const names = new Map<string, LicenseName>();
  if (server === undefined) return names;
  const options = { ...ONCE, deadline };
  const code = ticket === undefined ? undefined : readTicketCode(ticket);
  const [onTicket, pending] = await Promise.all([
    code === undefined ? undefined : getTicket(server, code, options),
    getAutoUpdates(server, await container.context(), options),
  ]);
  if (onTicket?.ok === true) for (const { id, product } of onTicket.licenses) names.set(id, { product });
  if (pending.ok) {
    for (const { license, product, replacement, replacementProduct, reason } of pending.actions) {
      names.set(license, defined({ product, reason }));
      if (replacement !== undefined) names.set(replacement, defined({ product: replacementProduct }));
    }
  }
  return names;
}

/** Both together; for a license that both know, the members of both. */
export function mergeNames(one: LicenseNames, other: LicenseNames): LicenseNames {
  const merged = new Map(one);
  for (const [id, name] of other) merged.set(id, { ...merged.get(id), ...name });
  return merged;
}
