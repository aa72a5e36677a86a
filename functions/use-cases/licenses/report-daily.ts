import type { Dependencies } from '../../dependencies.ts';
import {
  type OverdueReport,
  type OverdueSettings,
  reportOverdueActions,
} from '../containers/report-overdue-actions.ts';
import { reportOverdueReceipts } from '../reprogramming/overdue-receipts.ts';
import { reportEffectiveActions } from './report-effective.ts';
import { reportExpiries } from './report-expiries.ts';

/** No container is read after this time, so that the function ends well before its time limit. */
const MAX_MILLISECONDS = 240_000;

/** The daily run: reports the vendor actions and the receipts that are overdue, the withdrawals that are effective (L3), and the
 * licenses that expire (N3). */
export async function reportDaily(
  dependencies: Dependencies,
  settings: OverdueSettings,
): Promise<OverdueReport & { readonly [report in 'effective' | 'expiring' | 'expired' | 'receipts']: number }> {
  const started = dependencies.now().getTime();
  const effective = await reportEffectiveActions(dependencies);
  const { expiring, expired } = await reportExpiries(dependencies);
  const receipts = await reportOverdueReceipts(dependencies);
  const until = settings.until ?? started + MAX_MILLISECONDS;
  return {
    ...(await reportOverdueActions(dependencies, { ...settings, until })),
    effective,
    expiring,
    expired,
    receipts,
  };
}
