import type { Dependencies } from '../../dependencies.ts';
import type { Head } from '../../store/container-head-item.ts';
import { contactKey } from '../../store/keys.ts';
import { commitSingle, put, type Write } from '../../store/transactions.ts';

/** Where a container stands that has not been in contact. */
const NEVER = '-';
const HOUR_CHARACTERS = 'YYYY-MM-DDTHH'.length;

/** The hour of a contact (UTC), by which containers are found. */
export function hourOf(lastContactAt: string | undefined): string {
  return lastContactAt === undefined ? NEVER : lastContactAt.slice(0, HOUR_CHARACTERS);
}

/**
 * Lets the container be found by its contact at `at`, before the head says so: an entry that the head does not bear out
 * does no harm, and a head without its entry cannot be. Further contacts within the hour find the entry there already.
 */
export async function recordContact(dependencies: Dependencies, head: Head, at: string): Promise<void> {
  if (hourOf(head.lastContactAt) === hourOf(at)) return;
  await commitSingle(dependencies, contactEntry(dependencies, head.serial, at));
}

/** Lets a container be found that an order names before it has been in contact. */
export function firstContactEntry(dependencies: Dependencies, head: Head): Write[] {
  return head.revision === 0 ? [contactEntry(dependencies, head.serial, undefined)] : [];
}

function contactEntry(dependencies: Dependencies, serial: string, at: string | undefined): Write {
  const hour = hourOf(at);
  return put(dependencies, contactKey(hour, serial), { serial, hour });
}
