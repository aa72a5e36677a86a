import type { DocsOf } from './docs.ts';
import { COLLECTED_AT, CURSOR, SOLD_AT } from './examples.ts';
import type { TOKENS } from './tokens.ts';

const ID = '3f9a0c41d27be865';

const TOKEN = {
  id: ID,
  name: 'erp',
  scopes: ['orders:read', 'orders:write'],
  createdBy: { kind: 'token', id: '0a7d55e1c3b92f48', name: 'administration' },
  createdAt: SOLD_AT,
} as const;

const USED = { ...TOKEN, lastUsedAt: COLLECTED_AT };

const PARAMETERS = { id: { description: 'The token’s id.', example: ID } };

export const TOKENS_DOCS: DocsOf<keyof typeof TOKENS> = {
  createToken: {
    tag: 'tokens',
    summary: 'Make a token',
    description:
      'With the scopes that it needs and no more. This is the one answer that shows it; only its hash is kept.',
    request: { example: { name: 'erp', scopes: ['orders:read', 'orders:write'] } },
    answers: {
      201: { ...TOKEN, token: 'relicense_<256 random bits>' },
    },
  },
  listTokens: {
    tag: 'tokens',
    summary: 'List the tokens',
    description: 'Not the tokens themselves. `lastUsedAt` is exact to the hour.',
    answers: { 200: { items: [USED], cursor: CURSOR } },
  },
  getToken: {
    tag: 'tokens',
    summary: 'Read a token',
    description: 'Not the token itself.',
    parameters: PARAMETERS,
    answers: { 200: USED },
  },
  putToken: {
    tag: 'tokens',
    summary: 'Rename a token, or limit it',
    description:
      'What it may do is settled when it is made. `requestsPerMinute` is its own limit; one that is left out is taken away.',
    parameters: PARAMETERS,
    request: { example: { name: 'erp', requestsPerMinute: 600 } },
    answers: { 200: { ...USED, requestsPerMinute: 600 } },
  },
  revokeToken: {
    tag: 'tokens',
    summary: 'Revoke a token',
    description: 'At once: the next request with it is refused.',
    parameters: PARAMETERS,
    answers: { 200: { status: 'revoked' } },
  },
};
