import * as z from 'zod/mini';
import type { Endpoints } from './endpoint.ts';
import { problemPage } from './shapes/problem-page.ts';

/** The endpoints that need no token: the start page, the health check, problems and the documentation. */
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
