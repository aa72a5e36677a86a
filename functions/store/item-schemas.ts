/** The schemas that several kinds of items share. An absent member is absent: no item stores `undefined`. */
import * as z from 'zod/mini';
import type { ConflictReason } from '../../domain/sequence.ts';

export const terms = z.catchall(
  z.object({
    expiresAt: z.exactOptional(z.string()),
    maintenanceUntil: z.exactOptional(z.string()),
    quantity: z.exactOptional(z.number()),
    features: z.exactOptional(z.array(z.string())),
    leaseDays: z.exactOptional(z.number()),
  }),
  z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]),
);

/** The terms that a renewal changes. */
export const renewal = z.object({
  expiresAt: z.exactOptional(z.string()),
  maintenanceUntil: z.exactOptional(z.string()),
  leaseDays: z.exactOptional(z.number()),
});

export const crit = z.exactOptional(z.array(z.string()));

export const licenseContent = z.object({
  id: z.string(),
  product: z.string(),
  terms,
  requires: z.array(z.string()),
  crit,
});

export const ticketLicense = z.object({ ...licenseContent.shape, ticket: z.string(), orderId: z.string() });

export const reason = z.exactOptional(z.string());

/** A revision of the order waits for the license (O1). */
export const revised = z.exactOptional(z.enum(['undoable', 'final']));

export const earmark = z.object({
  action: z.enum(['withdraw', 'replace', 'renew']),
  replacement: z.exactOptional(z.string()),
  terms: z.exactOptional(renewal),
  renewed: z.exactOptional(renewal),
  orderedAt: z.string(),
  reason,
  effectiveBy: z.exactOptional(z.string()),
  revised,
});

/** Who acted for the vendor. */
export const author = z.object({
  kind: z.enum(['token', 'person', 'webhook']),
  id: z.string(),
  name: z.exactOptional(z.string()),
});

export const position = z.object({ counter: z.int(), digest: z.string() });

/** Each reason once: the compiler requires all of them. */
const CONFLICT_REASONS: { readonly [Reason in ConflictReason]: Reason } = {
  'not-on-ticket': 'not-on-ticket',
  'not-available': 'not-available',
  'reserved-elsewhere': 'reserved-elsewhere',
  'not-in-container': 'not-in-container',
  withdrawn: 'withdrawn',
  expired: 'expired',
  'requires-unmet': 'requires-unmet',
  'required-by': 'required-by',
  'dropped-together': 'dropped-together',
};

export const conflict = z.object({
  action: z.enum(['activate', 'deactivate', 'assign']),
  license: z.string(),
  reason: z.enum(CONFLICT_REASONS),
  because: z.exactOptional(z.array(z.string())),
});
