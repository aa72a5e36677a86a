import type { Dependencies } from '../../dependencies.ts';
import { getHead, type Head, putHead } from '../../store/container-head-item.ts';
import { contactKey } from '../../store/keys.ts';
import { commit, commitSingle, put, remove, type Write } from '../../store/transactions.ts';

/** The hour of a container that has not been in contact. */
const NEVER = '-';
const HOUR_CHARACTERS = 'YYYY-MM-DDTHH'.length;
const DAY_CHARACTERS = 'YYYY-MM-DD'.length;

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

/** Other requests can write the head at the same time. After so many attempts the day's next contact is recorded instead. */
const ATTEMPTS = 3;

/**
 * Records a contact that has written nothing else, in one transaction and at most once per UTC day. The entry of the contact
 * before is removed, so that daily contacts do not fill the list. A container that is not known is not recorded: anybody can
 * make a key and sign a context with it.
 *
 * @param read the head as it was read a moment ago
 */
export async function recordQuietContact(dependencies: Dependencies, read: Head): Promise<void> {
  const at = dependencies.now().toISOString();
  let head: Head | undefined = read;
  for (let attempt = 0; attempt < ATTEMPTS && head !== undefined; attempt++) {
    if (head.revision === 0 || head.status !== 'active' || isSameDay(head.lastContactAt, at)) return;
    const committed = await commit(dependencies, [
      putHead(dependencies, { ...head, lastContactAt: at }),
      contactEntry(dependencies, head.serial, at),
      remove(dependencies, contactKey(hourOf(head.lastContactAt), head.serial)),
    ]);
    if (committed === 'committed') return;
    head = await getHead(dependencies, head.serial);
  }
}

/** Whether the last contact was on this UTC day, or later: clocks of two instances can differ. */
function isSameDay(lastContactAt: string | undefined, at: string): boolean {
  return lastContactAt !== undefined && lastContactAt.slice(0, DAY_CHARACTERS) >= at.slice(0, DAY_CHARACTERS);
}

function contactEntry(dependencies: Dependencies, serial: string, at: string | undefined): Write {
  const hour = hourOf(at);
  return put(dependencies, contactKey(hour, serial), { serial, hour });
}
