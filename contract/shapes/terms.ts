import * as z from 'zod/mini';
import { days, time } from './forms.ts';

/** The terms that a renewal changes (N1). */
export const renewedTerms = z.strictObject({
  expiresAt: z.exactOptional(time),
  maintenanceUntil: z.exactOptional(time),
  leaseDays: z.exactOptional(days),
});
