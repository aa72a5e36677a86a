import type { Page } from '../table/read.ts';
import { type Answer, answer } from './answer.ts';
import { refuse } from './problem.ts';

const DEFAULT_LIMIT = 100;

interface PageQuery {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/**
 * Answers a page of a list: `{items, cursor?}`. The cursor is opaque to callers: base64url of what the store continues
 * with. A cursor that the store did not make is an invalid request.
 */
export async function answerPage<Item>(
  query: PageQuery,
  read: (limit: number, cursor: string | undefined) => Promise<Page<Item>>,
  view: (item: Item) => unknown,
): Promise<Answer> {
  const cursor = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
  if (cursor === null) return badCursor();
  let page: Page<Item>;
  try {
    page = await read(query.limit ?? DEFAULT_LIMIT, cursor);
  } catch (error) {
    if (cursor !== undefined && isForeignCursor(error)) return badCursor();
    throw error;
  }
  const items = page.items.map(view);
  return answer(200, page.next === undefined ? { items } : { items, cursor: encodeCursor(page.next) });
}

export function encodeCursor(next: string): string {
  return Buffer.from(next).toString('base64url');
}

/** `null` when it is none of ours: every cursor is JSON inside. */
function decodeCursor(cursor: string): string | null {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  try {
    JSON.parse(text);
    return Buffer.from(text).toString('base64url') === cursor ? text : null;
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

export function badCursor(): Answer {
  return refuse({
    code: 'invalid-request',
    errors: [{ path: 'query.cursor', message: 'not a cursor of this list; start without one' }],
  });
}
