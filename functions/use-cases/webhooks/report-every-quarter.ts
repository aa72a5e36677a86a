import type { Dependencies } from '../../dependencies.ts';
import {
  continueOverdueActions,
  type OverdueReport,
  type OverdueSettings,
} from '../containers/report-overdue-actions.ts';
import { type OpenWebhooksReport, reportOpenWebhooks } from './report-open-webhooks.ts';

/** The run of every 15 minutes: reports open webhooks, and continues a daily report that had to stop. */
export async function reportEveryQuarter(
  dependencies: Dependencies,
  settings: OverdueSettings,
): Promise<OpenWebhooksReport & { readonly overdue: OverdueReport }> {
  const webhooks = await reportOpenWebhooks(dependencies);
  return { ...webhooks, overdue: await continueOverdueActions(dependencies, settings) };
}
