import type { BULK_ORDERS } from '../../../contract/bulk-orders.ts';
import type { RequestOf } from '../../../contract/endpoint.ts';
import type { Author } from '../../../domain/history.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import { base32 } from '../../../domain/ticket-code.ts';
import type { Attempt } from '../../attempt.ts';
import type { Dependencies } from '../../dependencies.ts';
import { pageOfReport } from '../../store/bulk-license-item.ts';
import {
  type BulkOrder,
  getBulkOrder,
  hasEnded,
  pageOfBulkOrders,
  saveBulkOrder,
} from '../../store/bulk-order-item.ts';
import { getProduct } from '../../store/product-item.ts';
import { directionOf } from '../../store/queries.ts';
import { withContainerNames } from '../../use-cases/containers/container-names.ts';
import { startDeadline } from '../../use-cases/deadline.ts';
import { waitSeconds } from '../../use-cases/reprogramming/await-update.ts';
import { type Answer, answer, type OperationsOf } from '../http/answer.ts';
import { answerPage } from '../http/paging.ts';
import { refuse } from '../http/problem.ts';
import { bulkLicenseView, bulkOrderView } from '../views/bulk-order-view.ts';

const ID_BYTES = 16;
const ID_CHARACTERS = 25;
const POLL_MILLISECONDS = 100;

export const BULK_ORDER_OPERATIONS: OperationsOf<typeof BULK_ORDERS> = {
  /** Stores the bulk order. The table's stream starts it, so that a crash after the write loses nothing. */
  async createBulkOrder({ body, headers, attempt, caller }, dependencies) {
    const faults = await faultsOf(dependencies, body);
    if (faults.length > 0) return refuse({ code: 'invalid-request', errors: faults });
    const order = newBulkOrder(dependencies, body, attempt, caller?.author);
    // An earlier attempt with the same Idempotency-Key can have stored it already.
    await saveBulkOrder(dependencies, order, true);
    const { status, body: view } = await answerBulkOrder(dependencies, order.id, headers.prefer, 202);
    return answer(status, view, { location: `/bulk-orders/${order.id}` });
  },

  async listBulkOrders(request, dependencies) {
    const direction = directionOf(request.query.order);
    return answerPage(
      'listBulkOrders',
      request,
      (limit, cursor) => pageOfBulkOrders(dependencies, limit, cursor, direction),
      bulkOrderView,
    );
  },

  async getBulkOrder({ params: { id }, headers }, dependencies) {
    return answerBulkOrder(dependencies, id, headers.prefer, 200);
  },

  async listBulkOrderLicenses(request, dependencies) {
    const { id } = request.params;
    const order = await getBulkOrder(dependencies, id);
    if (order === undefined) return refuse(noSuchBulkOrder(id));
    return answerPage(
      'listBulkOrderLicenses',
      request,
      async (limit, cursor) => {
        const page = await pageOfReport(dependencies, order, request.query.outcome, limit, cursor);
        return withContainerNames(dependencies, { ...page, items: page.items.map(bulkLicenseView) });
      },
      (line) => line,
    );
  },

  async stopBulkOrder({ params: { id }, headers }, dependencies) {
    for (;;) {
      const order = await getBulkOrder(dependencies, id);
      if (order === undefined) return refuse(noSuchBulkOrder(id));
      const { stopAskedAt = dependencies.now().toISOString() } = order;
      // Each write makes the stream check the run, which can have failed before this request or after an earlier stop.
      if (hasEnded(order) || (await saveBulkOrder(dependencies, { ...order, stopAskedAt }, true))) {
        return answerBulkOrder(dependencies, id, headers.prefer, 202);
      }
    }
  },
};

type Body = RequestOf<(typeof BULK_ORDERS)['createBulkOrder']>['body'];

/** Faults of a request that the schema cannot find. */
async function faultsOf(dependencies: Dependencies, { action, query, replacement }: Body) {
  const faults: { path: string; message: string }[] = [];
  if (Object.keys(query).length === 0) faults.push({ path: 'query', message: 'name at least one condition' });
  if (replacement === undefined) return faults;
  if (action === 'withdraw') faults.push({ path: 'replacement', message: 'a withdrawal has no replacement' });
  const { product, terms, changes } = replacement;
  if (terms !== undefined && changes !== undefined) {
    faults.push({ path: 'replacement.changes', message: 'give terms or changes, not both' });
  }
  if (product !== undefined && (await getProduct(dependencies, product)) === undefined) {
    faults.push({ path: 'replacement.product', message: `there is no product ${product}` });
  }
  return faults;
}

function newBulkOrder(dependencies: Dependencies, body: Body, attempt: Attempt, author: Author | undefined): BulkOrder {
  return {
    ...(JSON.parse(JSON.stringify(body)) as Pick<BulkOrder, 'action' | 'query' | 'replacement' | 'reason'>),
    preview: body.preview === true,
    ...(author === undefined ? {} : { by: author }),
    id: base32(attempt.deriveBytes('bulk order', ID_BYTES), ID_CHARACTERS),
    status: 'selecting',
    selected: 0,
    states: {},
    outcomes: {},
    refusals: {},
    containers: 0,
    run: 0,
    createdAt: dependencies.now().toISOString(),
    revision: 0,
  };
}

/** Answers the bulk order now, or at its end if the caller waits for it. */
async function answerBulkOrder(
  dependencies: Dependencies,
  id: string,
  prefer: string | undefined,
  whileOpen: number,
): Promise<Answer> {
  const waiting = startDeadline(dependencies);
  const patience = (waitSeconds(prefer) ?? 0) * 1_000;
  for (;;) {
    const order = await getBulkOrder(dependencies, id);
    if (order === undefined) return refuse(noSuchBulkOrder(id));
    if (hasEnded(order) || waiting.elapsed() >= patience) {
      return answer(hasEnded(order) ? 200 : whileOpen, bulkOrderView(order));
    }
    await waiting.pause(POLL_MILLISECONDS);
  }
}

function noSuchBulkOrder(id: string): Refusal {
  return { code: 'not-found', explanation: `There is no bulk order ${id}.` };
}
