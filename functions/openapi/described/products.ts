import { CURSOR, PRODUCT } from '../example-bodies.ts';
import type { DocsOf } from './described.ts';

const SKU = { sku: 'CAD-PRO-2', items: [{ product: 'cad', quantity: 2 }] };

export const PRODUCTS_DESCRIBED: DocsOf<
  | 'putProduct'
  | 'listProducts'
  | 'getProduct'
  | 'putSkuMapping'
  | 'listSkuMappings'
  | 'getSkuMapping'
  | 'deleteSkuMapping'
> = {
  putProduct: {
    tag: 'products',
    summary: 'Register or change a product',
    description: 'What is left out is empty. Licenses that are sold already keep what they were sold with.',
    problems: [],
    request: { example: { name: 'Render', features: ['gpu'], requires: ['cad'] } },
    answers: { 200: PRODUCT, 201: PRODUCT },
  },
  listProducts: {
    tag: 'products',
    summary: 'List the products',
    description: 'By code.',
    problems: [],
    answers: { 200: { items: [PRODUCT], cursor: CURSOR } },
  },
  getProduct: {
    tag: 'products',
    summary: 'Read a product',
    description: 'As it would be sold now.',
    problems: ['not-found'],
    answers: { 200: PRODUCT },
  },
  putSkuMapping: {
    tag: 'products',
    summary: 'Say what one unit of a SKU delivers',
    description: 'From now on: what is sold already stays as it was delivered. Without items the SKU delivers nothing.',
    problems: [],
    request: { example: { items: [{ product: 'cad', quantity: 2 }] } },
    answers: { 200: SKU, 201: SKU },
  },
  listSkuMappings: {
    tag: 'products',
    summary: 'List the SKUs',
    description: 'With what one unit of each delivers, by SKU.',
    problems: [],
    answers: { 200: { items: [SKU] } },
  },
  getSkuMapping: {
    tag: 'products',
    summary: 'Read what a SKU delivers',
    description: 'As it would be delivered now.',
    problems: ['not-found'],
    answers: { 200: SKU },
  },
  deleteSkuMapping: {
    tag: 'products',
    summary: 'Forget a SKU',
    description: 'What is sold already stays.',
    problems: ['not-found'],
    answers: { 200: { status: 'deleted' } },
  },
};
