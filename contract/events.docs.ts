import type { DocsOf } from './docs.ts';
import type { EVENTS } from './events.ts';
import {
  COLLECTED_AT,
  CURSOR,
  CUSTOMER,
  EVENT,
  GENERATED_ID,
  HISTORY_EVENT,
  ORDERED_AT,
  RENDER_LICENSE,
  SOLD_AT,
  TICKET,
} from './examples.ts';

const ENDPOINT = {
  id: GENERATED_ID,
  url: 'https://erp.acme.example/relicense',
  types: ['license.*', 'container.diverged'],
  createdAt: SOLD_AT,
  status: 'enabled',
  secrets: [{ createdAt: SOLD_AT }],
  health: {
    status: 'failing',
    failingSince: '2026-11-20T08:00:04.112Z',
    lastSuccessAt: '2026-11-20T07:41:55.380Z',
    lastError: { at: '2026-11-20T14:37:02.954Z', error: 'answered 500' },
    backlog: { events: 12, since: '2026-11-20T08:00:03.871Z' },
    nextAttemptAt: '2026-11-20T19:22:40.018Z',
    deadLetters: { events: 0 },
  },
  lastPing: { id: EVENT, at: COLLECTED_AT, outcome: 'delivered' },
} as const;

const { lastPing: _, ...NEW } = {
  ...ENDPOINT,
  health: { status: 'untried', backlog: { events: 0 }, deadLetters: { events: 0 } },
} as const;

const NEW_WITH_SECRET = { ...NEW, secret: 'whsec_<base64 of 32 random bytes>' } as const;

const WITH_SECRET = { ...ENDPOINT, secret: 'whsec_<base64 of 32 random bytes>' } as const;

const ID = { id: { description: 'The event endpoint’s id.', example: GENERATED_ID } };

const { type, ...event } = HISTORY_EVENT;

const data = {
  ...event,
  ticket: TICKET,
  customer: CUSTOMER,
  product: RENDER_LICENSE.product,
  terms: RENDER_LICENSE.terms,
};

const LETTER = {
  id: EVENT,
  type,
  at: ORDERED_AT,
  diedAt: '2026-11-23T08:05:31.007Z',
  attempts: 10,
  error: 'answered 503',
  body: { type, timestamp: ORDERED_AT, data },
};

export const EVENTS_DOCS: DocsOf<keyof typeof EVENTS> = {
  createEventEndpoint: {
    tag: 'events',
    summary: 'Create an event endpoint',
    description:
      'Sends every event, or the events of the given types, to an address. Events are signed as Standard Webhooks with the ' +
      'secret, which only this answer shows. The address must not be private.',
    request: { example: { url: ENDPOINT.url, types: ['license.*', 'container.diverged'] } },
    answers: { 201: NEW_WITH_SECRET },
  },
  listEventEndpoints: {
    tag: 'events',
    summary: 'List the event endpoints',
    description: 'Each with its health. There are at most 20, so the list has one page.',
    answers: { 200: { items: [ENDPOINT] } },
  },
  getEventEndpoint: {
    tag: 'events',
    summary: 'Read an event endpoint',
    description:
      'With its health: the last success, the last error, the events that wait, the next attempt, and the number of dead ' +
      'letters, of which at most 100 are counted. A delivery is seen here ' +
      'at most a minute later. The `ETag` changes with the health, but `If-Match` compares only the settings.',
    parameters: ID,
    answers: { 200: ENDPOINT },
  },
  putEventEndpoint: {
    tag: 'events',
    summary: 'Change an event endpoint',
    description:
      'An absent member is removed. `enabled: true` also enables an endpoint that was disabled because it answered 410.',
    parameters: ID,
    request: { example: { url: ENDPOINT.url, types: ['license.*', 'container.diverged'], enabled: true } },
    answers: { 200: ENDPOINT },
  },
  deleteEventEndpoint: {
    tag: 'events',
    summary: 'Delete an event endpoint',
    description: 'Events that are still queued for it are discarded.',
    parameters: ID,
    answers: { 200: { status: 'deleted' } },
  },
  rotateEventSecret: {
    tag: 'events',
    summary: 'Rotate the secret of an event endpoint',
    description: 'For 24 hours, events are signed with the old secret, too. Only this answer shows the new secret.',
    parameters: ID,
    answers: {
      201: { ...WITH_SECRET, secrets: [{ createdAt: COLLECTED_AT }, { createdAt: SOLD_AT, endsAt: ORDERED_AT }] },
    },
  },
  pingEventEndpoint: {
    tag: 'events',
    summary: 'Send a test event',
    description: 'Sent once, also to a disabled endpoint. The endpoint’s `lastPing` has the outcome.',
    parameters: ID,
    answers: { 202: { id: EVENT, status: 'queued' } },
  },
  retryWaitingEvents: {
    tag: 'events',
    summary: 'Retry the waiting events now',
    description:
      'Sends the events of the endpoint’s backlog at once, with all their retries, instead of at their next attempt. Use it ' +
      'after a receiver was repaired. `events` counts them. `more` is true if the endpoint has more queues than one request ' +
      'retries: send the request again when these are delivered. Refused while the endpoint is disabled.',
    parameters: ID,
    answers: { 202: { status: 'queued', events: 12, more: false } },
  },
  listDeadLetters: {
    tag: 'events',
    summary: 'List events that could not be delivered',
    description: 'In the order of the events, oldest first unless `order=newest`.',
    parameters: ID,
    answers: { 200: { items: [LETTER], cursor: CURSOR } },
  },
  replayDeadLetters: {
    tag: 'events',
    summary: 'Deliver all dead letters again',
    description: 'The oldest first, 200 per request. If `more` is true, send the request again.',
    parameters: ID,
    answers: { 202: { status: 'queued', replayed: 12, more: false } },
  },
  replayDeadLetter: {
    tag: 'events',
    summary: 'Deliver a dead letter again',
    description: 'With all its retries.',
    parameters: ID,
    answers: { 202: { id: EVENT, status: 'queued' } },
  },
};
