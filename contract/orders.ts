import * as z from 'zod/mini';
import type { Endpoints } from './endpoint.ts';
import { code, customerQuery, orderBody, orderId, page, revisionBody, sortedPage, text, ticketCode } from './inputs.ts';
import { pageOf } from './shapes/forms.ts';
import { historyEvent } from './shapes/history.ts';
import { customerSummary, order, orderSummary, revisedOrder, ticketOrder } from './shapes/order.ts';

/** Orders: the sales of the ERP, each with the ticket of its customer. */
export const ORDERS = {
  createOrder: {
    method: 'POST',
    path: '/orders',
    function: 'vendor',
    scope: 'orders:write',
    request: { body: orderBody },
    answers: { 200: order, 201: order },
    problems: ['order-exists'],
  },
  reviseOrder: {
    method: 'PUT',
    path: '/orders/{orderId}',
    function: 'vendor',
    scope: 'orders:write',
    request: { params: z.strictObject({ orderId }), body: revisionBody },
    answers: { 200: revisedOrder },
    problems: [
      'not-found',
      'precondition-failed',
      'precondition-required',
      'order-cancelled',
      'order-in-revision',
      'dependency-violation',
      'reprogramming-in-flight',
      'too-many-outstanding',
    ],
  },
  listOrders: {
    method: 'GET',
    path: '/orders',
    function: 'vendor',
    scope: 'orders:read',
    request: {
      query: z.strictObject({
        ...sortedPage,
        ...customerQuery,
        product: z.optional(code),
        orderId: z.optional(orderId),
      }),
    },
    answers: { 200: pageOf(orderSummary) },
    problems: [],
  },
  listCustomers: {
    method: 'GET',
    path: '/customers',
    function: 'vendor',
    scope: 'orders:read',
    request: { query: z.strictObject({ ...page, search: z.optional(text(256)) }) },
    answers: { 200: pageOf(customerSummary) },
    problems: [],
  },
  getOrder: {
    method: 'GET',
    path: '/orders/{orderId}',
    function: 'vendor',
    scope: 'orders:read',
    request: { params: z.strictObject({ orderId }) },
    answers: { 200: order },
    problems: ['not-found'],
  },
  getOrderHistory: {
    method: 'GET',
    path: '/orders/{orderId}/history',
    function: 'vendor',
    scope: 'orders:read',
    request: { params: z.strictObject({ orderId }), query: z.strictObject(sortedPage) },
    answers: { 200: pageOf(historyEvent) },
    problems: ['not-found'],
  },
  lookUpTicket: {
    method: 'GET',
    path: '/tickets/{code}',
    function: 'vendor',
    scope: 'orders:read',
    request: { params: z.strictObject({ code: ticketCode }) },
    answers: { 200: ticketOrder },
    problems: ['not-found'],
  },
} as const satisfies Endpoints;
