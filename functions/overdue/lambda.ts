import { awsRuntime } from '../aws/runtime.ts';
import { environment } from '../environment.ts';
import { reportOverdueActions } from './report-overdue-actions.ts';

/** Invoked by the schedule. A run that fails is tried again by Lambda, and finds what it has told already. */
export const handler = () => reportOverdueActions(awsRuntime(), { afterDays: environment.overdueAfterDays() });
