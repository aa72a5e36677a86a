import * as z from 'zod/mini';
import { count, digest, licenseId, reason, reprogrammingId, serial, text, time } from './forms.ts';

/** A vendor action that waits for the container's next reprogramming. */
export const autoUpdate = z.strictObject({
  action: z.enum(['withdraw', 'replace', 'assign']),
  license: licenseId,
  replacement: z.exactOptional(licenseId),
  orderedAt: time,
  reason,
  /** When the vendor was told that it is pending too long. */
  overdueAt: z.exactOptional(time),
});

export const autoUpdatesOfContainer = z.strictObject({ container: serial, pending: z.array(autoUpdate) });

const position = z.strictObject({ counter: count, digest });

export const container = z.strictObject({
  serial,
  ...position.shape,
  status: z.enum(['active', 'retired']),
  licenses: z.array(licenseId),
  pending: z.array(autoUpdate),
  outstanding: z.array(reprogrammingId),
  target: position,
  firstSeenAt: time,
  lastContactAt: z.exactOptional(time),
  retirement: z.exactOptional(z.strictObject({ licenses: z.enum(['withdraw', 'restore']), reason: text, at: time })),
});

export const receipt = z.strictObject({ status: z.literal('confirmed'), container: serial, counter: count });
