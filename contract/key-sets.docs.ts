import type { DocsOf } from './docs.ts';
import { KEY, KEY_SET, SOLD_AT } from './examples.ts';
import type { KEY_SETS } from './key-sets.ts';

const PUBLISHED = {
  version: 1,
  iss: 'https://licenses.example.com',
  iat: 1795300000,
  root: { threshold: 1, keys: [KEY] },
  update: [KEY],
  ...KEY_SET,
  publishedAt: SOLD_AT,
  actor: 'vendor',
  by: { kind: 'token', id: '0a7d55e1c3b92f48', name: 'administration' },
} as const;

export const KEY_SETS_DOCS: DocsOf<keyof typeof KEY_SETS> = {
  publishKeySet: {
    tag: 'keys',
    summary: 'Publish a key set',
    description:
      'From then on, updates and leases are signed by an update key of this set, and containers get the set with their next ' +
      'answer. Enough root keys of the newest set and of this one must have signed it, so a token alone cannot change the ' +
      'keys; a refusal names the `fault`. `npm run keys` makes, signs and publishes key sets. The same set again changes ' +
      'nothing and is answered with 200.',
    request: { example: KEY_SET },
    answers: { 200: PUBLISHED, 201: PUBLISHED },
  },
  listKeySets: {
    tag: 'keys',
    summary: 'List the key sets',
    description: 'In the order of their versions. The newest one lists the keys that sign updates and leases.',
    answers: { 200: { items: [PUBLISHED] } },
  },
};
