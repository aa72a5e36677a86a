import type { DocsOf } from './docs.ts';
import type { EVENTS } from './events.ts';
import { COLLECTED_AT, CURSOR, EVENT, GENERATED_ID, HISTORY_EVENT, ORDERED_AT, SOLD_AT } from './examples.ts';

const ENDPOINT = {
  id: GENERATED_ID,
  url: 'https://erp.acme.example/relicense',
  types: ['license.*', 'container.diverged'],
  createdAt: SOLD_AT,
  status: 'enabled',
  secrets: [{ createdAt: SOLD_AT }],
  lastPing: { id: EVENT, at: COLLECTED_AT, outcome: 'delivered' },
} as const;

const WITH_SECRET = { ...ENDPOINT, secret: 'whsec_<base64 of 32 random bytes>' } as const;

const ID = { id: { description: 'The event endpoint’s id.', example: GENERATED_ID } };

const { type, ...data } = HISTORY_EVENT;

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
    summary: 'Have events sent to an address',
    description:
      'Every event, or those of the given types. They are signed as Standard Webhooks with the secret that this answer ' +
      'shows once. The address must not be a private one.',
    request: { example: { url: ENDPOINT.url, types: ['license.*', 'container.diverged'] } },
    answers: { 201: WITH_SECRET },
  },
  listEventEndpoints: {
    tag: 'events',
    summary: 'List the event endpoints',
    description: 'Twenty at most, so the list has one page.',
    answers: { 200: { items: [ENDPOINT] } },
  },
  getEventEndpoint: {
    tag: 'events',
    summary: 'Read an event endpoint',
    description: 'With what came of the last ping.',
    parameters: ID,
    answers: { 200: ENDPOINT },
  },
  putEventEndpoint: {
    tag: 'events',
    summary: 'Change an event endpoint',
    description: 'What is left out is taken away. `enabled: true` also revives one that answered 410.',
    parameters: ID,
    request: { example: { url: ENDPOINT.url, types: ['license.*', 'container.diverged'], enabled: true } },
    answers: { 200: ENDPOINT },
  },
  deleteEventEndpoint: {
    tag: 'events',
    summary: 'Delete an event endpoint',
    description: 'What is on its way to it is dropped.',
    parameters: ID,
    answers: { 200: { status: 'deleted' } },
  },
  rotateEventSecret: {
    tag: 'events',
    summary: 'Give an event endpoint a new secret',
    description: 'The former one goes on signing beside it for 24 hours. This answer shows the new one once.',
    parameters: ID,
    answers: {
      201: { ...WITH_SECRET, secrets: [{ createdAt: COLLECTED_AT }, { createdAt: SOLD_AT, endsAt: ORDERED_AT }] },
    },
  },
  pingEventEndpoint: {
    tag: 'events',
    summary: 'Send a test event',
    description: 'Once, to a disabled endpoint too; what came of it is in the endpoint’s `lastPing`.',
    parameters: ID,
    answers: { 202: { id: EVENT, status: 'queued' } },
  },
  listDeadLetters: {
    tag: 'events',
    summary: 'List events that could not be delivered',
    description: 'In the order of the events.',
    parameters: ID,
    answers: { 200: { items: [LETTER], cursor: CURSOR } },
  },
  replayDeadLetters: {
    tag: 'events',
    summary: 'Deliver all dead letters again',
    description: 'The oldest first, 200 at once: `more` says whether to ask again.',
    parameters: ID,
    answers: { 202: { status: 'queued', replayed: 12, more: false } },
  },
  replayDeadLetter: {
    tag: 'events',
    summary: 'Deliver a dead letter again',
    description: 'With all attempts before it.',
    parameters: ID,
    answers: { 202: { id: EVENT, status: 'queued' } },
  },
};
