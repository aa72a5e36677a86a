import type { BULK_ORDERS } from './bulk-orders.ts';
import type { DocsOf } from './docs.ts';
import { CURSOR, GENERATED_ID, ORDER_ID, ORDERED_AT, RENDER, SERIAL, TICKET } from './examples.ts';

const SELECTING = {
  id: GENERATED_ID,
  action: 'withdraw',
  query: { product: 'render' },
  reason: 'The add-on is discontinued',
  preview: false,
  status: 'selecting',
  progress: { selected: 0, open: 0, withdrawn: 0, replaced: 0, pending: 0, refused: 0 },
  states: {},
  containers: 0,
  refusals: {},
  createdAt: ORDERED_AT,
} as const;

const DONE = {
  ...SELECTING,
  status: 'done',
  progress: { selected: 1_200, open: 0, withdrawn: 310, replaced: 0, pending: 889, refused: 1 },
  states: { available: 310, 'confirmed-collected': 890 },
  containers: 702,
  refusals: { 'dependency-violation': 1 },
  selectedAt: '2026-11-20T08:05:33.120Z',
  endedAt: '2026-11-20T08:06:10.904Z',
} as const;

const ID = { id: { description: 'The bulk order’s id.', example: GENERATED_ID } };

export const BULK_ORDERS_DOCS: DocsOf<keyof typeof BULK_ORDERS> = {
  createBulkOrder: {
    tag: 'licenses',
    summary: 'Withdraw or replace many licenses',
    description:
      'Applies the action to every license that meets all conditions of `query`; at least one condition is required. Its ' +
      '`customer` is a whole name, and never a piece of one. In a replacement, `terms` are all terms of the new licenses, ' +
      'and `changes` only those that differ: each license keeps its other terms. `crit` names the terms that a program must ' +
      'know. The bulk order runs in the background, and its report has the outcome of each license. With `preview` ' +
      'no license changes, and the report shows what the action would do.',
    requestHeaders: ['prefer'],
    request: { example: { action: 'withdraw', query: { product: 'render' }, reason: 'The add-on is discontinued' } },
    answers: { 200: DONE, 202: SELECTING },
    headers: { 200: ['location'], 202: ['location'] },
  },
  listBulkOrders: {
    tag: 'licenses',
    summary: 'List the bulk orders',
    description: 'Each with its progress, oldest first unless `order=newest`.',
    answers: { 200: { items: [DONE], cursor: CURSOR } },
  },
  getBulkOrder: {
    tag: 'licenses',
    summary: 'Read a bulk order',
    description: 'Its progress: the number of licenses per outcome.',
    requestHeaders: ['prefer'],
    parameters: ID,
    answers: { 200: DONE },
  },
  listBulkOrderLicenses: {
    tag: 'licenses',
    summary: 'Read a bulk order’s report',
    description: 'One line for each selected license: its outcome, and the reason if it was refused.',
    parameters: { ...ID, outcome: { description: 'Only licenses with this outcome.', example: 'refused' } },
    answers: {
      200: {
        items: [
          {
            license: RENDER,
            orderId: ORDER_ID,
            ticket: TICKET,
            product: 'render',
            state: 'confirmed-collected',
            container: SERIAL,
            outcome: 'pending',
          },
        ],
        cursor: CURSOR,
      },
    },
  },
  stopBulkOrder: {
    tag: 'licenses',
    summary: 'Stop a bulk order',
    description: 'Licenses that have an outcome keep it. The action is not applied to the others.',
    requestHeaders: ['prefer'],
    parameters: ID,
    answers: { 200: { ...DONE, status: 'stopped' }, 202: { ...SELECTING, stopAskedAt: ORDERED_AT } },
  },
};
