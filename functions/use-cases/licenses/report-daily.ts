import type { Dependencies } from '../../dependencies.ts';
import {
  type OverdueReport,
  type OverdueSettings,
  reportOverdueActions,
} from '../containers/report-overdue-actions.ts';
import { reportEffectiveActions } from './report-effective.ts';

/** The daily run: reports the vendor actions that are overdue, and the withdrawals that are effective (L3). */
export async function reportDaily(
  dependencies: Dependencies,
  settings: OverdueSettings,
): Promise<OverdueReport & { readonly effective: number }> {
  const effective = await reportEffectiveActions(dependencies);
  return { ...(await reportOverdueActions(dependencies, settings)), effective };
}
