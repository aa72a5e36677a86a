import * as z from 'zod/mini';
import type { Dependencies } from '../dependencies.ts';
import { effectiveKey } from './keys.ts';
import { queryPage } from './queries.ts';
import { put, removeRevision, type Write } from './transactions.ts';

const effectiveItem = z.object({ license: z.string(), ticket: z.string(), by: z.string() });

/** A withdrawal or replacement of a leased license that is effective at `by`, with or without a receipt (L3). */
export type EffectiveAction = z.infer<typeof effectiveItem>;

/** A repeated order of the same action writes the same item again. */
export function putEffective(dependencies: Dependencies, { license, ticket, by }: EffectiveAction): Write {
  return put(dependencies, effectiveKey(by, license), { license, ticket, by, revision: REVISION });
}

/** Refuses its transaction if another run has removed the item. */
export function removeEffective(dependencies: Dependencies, { license, by }: EffectiveAction): Write {
  return removeRevision(dependencies, effectiveKey(by, license), REVISION);
}

/** The item never changes. */
const REVISION = 1;

/** At most `limit` of the actions that are effective at `time` or before, the earliest first. */
export async function effectiveAt(
  dependencies: Dependencies,
  time: string,
  limit: number,
): Promise<readonly EffectiveAction[]> {
  const { pk, sk } = effectiveKey(time, '~');
  const page = await queryPage(dependencies, { pk, from: 'BY#', to: sk }, limit, undefined);
  return page.items.map((item) => effectiveItem.parse(item));
}
