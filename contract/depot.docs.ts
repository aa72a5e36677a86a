import type { DEPOT } from './depot.ts';
import type { DocsOf } from './docs.ts';
import { AUTO_UPDATE, CAD, CAD_LICENSE, CONTEXT, ISSUED, PLANNED, RENDER, SERIAL, TICKET } from './examples.ts';

const { orderId: _, ...ON_TICKET } = CAD_LICENSE;

export const DEPOT_DOCS: DocsOf<keyof typeof DEPOT> = {
  getTicket: {
    tag: 'depot',
    summary: 'Read a ticket',
    description:
      'Its licenses, without withdrawn and replaced ones and without a replacement that is not yet on offer. Case, dashes ' +
      'and spaces of the code do not matter.',
    answers: { 200: { code: TICKET, licenses: [{ ...ON_TICKET, state: 'confirmed-collected' }] } },
  },
  createReprogramming: {
    tag: 'depot',
    summary: 'Reprogram a container',
    description:
      'Send the container’s context, and the licenses to activate and deactivate. Pending vendor actions run in any case. ' +
      'The answer has the chain of updates that follows the context. With `more` it has the first 5 MB of the chain; send ' +
      'the next context to get the rest. If manual actions conflict, all of them are dropped and the vendor actions run ' +
      '(`dropped` has the reasons); if no vendor action is pending, the answer is `manual-conflict`, and nothing changes. ' +
      'Repeating the request is safe. With `preview` nothing changes. If the container needs nothing, the answer can have a ' +
      '`lease`: the proof that it was at its place. With `late`, the server has seen a newer context of this container, and ' +
      'the next one must be later than that time.',
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
      'Its progress, and the updates that follow the context of its request; with `more`, the first 5 MB of them.',
    requestHeaders: ['prefer'],
    answers: { 200: ISSUED },
  },
  createReceipt: {
    tag: 'depot',
    summary: 'Send a receipt',
    description:
      'A context that the container creates after it applied an update is the receipt of that update and of all updates ' +
      'before it. You can send a receipt twice, or late. The answer can have a `lease` and `late`, as that of a reprogramming.',
    request: { example: { context: CONTEXT } },
    answers: { 200: { status: 'confirmed', container: SERIAL, counter: 8 } },
  },
  findAutoUpdates: {
    tag: 'depot',
    summary: 'List the vendor’s pending actions for a container',
    description: 'The context is also a receipt.',
    request: { example: { context: CONTEXT } },
    answers: { 200: { items: [AUTO_UPDATE] } },
  },
};
