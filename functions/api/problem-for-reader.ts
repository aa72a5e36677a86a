/** A problem as its reader wants it: a page for a person at a browser, the problem document for everybody else. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { ProblemDocument } from '../../contract/problems.ts';
import { escapeHtml, htmlPage, PAGE_HEADERS } from './html-page.ts';
import type { Answer } from './http/answer.ts';

const PROBLEM = 'application/problem+json';

/** The answer, whose problem document becomes a page if a GET request prefers HTML to JSON. */
export function problemForReader(event: APIGatewayProxyEventV2, answer: Answer): Answer {
  const { method } = event.requestContext.http;
  if (answer.headers?.['content-type'] !== PROBLEM || (method !== 'GET' && method !== 'HEAD')) return answer;
  if (!prefersHtml(event.headers.accept ?? '')) return answer;
  const { body: _, ...rest } = answer;
  return {
    ...rest,
    text: problemPage(answer.body as ProblemDocument),
    headers: { ...answer.headers, ...PAGE_HEADERS },
  };
}

function problemPage({ title, status, code, type, detail }: ProblemDocument): string {
  return htmlPage(
    title,
    `<p>${escapeHtml(detail)}</p>
<p><a href="/">Start page</a> · <a href="/docs">API documentation</a> · <a href="${type}"><code>${code}</code></a> (${status})</p>`,
  );
}

/** Whether an `Accept` header (RFC 9110, 12.5.1) gives HTML a higher weight than JSON. Browsers name HTML, programs do not. */
export function prefersHtml(accept: string): boolean {
  return weightOf(accept, 'text/html') > Math.max(weightOf(accept, PROBLEM), weightOf(accept, 'application/json'));
}

/** The weight of the most specific range that covers the type; 0 if none does. */
function weightOf(accept: string, type: string): number {
  const weights = new Map(
    accept.split(',').map((range) => {
      const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
      const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1');
      return [name, quality >= 0 && quality <= 1 ? quality : 0];
    }),
  );
  return weights.get(type) ?? weights.get(`${type.split('/')[0]}/*`) ?? weights.get('*/*') ?? 0;
}
