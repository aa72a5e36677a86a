import * as z from 'zod/mini';
import { MAX_ITEMS_OF_SKU, MAX_SKU_BYTES, MAX_SKU_CHARACTERS } from '../domain/limits.ts';
import type { Endpoints } from './endpoint.ts';
import { orderItem, page, text } from './inputs.ts';
import { done, pageOf } from './shapes/forms.ts';
import { skuMapping } from './shapes/order.ts';

/** A SKU as the shop spells it: any printable characters. */
const sku = text(MAX_SKU_CHARACTERS).check(
  z.refine(
    (one) => one.length > MAX_SKU_CHARACTERS || Buffer.byteLength(one) <= MAX_SKU_BYTES,
    `at most ${MAX_SKU_BYTES} bytes in UTF-8`,
  ),
);
const skuParams = z.strictObject({ sku });

/** SKU mappings: the products that one unit of a shop’s SKU delivers. */
export const SKU_MAPPINGS = {
  putSkuMapping: {
    method: 'PUT',
    path: '/sku-mappings/{sku}',
    function: 'vendor',
    scope: 'products:write',
    tagged: true,
    request: {
      params: skuParams,
      body: z.strictObject({ items: z.array(orderItem).check(z.maxLength(MAX_ITEMS_OF_SKU)) }),
    },
    answers: { 200: skuMapping, 201: skuMapping },
    problems: [],
  },
  listSkuMappings: {
    method: 'GET',
    path: '/sku-mappings',
    function: 'vendor',
    scope: 'products:read',
    request: { query: z.strictObject({ ...page, sku: z.optional(sku) }) },
    answers: { 200: pageOf(skuMapping) },
    problems: [],
  },
  getSkuMapping: {
    method: 'GET',
    path: '/sku-mappings/{sku}',
    function: 'vendor',
    scope: 'products:read',
    tagged: true,
    request: { params: skuParams },
    answers: { 200: skuMapping },
    problems: ['not-found'],
  },
  deleteSkuMapping: {
    method: 'DELETE',
    path: '/sku-mappings/{sku}',
    function: 'vendor',
    scope: 'products:write',
    tagged: true,
    request: { params: skuParams },
    answers: { 200: done('deleted') },
    problems: ['not-found'],
  },
} as const satisfies Endpoints;
