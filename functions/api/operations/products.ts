import type { PRODUCTS } from '../../../contract/products.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import {
  getProduct,
  pageOfProducts,
  productView,
  putProductItem,
  type StoredProduct,
} from '../../store/product-item.ts';
import { commit } from '../../store/transactions.ts';
import type { OperationsOf } from '../http/answer.ts';
import { answerPage } from '../http/paging.ts';
import { answerChanged, answerTagged, refusePrecondition } from '../http/preconditions.ts';
import { refuse } from '../http/problem.ts';

export const PRODUCT_OPERATIONS: OperationsOf<typeof PRODUCTS> = {
  async putProduct({ params: { code }, body, headers }, dependencies) {
    const errors: { path: string; message: string }[] = [];
    if (body.code !== undefined && body.code !== code)
      errors.push({ path: 'code', message: `must be the code of the path, ${code}` });
    if (body.requires?.includes(code)) errors.push({ path: 'requires', message: 'a product cannot require itself' });
    if (errors.length > 0) return refuse({ code: 'invalid-request', errors });
    return retryOnConflict(dependencies, `product ${code}`, async () => {
      const known = await getProduct(dependencies, code);
      const refused = refusePrecondition(headers, known === undefined ? undefined : productView(known));
      if (refused !== undefined) return refused;
      const product: StoredProduct = {
        code,
        name: body.name,
        features: body.features ?? [],
        requires: [...new Set(body.requires ?? [])],
        revision: known?.revision ?? 0,
      };
      if ((await commit(dependencies, [putProductItem(dependencies, product)])) === 'committed') {
        return answerChanged(known === undefined ? 201 : 200, productView(product));
      }
      return 'changed';
    });
  },

  async listProducts(request, dependencies) {
    return answerPage(
      'listProducts',
      request,
      (limit, cursor) => pageOfProducts(dependencies, limit, cursor),
      productView,
    );
  },

  async getProduct({ params: { code }, headers }, dependencies) {
    const product = await getProduct(dependencies, code);
    if (product === undefined) return refuse({ code: 'not-found', explanation: `There is no product ${code}.` });
    return answerTagged(headers, productView(product));
  },
};
