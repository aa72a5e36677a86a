import * as z from 'zod/mini';
import type { Endpoints } from './endpoint.ts';
import { page, text, time } from './inputs.ts';
import { SCOPES } from './scopes.ts';
import { done, pageOf } from './shapes/forms.ts';
import { newToken, token } from './shapes/token.ts';

const tokenParams = z.strictObject({ id: z.string().check(z.minLength(1), z.maxLength(64)) });

const requestsPerMinute = z.optional(z.int().check(z.positive(), z.maximum(1_000_000)));

/** The vendor’s tokens. */
export const TOKENS = {
  createToken: {
    method: 'POST',
    path: '/tokens',
    function: 'vendor',
    scope: 'tokens:write',
    request: {
      body: z.strictObject({
        name: text(100),
        scopes: z.array(z.enum(SCOPES)).check(z.minLength(1), z.maxLength(SCOPES.length)),
        expiresAt: z.optional(time),
        requestsPerMinute,
      }),
    },
    answers: { 201: newToken },
    problems: [],
  },
  listTokens: {
    method: 'GET',
    path: '/tokens',
    function: 'vendor',
    scope: 'tokens:read',
    request: { query: z.strictObject(page) },
    answers: { 200: pageOf(token) },
    problems: [],
  },
  getToken: {
    method: 'GET',
    path: '/tokens/{id}',
    function: 'vendor',
    scope: 'tokens:read',
    request: { params: tokenParams },
    answers: { 200: token },
    problems: ['not-found'],
  },
  putToken: {
    method: 'PUT',
    path: '/tokens/{id}',
    function: 'vendor',
    scope: 'tokens:write',
    request: { params: tokenParams, body: z.strictObject({ name: text(100), requestsPerMinute }) },
    answers: { 200: token },
    problems: ['not-found'],
  },
  revokeToken: {
    method: 'DELETE',
    path: '/tokens/{id}',
    function: 'vendor',
    scope: 'tokens:write',
    request: { params: tokenParams },
    answers: { 200: done('revoked') },
    problems: ['not-found'],
  },
} as const satisfies Endpoints;
