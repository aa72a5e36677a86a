import type { Dependencies } from '../../dependencies.ts';
import type { Head } from '../../store/container-head-item.ts';
import { contactKey } from '../../store/keys.ts';
import { commitSingle, put, type Write } from '../../store/transactions.ts';

/** The hour of a container that has not been in contact. */
const NEVER = '-';
const HOUR_CHARACTERS = 'YYYY-MM-DDTHH'.length;

/** The hour (UTC) of a contact, by which containers are listed. */
export function hourOf(lastContactAt: string | undefined): string {
  return lastContactAt === undefined ? NEVER : lastContactAt.slice(0, HOUR_CHARACTERS);
}

/**
 * Lists the container by its contact at `at`. Called before the head is written: readers ignore an entry that the head does not
 * confirm, while a head without its entry would hide the container. One entry serves all contacts within an hour.
 */
export async function recordContact(dependencies: Dependencies, head: Head, at: string): Promise<void> {
  if (hourOf(head.lastContactAt) === hourOf(at)) return;
  await commitSingle(dependencies, contactEntry(dependencies, head.serial, at));
}

/** The write that lists a container that a vendor action names before its first contact. */
export function firstContactEntry(dependencies: Dependencies, head: Head): Write[] {
  return head.revision === 0 ? [contactEntry(dependencies, head.serial, undefined)] : [];
}

function contactEntry(dependencies: Dependencies, serial: string, at: string | undefined): Write {
  const hour = hourOf(at);
  return put(dependencies, contactKey(hour, serial), { serial, hour });
}
