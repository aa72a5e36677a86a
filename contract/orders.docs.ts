import type { DocsOf } from './docs.ts';
import { CURSOR, HISTORY_EVENT, NEW_ORDER, ORDER, ORDER_ID, ORDER_SUMMARY, TICKET_ORDER } from './examples.ts';
import type { ORDERS } from './orders.ts';

export const ORDERS_DOCS: DocsOf<keyof typeof ORDERS> = {
  createOrder: {
    tag: 'orders',
    summary: 'Deliver an order',
    description:
      'Creates one ticket with one license per unit, in the order of the items. The same body again returns the same ticket ' +
      '(200); a different body with the same `orderId` is refused. If a webhook cancelled the order before, its licenses ' +
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
  listOrders: {
    tag: 'orders',
    summary: 'List orders',
    description: 'Oldest first, or by order id if you give a customer or a product. Without the licenses.',
    answers: { 200: { items: [ORDER_SUMMARY], cursor: CURSOR } },
  },
  getOrder: {
    tag: 'orders',
    summary: 'Read an order',
    description: 'With the licenses that are on its ticket today, and the number of licenses per state.',
    answers: { 200: ORDER },
  },
  getOrderHistory: {
    tag: 'orders',
    summary: 'Read an order’s history',
    description: 'Oldest first. It always keeps the events of withdrawn and replaced licenses.',
    answers: { 200: { items: [HISTORY_EVENT], cursor: CURSOR } },
  },
  lookUpTicket: {
    tag: 'orders',
    summary: 'Find the order of a ticket',
    description: 'For support: a ticket code leads to the order, the licenses, their containers, and links to more.',
    answers: { 200: TICKET_ORDER },
  },
};
