import type { DEPOT } from './depot.ts';
import type { DocsOf } from './docs.ts';
import { AUTO_UPDATE, CAD, CAD_LICENSE, CONTEXT, ISSUED, PLANNED, RENDER, SERIAL, TICKET } from './examples.ts';

const { orderId: _, ...ON_TICKET } = CAD_LICENSE;

export const DEPOT_DOCS: DocsOf<keyof typeof DEPOT> = {
  getTicket: {
    tag: 'depot',
    summary: 'Read a ticket',
    description:
      'Its licenses without those that are withdrawn or replaced, and without a replacement that is not yet on offer. ' +
      'The code is read in any spelling: case, dashes and spaces do not matter.',
    answers: { 200: { code: TICKET, licenses: [{ ...ON_TICKET, state: 'confirmed-collected' }] } },
  },
  createReprogramming: {
    tag: 'depot',
    summary: 'Have a container reprogrammed',
    description:
      'Brings the container’s context, and what the user wants activated and deactivated; pending actions of the vendor ' +
      'run in any case. The answer holds the whole chain of updates from the context on; with `more`, its first 5 MB, and the context ' +
      'that is made after them gets the rest. Manual actions that conflict ' +
      'are dropped together while the vendor’s run (`dropped` says why); with nothing pending the answer is ' +
      '`manual-conflict`, and nothing changes. Asking again is safe. With `preview` nothing is done.',
    requestHeaders: ['prefer'],
    request: {
      example: { context: CONTEXT, activate: [{ ticket: TICKET, license: CAD }], deactivate: [RENDER] },
    },
    answers: { 200: ISSUED, 202: PLANNED },
    headers: { 202: ['location', 'retry-after'] },
  },
  getReprogramming: {
    tag: 'depot',
    summary: 'Read a reprogramming',
    description:
      'How far it has come, and its updates from the request’s context on: with `more`, the first 5 MB of them.',
    requestHeaders: ['prefer'],
    answers: { 200: ISSUED },
  },
  createReceipt: {
    tag: 'depot',
    summary: 'Send a receipt',
    description:
      'A context that was made after an update is its receipt, and that of all updates before it. A receipt may come ' +
      'twice, or late.',
    request: { example: { context: CONTEXT } },
    answers: { 200: { status: 'confirmed', container: SERIAL, counter: 8 } },
  },
  findAutoUpdates: {
    tag: 'depot',
    summary: 'List what the vendor has pending for a container',
    description: 'The context is a receipt here, too.',
    request: { example: { context: CONTEXT } },
    answers: { 200: { items: [AUTO_UPDATE] } },
  },
};
