import { describe, expect, test } from 'vitest';
import { requestPath, withParamsOfQuery } from '../../../protocol/request-path.ts';

const HISTORY = '/orders/{orderId}/history';

describe('the path of a request', () => {
  test.each(['SO-1', 'a.b_c~d', '0815', '...'])('contains the id %s, which nothing on the way changes', (orderId) => {
    expect(requestPath(HISTORY, { orderId })).toBe(`/orders/${orderId}/history`);
  });

  test.each([
    ['2026/0815', '2026%2F0815'],
    ['a?b', 'a%3Fb'],
    ['50%', '50%25'],
    ['a b', 'a+b'],
    ['.', '.'],
    ['..', '..'],
    ['-', '-'],
    ['-1', '-1'],
    ['ü😀', '%C3%BC%F0%9F%98%80'],
  ])('has the id %s in its query, with a hyphen in its place', (orderId, encoded) => {
    expect(requestPath(HISTORY, { orderId })).toBe(`/orders/-/history?orderId=${encoded}`);
  });

  test('has the query of the request after the ids, without what is undefined', () => {
    expect(requestPath(HISTORY, { orderId: 'a/b' }, { limit: 5, cursor: undefined })).toBe(
      '/orders/-/history?orderId=a%2Fb&limit=5',
    );
  });

  test.each([{}, { orderId: '' }])('is refused without the id: %j', (params) => {
    expect(() => requestPath(HISTORY, params)).toThrow('orderId');
  });
});

describe('a parameter of the path', () => {
  test('is taken from the query if the path has a hyphen in its place', () => {
    expect(withParamsOfQuery({ params: { orderId: '-' }, query: { orderId: 'a/b', limit: '5' } })).toEqual({
      params: { orderId: 'a/b' },
      query: { limit: '5' },
    });
  });

  test('is a hyphen if the query does not have it', () => {
    const given = { params: { orderId: '-' }, query: { limit: '5' } };
    expect(withParamsOfQuery(given)).toEqual(given);
  });

  test('is not replaced by the query if the path has it', () => {
    const given = { params: { orderId: 'SO-1' }, query: { orderId: 'SO-2' } };
    expect(withParamsOfQuery(given)).toEqual(given);
  });
});
