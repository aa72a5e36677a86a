import { defined } from '../../domain/defined.ts';
import type { Dependencies } from '../dependencies.ts';
import type { OrderEntry } from './history-items.ts';
import { findLicense, putLicense } from './license-item.ts';
import type { Write } from './transactions.ts';

/**
 * Withdraws the new license of a replacement that is cancelled or superseded before the license was available. Returns the
 * writes and the history entries; none if `discard` is undefined.
 * @param discard the new license's id.
 */
export async function discardWrites(
  dependencies: Dependencies,
  discard: string | undefined,
): Promise<{ writes: Write[]; entries: OrderEntry[] }> {
  if (discard === undefined) return { writes: [], entries: [] };
  const license = await findLicense(dependencies, discard);
  if (license === undefined) throw new Error(`Bug: the replacement ${discard} is missing`);
  const { id, orderId, predecessor } = license;
  const entry = defined({
    type: 'license.withdrawn',
    license: id,
    orderId,
    reason: 'The replacement was cancelled before the license was available.',
    predecessor,
  });
  return { writes: [putLicense(dependencies, { ...license, standing: { at: 'withdrawn' } })], entries: [entry] };
}
