import { DOCS_PAGE, docsFile, PAGE_SECURITY } from '../../openapi/docs-page.ts';
import { openApi } from '../../openapi/open-api.ts';
import { EXPLAINED, EXPLAINED_OF_GATEWAY } from '../../openapi/problem-pages.ts';
import { answer, type Operations } from '../answer.ts';
import { refuse } from '../problem.ts';

const DAY_SECONDS = 86_400;

const PROBLEM_PAGES = new Map(Object.entries({ ...EXPLAINED, ...EXPLAINED_OF_GATEWAY }));

/** What anybody may ask. */
export const PUBLIC: Operations<'getJwks' | 'getProblem' | 'getOpenApi' | 'getDocs' | 'getDocsFile'> = {
  async getJwks(_, dependencies) {
    const keys = await dependencies.signer.publicKeys();
    return answer(200, { keys }, { 'cache-control': `public, max-age=${DAY_SECONDS / 24}` });
  },

  async getProblem({ params: { code } }) {
    const found = PROBLEM_PAGES.get(code);
    if (found === undefined) return refuse({ code: 'not-found', explanation: `There is no problem ${code}.` });
    return answer(200, found, { 'cache-control': `public, max-age=${DAY_SECONDS}` });
  },

  async getOpenApi() {
    return answer(200, openApi());
  },

  async getDocs() {
    return { status: 200, text: DOCS_PAGE, headers: { 'content-type': 'text/html; charset=utf-8', ...PAGE_SECURITY } };
  },

  async getDocsFile({ params: { file } }) {
    const found = docsFile(file);
    if (found === undefined) return refuse({ code: 'not-found', explanation: `There is no file ${file} here.` });
    const headers = { 'content-type': found.type, 'cache-control': `public, max-age=${DAY_SECONDS}` };
    return { status: 200, text: found.text, headers };
  },
};
