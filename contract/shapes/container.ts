import * as z from 'zod/mini';
import { count, digest, licenseId, listOf, productCode, reason, reprogrammingId, serial, text, time } from './forms.ts';
import { renewedTerms } from './terms.ts';

/** A vendor action that waits for the container's next reprogramming. */
export const autoUpdate = z.strictObject({
  action: z.enum(['withdraw', 'replace', 'assign', 'renew']),
  license: licenseId,
  /** The product of the license; absent if the container no longer has it. */
  product: z.exactOptional(productCode),
  replacement: z.exactOptional(licenseId),
  /** The product of the replacement. */
  replacementProduct: z.exactOptional(productCode),
  /** The terms that a renewal changes. */
  terms: z.exactOptional(renewedTerms),
  orderedAt: time,
  reason,
  /** The latest time at which a place that holds the license can be used (L3). */
  effectiveBy: z.exactOptional(time),
  /** When the event that the action is overdue was emitted. */
  overdueAt: z.exactOptional(time),
});

/** The container that vendor actions wait for: the vendor's name for it, and its last contact. */
const waitedFor = { container: serial, name: z.exactOptional(text), lastContactAt: z.exactOptional(time) };

export const autoUpdatesOfContainer = z.strictObject({ ...waitedFor, pending: z.array(autoUpdate) });
export const pendingInContainer = z.strictObject({ ...waitedFor, items: z.array(autoUpdate) });

/** The answer to a context. `late`: the container's next context must be later than this time (seconds since 1970). */
export const autoUpdatesOfContext = z.strictObject({ ...listOf(autoUpdate).shape, late: z.exactOptional(count) });

const position = z.strictObject({ counter: count, digest });

/** The members that a container and its summary share. */
const standing = {
  serial,
  /** The vendor's name for the container, and its note. */
  name: z.exactOptional(text),
  note: z.exactOptional(text),
  ...position.shape,
  status: z.enum(['active', 'retired']),
  target: position,
  firstSeenAt: time,
  lastContactAt: z.exactOptional(time),
  /** When the newest update or lease for the confirmed place was signed, and by which key (L1). */
  newestStatement: z.exactOptional(z.strictObject({ at: time, kid: z.exactOptional(text) })),
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

/** A license of the container, and whether the container has confirmed it. */
const containerContent = z.strictObject({
  license: licenseId,
  product: productCode,
  /**
   * `confirmed`: the container confirmed it. `arriving`: an update without a receipt puts it there. `leaving`: an update
   * without a receipt removes it. `waiting`: a pending action puts it there, and no update does yet.
   */
  state: z.enum(['confirmed', 'arriving', 'leaving', 'waiting']),
  /** The vendor action that the container's next update carries out. */
  pending: z.exactOptional(z.enum(['withdraw', 'replace', 'assign', 'renew'])),
});

export const container = z.strictObject({
  ...standing,
  contents: z.array(containerContent),
  licenses: z.array(licenseId),
  pending: z.array(autoUpdate),
  outstanding: z.array(reprogrammingId),
});
