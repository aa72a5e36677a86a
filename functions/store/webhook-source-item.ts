import * as z from 'zod/mini';
import { TEST_MODES, UNKNOWN_SKUS } from '../../contract/shapes/webhook.ts';
import type { Shop } from '../../contract/webhook-sources.ts';
import type { Dependencies } from '../dependencies.ts';
import { webhookSourceKey } from './keys.ts';
import { getItem } from './queries.ts';
import { commit, put } from './transactions.ts';

const sourceItem = z.object({
  /** A sale in the shop's test mode: `mark` delivers it, marked as a test; `refuse` delivers nothing. */
  testMode: z.enum(TEST_MODES),
  /** A sale with an unknown SKU: `hold` delivers nothing until it is mapped; `skip` delivers the other lines. */
  unknownSkus: z.enum(UNKNOWN_SKUS),
});

/** The settings for a shop's webhooks. */
export type SourceSettings = z.infer<typeof sourceItem>;

const DEFAULTS: SourceSettings = { testMode: 'mark', unknownSkus: 'hold' };

export async function getSourceSettings(dependencies: Dependencies, source: Shop): Promise<SourceSettings> {
  const item = await getItem(dependencies, webhookSourceKey(source));
  return item === undefined ? DEFAULTS : sourceItem.parse(item);
}

/** Replaces all settings. A missing setting gets its default. */
export async function putSourceSettings(
  dependencies: Dependencies,
  source: Shop,
  settings: Partial<SourceSettings>,
): Promise<SourceSettings> {
  const next = { ...DEFAULTS, ...settings };
  await commit(dependencies, [put(dependencies, webhookSourceKey(source), next)]);
  return next;
}
