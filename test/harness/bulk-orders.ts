/** Bulk orders over HTTP. */
import type { AnswerOf } from '../../contract/endpoints.ts';
import type { Client } from './client.ts';
import { ok, readAll } from './world.ts';

export type BulkOrderBody = AnswerOf<'getBulkOrder'>;
export type ReportLine = AnswerOf<'listBulkOrderLicenses'>['items'][number];

const ENDS: ReadonlySet<string> = new Set(['done', 'stopped', 'refused']);
const MOST_WAITS = 60;

export function bulkOrders(vendor: Client) {
  const end = async (id: string): Promise<BulkOrderBody> => {
    for (let wait = 0; wait < MOST_WAITS; wait++) {
      const headers = { prefer: 'wait=10' };
      const order = ok(await vendor<BulkOrderBody>('GET', `/bulk-orders/${id}`, { headers }), 200);
      if (ENDS.has(order.status)) return order;
    }
    throw new Error(`The bulk order ${id} does not end`);
  };
  return {
    /** Waits until the bulk order has ended. */
    end,
    async run(body: object): Promise<BulkOrderBody> {
      const headers = { prefer: 'wait=10' };
      return end(ok(await vendor<BulkOrderBody>('POST', '/bulk-orders', { body, headers })).id);
    },
    /** Every line, or those with one outcome. */
    report: (id: string, outcome?: string, limit?: number) =>
      readAll<ReportLine>(vendor, `/bulk-orders/${id}/licenses`, limit, outcome === undefined ? {} : { outcome }),
    list: () => readAll<BulkOrderBody>(vendor, '/bulk-orders'),
  };
}
