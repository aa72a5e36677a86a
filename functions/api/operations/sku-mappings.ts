import type { SKU_MAPPINGS } from '../../../contract/sku-mappings.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { getProducts } from '../../store/product-item.ts';
import {
  getSkuMapping,
  pageOfSkuMappings,
  putSkuMappingItem,
  removeSkuMapping,
  type SkuMapping,
  skuMappingView,
} from '../../store/sku-mapping-item.ts';
import { commit } from '../../store/transactions.ts';
import { faultOfItem } from '../../use-cases/orders/deliver-order.ts';
import { answer, type OperationsOf } from '../http/answer.ts';
import { answerPage } from '../http/paging.ts';
import { answerChanged, answerTagged, refusePrecondition } from '../http/preconditions.ts';
import { refuse } from '../http/problem.ts';

export const SKU_MAPPING_OPERATIONS: OperationsOf<typeof SKU_MAPPINGS> = {
  async putSkuMapping({ params: { sku }, body, headers }, dependencies) {
    const products = await getProducts(
      dependencies,
      body.items.map(({ product }) => product),
    );
    const errors = body.items.flatMap((item, index) => faultOfItem(item, index, products.get(item.product)));
    if (errors.length > 0) return refuse({ code: 'invalid-request', errors });
    return retryOnConflict(dependencies, `SKU mapping ${sku}`, async () => {
      const known = await getSkuMapping(dependencies, sku);
      const refused = refusePrecondition(headers, known === undefined ? undefined : skuMappingView(known));
      if (refused !== undefined) return refused;
      const items = body.items.map((item) => ({ ...item, quantity: item.quantity ?? 1 })) as SkuMapping['items'];
      const mapping: SkuMapping = { sku, items, revision: known?.revision ?? 0 };
      if ((await commit(dependencies, [putSkuMappingItem(dependencies, mapping)])) === 'committed') {
        return answerChanged(known === undefined ? 201 : 200, skuMappingView(mapping));
      }
      return 'changed';
    });
  },

  async listSkuMappings(request, dependencies) {
    return answerPage(
      'listSkuMappings',
      request,
      async (limit, cursor) => {
        const { sku } = request.query;
        if (sku === undefined) return pageOfSkuMappings(dependencies, limit, cursor);
        const mapping = await getSkuMapping(dependencies, sku);
        return { items: mapping === undefined ? [] : [mapping] };
      },
      skuMappingView,
    );
  },

  async getSkuMapping({ params: { sku }, headers }, dependencies) {
    const mapping = await getSkuMapping(dependencies, sku);
    return mapping === undefined ? refuse(noSuchMapping(sku)) : answerTagged(headers, skuMappingView(mapping));
  },

  async deleteSkuMapping({ params: { sku }, headers }, dependencies) {
    return retryOnConflict(dependencies, `SKU mapping ${sku}`, async () => {
      const known = await getSkuMapping(dependencies, sku);
      if (known === undefined) return refuse(noSuchMapping(sku));
      const refused = refusePrecondition(headers, skuMappingView(known));
      if (refused !== undefined) return refused;
      if ((await commit(dependencies, [removeSkuMapping(dependencies, known)])) === 'committed') {
        return answer(200, { status: 'deleted' });
      }
      return 'changed';
    });
  },
};

function noSuchMapping(sku: string): Refusal {
  return { code: 'not-found', explanation: `There is no mapping of the SKU ${sku}.` };
}
