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
} from '../example-bodies.ts';
import type { DescribedAll } from './described.ts';

export const CONTAINERS_DESCRIBED: DescribedAll<
  | 'getContainer'
  | 'getContainerHistory'
  | 'getContainerAutoUpdates'
  | 'listAutoUpdates'
  | 'pushReprogramming'
  | 'getUpdates'
  | 'retireContainer'
> = {
  getContainer: {
    tag: 'containers',
    summary: 'Read a container',
    description:
      '`counter` and `digest` are the last confirmed ones; `licenses` and `target` say what it holds once every ' +
      'outstanding update is applied.',
    problems: ['not-found'],
    answers: { 200: CONTAINER },
  },
  getContainerHistory: {
    tag: 'containers',
    summary: 'Read a container’s history',
    description: 'Oldest first.',
    problems: ['not-found'],
    answers: { 200: { items: [HISTORY_EVENT], cursor: CURSOR } },
  },
  getContainerAutoUpdates: {
    tag: 'containers',
    summary: 'List what is pending for a container',
    description: 'The vendor’s actions that its next reprogramming carries out.',
    problems: ['not-found'],
    answers: { 200: { items: [AUTO_UPDATE] } },
  },
  listAutoUpdates: {
    tag: 'containers',
    summary: 'List every container with pending actions',
    description: 'By serial.',
    problems: [],
    answers: { 200: { items: [{ container: SERIAL, pending: [AUTO_UPDATE] }], cursor: CURSOR } },
  },
  pushReprogramming: {
    tag: 'containers',
    summary: 'Have pending actions executed without a context',
    description:
      'Plans a reprogramming with the vendor’s actions alone. Its update goes to the customer by any way (mail, an ' +
      'installer, the next sync), and is imported like any other.',
    requestHeaders: ['prefer'],
    problems: ['not-found', 'container-retired', 'too-many-outstanding', 'reprogramming-in-flight'],
    answers: { 200: { ...ISSUED, dropped: [] }, 202: PLANNED },
    headers: { 202: ['location', 'retry-after'] },
  },
  getUpdates: {
    tag: 'containers',
    summary: 'Read a container’s updates',
    description:
      'The chain of issued updates, as an update file: from the last confirmed counter on unless told otherwise.',
    problems: ['not-found'],
    answers: { 200: { updates: [UPDATE] } },
  },
  retireContainer: {
    tag: 'containers',
    summary: 'Retire a container that is gone for good',
    description: 'It is blocked for ever, and its licenses are withdrawn or available again.',
    problems: ['not-found', 'reprogramming-in-flight'],
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
