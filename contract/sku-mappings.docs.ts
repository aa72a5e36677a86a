import type { DocsOf } from './docs.ts';
import type { SKU_MAPPINGS } from './sku-mappings.ts';

const SKU = { sku: 'CAD-PRO-2', items: [{ product: 'cad', quantity: 2 }] };

export const SKU_MAPPINGS_DOCS: DocsOf<keyof typeof SKU_MAPPINGS> = {
  putSkuMapping: {
    tag: 'products',
    summary: 'Map a SKU to products',
    description:
      'Defines what one unit of the SKU delivers from now on. Delivered orders do not change. Without items the SKU delivers nothing.',
    request: { example: { items: [{ product: 'cad', quantity: 2 }] } },
    answers: { 200: SKU, 201: SKU },
  },
  listSkuMappings: {
    tag: 'products',
    summary: 'List the SKU mappings',
    description: 'Sorted by SKU, each with the products that one unit delivers. With `sku`, a list of at most one.',
    answers: { 200: { items: [SKU] } },
  },
  getSkuMapping: {
    tag: 'products',
    summary: 'Read a SKU mapping',
    description: 'The products that the next sale of the SKU will deliver.',
    answers: { 200: SKU },
  },
  deleteSkuMapping: {
    tag: 'products',
    summary: 'Delete a SKU mapping',
    description: 'Delivered orders do not change.',
    answers: { 200: { status: 'deleted' } },
  },
};
