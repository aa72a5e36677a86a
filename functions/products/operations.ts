import type { Operations } from '../http/answer.ts';
import { answerPage } from '../http/paging.ts';
import { answerChanged, answerTagged, refusePrecondition } from '../http/preconditions.ts';
import { refuse } from '../http/problem.ts';
import { attempts } from '../table/attempts.ts';
import { commit } from '../table/commit.ts';
import { getProduct, pageOfProducts, productView, putProductItem, type StoredProduct } from './product-item.ts';

export const PRODUCT_OPERATIONS: Operations<'putProduct' | 'listProducts' | 'getProduct'> = {
  /** Registers a product or changes it. Licenses that are sold already keep what they were sold with. */
  async putProduct({ params: { code }, body, headers }, runtime) {
    const errors: { path: string; message: string }[] = [];
    if (body.code !== undefined && body.code !== code)
      errors.push({ path: 'code', message: `differs from the path, ${code}` });
    if (body.requires?.includes(code)) errors.push({ path: 'requires', message: 'a product cannot require itself' });
    if (errors.length > 0) return refuse({ code: 'invalid-request', errors });
    for await (const _ of attempts(runtime)) {
      const known = await getProduct(runtime, code);
      const refused = refusePrecondition(headers, known === undefined ? undefined : productView(known));
      if (refused !== undefined) return refused;
      const product: StoredProduct = {
        code,
        name: body.name ?? code,
        features: body.features ?? [],
        requires: [...new Set(body.requires ?? [])],
        revision: known?.revision ?? 0,
      };
      if ((await commit(runtime, [putProductItem(runtime, product)])) === 'committed') {
        return answerChanged(known === undefined ? 201 : 200, productView(product));
      }
    }
    throw new Error(`The product ${code} keeps changing`);
  },

  async listProducts(request, runtime) {
    return answerPage('listProducts', request, (limit, cursor) => pageOfProducts(runtime, limit, cursor), productView);
  },

  async getProduct({ params: { code }, headers }, runtime) {
    const product = await getProduct(runtime, code);
    if (product === undefined) return refuse({ code: 'not-found', explanation: `There is no product ${code}.` });
    return answerTagged(headers, productView(product));
  },
};
