import * as z from 'zod/mini';
import { EVENT_FILTERS } from '../domain/history.ts';
import type { Endpoints } from './endpoint.ts';
import { generatedId, sortedPage, text } from './inputs.ts';
import {
  deadLetter,
  deadLettersQueued,
  eventEndpoint,
  eventEndpointWithSecret,
  eventQueued,
  eventsRetried,
} from './shapes/event-endpoint.ts';
import { done, listOf, pageOf } from './shapes/forms.ts';

const endpointParams = z.strictObject({ id: generatedId });

const eventId = z.string().check(z.regex(/^[0-9A-Z]{26}(-\d{4,})?$/, 'an event id'));

const eventEndpointMembers = {
  url: z.string().check(z.minLength(1), z.maxLength(2048)),
  /** If absent: every event. */
  types: z.optional(z.array(z.enum(EVENT_FILTERS)).check(z.minLength(1), z.maxLength(EVENT_FILTERS.length))),
  description: z.optional(text(200)),
};

/** The vendor's endpoints that receive events. */
export const EVENTS = {
  createEventEndpoint: {
    method: 'POST',
    path: '/event-endpoints',
    function: 'vendor',
    scope: 'webhooks:write',
    request: { body: z.strictObject(eventEndpointMembers) },
    answers: { 201: eventEndpointWithSecret },
    problems: [],
  },
  listEventEndpoints: {
    method: 'GET',
    path: '/event-endpoints',
    function: 'vendor',
    scope: 'webhooks:read',
    answers: { 200: listOf(eventEndpoint) },
    problems: [],
  },
  getEventEndpoint: {
    method: 'GET',
    path: '/event-endpoints/{id}',
    function: 'vendor',
    scope: 'webhooks:read',
    tagged: true,
    request: { params: endpointParams },
    answers: { 200: eventEndpoint },
    problems: ['not-found'],
  },
  putEventEndpoint: {
    method: 'PUT',
    path: '/event-endpoints/{id}',
    function: 'vendor',
    scope: 'webhooks:write',
    tagged: true,
    request: {
      params: endpointParams,
      body: z.strictObject({ ...eventEndpointMembers, enabled: z.optional(z.boolean()) }),
    },
    answers: { 200: eventEndpoint },
    problems: ['not-found'],
  },
  deleteEventEndpoint: {
    method: 'DELETE',
    path: '/event-endpoints/{id}',
    function: 'vendor',
    scope: 'webhooks:write',
    tagged: true,
    request: { params: endpointParams },
    answers: { 200: done('deleted') },
    problems: ['not-found'],
  },
  rotateEventSecret: {
    method: 'POST',
    path: '/event-endpoints/{id}/secret',
    function: 'vendor',
    scope: 'webhooks:write',
    request: { params: endpointParams },
    answers: { 201: eventEndpointWithSecret },
    problems: ['not-found'],
  },
  pingEventEndpoint: {
    method: 'POST',
    path: '/event-endpoints/{id}/ping',
    function: 'vendor',
    scope: 'webhooks:write',
    request: { params: endpointParams },
    answers: { 202: eventQueued },
    problems: ['not-found'],
  },
  retryWaitingEvents: {
    method: 'POST',
    path: '/event-endpoints/{id}/retry',
    function: 'vendor',
    scope: 'webhooks:write',
    request: { params: endpointParams },
    answers: { 202: eventsRetried },
    problems: ['not-found'],
  },
  listDeadLetters: {
    method: 'GET',
    path: '/event-endpoints/{id}/dead-letters',
    function: 'vendor',
    scope: 'webhooks:read',
    request: { params: endpointParams, query: z.strictObject(sortedPage) },
    answers: { 200: pageOf(deadLetter) },
    problems: ['not-found'],
  },
  replayDeadLetters: {
    method: 'POST',
    path: '/event-endpoints/{id}/dead-letters/replay',
    function: 'vendor',
    scope: 'webhooks:write',
    request: { params: endpointParams },
    answers: { 202: deadLettersQueued },
    problems: ['not-found'],
  },
  replayDeadLetter: {
    method: 'POST',
    path: '/event-endpoints/{id}/dead-letters/{event}/replay',
    function: 'vendor',
    scope: 'webhooks:write',
    request: { params: z.strictObject({ id: generatedId, event: eventId }) },
    answers: { 202: eventQueued },
    problems: ['not-found'],
  },
} as const satisfies Endpoints;
