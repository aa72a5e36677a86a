import { createHash } from 'node:crypto';
import type { EndpointName } from '../endpoints.ts';
import type { Page } from '../table/read.ts';
import { type Answer, answer } from './answer.ts';
import { refuse } from './problem.ts';

const DEFAULT_LIMIT = 100;

interface PageRequest {
  readonly params: object;
  readonly query: { readonly limit?: number | undefined; readonly cursor?: string | undefined };
}

/**
 * Answers a page of the list that an endpoint gives: `{items, cursor?}`. The cursor is opaque to callers: base64url of the
 * list's mark and of what the store continues with. A cursor of another list, or one that the store did not make, is an
 * invalid request.
 */
export async function answerPage<Item>(
  endpoint: EndpointName,
  { params, query: { limit = DEFAULT_LIMIT, cursor: sent, ...filters } }: PageRequest,
  read: (limit: number, cursor: string | undefined) => Promise<Page<Item>>,
  view: (item: Item) => unknown,
): Promise<Answer> {
  const mark = markOf(endpoint, params, filters);
  const cursor = sent === undefined ? undefined : decodeCursor(sent, mark);
  if (cursor === null) return badCursor();
  let page: Page<Item>;
  try {
    page = await read(limit, cursor);
  } catch (error) {
    if (cursor !== undefined && isForeignCursor(error)) return badCursor();
    throw error;
  }
  const items = page.items.map(view);
  return answer(200, page.next === undefined ? { items } : { items, cursor: encodeCursor(mark, page.next) });
}

const MARK_CHARACTERS = 12;

/** What tells one list from another: the endpoint, what its path names, and what the list is filtered by. */
function markOf(endpoint: EndpointName, params: object, filters: object): string {
  const list = [endpoint, Object.entries(params).sort(), Object.entries(filters).sort()];
  return createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, MARK_CHARACTERS);
}

function encodeCursor(mark: string, next: string): string {
  return Buffer.from(`${mark}${next}`).toString('base64url');
}

/** How the store's own part begins: it is a JSON array, object or string. No mark begins so. */
const OWN = /^[[{"]/;

/** `null` when it is none of this list's. One without a mark was given before there were marks: the store judges it. */
function decodeCursor(cursor: string, mark: string): string | null {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const next = OWN.test(text) ? text : text.startsWith(mark) ? text.slice(mark.length) : '';
  try {
    JSON.parse(next);
    return Buffer.from(text).toString('base64url') === cursor ? next : null;
  } catch {
    return null;
  }
}

/** What the store says of a cursor that was made up, or made for another list. */
function isForeignCursor(error: unknown): boolean {
  return error instanceof Error && FOREIGN.has(error.name);
}

const FOREIGN: ReadonlySet<string> = new Set([
  '$ZodError',
  'ZodError',
  'ValidationException',
  'SyntaxError',
  'TypeError',
]);

function badCursor(): Answer {
  return refuse({
    code: 'invalid-request',
    errors: [{ path: 'query.cursor', message: 'not a cursor of this list with this query; start without one' }],
  });
}
