import * as z from 'zod/mini';
import { EVENT_FILTERS, EVENT_TYPES } from '../../domain/history.ts';
import { count, eventId, generatedId, licenseId, productCode, text, ticketCode, time } from './forms.ts';
import { eventMembers } from './history.ts';
import { soldTerms } from './license.ts';
import { customerReference } from './order.ts';

/** How the deliveries to an endpoint go. */
export const endpointHealth = z.strictObject({
  status: z.enum(['untried', 'healthy', 'retrying', 'failing']),
  /** The first error after the last success. */
  failingSince: z.exactOptional(time),
  lastSuccessAt: z.exactOptional(time),
  lastError: z.exactOptional(z.strictObject({ at: time, error: text })),
  /** The events that wait for another attempt, and those behind them. */
  backlog: z.strictObject({
    events: count,
    /** When the oldest of them happened. */
    since: z.exactOptional(time),
    /** There are more. */
    atLeast: z.exactOptional(z.literal(true)),
  }),
  nextAttemptAt: z.exactOptional(time),
  /** The events that were given up and can be replayed. */
  deadLetters: z.strictObject({
    events: count,
    /** There are more. */
    atLeast: z.exactOptional(z.literal(true)),
  }),
});

export const eventEndpoint = z.strictObject({
  id: generatedId,
  url: text,
  types: z.exactOptional(z.array(z.enum(EVENT_FILTERS))),
  description: z.exactOptional(text),
  createdAt: time,
  status: z.enum(['enabled', 'disabled']),
  disabled: z.exactOptional(z.strictObject({ at: time, cause: z.enum(['gone', 'by-hand']) })),
  /** When each secret starts and ends to sign, without the secrets themselves. */
  secrets: z.array(z.strictObject({ createdAt: time, endsAt: z.exactOptional(time) })),
  health: endpointHealth,
  lastPing: z.exactOptional(
    z.strictObject({
      id: eventId,
      at: time,
      outcome: z.enum(['delivered', 'failed']),
      error: z.exactOptional(text),
    }),
  ),
});

/** Only this answer shows the secret. */
export const eventEndpointWithSecret = z.strictObject({ ...eventEndpoint.shape, secret: z.string() });

/** What a message says beside the event itself: about its order, its license, and the other license of a replacement. */
const eventDetails = {
  ticket: z.exactOptional(ticketCode),
  customer: customerReference,
  product: z.exactOptional(productCode),
  terms: z.exactOptional(soldTerms),
  otherLicenses: z.exactOptional(
    z.array(z.strictObject({ license: licenseId, product: productCode, terms: soldTerms })),
  ),
};

/** The body of a Standard Webhook. */
export const eventMessage = z.strictObject({
  type: z.enum(EVENT_TYPES),
  timestamp: time,
  data: z.strictObject({ ...eventMembers, ...eventDetails }),
});

export const deadLetter = z.strictObject({
  id: eventId,
  type: z.enum(EVENT_TYPES),
  at: time,
  diedAt: time,
  attempts: count,
  error: z.exactOptional(text),
  body: eventMessage,
});

const queued = z.literal('queued');

export const eventQueued = z.strictObject({ id: eventId, status: queued });
export const eventsRetried = z.strictObject({ status: queued, events: count, more: z.boolean() });
export const deadLettersQueued = z.strictObject({ status: queued, replayed: count, more: z.boolean() });
