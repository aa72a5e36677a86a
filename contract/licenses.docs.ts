import type { DocsOf } from './docs.ts';
import {
  CAD_LICENSE,
  CURSOR,
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
      'Those that stand on tickets and meet every condition; withdrawn and replaced ones are in no list. A page may hold ' +
      'fewer than `limit`, even none, and still be followed by others: the list ends where no `cursor` is.',
    answers: { 200: { items: [CAD_LICENSE, RENDER_LICENSE], cursor: CURSOR } },
  },
  getLicense: {
    tag: 'licenses',
    summary: 'Read a license',
    description: 'Also one that is withdrawn or replaced: this is the one place that still shows its final state.',
    answers: { 200: RENDER_LICENSE },
  },
  getLicenseHistory: {
    tag: 'licenses',
    summary: 'Read a license’s history',
    description:
      'Oldest first, with what happened to the licenses that it has come from and has become by replacement.',
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
  withdrawLicense: {
    tag: 'licenses',
    summary: 'Withdraw a license',
    description:
      'An available one is withdrawn at once (200). One that is in a container, or on its way in or out, is earmarked ' +
      '(202) and goes with the container’s next update, whatever causes that one. The same order again changes nothing; ' +
      'it takes the place of a pending replacement.',
    request: { example: { reason: 'Sold by mistake' } },
    answers: { 200: { status: 'withdrawn' }, 202: PENDING },
  },
  cancelWithdrawal: {
    tag: 'licenses',
    summary: 'Cancel a pending withdrawal',
    description: 'Possible until a reprogramming has planned it.',
    answers: { 200: CANCELLED },
  },
  replaceLicense: {
    tag: 'licenses',
    summary: 'Replace a license by another one',
    description:
      '`terms` replaces the old terms, `product` defaults to the old one. An available license is replaced at once (200); ' +
      'otherwise the container’s next update removes the old one and activates the new one in its place (202). If the ' +
      'user returns it himself meanwhile, the new license goes on offer when the receipt has come.',
    request: { example: { terms: { expiresAt: '2027-11-30T00:00:00Z' }, reason: 'Typo in the terms' } },
    answers: {
      200: { status: 'replaced', license: NEW_LICENSE },
      202: { ...PENDING, license: NEW_LICENSE },
    },
  },
  cancelReplacement: {
    tag: 'licenses',
    summary: 'Cancel a pending replacement',
    description: 'Possible until a reprogramming has planned it. The new license is gone with it.',
    answers: { 200: CANCELLED },
  },
  assignLicense: {
    tag: 'licenses',
    summary: 'Assign a license to a container',
    description:
      'Reserves an available license for the container, which collects it at its next reprogramming without the user ' +
      'doing anything. The container need not have been seen before.',
    request: { example: { reason: 'Included in the maintenance contract' } },
    answers: { 202: PENDING },
  },
  cancelAssignment: {
    tag: 'licenses',
    summary: 'Cancel a pending assignment',
    description: 'Possible until a reprogramming has planned it. The license is free for everyone again.',
    answers: { 200: CANCELLED },
  },
};
