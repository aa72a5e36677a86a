import type { AnswerOf } from '../../../contract/endpoints.ts';
import { PUBLIC } from '../../../contract/public.ts';
import { HOME_PAGE } from '../home-page.ts';
import { PAGE_HEADERS } from '../html-page.ts';
import { answer } from '../http/answer.ts';
import { refuse } from '../http/problem.ts';
import { createRoutes, type Routes } from '../route.ts';

const DAY_SECONDS = 86_400;

/** The texts of the public endpoints. `functions/openapi/` generates them; the Lambda function passes them in. */
export interface Documentation {
  openApi(): AnswerOf<'getOpenApi'>;
  problemPage(code: string): AnswerOf<'getProblem'> | undefined;
  /** HTML, and the headers that protect the page. */
  readonly page: { readonly text: string; readonly headers: Readonly<Record<string, string>> };
  /** A script or style sheet of the page; `undefined` if the page has no such file. */
  file(name: string): { readonly text: string; readonly type: string } | undefined;
}

/** The endpoints that need no token. */
export function createPublicRoutes(documentation: Documentation): Routes {
  return createRoutes(PUBLIC, {
    async getHome() {
      return { status: 200, text: HOME_PAGE, headers: PAGE_HEADERS };
    },

    async getHealth() {
      return answer(200, { status: 'ok' });
    },

    async getProblem({ params: { code } }) {
      const found = documentation.problemPage(code);
      if (found === undefined) return refuse({ code: 'not-found', explanation: `There is no problem ${code}.` });
      return answer(200, found, { 'cache-control': `public, max-age=${DAY_SECONDS}` });
    },

    async getOpenApi() {
      return answer(200, documentation.openApi());
    },

    async getDocs() {
      const { text, headers } = documentation.page;
      return { status: 200, text, headers: { 'content-type': 'text/html; charset=utf-8', ...headers } };
    },

    async getDocsFile({ params: { file } }) {
      const found = documentation.file(file);
      if (found === undefined) return refuse({ code: 'not-found', explanation: `There is no file ${file} here.` });
      const headers = { 'content-type': found.type, 'cache-control': `public, max-age=${DAY_SECONDS}` };
      return { status: 200, text: found.text, headers };
    },
  });
}
