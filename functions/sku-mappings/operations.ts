import type { Refusal } from '../../domain/refusal.ts';
import { answer, type Operations } from '../http/answer.ts';
import { answerPage } from '../http/paging.ts';
import { answerChanged, answerTagged, refusePrecondition } from '../http/preconditions.ts';
import { refuse } from '../http/problem.ts';
import { faultOfItem } from '../orders/deliver-order.ts';
import { getProducts } from '../products/product-item.ts';
import { attempts } from '../table/attempts.ts';
import { commit } from '../table/commit.ts';
import {
  getSkuMapping,
  pageOfSkuMappings,
  putSkuMappingItem,
  removeSkuMapping,
  type SkuMapping,
  skuMappingView,
} from './sku-mapping-item.ts';

type Name = 'putSkuMapping' | 'listSkuMappings' | 'getSkuMapping' | 'deleteSkuMapping';

export const SKU_MAPPING_OPERATIONS: Operations<Name> = {
  /** Says what one unit of a SKU delivers from now on. What is sold already stays as it was delivered. */
  async putSkuMapping({ params: { sku }, body, headers }, runtime) {
    const products = await getProducts(
      runtime,
      body.items.map(({ product }) => product),
    );
    const errors = body.items.flatMap((item, index) => faultOfItem(item, index, products.get(item.product)));
    if (errors.length > 0) return refuse({ code: 'invalid-request', errors });
    for await (const _ of attempts(runtime)) {
      const known = await getSkuMapping(runtime, sku);
      const refused = refusePrecondition(headers, known === undefined ? undefined : skuMappingView(known));
      if (refused !== undefined) return refused;
      const items = body.items.map((item) => ({ ...item, quantity: item.quantity ?? 1 })) as SkuMapping['items'];
      const mapping: SkuMapping = { sku, items, revision: known?.revision ?? 0 };
      if ((await commit(runtime, [putSkuMappingItem(runtime, mapping)])) === 'committed') {
        return answerChanged(known === undefined ? 201 : 200, skuMappingView(mapping));
      }
    }
    throw new Error(`The mapping of the SKU ${sku} keeps changing`);
  },

  async listSkuMappings(request, runtime) {
    return answerPage(
      'listSkuMappings',
      request,
      (limit, cursor) => pageOfSkuMappings(runtime, limit, cursor),
      skuMappingView,
    );
  },

  async getSkuMapping({ params: { sku }, headers }, runtime) {
    const mapping = await getSkuMapping(runtime, sku);
    return mapping === undefined ? refuse(noSuchMapping(sku)) : answerTagged(headers, skuMappingView(mapping));
  },

  async deleteSkuMapping({ params: { sku }, headers }, runtime) {
    for await (const _ of attempts(runtime)) {
      const known = await getSkuMapping(runtime, sku);
      if (known === undefined) return refuse(noSuchMapping(sku));
      const refused = refusePrecondition(headers, skuMappingView(known));
      if (refused !== undefined) return refused;
      if ((await commit(runtime, [removeSkuMapping(runtime, known)])) === 'committed') {
        return answer(200, { status: 'deleted' });
      }
    }
    throw new Error(`The mapping of the SKU ${sku} keeps changing`);
  },
};

function noSuchMapping(sku: string): Refusal {
  return { code: 'not-found', explanation: `There is no mapping of the SKU ${sku}.` };
}
