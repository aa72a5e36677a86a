import { createHash } from 'node:crypto';
import { answerBytes } from '../../contract/answer-bytes.ts';
import type { EndpointName } from '../../contract/endpoints.ts';
import type { Page } from '../store/queries.ts';
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
  const { items, next } = await shorten(page, cursor, read, view);
  return answer(200, next === undefined ? { items } : { items, cursor: encodeCursor(mark, next) });
}

/** Bytes of the items of a page: Lambda hands on 6 MB. One item alone has fewer. */
export const MAX_PAGE_BYTES = 4_000_000;

/**
 * The page as it is shown, or as much of its beginning as one answer holds: that is read anew, so that the store's own
 * cursor follows it.
 */
async function shorten<Item>(
  page: Page<Item>,
  cursor: string | undefined,
  read: (limit: number, cursor: string | undefined) => Promise<Page<Item>>,
  view: (item: Item) => unknown,
): Promise<Page<unknown>> {
  const whole = { ...page, items: page.items.map(view) };
  let limit = fitting(whole.items);
  if (limit === whole.items.length) return whole;
  for (let start = cursor; ; ) {
    const shorter = await read(limit, start);
    const shown = { ...shorter, items: shorter.items.map(view) };
    const fit = fitting(shown.items);
    if (fit < shown.items.length) limit = fit;
    // What a filter leaves empty is passed over: the item that did not fit, or one before it, is behind.
    else if (fit === 0 && shown.next !== undefined) start = shown.next;
    else return shown;
  }
}

/** How many of the items fit into one answer: one always does. */
function fitting(items: readonly unknown[]): number {
  let bytes = 0;
  for (const [index, item] of items.entries()) {
    bytes += answerBytes(item);
    if (bytes > MAX_PAGE_BYTES && index > 0) return index;
  }
  return items.length;
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
