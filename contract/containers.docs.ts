import type { CONTAINERS } from './containers.ts';
import type { DocsOf } from './docs.ts';
import {
  AUTO_UPDATE,
  CONTAINER,
  CURSOR,
  HISTORY_EVENT,
  ISSUED,
  ORDERED_AT,
  PLANNED,
  SERIAL,
  UPDATE,
} from './examples.ts';

const { licenses: _, pending, outstanding, ...STANDING } = CONTAINER;

const SUMMARY = { ...STANDING, pendingCount: pending.length, outstandingCount: outstanding.length };

export const CONTAINERS_DOCS: DocsOf<keyof typeof CONTAINERS> = {
  listContainers: {
    tag: 'containers',
    summary: 'List containers',
    description:
      'By their last contact (a request for an update, or a receipt), the newest first unless `order=oldest`; those never ' +
      'in contact are the oldest. Conditions may be combined. A page may hold fewer than `limit`, and still have a `cursor`.',
    parameters: {
      status: { description: 'Retired containers are blocked for ever.', example: 'active' },
      pending: {
        description: 'With vendor actions that wait for the next reprogramming, or without.',
        example: 'true',
      },
      outstanding: { description: 'With updates that have no receipt, or without.', example: 'true' },
      lastContactBefore: {
        description: 'Not heard from since then; those never in contact are among them.',
        example: '2027-01-01T00:00:00Z',
      },
      lastContactAfter: { description: 'Heard from since then.', example: '2026-11-01T00:00:00Z' },
      order: { description: 'Which contact comes first; `newest` unless said.', example: 'oldest' },
    },
    answers: { 200: { items: [SUMMARY], cursor: CURSOR } },
  },
  getContainer: {
    tag: 'containers',
    summary: 'Read a container',
    description:
      '`counter` and `digest` are the last confirmed ones; `licenses` and `target` say what it holds once every ' +
      'outstanding update is applied.',
    answers: { 200: CONTAINER },
  },
  getContainerHistory: {
    tag: 'containers',
    summary: 'Read a container’s history',
    description: 'Oldest first.',
    answers: { 200: { items: [HISTORY_EVENT], cursor: CURSOR } },
  },
  getContainerAutoUpdates: {
    tag: 'containers',
    summary: 'List what is pending for a container',
    description: 'The vendor’s actions that its next reprogramming carries out.',
    answers: { 200: { items: [AUTO_UPDATE] } },
  },
  listAutoUpdates: {
    tag: 'containers',
    summary: 'List every container with pending actions',
    description: 'By serial.',
    answers: { 200: { items: [{ container: SERIAL, pending: [AUTO_UPDATE] }], cursor: CURSOR } },
  },
  pushReprogramming: {
    tag: 'containers',
    summary: 'Have pending actions executed without a context',
    description:
      'Plans a reprogramming with the vendor’s actions alone. Its update goes to the customer by any way (mail, an ' +
      'installer, the next sync), and is imported like any other.',
    requestHeaders: ['prefer'],
    answers: { 200: { ...ISSUED, dropped: [] }, 202: PLANNED },
    headers: { 202: ['location', 'retry-after'] },
  },
  getUpdates: {
    tag: 'containers',
    summary: 'Read a container’s updates',
    description:
      'The chain of issued updates, as an update file: from the last confirmed counter on unless told otherwise. ' +
      'A file has 5 MB at most: where the chain goes on, a `Link` header with `rel="next"` says from which counter. A ' +
      'container that is retired gets none.',
    answers: { 200: { updates: [UPDATE] } },
    optionalHeaders: { 200: ['link'] },
  },
  retireContainer: {
    tag: 'containers',
    summary: 'Retire a container that is gone for good',
    description: 'It is blocked for ever, and its licenses are withdrawn or available again.',
    request: { example: { licenses: 'restore', reason: 'The machine was stolen' } },
    answers: {
      200: {
        ...CONTAINER,
        status: 'retired',
        licenses: [],
        pending: [],
        retirement: { licenses: 'restore', reason: 'The machine was stolen', at: ORDERED_AT },
      },
    },
  },
};
