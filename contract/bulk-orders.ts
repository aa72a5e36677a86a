import * as z from 'zod/mini';
import type { Endpoints } from './endpoint.ts';
import { bulkQuery, code, crit, generatedId, page, reason, sortedPage, termsInput } from './inputs.ts';
import { bulkLicense, bulkOrder } from './shapes/bulk-order.ts';
import { pageOf } from './shapes/forms.ts';

const bulkParams = z.strictObject({ id: generatedId });

/** Bulk orders: one vendor action on every license that meets a query. */
export const BULK_ORDERS = {
  createBulkOrder: {
    method: 'POST',
    path: '/bulk-orders',
    function: 'vendor',
    scope: 'licenses:write',
    request: {
      body: z.strictObject({
        action: z.enum(['withdraw', 'replace']),
        query: z.strictObject(bulkQuery),
        replacement: z.optional(
          z.strictObject({
            product: z.optional(code),
            /** All terms of the new licenses. */
            terms: z.optional(termsInput),
            /** The terms that differ; each license keeps its other terms. */
            changes: z.optional(termsInput),
            /** Terms that a program must know to use the new licenses. */
            crit: z.optional(crit),
          }),
        ),
        reason: z.optional(reason),
        preview: z.optional(z.boolean()),
      }),
    },
    answers: { 200: bulkOrder, 202: bulkOrder },
    problems: [],
  },
  listBulkOrders: {
    method: 'GET',
    path: '/bulk-orders',
    function: 'vendor',
    scope: 'licenses:read',
    request: { query: z.strictObject(sortedPage) },
    answers: { 200: pageOf(bulkOrder) },
    problems: [],
  },
  getBulkOrder: {
    method: 'GET',
    path: '/bulk-orders/{id}',
    function: 'vendor',
    scope: 'licenses:read',
    request: { params: bulkParams },
    answers: { 200: bulkOrder },
    problems: ['not-found'],
  },
  listBulkOrderLicenses: {
    method: 'GET',
    path: '/bulk-orders/{id}/licenses',
    function: 'vendor',
    scope: 'licenses:read',
    request: {
      params: bulkParams,
      query: z.strictObject({
        ...page,
        outcome: z.optional(z.enum(['open', 'withdrawn', 'replaced', 'pending', 'refused'])),
      }),
    },
    answers: { 200: pageOf(bulkLicense) },
    problems: ['not-found'],
  },
  stopBulkOrder: {
    method: 'POST',
    path: '/bulk-orders/{id}/stop',
    function: 'vendor',
    scope: 'licenses:write',
    request: { params: bulkParams },
    answers: { 200: bulkOrder, 202: bulkOrder },
    problems: ['not-found'],
  },
} as const satisfies Endpoints;
