import type { DocsOf } from './docs.ts';
import { CURSOR, PRODUCT } from './examples.ts';
import type { PRODUCTS } from './products.ts';

export const PRODUCTS_DOCS: DocsOf<keyof typeof PRODUCTS> = {
  putProduct: {
    tag: 'products',
    summary: 'Register or change a product',
    description:
      'An absent member is empty. Every required product must exist; a product cannot require itself. `leaseDays` and ' +
      '`features` are put into the terms of licenses that are sold without them. Licenses that were already sold do not change. ' +
      '`upgradeOf` names the product that this one is an upgrade of: a revised order that has this one instead of that one ' +
      'replaces the license.',
    request: {
      example: { name: 'Render', features: ['gpu'], requires: ['cad'], leaseDays: 30, upgradeOf: 'render-basic' },
    },
    answers: { 200: PRODUCT, 201: PRODUCT },
  },
  listProducts: {
    tag: 'products',
    summary: 'List the products',
    description: 'Sorted by code.',
    answers: { 200: { items: [PRODUCT], cursor: CURSOR } },
  },
  getProduct: {
    tag: 'products',
    summary: 'Read a product',
    description: 'The product as the next order will deliver it.',
    answers: { 200: PRODUCT },
  },
  deleteProduct: {
    tag: 'products',
    summary: 'Delete a product',
    description:
      'For a product that was put by mistake or is no longer used. Refused with `product-in-use` while a license of it is ' +
      'neither withdrawn nor replaced, another product requires it or is an upgrade of it, or a SKU delivers it. Histories do ' +
      'not change.',
    answers: { 200: { status: 'deleted' } },
  },
};
