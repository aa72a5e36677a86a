import * as z from 'zod/mini';
import { EVENT_TYPES } from '../../domain/history.ts';
import { STEPS } from '../../domain/sequence.ts';
import { WEBHOOK_SOURCES } from '../webhook-sources.ts';
import { count, eventId, licenseId, pageOf, reason, reprogrammingId, serial, text, ticketCode, time } from './forms.ts';
import { customerReference, orderItem } from './order.ts';
import { renewedTerms } from './terms.ts';

/** The author: a token by its id, a person by the identity provider's subject, a webhook by its id. */
export const author = z.strictObject({
  kind: z.enum(['token', 'person', 'webhook']),
  id: text,
  name: z.exactOptional(text),
});

const orderContent = z.strictObject({ customer: customerReference, items: z.array(orderItem) });

/** An event's own members, beside its type. */
export const eventMembers = {
  id: eventId,
  at: time,
  actor: z.enum(['vendor', 'user', 'container', 'system']),
  /** Who ordered it, if the actor is the vendor. */
  by: z.exactOptional(author),
  license: z.exactOptional(licenseId),
  container: z.exactOptional(serial),
  /** The vendor's name and note for the container after `container.named`; absent if it has none. */
  name: z.exactOptional(text),
  note: z.exactOptional(text),
  orderId: z.exactOptional(text),
  reprogramming: z.exactOptional(reprogrammingId),
  counter: z.exactOptional(count),
  /** Version of the published key set. */
  keySet: z.exactOptional(z.int().check(z.positive())),
  predecessor: z.exactOptional(licenseId),
  successor: z.exactOptional(licenseId),
  /** The terms that a renewal changes. */
  renewed: z.exactOptional(renewedTerms),
  /** When the license ends or has ended, and the days until then. */
  expiresAt: z.exactOptional(time),
  days: z.exactOptional(count),
  step: z.exactOptional(z.enum(STEPS)),
  reason,
  /** The webhook that failed or waits, and its sender. */
  webhook: z.exactOptional(text),
  source: z.exactOptional(z.enum(WEBHOOK_SOURCES)),
  /** `true` if the license was sold in a shop's test mode; only in `license.delivered`. */
  test: z.exactOptional(z.literal(true)),
  /** When the vendor ordered the action that is overdue or effective. */
  orderedAt: z.exactOptional(time),
  /** How the container diverged; `retired`: a retired container was in contact. */
  divergence: z.exactOptional(z.enum(['behind', 'ahead', 'digest', 'cloned', 'retired'])),
  /** The latest time at which a place that holds the license can be used. */
  effectiveBy: z.exactOptional(time),
  /** The number of the order's revision. */
  revision: z.exactOptional(z.int().check(z.positive())),
  /** What was ordered before the revision, and from now on; absent if they are longer than 50,000 bytes. */
  before: z.exactOptional(orderContent),
  after: z.exactOptional(orderContent),
};

/** An event in a history. */
export const historyEvent = z.strictObject({
  ...eventMembers,
  /** The vendor's present name for the container. */
  containerName: z.exactOptional(text),
  type: z.enum(EVENT_TYPES),
});

/** A page of the events of a license, its predecessors and its successors. */
export const licenseHistory = z.strictObject({
  license: licenseId,
  orderId: text,
  ticket: ticketCode,
  /** The oldest license first. */
  predecessors: z.array(licenseId),
  /** The direct successor first. */
  successors: z.array(licenseId),
  ...pageOf(historyEvent).shape,
});
