import * as z from 'zod/mini';
import { count, licenseId, text } from './forms.ts';
import { containerLicense } from './license.ts';
import { jws, keySet, update } from './reprogramming.ts';

/** The evidence that a container no longer holds a license (E1). */
export const evidence = z.strictObject({
  type: z.literal('relicense-evidence'),
  version: z.literal(1),
  iss: text,
  license: licenseId,
  order: text,
  before: z.strictObject({ counter: count, licenses: z.array(containerLicense) }),
  updates: z.array(update),
  receipt: jws,
  keySets: z.array(keySet),
});
