import type { PRODUCTS } from '../../../contract/products.ts';
import { defined } from '../../../domain/defined.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import {
  getProduct,
  getProducts,
  pageOfProducts,
  productView,
  putProductItem,
  removeProduct,
  type StoredProduct,
} from '../../store/product-item.ts';
import { commit } from '../../store/transactions.ts';
import { usesOfProduct } from '../../use-cases/products/product-uses.ts';
import { answer, type OperationsOf } from '../http/answer.ts';
import { answerPage } from '../http/paging.ts';
import { answerChanged, answerTagged, refusePrecondition } from '../http/preconditions.ts';
import { refuse } from '../http/problem.ts';

export const PRODUCT_OPERATIONS: OperationsOf<typeof PRODUCTS> = {
  async putProduct({ params: { code }, body, headers }, dependencies) {
    const errors: { path: string; message: string }[] = [];
    if (body.code !== undefined && body.code !== code)
      errors.push({ path: 'code', message: `must be the code of the path, ${code}` });
    const requires = [...new Set(body.requires ?? [])];
    if (requires.includes(code)) errors.push({ path: 'requires', message: 'a product cannot require itself' });
    const { upgradeOf } = body;
    if (upgradeOf === code) errors.push({ path: 'upgradeOf', message: 'a product cannot be an upgrade of itself' });
    return retryOnConflict(dependencies, `product ${code}`, async () => {
      const known = await getProduct(dependencies, code);
      const named = await getProducts(dependencies, [
        ...new Set([...requires, ...(upgradeOf === undefined ? [] : [upgradeOf])]),
      ]);
      const faultOf = (path: string) => (one: string) =>
        one === code || named.has(one) ? [] : [{ path, message: `there is no product ${one}` }];
      const unknown = [
        ...requires.flatMap(faultOf('requires')),
        ...(upgradeOf === undefined ? [] : faultOf('upgradeOf')(upgradeOf)),
      ];
      if (errors.length + unknown.length > 0) {
        return refuse({ code: 'invalid-request', errors: [...errors, ...unknown] });
      }
      const refused = refusePrecondition(headers, known === undefined ? undefined : productView(known));
      if (refused !== undefined) return refused;
      const product: StoredProduct = {
        code,
        name: body.name,
        features: body.features ?? [],
        requires,
        ...defined({ leaseDays: body.leaseDays, upgradeOf, expiryNotices: body.expiryNotices }),
        revision: known?.revision ?? 0,
      };
      // The next revision of each newly named product refuses a deletion that has not seen this use.
      const before = new Set([...(known?.requires ?? []), known?.upgradeOf]);
      const added = [...named.values()].filter((one) => one.code !== code && !before.has(one.code));
      const writes = [product, ...added].map((one) => putProductItem(dependencies, one));
      if ((await commit(dependencies, writes)) === 'committed') {
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
    if (product === undefined) return refuse(noSuchProduct(code));
    return answerTagged(headers, productView(product));
  },

  async deleteProduct({ params: { code }, headers }, dependencies) {
    return retryOnConflict(dependencies, `product ${code}`, async () => {
      const known = await getProduct(dependencies, code);
      if (known === undefined) return refuse(noSuchProduct(code));
      const refused = refusePrecondition(headers, productView(known));
      if (refused !== undefined) return refused;
      const uses = await usesOfProduct(dependencies, code);
      if (uses !== undefined) return refuse({ code: 'product-in-use', product: code, ...uses });
      const done = await commit(dependencies, [removeProduct(dependencies, known)]);
      return done === 'committed' ? answer(200, { status: 'deleted' }) : 'changed';
    });
  },
};

function noSuchProduct(code: string): Refusal {
  return { code: 'not-found', explanation: `There is no product ${code}.` };
}
