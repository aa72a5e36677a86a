import * as z from 'zod/mini';
import type { Endpoints } from './endpoint.ts';
import { text } from './shapes/forms.ts';
import { keySet } from './shapes/reprogramming.ts';

/** The vendor's public update keys (RFC 7517, RFC 8037). */
const jwks = z.strictObject({
  keys: z.array(
    z.strictObject({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      x: text,
      kid: text,
      alg: z.literal('Ed25519'),
      use: z.literal('sig'),
    }),
  ),
});

/** The vendor's public keys. The depot's function serves them, because it has the table. */
export const KEYS = {
  getJwks: {
    method: 'GET',
    path: '/.well-known/jwks.json',
    function: 'depot',
    answers: { 200: jwks },
    problems: ['no-key-set'],
  },
  getKeySets: {
    method: 'GET',
    path: '/.well-known/relicense-keys',
    function: 'depot',
    answers: { 200: z.strictObject({ keySets: z.array(keySet) }) },
    problems: ['no-key-set'],
  },
} as const satisfies Endpoints;
