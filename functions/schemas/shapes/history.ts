import * as z from 'zod/mini';
import { EVENT_TYPES } from '../../../domain/history.ts';
import { STEPS } from '../../../domain/sequence.ts';
import { count, eventId, licenseId, pageOf, reason, reprogrammingId, serial, text, ticketCode, time } from './forms.ts';

/** An event's own members, beside its type. */
export const eventMembers = {
  id: eventId,
  at: time,
  actor: z.enum(['vendor', 'user', 'container', 'system']),
  license: z.exactOptional(licenseId),
  container: z.exactOptional(serial),
  orderId: z.exactOptional(text),
  reprogramming: z.exactOptional(reprogrammingId),
  counter: z.exactOptional(count),
  predecessor: z.exactOptional(licenseId),
  successor: z.exactOptional(licenseId),
  step: z.exactOptional(z.enum(STEPS)),
  reason,
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
