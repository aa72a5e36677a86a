import * as z from 'zod/mini';
import { EVENT_TYPES } from '../../domain/history.ts';
import { STEPS } from '../../domain/sequence.ts';
import { WEBHOOK_SOURCES } from '../webhook-sources.ts';
import { count, eventId, licenseId, pageOf, reason, reprogrammingId, serial, text, ticketCode, time } from './forms.ts';

/** Who it was in person: a token by its id, a person by the identity provider's subject, a webhook by its id. */
export const author = z.strictObject({
  kind: z.enum(['token', 'person', 'webhook']),
  id: text,
  name: z.exactOptional(text),
});

/** An event's own members, beside its type. */
export const eventMembers = {
  id: eventId,
  at: time,
  actor: z.enum(['vendor', 'user', 'container', 'system']),
  /** Of the vendor: who ordered it. */
  by: z.exactOptional(author),
  license: z.exactOptional(licenseId),
  container: z.exactOptional(serial),
  orderId: z.exactOptional(text),
  reprogramming: z.exactOptional(reprogrammingId),
  counter: z.exactOptional(count),
  predecessor: z.exactOptional(licenseId),
  successor: z.exactOptional(licenseId),
  step: z.exactOptional(z.enum(STEPS)),
  reason,
  /** The webhook that failed or waits, and who sent it. */
  webhook: z.exactOptional(text),
  source: z.exactOptional(z.enum(WEBHOOK_SOURCES)),
  /** Of a delivery: sold in a shop's test mode. */
  test: z.exactOptional(z.literal(true)),
  /** When the vendor had ordered what is pending too long. */
  orderedAt: z.exactOptional(time),
};

export const historyEvent = z.strictObject({ ...eventMembers, type: z.enum(EVENT_TYPES) });

/** A page of what happened to a license, and to those that it has come from and has become. */
export const licenseHistory = z.strictObject({
  license: licenseId,
  orderId: text,
  ticket: ticketCode,
  /** The oldest first. */
  predecessors: z.array(licenseId),
  /** The next one first. */
  successors: z.array(licenseId),
  ...pageOf(historyEvent).shape,
});
