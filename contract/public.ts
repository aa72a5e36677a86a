import * as z from 'zod/mini';
import type { Endpoints } from './endpoint.ts';
import { text } from './shapes/forms.ts';
import { problemPage } from './shapes/problem-page.ts';

/** The vendor's public update keys (RFC 7517, RFC 8037). */
const jwks = z.strictObject({
  keys: z.array(
    z.strictObject({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      x: text,
      kid: text,
      alg: z.literal('EdDSA'),
      use: z.literal('sig'),
    }),
  ),
});

/** The endpoints that need no token: the start page, the health check, keys, problems and the documentation. */
export const PUBLIC = {
  getHome: {
    method: 'GET',
    path: '/',
    function: 'public',
    answers: { 200: z.string() },
    problems: [],
  },
  getHealth: {
    method: 'GET',
    path: '/health',
    function: 'public',
    answers: { 200: z.strictObject({ status: z.literal('ok') }) },
    problems: [],
  },
  getJwks: {
    method: 'GET',
    path: '/.well-known/jwks.json',
    function: 'public',
    answers: { 200: jwks },
    problems: ['too-many-requests'],
  },
  getProblem: {
    method: 'GET',
    path: '/problems/{code}',
    function: 'public',
    request: { params: z.strictObject({ code: z.string().check(z.maxLength(64)) }) },
    answers: { 200: problemPage },
    problems: ['not-found'],
  },
  getOpenApi: {
    method: 'GET',
    path: '/openapi.json',
    function: 'public',
    answers: { 200: z.looseObject({ openapi: z.literal('3.1.0') }) },
    problems: [],
  },
  getDocs: {
    method: 'GET',
    path: '/docs',
    function: 'public',
    answers: { 200: z.string() },
    problems: [],
  },
  getDocsFile: {
    method: 'GET',
    path: '/docs/{file}',
    function: 'public',
    request: { params: z.strictObject({ file: z.string().check(z.maxLength(64)) }) },
    answers: { 200: z.string() },
    problems: ['not-found'],
  },
} as const satisfies Endpoints;
