import { awsDependencies } from './aws/aws-dependencies.ts';
import { environment } from './environment.ts';
import { reportOverdueActions } from './use-cases/containers/report-overdue-actions.ts';

/** Invoked by the schedule. A run that fails is tried again by Lambda, and finds what it has told already. */
export const handler = () => reportOverdueActions(awsDependencies(), { afterDays: environment.overdueAfterDays() });
