/** Two people edit the same item: entity tags, `If-Match` and `If-None-Match` (RFC 9110, 13). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../harness/expect-problem.ts';
import { fresh, ok, openWorld, present, type World } from '../../harness/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

interface Edited {
  readonly path: string;
  /** Different content each time. */
  body(): object;
}

const edited: Readonly<Record<string, () => Promise<Edited>>> = {
  'a product': async () => ({ path: `/products/${fresh('p')}`, body: () => ({ name: fresh('name') }) }),
  'a SKU mapping': async () => {
    const product = await world.product();
    return {
      path: `/sku-mappings/${fresh('sku')}`,
      body: () => ({ items: [{ product, quantity: 1 + Math.floor(Math.random() * 1000) }] }),
    };
  },
  'an event endpoint': async () => {
    const { id } = ok(
      await world.vendor<{ id: string }>('POST', '/event-endpoints', { body: { url: 'https://events.example.com' } }),
    );
    return {
      path: `/event-endpoints/${id}`,
      body: () => ({ url: 'https://events.example.com', description: fresh('text') }),
    };
  },
};

const put = (path: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
  world.vendor('PUT', path, { body, headers });
const tagOf = ({ headers }: { headers: Headers }): string => present(headers.get('etag') ?? undefined);

describe.each(Object.keys(edited))('entity tags of %s', (kind) => {
  const given = async () => {
    const { path, body } = await present(edited[kind])();
    return { path, body, made: await put(path, body()) };
  };

  it('GET and PUT answer with the same strong tag, and with another one after a change', async () => {
    const { path, body, made } = await given();
    const tag = tagOf(made);
    expect(tag).toMatch(/^"[\w-]+"$/);
    expect(tagOf(await world.vendor('GET', path))).toBe(tag);
    expect(tagOf(await put(path, body()))).not.toBe(tag);
  });

  it('the first of two changes with one If-Match succeeds and the second is 412', async () => {
    const { path, body, made } = await given();
    const read = tagOf(made);
    const first = await put(path, body(), { 'if-match': read });
    ok(first, 200);
    const second = await put(path, body(), { 'if-match': read });
    expectProblem(second, 'precondition-failed');
    expect(tagOf(second)).toBe(tagOf(first));
    expect((await world.vendor('GET', path)).body).toEqual(first.body);
  });

  it('one of many concurrent changes with the same If-Match succeeds', async () => {
    const { path, body, made } = await given();
    const replies = await Promise.all(Array.from({ length: 8 }, () => put(path, body(), { 'if-match': tagOf(made) })));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 412)).toHaveLength(7);
  });

  it('a change without If-Match succeeds', async () => {
    const { path, body } = await given();
    ok(await put(path, body()), 200);
    ok(await put(path, body(), { 'if-match': '*' }), 200);
  });

  it('GET with the current tag is 304, and with another one 200', async () => {
    const { path, body, made } = await given();
    const tag = tagOf(made);
    for (const header of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const reply = await world.vendor('GET', path, { headers: { 'if-none-match': header } });
      expect({ status: reply.status, text: reply.text, tag: tagOf(reply) }).toEqual({ status: 304, text: '', tag });
    }
    const now = tagOf(await put(path, body()));
    expect(tagOf(await world.vendor('GET', path, { headers: { 'if-none-match': tag } }))).toBe(now);
  });

  it('a weak tag and an invalid tag are refused for a change', async () => {
    const { path, body, made } = await given();
    expectProblem(await put(path, body(), { 'if-match': `W/${tagOf(made)}` }), 'precondition-failed');
    for (const header of ['revision-1', '"open', '']) {
      expectProblem(await put(path, body(), { 'if-match': header }), 'invalid-request');
    }
  });
});

it.each(['a product', 'a SKU mapping'])(
  '%s is created with If-None-Match: * only if it does not exist',
  async (kind) => {
    const { path, body } = await present(edited[kind])();
    expectProblem(await put(path, body(), { 'if-match': '*' }), 'precondition-failed');
    const replies = await Promise.all(Array.from({ length: 6 }, () => put(path, body(), { 'if-none-match': '*' })));
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 412, 412, 412, 412, 412]);
  },
);

it.each(['a SKU mapping', 'an event endpoint'])('%s is deleted with the tag that was read', async (kind) => {
  const { path, body } = await present(edited[kind])();
  const read = tagOf(await put(path, body()));
  const now = tagOf(await put(path, body()));
  expectProblem(await world.vendor('DELETE', path, { headers: { 'if-match': read } }), 'precondition-failed');
  ok(await world.vendor('DELETE', path, { headers: { 'if-match': now } }), 200);
  expectProblem(await world.vendor('GET', path), 'not-found');
});
