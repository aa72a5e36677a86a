import * as z from 'zod/mini';
import { count, digest, licenseId, reason, reprogrammingId, serial, text, time } from './forms.ts';

/** A vendor action that waits for the container's next reprogramming. */
export const autoUpdate = z.strictObject({
  action: z.enum(['withdraw', 'replace', 'assign']),
  license: licenseId,
  replacement: z.exactOptional(licenseId),
  orderedAt: time,
  reason,
  /** When the event that the action is overdue was emitted. */
  overdueAt: z.exactOptional(time),
});

export const autoUpdatesOfContainer = z.strictObject({ container: serial, pending: z.array(autoUpdate) });

const position = z.strictObject({ counter: count, digest });

/** The members that a container and its summary share. */
const standing = {
  serial,
  ...position.shape,
  status: z.enum(['active', 'retired']),
  target: position,
  firstSeenAt: time,
  lastContactAt: z.exactOptional(time),
  retirement: z.exactOptional(z.strictObject({ licenses: z.enum(['withdraw', 'restore']), reason: text, at: time })),
};

/** A container in a list: counts instead of licenses and reprogrammings. */
export const containerSummary = z.strictObject({
  ...standing,
  /** The number of vendor actions that are not yet planned. */
  pendingCount: count,
  /** The number of updates without a receipt. */
  outstandingCount: count,
});

export const container = z.strictObject({
  ...standing,
  licenses: z.array(licenseId),
  pending: z.array(autoUpdate),
  outstanding: z.array(reprogrammingId),
});

export const receipt = z.strictObject({ status: z.literal('confirmed'), container: serial, counter: count });
