import type { DocsOf } from './docs.ts';
import type { SKU_MAPPINGS } from './sku-mappings.ts';

const SKU = { sku: 'CAD-PRO-2', items: [{ product: 'cad', quantity: 2 }] };

export const SKU_MAPPINGS_DOCS: DocsOf<keyof typeof SKU_MAPPINGS> = {
  putSkuMapping: {
    tag: 'products',
    summary: 'Say what one unit of a SKU delivers',
    description: 'From now on: what is sold already stays as it was delivered. Without items the SKU delivers nothing.',
    request: { example: { items: [{ product: 'cad', quantity: 2 }] } },
    answers: { 200: SKU, 201: SKU },
  },
  listSkuMappings: {
    tag: 'products',
    summary: 'List the SKUs',
    description: 'With what one unit of each delivers, by SKU.',
    answers: { 200: { items: [SKU] } },
  },
  getSkuMapping: {
    tag: 'products',
    summary: 'Read what a SKU delivers',
    description: 'As it would be delivered now.',
    answers: { 200: SKU },
  },
  deleteSkuMapping: {
    tag: 'products',
    summary: 'Forget a SKU',
    description: 'What is sold already stays.',
    answers: { 200: { status: 'deleted' } },
  },
};
