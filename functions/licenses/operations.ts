import type { Refusal } from '../../domain/refusal.ts';
import { confirmedCounters } from '../containers/confirmed-counters.ts';
import { type Answer, answer, type Operations } from '../http/answer.ts';
import { answerPage } from '../http/paging.ts';
import { refuse } from '../http/problem.ts';
import type { Runtime } from '../ports.ts';
import { vendorLicense } from '../schemas/views.ts';
import { pageOfLicenseHistory } from '../table/history-items.ts';
import { findLicense, type StoredLicense } from '../table/license-item.ts';
import { assignLicense } from './assign.ts';
import { cancelOrder } from './cancel.ts';
import { lineageOf } from './license-history.ts';
import type { Ordered } from './order-on-license.ts';
import { pageOfLicenses } from './page-of-licenses.ts';
import { replaceLicense } from './replace.ts';
import { withdrawLicense } from './withdraw.ts';

type Name =
  | 'listLicenses'
  | 'getLicense'
  | 'getLicenseHistory'
  | 'withdrawLicense'
  | 'cancelWithdrawal'
  | 'replaceLicense'
  | 'cancelReplacement'
  | 'assignLicense'
  | 'cancelAssignment';

export const LICENSE_OPERATIONS: Operations<Name> = {
  /** What is on tickets today: final licenses are in no list (W1). */
  async listLicenses(request, runtime) {
    return answerPage(
      'listLicenses',
      request,
      (limit, cursor) => pageOfLicenses(runtime, request.query, limit, cursor),
      (view) => view,
    );
  },

  async getLicense({ params }, runtime) {
    const license = await findLicense(runtime, params.license);
    if (license === undefined) return refuse(noSuchLicense(params.license));
    return answer(200, await show(runtime, license));
  },

  /** What happened to the license, and to those that it has come from and has become. */
  async getLicenseHistory(request, runtime) {
    const { params } = request;
    const license = await findLicense(runtime, params.license);
    if (license === undefined) return refuse(noSuchLicense(params.license));
    const lineage = await lineageOf(runtime, license);
    const licenses = new Set([...lineage.predecessors, license.id, ...lineage.successors]);
    const told = await answerPage(
      'getLicenseHistory',
      request,
      (limit, cursor) => pageOfLicenseHistory(runtime, license.orderId, licenses, limit, cursor),
      (event) => event,
    );
    const { id, orderId, ticket } = license;
    return told.status === 200
      ? { ...told, body: { license: id, orderId, ticket, ...lineage, ...(told.body as object) } }
      : told;
  },

  async withdrawLicense({ params, body, run }, runtime) {
    return report(await withdrawLicense(runtime, params.license, body.reason, run));
  },

  async cancelWithdrawal({ params }, runtime) {
    return report(await cancelOrder(runtime, params.license, 'withdraw'));
  },

  async replaceLicense({ params, body, run }, runtime) {
    const ordered = await replaceLicense(runtime, params.license, body as Parameters<typeof replaceLicense>[2], run);
    if (ordered.kind === 'refused') return refuse(ordered.refusal);
    const { result } = ordered;
    return answer(result.status === 'pending' ? 202 : 200, { ...result, license: await show(runtime, result.license) });
  },

  async cancelReplacement({ params }, runtime) {
    return report(await cancelOrder(runtime, params.license, 'replace'));
  },

  async assignLicense({ params, body }, runtime) {
    return report(await assignLicense(runtime, params.serial, params.license, body.reason));
  },

  async cancelAssignment({ params }, runtime) {
    return report(await cancelOrder(runtime, params.license, 'assign', params.serial));
  },
};

function noSuchLicense(id: string): Refusal {
  return { code: 'not-found', explanation: `There is no license ${id}.` };
}

function report(ordered: Ordered<{ readonly status: string }>): Answer {
  if (ordered.kind === 'refused') return refuse(ordered.refusal);
  return answer(ordered.result.status === 'pending' ? 202 : 200, ordered.result);
}

async function show(runtime: Runtime, license: StoredLicense): Promise<unknown> {
  return vendorLicense(license, await confirmedCounters(runtime, [license]));
}
