import { MIN_SERIAL_PREFIX } from '../domain/limits.ts';
import type { CONTAINERS } from './containers.ts';
import type { DocsOf } from './docs.ts';
import {
  AUTO_UPDATE,
  COLLECTED_AT,
  CONTAINER,
  CONTAINER_NAME,
  CURSOR,
  HISTORY_EVENT,
  ISSUED,
  ORDERED_AT,
  PLANNED,
  SERIAL,
  UPDATE,
} from './examples.ts';

const { licenses: _, contents: __, pending, outstanding, ...STANDING } = CONTAINER;

const WAITED_FOR = { container: SERIAL, name: CONTAINER_NAME, lastContactAt: COLLECTED_AT };

const SUMMARY = { ...STANDING, pendingCount: pending.length, outstandingCount: outstanding.length };

export const CONTAINERS_DOCS: DocsOf<keyof typeof CONTAINERS> = {
  listContainers: {
    tag: 'containers',
    summary: 'List containers',
    description:
      'Sorted by the last contact (any request with an accepted context), the newest first unless `order=oldest`. A contact ' +
      'that changes nothing is recorded once per day. ' +
      'Containers that never had contact are the oldest. You can combine conditions. A page can have fewer than `limit` ' +
      'items and still have a `cursor`.',
    parameters: {
      serial: {
        description: `A serial or its beginning, at least ${MIN_SERIAL_PREFIX} characters.`,
        example: SERIAL.slice(0, 8),
      },
      status: { description: 'Retired containers are blocked for ever.', example: 'active' },
      pending: {
        description: 'Whether vendor actions wait for the container’s next reprogramming.',
        example: 'true',
      },
      outstanding: { description: 'Whether the container has updates without a receipt.', example: 'true' },
      lastContactBefore: {
        description: 'Only containers without contact since this time, including those that never had contact.',
        example: '2027-01-01T00:00:00Z',
      },
      lastContactAfter: {
        description: 'Only containers with contact since this time.',
        example: '2026-11-01T00:00:00Z',
      },
      silentFor: {
        description:
          'Only containers without contact for so many hours (`h`), days (`d`) or weeks (`w`). A container that never had ' +
          'contact counts from its first assignment.',
        example: '90d',
      },
      order: { description: 'Which contact comes first. Default: `newest`.', example: 'oldest' },
    },
    answers: { 200: { items: [SUMMARY], cursor: CURSOR } },
  },
  getContainer: {
    tag: 'containers',
    summary: 'Read a container',
    description:
      '`counter` and `digest` are the last confirmed ones. `licenses` and `target` describe the container after it has ' +
      'applied every outstanding update. `contents` says of each license whether the container has confirmed it.',
    answers: { 200: CONTAINER },
  },
  updateContainer: {
    tag: 'containers',
    summary: 'Name a container',
    description:
      'Sets your name and note for the container. Answers show them beside its serial; the customer does not see them. A ' +
      'member that is absent stays as it is; `null` removes it. The container must be known: named in an assignment, or ' +
      'reprogrammed before.',
    request: { example: { name: CONTAINER_NAME, note: 'ACME, ground floor' } },
    answers: { 200: CONTAINER },
  },
  getContainerHistory: {
    tag: 'containers',
    summary: 'Read a container’s history',
    description: 'Oldest first unless `order=newest`.',
    answers: { 200: { items: [HISTORY_EVENT], cursor: CURSOR } },
  },
  getContainerAutoUpdates: {
    tag: 'containers',
    summary: 'List the pending actions of a container',
    description: 'The vendor actions that its next reprogramming will execute.',
    answers: { 200: { ...WAITED_FOR, items: [AUTO_UPDATE] } },
  },
  listAutoUpdates: {
    tag: 'containers',
    summary: 'List every container with pending actions',
    description: 'By serial.',
    answers: { 200: { items: [{ ...WAITED_FOR, pending: [AUTO_UPDATE] }], cursor: CURSOR } },
  },
  pushReprogramming: {
    tag: 'containers',
    summary: 'Execute pending actions without a context',
    description:
      'Plans a reprogramming with the vendor’s actions only. You can send its update to the customer in any way (mail, an ' +
      'installer, the next sync). The container applies it like any other update.',
    requestHeaders: ['prefer'],
    answers: { 200: { ...ISSUED, dropped: [] }, 202: PLANNED },
    headers: { 202: ['location', 'retry-after'] },
  },
  getUpdates: {
    tag: 'containers',
    summary: 'Read a container’s updates',
    description:
      'The chain of issued updates as an update file. It starts at the last confirmed counter unless `from` is given. A ' +
      'file has at most 5 MB; if the chain continues, a `Link` header with `rel="next"` has the address of the rest. A ' +
      'retired container gets no updates.',
    answers: { 200: { updates: [UPDATE] } },
    optionalHeaders: { 200: ['link'] },
  },
  retireContainer: {
    tag: 'containers',
    summary: 'Retire a container that is gone for good',
    description: 'The container is blocked for ever. Its licenses are withdrawn or become available again.',
    request: { example: { licenses: 'restore', reason: 'The machine was stolen' } },
    answers: {
      200: {
        ...CONTAINER,
        status: 'retired',
        contents: [],
        licenses: [],
        pending: [],
        retirement: { licenses: 'restore', reason: 'The machine was stolen', at: ORDERED_AT },
      },
    },
  },
};
