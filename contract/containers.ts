import * as z from 'zod/mini';
import { MAX_CONTAINER_NAME, MAX_CONTAINER_NOTE } from '../domain/limits.ts';
import type { Endpoints } from './endpoint.ts';
import { page, reason, serial, serialPrefix, sortedPage, span, text, time } from './inputs.ts';
import { autoUpdatesOfContainer, container, containerSummary, pendingInContainer } from './shapes/container.ts';
import { pageOf } from './shapes/forms.ts';
import { historyEvent } from './shapes/history.ts';
import { reprogramming, updateFile } from './shapes/reprogramming.ts';

const containerParams = z.strictObject({ serial });

const counter = z.pipe(
  z.string().check(z.regex(/^\d{1,10}$/, 'a counter: a whole number')),
  z.transform((digits: string) => Number(digits)),
);

const yesOrNo = z.pipe(
  z.enum(['true', 'false']),
  z.transform((choice: 'true' | 'false') => choice === 'true'),
);

/** Containers: the license containers on the customers’ machines. */
export const CONTAINERS = {
  listContainers: {
    method: 'GET',
    path: '/containers',
    function: 'vendor',
    scope: 'containers:read',
    request: {
      query: z.strictObject({
        ...sortedPage,
        serial: z.optional(serialPrefix),
        status: z.optional(z.enum(['active', 'retired'])),
        pending: z.optional(yesOrNo),
        outstanding: z.optional(yesOrNo),
        lastContactBefore: z.optional(time),
        lastContactAfter: z.optional(time),
        silentFor: z.optional(span),
      }),
    },
    answers: { 200: pageOf(containerSummary) },
    problems: [],
  },
  getContainer: {
    method: 'GET',
    path: '/containers/{serial}',
    function: 'vendor',
    scope: 'containers:read',
    request: { params: containerParams },
    answers: { 200: container },
    problems: ['not-found'],
  },
  updateContainer: {
    method: 'PATCH',
    path: '/containers/{serial}',
    function: 'vendor',
    scope: 'containers:write',
    request: {
      params: containerParams,
      body: z
        .strictObject({
          name: z.optional(z.nullable(text(MAX_CONTAINER_NAME))),
          note: z.optional(z.nullable(text(MAX_CONTAINER_NOTE))),
        })
        .check(
          z.refine(
            ({ name, note }) => name !== undefined || note !== undefined,
            'give a name or a note; null removes it',
          ),
        ),
    },
    answers: { 200: container },
    problems: ['not-found'],
  },
  getContainerHistory: {
    method: 'GET',
    path: '/containers/{serial}/history',
    function: 'vendor',
    scope: 'containers:read',
    request: { params: containerParams, query: z.strictObject(sortedPage) },
    answers: { 200: pageOf(historyEvent) },
    problems: ['not-found'],
  },
  getContainerAutoUpdates: {
    method: 'GET',
    path: '/containers/{serial}/auto-updates',
    function: 'vendor',
    scope: 'containers:read',
    request: { params: containerParams },
    answers: { 200: pendingInContainer },
    problems: ['not-found'],
  },
  listAutoUpdates: {
    method: 'GET',
    path: '/auto-updates',
    function: 'vendor',
    scope: 'containers:read',
    request: { query: z.strictObject(page) },
    answers: { 200: pageOf(autoUpdatesOfContainer) },
    problems: [],
  },
  pushReprogramming: {
    method: 'POST',
    path: '/containers/{serial}/reprogrammings',
    function: 'vendor',
    scope: 'containers:write',
    request: { params: containerParams },
    answers: { 200: reprogramming, 202: reprogramming },
    problems: ['not-found', 'container-retired', 'too-many-outstanding', 'reprogramming-in-flight', 'no-key-set'],
  },
  getUpdates: {
    method: 'GET',
    path: '/containers/{serial}/updates',
    function: 'vendor',
    scope: 'containers:read',
    request: { params: containerParams, query: z.strictObject({ from: z.optional(counter) }) },
    answers: { 200: updateFile },
    problems: ['not-found', 'container-retired'],
  },
  retireContainer: {
    method: 'POST',
    path: '/containers/{serial}/retirement',
    function: 'vendor',
    scope: 'containers:write',
    request: { params: containerParams, body: z.strictObject({ licenses: z.enum(['withdraw', 'restore']), reason }) },
    answers: { 200: container },
    problems: ['not-found', 'reprogramming-in-flight'],
  },
} as const satisfies Endpoints;
