import { defined } from '../../../domain/defined.ts';
import type { VendorActor } from '../../../domain/history.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { getHead, type Head, putHead } from '../../store/container-head-item.ts';
import { containerHistory } from '../../store/history-items.ts';
import { commit } from '../../store/transactions.ts';

/** The vendor's name and note for a container: `undefined` keeps the present one, `null` removes it. */
export interface ContainerNames {
  readonly name?: string | null | undefined;
  readonly note?: string | null | undefined;
}

/**
 * Gives the container a name or a note of the vendor. Its history records a change; the same names again change nothing.
 * @returns `unknown` if the table does not have the container.
 */
export async function nameContainer(
  dependencies: Dependencies,
  vendor: VendorActor,
  serial: string,
  names: ContainerNames,
): Promise<'named' | 'unknown'> {
  return retryOnConflict(dependencies, `the name of container ${serial}`, async () => {
    const head = await getHead(dependencies, serial);
    if (head === undefined) return 'unknown';
    const { name: oldName, note: oldNote, ...others } = head;
    const name = changed(oldName, names.name);
    const note = changed(oldNote, names.note);
    if (name === oldName && note === oldNote) return 'named';
    const next: Head = { ...others, ...defined({ name, note }) };
    const event = { type: 'container.named', ...defined({ name, note }) } as const;
    const writes = [putHead(dependencies, next), containerHistory(dependencies, vendor, serial, event)];
    return (await commit(dependencies, writes)) === 'committed' ? 'named' : 'changed';
  });
}

function changed(present: string | undefined, given: string | null | undefined): string | undefined {
  return given === undefined ? present : (given ?? undefined);
}
