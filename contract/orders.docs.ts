import type { DocsOf } from './docs.ts';
import {
  CURSOR,
  HISTORY_EVENT,
  NEW_ORDER,
  ORDER,
  ORDER_ID,
  ORDER_SUMMARY,
  REVISED_ORDER,
  TICKET_ORDER,
} from './examples.ts';
import type { ORDERS } from './orders.ts';

export const ORDERS_DOCS: DocsOf<keyof typeof ORDERS> = {
  createOrder: {
    tag: 'orders',
    summary: 'Deliver an order',
    description:
      'Creates one ticket with one license per unit, in the order of the items. The same body again returns the same ticket ' +
      '(200), also after a revision; a different body with the same `orderId` is refused. An item whose `expiresAt` has passed is refused, unless ' +
      '`allowExpired` is true. If a webhook cancelled the order before, its licenses ' +
      'are withdrawn at once, and the ticket is empty.',
    request: {
      example: {
        orderId: ORDER_ID,
        customer: { company: 'ACME', number: 'K-4711' },
        items: [{ product: 'cad', terms: { maintenanceUntil: '2027-11-30T00:00:00Z' } }, { product: 'render' }],
      },
    },
    answers: { 200: ORDER, 201: NEW_ORDER },
    headers: { 200: ['location'], 201: ['location'] },
  },
  reviseOrder: {
    tag: 'orders',
    summary: 'Revise an order',
    description:
      'Takes the order’s whole new state, and changes its licenses so that they are what the body says. Pending actions of ' +
      'earlier revisions are undone first. Then a unit with the same product and terms is `kept`; the same product with other ' +
      'terms, then an upgrade of the product (`upgradeOf`), then the unit at the same position, is `replaced`; the rest of the ' +
      'old order is `withdrawn`, and the rest of the new one is `added` to the same ticket. All of it is accepted, or nothing: ' +
      'the refusal has a reason for each unit in `units`. `pending` means that the unit waits for its container. Without ' +
      '`customer`, the customer stays. `preview: true` answers the same and writes nothing. The event `order.settled` reports ' +
      'the last receipt.',
    requestHeaders: ['if-match'],
    request: {
      example: {
        customer: { company: 'ACME', number: 'K-4711' },
        items: [{ product: 'cad', terms: { maintenanceUntil: '2028-11-30T00:00:00Z' } }],
      },
    },
    answers: { 200: REVISED_ORDER },
    headers: { 200: ['etag'] },
  },
  listOrders: {
    tag: 'orders',
    summary: 'List orders',
    description: 'By the time of the sale, oldest first unless `order=newest`. Without the licenses.',
    answers: { 200: { items: [ORDER_SUMMARY], cursor: CURSOR } },
  },
  listCustomers: {
    tag: 'orders',
    summary: 'List the names of customers',
    description:
      'Every name that an order has had, sorted; a customer of several named texts is listed under each of them. Case and ' +
      'repeated spaces make no difference between names. A page can have fewer than `limit` items before the last page.',
    parameters: { search: { description: 'Only names that contain this text, in any case.', example: 'weber' } },
    answers: {
      200: {
        items: [
          {
            name: 'Weber GmbH',
            links: {
              orders: '/orders?customerName=Weber+GmbH',
              licenses: '/licenses?customerName=Weber+GmbH',
            },
          },
        ],
        cursor: CURSOR,
      },
    },
  },
  getOrder: {
    tag: 'orders',
    summary: 'Read an order',
    description:
      'With the licenses that are on its ticket today, and the number of licenses per state. The `ETag` is the `revision`, ' +
      'which `PUT` requires in `If-Match`; the state of the licenses does not change it.',
    answers: { 200: ORDER },
    headers: { 200: ['etag'] },
  },
  getOrderHistory: {
    tag: 'orders',
    summary: 'Read an order’s history',
    description: 'Oldest first unless `order=newest`. It always keeps the events of withdrawn and replaced licenses.',
    answers: { 200: { items: [HISTORY_EVENT], cursor: CURSOR } },
  },
  lookUpTicket: {
    tag: 'orders',
    summary: 'Find the order of a ticket',
    description: 'For support: a ticket code leads to the order, the licenses, their containers, and links to more.',
    answers: { 200: TICKET_ORDER },
  },
};
