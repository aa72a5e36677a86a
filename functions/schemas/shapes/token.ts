import * as z from 'zod/mini';
import { SCOPES } from '../../endpoints.ts';
import { text, time } from './forms.ts';

const described = {
  id: z.string().check(z.regex(/^[0-9a-f]{16}$/)),
  name: text,
  scopes: z.array(z.enum(SCOPES)),
  expiresAt: z.exactOptional(time),
};

export const token = z.strictObject({ ...described, createdAt: time, lastUsedAt: z.exactOptional(time) });

/** The one answer that shows the token. */
export const newToken = z.strictObject({ ...described, token: z.string() });
