import type { DocsOf } from './docs.ts';
import { CURSOR, HISTORY_EVENT, NEW_ORDER, ORDER, ORDER_ID, ORDER_SUMMARY, TICKET_ORDER } from './examples.ts';
import type { ORDERS } from './orders.ts';

export const ORDERS_DOCS: DocsOf<keyof typeof ORDERS> = {
  createOrder: {
    tag: 'orders',
    summary: 'Deliver an order',
    description:
      'Makes one ticket with one license per unit, in the order of the items. The same body again answers 200 with the ' +
      'same ticket; another body under the same `orderId` is refused. An order whose cancellation came first, by webhook, ' +
      'is withdrawn at once: its ticket is empty.',
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
  listOrders: {
    tag: 'orders',
    summary: 'List orders',
    description: 'Oldest first; those of a customer or with a product by order id. Without their licenses.',
    answers: { 200: { items: [ORDER_SUMMARY], cursor: CURSOR } },
  },
  getOrder: {
    tag: 'orders',
    summary: 'Read an order',
    description: 'With the licenses that are on its ticket today, and how many there are of each state.',
    answers: { 200: ORDER },
  },
  getOrderHistory: {
    tag: 'orders',
    summary: 'Read an order’s history',
    description: 'Oldest first. Withdrawn and replaced licenses are in it for ever.',
    answers: { 200: { items: [HISTORY_EVENT], cursor: CURSOR } },
  },
  lookUpTicket: {
    tag: 'orders',
    summary: 'Find out what is behind a ticket',
    description: 'For support, with a customer’s ticket code on the phone: the order, the licenses, where to read on.',
    answers: { 200: TICKET_ORDER },
  },
};
