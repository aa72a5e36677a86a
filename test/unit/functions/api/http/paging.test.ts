import { describe, expect, test } from 'vitest';
import type { EndpointName } from '../../../../../contract/endpoints.ts';
import { answerPage } from '../../../../../functions/api/http/paging.ts';

interface Asked {
  readonly endpoint?: EndpointName;
  readonly params?: object;
  readonly query?: { readonly limit?: number; readonly cursor?: string; readonly [filter: string]: unknown };
}

const NEXT = JSON.stringify(['PRODUCT#a', 'PRODUCT', 'a']);

/** A page of an endless list, and the cursors that its store got. */
async function page({ endpoint = 'listProducts', params = {}, query = {} }: Asked) {
  const continued: (string | undefined)[] = [];
  const { status, body } = await answerPage(
    endpoint,
    { params, query },
    async (_, cursor) => {
      continued.push(cursor);
      return { items: [1], next: NEXT };
    },
    (item) => item,
  );
  return { status, body: body as { cursor?: string; errors?: unknown }, continued };
}

/** A cursor of that list. */
const cursorOf = async (asked: Asked): Promise<string> => (await page(asked)).body.cursor ?? '';

const REFUSED = {
  status: 400,
  body: {
    code: 'invalid-request',
    errors: [{ path: 'query.cursor', message: 'is not a cursor of this list with this query; start without a cursor' }],
  },
  continued: [],
};

describe('a cursor', () => {
  test('continues its own list where the page ended, with another limit as well', async () => {
    const asked: Asked = { endpoint: 'listOrders', query: { customer: 'Ann', product: 'cad', limit: 1 } };
    const cursor = await cursorOf(asked);
    const query = { product: 'cad', customer: 'Ann', limit: 9, cursor };
    expect(await page({ ...asked, query })).toMatchObject({ status: 200, continued: [NEXT] });
  });

  test.each<[string, Asked, Asked]>([
    ['of another kind', {}, { endpoint: 'listOrders' }],
    [
      'of another order’s history',
      { endpoint: 'getOrderHistory', params: { orderId: 'a' } },
      { endpoint: 'getOrderHistory', params: { orderId: 'b' } },
    ],
    [
      'with a filter',
      { endpoint: 'listOrders', query: { customer: 'Ann' } },
      { endpoint: 'listOrders', query: { customer: 'Bob' } },
    ],
    ['without its filter', { endpoint: 'listOrders', query: { customer: 'Ann' } }, { endpoint: 'listOrders' }],
    [
      'whose filters have the same values',
      { endpoint: 'listOrders', query: { customer: 'cad' } },
      { endpoint: 'listOrders', query: { product: 'cad' } },
    ],
  ])('a cursor of a list %s is refused, and nothing is read', async (_, one, other) => {
    const cursor = await cursorOf(one);
    expect(await page({ ...other, query: { ...other.query, cursor } })).toMatchObject(REFUSED);
  });

  test('a cursor from before cursors had the mark of their list continues it', async () => {
    for (const next of [NEXT, '"LETTER#1"', '{"after":"EVENT#1","skip":0}']) {
      const cursor = Buffer.from(next).toString('base64url');
      expect(await page({ query: { cursor } })).toMatchObject({ status: 200, continued: [next] });
    }
  });

  test.each(['', 'x', 'bnVsbA', 'A'.repeat(16), Buffer.from('{').toString('base64url')])(
    'a made-up cursor is refused: %j',
    async (cursor) => {
      expect(await page({ query: { cursor } })).toMatchObject(REFUSED);
    },
  );

  test('in another spelling of base64 is refused', async () => {
    const cursor = await cursorOf({});
    for (const spelled of [`${cursor}=`, ` ${cursor}`, `${cursor}\n`]) {
      expect(await page({ query: { cursor: spelled } })).toMatchObject(REFUSED);
    }
  });
});

describe('a page that is larger than an answer may be', () => {
  /** A list of texts, read by the index of the next one; `isListed` is what its filter lets through. */
  async function through(texts: readonly string[], limit: number, isListed: (text: string) => boolean = () => true) {
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const { body } = await answerPage(
        'listWebhooks',
        { params: {}, query: { limit, ...(cursor === undefined ? {} : { cursor }) } },
        async (most, after) => {
          const start = after === undefined ? 0 : (JSON.parse(after) as [number])[0];
          const items = texts.slice(start, start + most).filter(isListed);
          return start + most < texts.length ? { items, next: JSON.stringify([start + most]) } : { items };
        },
        (text) => text,
      );
      const page = body as { items: string[]; cursor?: string };
      expect(JSON.stringify(JSON.stringify(page)).length).toBeLessThan(6_000_000);
      pages.push(page.items);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return pages;
  }
  const large = (index: number, bytes = 900_000) => `${index}`.padEnd(bytes, '.');

  test('a page ends where the next item would not fit, and its cursor continues there', async () => {
    const texts = Array.from({ length: 11 }, (_, index) => large(index));
    const pages = await through(texts, 100);
    expect(pages.map(({ length }) => length)).toEqual([4, 4, 3]);
    expect(pages.flat()).toEqual(texts);
  });

  test('a page is measured as Lambda sends it: each quotation mark of a text has four bytes', async () => {
    const texts = Array.from({ length: 4 }, () => '"'.repeat(499_000));
    expect((await through(texts, 100)).map(({ length }) => length)).toEqual([2, 2]);
  });

  test('holds an item that is larger than a page, alone', async () => {
    const texts = [large(0, 4_500_000), large(1, 4_500_000), 'small'];
    expect((await through(texts, 100)).map(({ length }) => length)).toEqual([1, 1, 1]);
  });

  test('is never empty where an item is behind what a filter leaves out', async () => {
    const texts = ['no', 'no', 'no', ...Array.from({ length: 6 }, (_, index) => large(index, 3_000_000)), 'no'];
    const pages = await through(texts, 100, (text) => text !== 'no');
    expect(pages.map(({ length }) => length)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('is as it was asked for when it fits', async () => {
    expect((await through(['a', 'b', 'c'], 2)).map(({ length }) => length)).toEqual([2, 1]);
  });
});
