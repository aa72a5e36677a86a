import * as z from 'zod/mini';
import { MAX_EXPIRY_NOTICE_DAYS, MAX_EXPIRY_NOTICES, MAX_REQUIRES } from '../domain/limits.ts';
import type { Endpoints } from './endpoint.ts';
import { code, feature, leaseDays, page, text } from './inputs.ts';
import { done, pageOf } from './shapes/forms.ts';
import { product } from './shapes/product.ts';

const features = z.array(feature).check(z.maxLength(100));

const requires = z.array(code).check(z.maxLength(MAX_REQUIRES));

/** Days before the end of a license at which it is reported (N3); an empty list reports none. */
const expiryNotices = z
  .array(z.int().check(z.minimum(1), z.maximum(MAX_EXPIRY_NOTICE_DAYS)))
  .check(z.maxLength(MAX_EXPIRY_NOTICES));

/** Products that the vendor sells. */
export const PRODUCTS = {
  putProduct: {
    method: 'PUT',
    path: '/products/{code}',
    function: 'vendor',
    scope: 'products:write',
    tagged: true,
    request: {
      params: z.strictObject({ code }),
      body: z.strictObject({
        code: z.optional(code),
        name: text(200),
        features: z.optional(features),
        requires: z.optional(requires),
        leaseDays: z.optional(leaseDays),
        /** The product that this one takes the place of when an order is revised (O1). */
        upgradeOf: z.optional(code),
        expiryNotices: z.optional(expiryNotices),
      }),
    },
    answers: { 200: product, 201: product },
    problems: [],
  },
  listProducts: {
    method: 'GET',
    path: '/products',
    function: 'vendor',
    scope: 'products:read',
    request: { query: z.strictObject(page) },
    answers: { 200: pageOf(product) },
    problems: [],
  },
  getProduct: {
    method: 'GET',
    path: '/products/{code}',
    function: 'vendor',
    scope: 'products:read',
    tagged: true,
    request: { params: z.strictObject({ code }) },
    answers: { 200: product },
    problems: ['not-found'],
  },
  deleteProduct: {
    method: 'DELETE',
    path: '/products/{code}',
    function: 'vendor',
    scope: 'products:write',
    tagged: true,
    request: { params: z.strictObject({ code }) },
    answers: { 200: done('deleted') },
    problems: ['not-found', 'product-in-use'],
  },
} as const satisfies Endpoints;
