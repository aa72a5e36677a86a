import * as z from 'zod/mini';
import { count, days, productCode, text } from './forms.ts';

export const product = z.strictObject({
  code: productCode,
  name: text,
  features: z.array(text),
  requires: z.array(productCode),
  leaseDays: z.exactOptional(days),
  upgradeOf: z.exactOptional(productCode),
  expiryNotices: z.exactOptional(z.array(count)),
});
