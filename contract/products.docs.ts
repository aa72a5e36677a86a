import type { DocsOf } from './docs.ts';
import { CURSOR, PRODUCT } from './examples.ts';
import type { PRODUCTS } from './products.ts';

export const PRODUCTS_DOCS: DocsOf<keyof typeof PRODUCTS> = {
  putProduct: {
    tag: 'products',
    summary: 'Register or change a product',
    description: 'What is left out is empty. Licenses that are sold already keep what they were sold with.',
    request: { example: { name: 'Render', features: ['gpu'], requires: ['cad'] } },
    answers: { 200: PRODUCT, 201: PRODUCT },
  },
  listProducts: {
    tag: 'products',
    summary: 'List the products',
    description: 'By code.',
    answers: { 200: { items: [PRODUCT], cursor: CURSOR } },
  },
  getProduct: {
    tag: 'products',
    summary: 'Read a product',
    description: 'As it would be sold now.',
    answers: { 200: PRODUCT },
  },
};
