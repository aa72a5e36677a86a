import { EXPLAINED, EXPLAINED_OF_GATEWAY } from '../../contract/problems.docs.ts';
import { DOCS_PAGE, docsFile, PAGE_SECURITY } from './docs-page.ts';
import { openApi } from './open-api.ts';

const PROBLEM_PAGES = new Map(Object.entries({ ...EXPLAINED, ...EXPLAINED_OF_GATEWAY }));

/** The texts that the public endpoints return: the OpenAPI document, its page and the pages of the problems. */
export const DOCUMENTATION = {
  openApi,
  problemPage: (code: string) => PROBLEM_PAGES.get(code),
  page: { text: DOCS_PAGE, headers: PAGE_SECURITY },
  file: docsFile,
};
