import type { DocsOf } from './docs.ts';
import {
  CAD_LICENSE,
  CURSOR,
  EVIDENCE,
  HISTORY_EVENT,
  NEW_LICENSE,
  ORDER_ID,
  RENDER,
  RENDER_2,
  RENDER_LICENSE,
  SERIAL,
  TICKET,
} from './examples.ts';
import type { LICENSES } from './licenses.ts';

const PENDING = { status: 'pending', container: SERIAL } as const;

const CANCELLED = { status: 'cancelled' } as const;

export const LICENSES_DOCS: DocsOf<keyof typeof LICENSES> = {
  listLicenses: {
    tag: 'licenses',
    summary: 'List licenses',
    description:
      'The licenses that meet every condition, by the time of their orders, oldest first unless `order=newest`. Withdrawn ' +
      'and replaced licenses are listed only if `state` asks for them; they are in no container. A page can have fewer ' +
      'than `limit` items, even none, before the last page; the last page has no `cursor`.',
    answers: { 200: { items: [CAD_LICENSE, RENDER_LICENSE], cursor: CURSOR } },
  },
  getLicense: {
    tag: 'licenses',
    summary: 'Read a license',
    description: 'Also a withdrawn or replaced license.',
    answers: { 200: RENDER_LICENSE },
  },
  getLicenseHistory: {
    tag: 'licenses',
    summary: 'Read a license’s history',
    description:
      'Oldest first unless `order=newest`, including the events of its predecessors and successors by replacement.',
    answers: {
      200: {
        license: RENDER_2,
        orderId: ORDER_ID,
        ticket: TICKET,
        predecessors: [RENDER],
        successors: [],
        items: [HISTORY_EVENT],
      },
    },
  },
  getLicenseEvidence: {
    tag: 'licenses',
    summary: 'Read the evidence that a license left its container',
    description:
      'One document that a third party verifies offline: what the container held, the signed updates from the one that removed ' +
      'the license, and the context in which the container confirmed them. Of several removals it is the last one. 404 until ' +
      'the receipt has come, and if no container held the license.',
    answers: { 200: EVIDENCE },
  },
  withdrawLicense: {
    tag: 'licenses',
    summary: 'Withdraw a license',
    description:
      'An available license is withdrawn at once (200). A license that is in a container, or whose update has no receipt ' +
      'yet, is earmarked (202), and the container’s next update removes it. Repeating the request changes nothing. A ' +
      'pending replacement is cancelled. Of a license with `leaseDays`, `effectiveBy` says when no container can use it any ' +
      'more, with or without a receipt.',
    request: { example: { reason: 'Sold by mistake' } },
    answers: { 200: { status: 'withdrawn' }, 202: PENDING },
  },
  cancelWithdrawal: {
    tag: 'licenses',
    summary: 'Cancel a pending withdrawal',
    description: 'Possible until a reprogramming plans it.',
    answers: { 200: CANCELLED },
  },
  replaceLicense: {
    tag: 'licenses',
    summary: 'Replace a license with a new one',
    description:
      '`terms` replaces all old terms; `product` defaults to the old product, and `crit` to the old names that are still terms. ' +
      'An available license is replaced at once ' +
      '(200). Otherwise the container’s next update removes the old license and activates the new one (202). If the user ' +
      'deactivates the old license before that, the new one becomes available with the receipt.',
    request: { example: { terms: { expiresAt: '2027-11-30T00:00:00Z' }, reason: 'Typo in the terms' } },
    answers: {
      200: { status: 'replaced', license: NEW_LICENSE },
      202: { ...PENDING, license: NEW_LICENSE },
    },
  },
  cancelReplacement: {
    tag: 'licenses',
    summary: 'Cancel a pending replacement',
    description: 'Possible until a reprogramming plans it. The new license is withdrawn.',
    answers: { 200: CANCELLED },
  },
  renewLicense: {
    tag: 'licenses',
    summary: 'Renew a license in place',
    description:
      'Changes `expiresAt`, `maintenanceUntil` or `leaseDays`, at least one of them; the license keeps its id and its other ' +
      'terms. An available license is renewed at once (200). The terms of any other license change with the container’s next ' +
      'update (202), and if the user deactivates it before that, with the receipt. Of an earlier renewal that is pending, the ' +
      'terms that this one does not name stay. While a replacement is pending, the new license gets the terms. A pending ' +
      'withdrawal is cancelled. A license that has these terms already is not changed (200).',
    request: { example: { expiresAt: '2027-11-30T00:00:00Z', reason: 'Invoice 4711 is paid' } },
    answers: {
      200: {
        status: 'renewed',
        license: { ...CAD_LICENSE, terms: { ...CAD_LICENSE.terms, expiresAt: '2027-11-30T00:00:00Z' } },
      },
      202: PENDING,
    },
  },
  cancelRenewal: {
    tag: 'licenses',
    summary: 'Cancel a pending renewal',
    description: 'Possible until a reprogramming plans it. The license keeps its terms.',
    answers: { 200: CANCELLED },
  },
  assignLicense: {
    tag: 'licenses',
    summary: 'Assign a license to a container',
    description:
      'Reserves an available license for the container. The container collects it in its next reprogramming, without an ' +
      'action of the user. The container can be unknown so far.',
    request: { example: { reason: 'Included in the maintenance contract' } },
    answers: { 202: PENDING },
  },
  cancelAssignment: {
    tag: 'licenses',
    summary: 'Cancel a pending assignment',
    description: 'Possible until a reprogramming plans it. The license is available to every container again.',
    answers: { 200: CANCELLED },
  },
};
