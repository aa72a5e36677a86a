import { createHash } from 'node:crypto';
import { answerBytes } from '../../../contract/answer-bytes.ts';
import type { EndpointName } from '../../../contract/endpoints.ts';
import type { Page } from '../../store/queries.ts';
import { type Answer, answer } from './answer.ts';
import { refuse } from './problem.ts';

const DEFAULT_LIMIT = 100;

interface PageRequest {
  readonly params: object;
  readonly query: { readonly limit?: number | undefined; readonly cursor?: string | undefined };
}

/**
 * Answers a page of an endpoint's list: `{items, cursor?}`. The cursor is opaque to callers: base64url of the list's mark and
 * the store's own cursor. A cursor of another list, or one that the store did not create, is an invalid request.
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

/** Bytes of the items of a page: Lambda returns at most 6 MB. A single item has fewer. */
export const MAX_PAGE_BYTES = 4_000_000;

/** The views of a page, or its beginning if the page exceeds one answer. The beginning is read again to get the store's cursor. */
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
    // A filter left nothing of this page, and the item that did not fit follows: continue.
    else if (fit === 0 && shown.next !== undefined) start = shown.next;
    else return shown;
  }
}

/** How many of the items fit into one answer, at least one. */
function fitting(items: readonly unknown[]): number {
  let bytes = 0;
  for (const [index, item] of items.entries()) {
    bytes += answerBytes(item);
    if (bytes > MAX_PAGE_BYTES && index > 0) return index;
  }
  return items.length;
}

const MARK_CHARACTERS = 12;

/** Identifies a list: the endpoint, its path parameters and its filters. */
function markOf(endpoint: EndpointName, params: object, filters: object): string {
  const list = [endpoint, Object.entries(params).sort(), Object.entries(filters).sort()];
  return createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, MARK_CHARACTERS);
}

function encodeCursor(mark: string, next: string): string {
  return Buffer.from(`${mark}${next}`).toString('base64url');
}

/** The start of the store's own cursor, a JSON array, object or string. No mark starts like this. */
const OWN = /^[[{"]/;

/** `null` if the cursor belongs to another list. Older versions created cursors without a mark; the store checks those. */
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

/** Whether the store rejected an invented cursor, or a cursor of another list. */
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
    errors: [{ path: 'query.cursor', message: 'is not a cursor of this list with this query; start without a cursor' }],
  });
}
