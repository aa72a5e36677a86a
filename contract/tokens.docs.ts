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
    summary: 'Create a token',
    description:
      'Grant only the scopes that the token needs. Only this answer shows the token; the server stores its hash.',
    request: { example: { name: 'erp', scopes: ['orders:read', 'orders:write'] } },
    answers: {
      201: { ...TOKEN, token: 'relicense_<256 random bits>' },
    },
  },
  listTokens: {
    tag: 'tokens',
    summary: 'List the tokens',
    description: 'Without the tokens themselves. `lastUsedAt` is accurate to the hour.',
    answers: { 200: { items: [USED], cursor: CURSOR } },
  },
  getToken: {
    tag: 'tokens',
    summary: 'Read a token',
    description: 'Without the token itself.',
    parameters: PARAMETERS,
    answers: { 200: USED },
  },
  putToken: {
    tag: 'tokens',
    summary: 'Change the name or the limit of a token',
    description:
      'The scopes of a token cannot change. `requestsPerMinute` is its own limit; if the member is absent, the token loses ' +
      'its own limit.',
    parameters: PARAMETERS,
    request: { example: { name: 'erp', requestsPerMinute: 600 } },
    answers: { 200: { ...USED, requestsPerMinute: 600 } },
  },
  revokeToken: {
    tag: 'tokens',
    summary: 'Revoke a token',
    description: 'Takes effect at once: the next request with the token is refused.',
    parameters: PARAMETERS,
    answers: { 200: { status: 'revoked' } },
  },
};
