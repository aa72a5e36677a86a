import { licenseOfAction } from '../../../domain/pending.ts';
import type { Dependencies } from '../../dependencies.ts';
import { findLicense, getLicenses, type StoredLicense } from '../../store/license-item.ts';
import { type Container, pendingOf } from './container.ts';

/** The licenses that the container can still hold, by id: its target content, and those that outstanding updates move. */
export function heldLicenses(
  dependencies: Dependencies,
  { entries, outstanding }: Container,
): Promise<ReadonlyMap<string, StoredLicense>> {
  const held = [...entries.values()].flatMap((entry) => entry.held?.license ?? []);
  const moved = outstanding.flatMap(({ changes }) => changes.map((change) => change.license));
  return getLicenses(dependencies, [...held, ...moved]);
}

/** The licenses of the container's pending vendor actions, by id. */
export async function pendingLicenses(
  dependencies: Dependencies,
  container: Container,
): Promise<ReadonlyMap<string, StoredLicense>> {
  const onTickets: { ticket: string; id: string }[] = [];
  const returned: string[] = [];
  for (const action of pendingOf(container)) {
    const id = licenseOfAction(action);
    const held = container.entries.get(id)?.held?.license;
    // A replacement is on the ticket of the license that it replaces.
    const known = action.action === 'assign' ? action.license : action.action === 'replace' ? action.replacement : held;
    // The user returned the license, and its withdrawal waits for the receipt (W5): the entry no longer has its ticket.
    if (known === undefined) returned.push(id);
    else onTickets.push({ ticket: known.ticket, id });
  }
  const found = new Map(await getLicenses(dependencies, onTickets));
  for (const id of returned) {
    const license = await findLicense(dependencies, id);
    if (license !== undefined) found.set(id, license);
  }
  return found;
}
