import type { LICENSES } from '../../../contract/licenses.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import type { Dependencies } from '../../dependencies.ts';
import { pageOfLicenseHistory } from '../../store/history-items.ts';
import { findLicense, type StoredLicense } from '../../store/license-item.ts';
import { directionOf } from '../../store/queries.ts';
import { withContainerNames } from '../../use-cases/containers/container-names.ts';
import { assignLicense } from '../../use-cases/licenses/assign.ts';
import { cancelVendorAction } from '../../use-cases/licenses/cancel.ts';
import { evidenceOf } from '../../use-cases/licenses/evidence.ts';
import { lineageOf } from '../../use-cases/licenses/license-history.ts';
import { loadContainersOf } from '../../use-cases/licenses/license-states.ts';
import { pageOfLicenses } from '../../use-cases/licenses/page-of-licenses.ts';
import { renewLicense } from '../../use-cases/licenses/renew.ts';
import { type ReplacementRequest, replaceLicense } from '../../use-cases/licenses/replace.ts';
import type { VendorActionResult } from '../../use-cases/licenses/vendor-action.ts';
import { withdrawLicense } from '../../use-cases/licenses/withdraw.ts';
import { findCustomers } from '../../use-cases/orders/find-customers.ts';
import { type Answer, answer, type OperationsOf } from '../http/answer.ts';
import { vendorOf } from '../http/caller.ts';
import { answerPage } from '../http/paging.ts';
import { problem, refuse } from '../http/problem.ts';
import { type LicenseView, vendorLicense } from '../views/license-view.ts';

export const LICENSE_OPERATIONS: OperationsOf<typeof LICENSES> = {
  /** The licenses on tickets: no list shows final licenses, unless the query asks for a final state (W1). */
  async listLicenses(request, dependencies) {
    const found = await findCustomers(dependencies, request.query);
    if (found.kind === 'refused') return refuse(found.refusal);
    const { customer: _, customerName: __, order, ...conditions } = request.query;
    const query = { ...conditions, customers: found.names };
    return answerPage(
      'listLicenses',
      request,
      (limit, cursor) => pageOfLicenses(dependencies, query, limit, cursor, directionOf(order)),
      ({ license, state, head }) => vendorLicense(license, state, head),
    );
  },

  async getLicense({ params }, dependencies) {
    const license = await findLicense(dependencies, params.license);
    if (license === undefined) return refuse(noSuchLicense(params.license));
    return answer(200, await viewOf(dependencies, license));
  },

  /** The events of the license, its predecessors and its successors. */
  async getLicenseHistory(request, dependencies) {
    const { params } = request;
    const license = await findLicense(dependencies, params.license);
    if (license === undefined) return refuse(noSuchLicense(params.license));
    const lineage = await lineageOf(dependencies, license);
    const licenses = new Set([...lineage.predecessors, license.id, ...lineage.successors]);
    const direction = directionOf(request.query.order);
    const response = await answerPage(
      'getLicenseHistory',
      request,
      async (limit, cursor) =>
        withContainerNames(
          dependencies,
          await pageOfLicenseHistory(dependencies, license.orderId, licenses, limit, cursor, direction),
        ),
      (event) => event,
    );
    const { id, orderId, ticket } = license;
    return response.status === 200
      ? { ...response, body: { license: id, orderId, ticket, ...lineage, ...(response.body as object) } }
      : response;
  },

  /** E1. */
  async getLicenseEvidence({ params }, dependencies) {
    const license = await findLicense(dependencies, params.license);
    if (license === undefined) return refuse(noSuchLicense(params.license));
    const outcome = await evidenceOf(dependencies, license);
    switch (outcome.kind) {
      case 'found':
        return answer(200, outcome.evidence);
      case 'none':
        return refuse(noEvidence(license));
      case 'too-large':
        return problem(
          'payload-too-large',
          'The evidence is too large for one answer: the container held too many licenses.',
        );
    }
  },

  async withdrawLicense({ params, body, attempt, caller }, dependencies) {
    return answerResult(await withdrawLicense(dependencies, vendorOf(caller), params.license, body.reason, attempt));
  },

  async cancelWithdrawal({ params, caller }, dependencies) {
    return answerResult(await cancelVendorAction(dependencies, vendorOf(caller), params.license, 'withdraw'));
  },

  async replaceLicense({ params, body, attempt, caller }, dependencies) {
    const ordered = await replaceLicense(
      dependencies,
      vendorOf(caller),
      params.license,
      body as ReplacementRequest,
      attempt,
    );
    if (ordered.kind === 'refused') return refuse(ordered.refusal);
    const { result } = ordered;
    return answer(result.status === 'pending' ? 202 : 200, {
      ...result,
      license: await viewOf(dependencies, result.license),
    });
  },

  async cancelReplacement({ params, caller }, dependencies) {
    return answerResult(await cancelVendorAction(dependencies, vendorOf(caller), params.license, 'replace'));
  },

  async renewLicense({ params, body, caller }, dependencies) {
    const ordered = await renewLicense(dependencies, vendorOf(caller), params.license, body);
    if (ordered.kind === 'refused') return refuse(ordered.refusal);
    const { result } = ordered;
    return result.status === 'pending'
      ? answer(202, result)
      : answer(200, { ...result, license: await viewOf(dependencies, result.license) });
  },

  async cancelRenewal({ params, caller }, dependencies) {
    return answerResult(await cancelVendorAction(dependencies, vendorOf(caller), params.license, 'renew'));
  },

  async assignLicense({ params, body, caller }, dependencies) {
    return answerResult(
      await assignLicense(dependencies, vendorOf(caller), params.serial, params.license, body.reason),
    );
  },

  async cancelAssignment({ params, caller }, dependencies) {
    return answerResult(
      await cancelVendorAction(dependencies, vendorOf(caller), params.license, 'assign', params.serial),
    );
  },
};

function noSuchLicense(id: string): Refusal {
  return { code: 'not-found', explanation: `There is no license ${id}.` };
}

function noEvidence({ id, standing }: StoredLicense): Refusal {
  const why =
    standing.at === 'returned'
      ? 'its container has not confirmed yet that it is gone'
      : 'no container has confirmed that it held the license and holds it no longer';
  return { code: 'not-found', explanation: `There is no evidence for license ${id}: ${why}.` };
}

function answerResult(ordered: VendorActionResult<{ readonly status: string }>): Answer {
  if (ordered.kind === 'refused') return refuse(ordered.refusal);
  return answer(ordered.result.status === 'pending' ? 202 : 200, ordered.result);
}

async function viewOf(dependencies: Dependencies, license: StoredLicense): Promise<LicenseView> {
  const { stateOf, headOf } = await loadContainersOf(dependencies, [license]);
  return vendorLicense(license, stateOf(license), headOf(license));
}
