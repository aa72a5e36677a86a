import type { DocsOf } from './docs.ts';
import { EXPLAINED } from './problems.docs.ts';
import type { PUBLIC } from './public.ts';

export const PUBLIC_DOCS: DocsOf<keyof typeof PUBLIC> = {
  getHome: {
    tag: 'public',
    summary: 'See the start page',
    description: 'A page that says what this server is, and links to its documentation.',
    mediaType: 'text/html',
    answers: { 200: '<!doctype html>' },
  },
  getHealth: {
    tag: 'public',
    summary: 'Check that the server answers',
    description: 'For load balancers and monitors. It reads neither the table nor the signing key.',
    answers: { 200: { status: 'ok' } },
  },
  getProblem: {
    tag: 'public',
    summary: 'Read the page of a problem',
    description: 'The `type` of every problem is an address of this kind.',
    parameters: { code: { description: 'The problem’s code.', example: 'dependency-violation' } },
    answers: { 200: EXPLAINED['dependency-violation'] },
  },
  getOpenApi: {
    tag: 'public',
    summary: 'Read the OpenAPI document',
    description: 'OpenAPI 3.1, generated from the schemas that validate requests.',
    answers: { 200: { openapi: '3.1.0' } },
  },
  getDocs: {
    tag: 'public',
    summary: 'Open the API documentation',
    description: 'A page that shows the OpenAPI document and can send requests.',
    mediaType: 'text/html',
    answers: { 200: '<!doctype html>' },
  },
  getDocsFile: {
    tag: 'public',
    summary: 'Read a file of the API documentation',
    description: 'A script or the style sheet of the page.',
    parameters: { file: { description: 'The file’s name.', example: 'swagger-ui.css' } },
    mediaType: 'text/css',
    answers: { 200: '.swagger-ui {}' },
  },
};
