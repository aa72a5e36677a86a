import * as z from 'zod/mini';
import { count, days, licenseId, productCode, reason, serial, text, ticketCode, time } from './forms.ts';
import { renewedTerms } from './terms.ts';

/** How long the license is valid, from its delivery or its first activation on (N2). */
const duration = z.strictObject({ length: text, from: z.enum(['delivery', 'activation']) });

/** A term of the vendor's own. */
const ownTerm = z.union([z.string(), count, z.boolean(), z.array(text)]);

const KNOWN_TERMS = {
  expiresAt: z.exactOptional(time),
  maintenanceUntil: z.exactOptional(time),
  quantity: z.exactOptional(z.int().check(z.positive())),
  features: z.exactOptional(z.array(text)),
  leaseDays: z.exactOptional(days),
};

export const terms = z.catchall(z.object(KNOWN_TERMS), ownTerm);

/** The terms of an item that is sold, and of a license whose end is fixed with its first activation. */
export const soldTerms = z.catchall(
  z.object({ ...KNOWN_TERMS, duration: z.exactOptional(duration) }),
  z.union([ownTerm, duration]),
);

/** Names of terms that a program must know to use the license. */
export const crit = z.exactOptional(z.array(text));

/** A license as a container holds it and as an update adds it. */
export const containerLicense = z.strictObject({
  id: licenseId,
  product: productCode,
  terms,
  requires: z.array(productCode),
  crit,
});

/** A vendor action that waits for a reprogramming of the container, or for its receipt. */
const pendingOrder = z.strictObject({
  action: z.enum(['withdraw', 'replace', 'assign', 'renew']),
  container: serial,
  replacement: z.exactOptional(licenseId),
  /** The terms that a renewal changes. */
  terms: z.exactOptional(renewedTerms),
  orderedAt: time,
  reason,
  /** The next update of the container, or the receipt for an update that is issued. */
  waitsFor: z.enum(['update', 'receipt']),
  /** The latest time at which a place that holds the license can be used (L3). */
  effectiveBy: z.exactOptional(time),
});

/** The same as the vendor sees it. */
const vendorPendingOrder = z.strictObject({
  ...pendingOrder.shape,
  /** The vendor's name for the container. */
  containerName: z.exactOptional(text),
  /** The container's last contact; absent if it has had none. */
  lastContactAt: z.exactOptional(time),
});

const onTicket = z.enum(['available', 'collected-without-receipt', 'confirmed-collected', 'returned-without-receipt']);
const anyState = z.enum([...onTicket.options, 'withdrawn', 'replaced']);

const shown = {
  ...containerLicense.shape,
  terms: soldTerms,
  ticket: ticketCode,
  /** The container that holds the license, collects it or returned it. */
  container: z.exactOptional(serial),
  pending: z.exactOptional(pendingOrder),
  /** A replacement that waits for the license that it replaces; it is not yet on offer (R2, R3). */
  onOffer: z.exactOptional(z.literal(false)),
};

/** A license as the user of its ticket sees it. */
export const depotLicense = z.strictObject({ ...shown, state: onTicket });

/** A license as the vendor sees it. */
export const license = z.strictObject({
  ...shown,
  /** The vendor's name for the container. */
  containerName: z.exactOptional(text),
  pending: z.exactOptional(vendorPendingOrder),
  state: anyState,
  orderId: text,
  predecessor: z.exactOptional(licenseId),
  successor: z.exactOptional(licenseId),
  /** Sold in a shop's test mode. */
  test: z.exactOptional(z.literal(true)),
});

export const ticket = z.strictObject({ code: ticketCode, licenses: z.array(depotLicense) });

const pending = { status: z.literal('pending'), container: serial };

export const pendingOnContainer = z.strictObject(pending);

/** A withdrawal or replacement that waits; of a leased license, with the time at which it is effective in any case (L3). */
const removalPending = { ...pending, effectiveBy: z.exactOptional(time) };

export const withdrawalPending = z.strictObject(removalPending);
export const replaced = z.strictObject({ status: z.literal('replaced'), license });
export const replacementPending = z.strictObject({ ...removalPending, license });
export const renewed = z.strictObject({ status: z.literal('renewed'), license });
