import * as z from 'zod/mini';
import { SCOPES } from '../scopes.ts';
import { text, time } from './forms.ts';
import { author } from './history.ts';

const described = {
  id: z.string().check(z.regex(/^[0-9a-f]{16}$/)),
  name: text,
  scopes: z.array(z.enum(SCOPES)),
  /** The token's own limit; 0 sets no limit. If absent, the deployment's limit applies. */
  requestsPerMinute: z.exactOptional(z.int().check(z.nonnegative())),
  createdBy: z.exactOptional(author),
  createdAt: time,
  expiresAt: z.exactOptional(time),
  lastUsedAt: z.exactOptional(time),
};

export const token = z.strictObject(described);

/** Only this answer shows the token. */
export const newToken = z.strictObject({ ...described, token: z.string() });
