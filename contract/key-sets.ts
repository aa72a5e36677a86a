import * as z from 'zod/mini';
import { MAX_JWS_LENGTH, MAX_KEYS } from '../protocol/index.ts';
import type { Endpoints } from './endpoint.ts';
import { page } from './inputs.ts';
import { count, pageOf, text, time } from './shapes/forms.ts';
import { author } from './shapes/history.ts';
import { keySet } from './shapes/reprogramming.ts';

const key = z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: text, kid: text });

/** A published key set: its payload, its signatures, and who published it when. */
const publishedKeySet = z.strictObject({
  version: z.int().check(z.positive()),
  iss: text,
  /** Seconds since 1970. */
  iat: count,
  root: z.strictObject({ threshold: z.int().check(z.positive()), keys: z.array(key) }),
  update: z.array(key),
  ...keySet.shape,
  publishedAt: time,
  /** `system` for the first key set of the embedded runtime. */
  actor: z.enum(['vendor', 'system']),
  by: z.exactOptional(author),
});

const signature = z.string().check(z.minLength(1), z.maxLength(MAX_JWS_LENGTH));

/** The vendor's key sets, as the vendor manages them. `contract/keys.ts` has the public lists. */
export const KEY_SETS = {
  publishKeySet: {
    method: 'POST',
    path: '/key-sets',
    function: 'vendor',
    scope: 'key-sets:write',
    request: {
      body: z.strictObject({ jws: z.array(signature).check(z.minLength(1), z.maxLength(MAX_KEYS)) }),
    },
    answers: { 200: publishedKeySet, 201: publishedKeySet },
    problems: ['key-set-refused'],
  },
  listKeySets: {
    method: 'GET',
    path: '/key-sets',
    function: 'vendor',
    scope: 'key-sets:read',
    request: { query: z.strictObject(page) },
    answers: { 200: pageOf(publishedKeySet) },
    problems: [],
  },
} as const satisfies Endpoints;
