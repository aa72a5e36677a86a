import { refusalDocument } from '../../../contract/problems.ts';
import type { BulkExecution, BulkTaskResult } from '../../../contract/tasks.ts';
import { defined } from '../../../domain/defined.ts';
import { holderOf, licensePending } from '../../../domain/license.ts';
import { MAX_BULK_LICENSES } from '../../../domain/limits.ts';
import type { Dependencies } from '../../dependencies.ts';
import { type BulkLicense, putSelected } from '../../store/bulk-license-item.ts';
import { type BulkOrder, putBulkOrder } from '../../store/bulk-order-item.ts';
import { getOrders } from '../../store/order-item.ts';
import { commit, TRANSACTION_ITEMS } from '../../store/transactions.ts';
import { type FoundLicense, type LicenseQuery, pageOfLicenses } from '../licenses/page-of-licenses.ts';
import { increment } from './counts.ts';
import { continueTask, currentBulkOrder, endBulkOrder, isTimeUp, startRound } from './task-round.ts';

/** Licenses that one transaction selects, beside the bulk order. */
const CHUNK_LICENSES = TRANSACTION_ITEMS - 1;
/** Licenses that one round of the task selects. */
export const SELECT_LICENSES = 990;

/**
 * The first task: stores every license that matches the query. One transaction writes the licenses of a chunk and the cursor
 * behind them, so that each license is selected once. No action is applied before the selection is complete, so that a bulk
 * order never selects the replacements that it makes.
 */
export async function selectTask(dependencies: Dependencies, execution: BulkExecution): Promise<BulkTaskResult> {
  const round = startRound(dependencies);
  for (let selected = 0; selected < SELECT_LICENSES && !isTimeUp(round); ) {
    const order = await currentBulkOrder(dependencies, execution);
    if (order === undefined) return { ...execution, status: 'ended' };
    if (order.status !== 'selecting') return { ...execution, status: 'selected' };
    if (order.stopAskedAt !== undefined) {
      await commit(dependencies, [putBulkOrder(dependencies, endBulkOrder(dependencies, order, 'stopped'))]);
      continue;
    }
    const page = await pageOfLicenses(dependencies, selection(order), CHUNK_LICENSES, order.cursor);
    const found = await soldBefore(dependencies, page.items, order.createdAt);
    const { cursor: _, ...rest } = order;
    const counted: BulkOrder = {
      ...rest,
      selected: order.selected + found.length,
      states: found.reduce((states, { state }) => increment(states, state), order.states),
    };
    if (counted.selected > MAX_BULK_LICENSES) {
      await commit(dependencies, [
        putBulkOrder(dependencies, endBulkOrder(dependencies, { ...order, problem: tooMany() }, 'refused')),
      ]);
      continue;
    }
    const moved: BulkOrder =
      page.next === undefined
        ? { ...counted, status: 'ordering', selectedAt: dependencies.now().toISOString() }
        : { ...counted, cursor: page.next };
    const writes = found.map((each) => putSelected(dependencies, order, selectedLicense(each)));
    if ((await commit(dependencies, [...writes, putBulkOrder(dependencies, moved)])) === 'committed')
      selected += found.length;
  }
  return continueTask(dependencies, execution);
}

/** A whole name of the customer: a piece of it could select another customer's licenses. */
function selection({ query: { customer, ...query } }: BulkOrder): LicenseQuery {
  return customer === undefined ? query : { ...query, customers: [customer] };
}

/** Leaves out licenses that were sold after the bulk order was made. */
async function soldBefore(
  dependencies: Dependencies,
  found: readonly FoundLicense[],
  at: string,
): Promise<FoundLicense[]> {
  const orders = await getOrders(
    dependencies,
    found.map(({ license }) => license.orderId),
  );
  return found.filter(({ license }) => (orders.get(license.orderId)?.createdAt ?? '~') <= at);
}

function selectedLicense({ license, state }: FoundLicense): BulkLicense {
  const { id, orderId, ticket, product, standing } = license;
  const container = holderOf(standing) ?? licensePending(standing)?.container;
  return { license: id, orderId, ticket, product, state, ...defined({ container }), outcome: 'open' };
}

function tooMany(): { code: string; detail: string } {
  const most = MAX_BULK_LICENSES.toLocaleString('en');
  const message = `more than ${most} licenses match; nothing was ordered. Narrow it down`;
  const { code, detail } = refusalDocument({ code: 'invalid-request', errors: [{ path: 'query', message }] });
  return { code, detail };
}
