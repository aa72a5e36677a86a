import * as z from 'zod/mini';
import { MAX_MANUAL_ACTIONS, MAX_NAMED_LICENSE_BYTES } from '../domain/limits.ts';
import type { Endpoints } from './endpoint.ts';
import { licenseId, ticketCode, typedTicketCode } from './inputs.ts';
import { autoUpdatesOfContext } from './shapes/container.ts';
import { ticket } from './shapes/license.ts';
import { receipt, reprogramming } from './shapes/reprogramming.ts';

const context = z.string().check(z.minLength(1), z.maxLength(8_192));

/** Any string: an unknown license is a conflict with a reason (Q6). Its bytes are limited as JSON, because it is returned. */
const namedLicense = licenseId.check(
  z.refine(
    (id) => Buffer.byteLength(JSON.stringify(id)) - 2 <= MAX_NAMED_LICENSE_BYTES,
    `at most ${MAX_NAMED_LICENSE_BYTES} bytes`,
  ),
);

const OF_A_CONTEXT = [
  'invalid-context',
  'unsupported-version',
  'container-retired',
  'container-diverged',
  'no-key-set',
] as const;

const OF_A_REPROGRAMMING = ['manual-conflict', 'too-many-outstanding'] as const;

/** The depot, for users: the ticket code and the container’s signature are the proof. */
export const DEPOT = {
  getTicket: {
    method: 'GET',
    path: '/depot/tickets/{code}',
    function: 'depot',
    request: { params: z.strictObject({ code: ticketCode }) },
    answers: { 200: ticket },
    problems: ['not-found'],
  },
  createReprogramming: {
    method: 'POST',
    path: '/depot/reprogrammings',
    function: 'depot',
    request: {
      body: z.strictObject({
        context,
        activate: z.optional(
          z
            .array(z.strictObject({ ticket: typedTicketCode, license: namedLicense }))
            .check(z.maxLength(MAX_MANUAL_ACTIONS)),
        ),
        deactivate: z.optional(z.array(namedLicense).check(z.maxLength(MAX_MANUAL_ACTIONS))),
        preview: z.optional(z.boolean()),
      }),
    },
    answers: { 200: reprogramming, 202: reprogramming },
    problems: [...OF_A_CONTEXT, ...OF_A_REPROGRAMMING, 'reprogramming-in-flight'],
  },
  getReprogramming: {
    method: 'GET',
    path: '/depot/reprogrammings/{id}',
    function: 'depot',
    request: { params: z.strictObject({ id: z.string().check(z.maxLength(100)) }) },
    answers: { 200: reprogramming },
    problems: ['not-found', 'container-retired', ...OF_A_REPROGRAMMING],
  },
  createReceipt: {
    method: 'POST',
    path: '/depot/receipts',
    function: 'depot',
    request: { body: z.strictObject({ context }) },
    answers: { 200: receipt },
    problems: OF_A_CONTEXT,
  },
  findAutoUpdates: {
    method: 'POST',
    path: '/depot/auto-updates',
    function: 'depot',
    request: { body: z.strictObject({ context }) },
    answers: { 200: autoUpdatesOfContext },
    problems: OF_A_CONTEXT,
  },
} as const satisfies Endpoints;
