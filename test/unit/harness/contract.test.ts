import { describe, expect, test } from 'vitest';
import { NEW_ORDER } from '../../../contract/examples.ts';
import { gatewayProblem } from '../../../contract/gateway-problems.ts';
import { type Answered, checkAnswer } from '../../harness/contract.ts';

const SERIAL = 'A'.repeat(43);
const PRODUCT = { code: 'cad', name: 'CAD', features: [], requires: [] };

const answered = (status: number, body: unknown, type = 'application/json'): Answered => ({
  status,
  headers: new Headers({ 'content-type': type, etag: '"tag"' }),
  text: JSON.stringify(body),
  body,
});
const notFound = (more: object = {}): Answered =>
  answered(
    404,
    { type: '/problems/not-found', code: 'not-found', title: 'Not found', status: 404, detail: 'Nothing.', ...more },
    'application/problem+json',
  );

const get = (path: string, reply: Answered) => () => checkAnswer('GET', path, reply);

describe('the contract check of an answer', () => {
  test('an answer that fits its schema passes, however its address is spelled', () => {
    expect(get('/products/cad', answered(200, PRODUCT))).not.toThrow();
    expect(get('/products/c%61d?limit=1', answered(200, PRODUCT))).not.toThrow();
    expect(get('/products', answered(200, { items: [PRODUCT], cursor: 'eyJ9' }))).not.toThrow();
    expect(get('/products/cad', notFound())).not.toThrow();
  });

  test('an extra member is a fault at any depth', () => {
    expect(get('/products/cad', answered(200, { ...PRODUCT, revision: 1 }))).toThrow('revision');
    expect(get('/products', answered(200, { items: [{ ...PRODUCT, revision: 1 }] }))).toThrow('revision');
    expect(get('/products/cad', notFound({ stack: 'at' }))).toThrow('stack');
  });

  test('a missing member, or one of another type, is a fault', () => {
    expect(get('/products/cad', answered(200, { ...PRODUCT, code: undefined }))).toThrow('code');
    const reply = answered(200, { status: 'confirmed', container: `${SERIAL}A`, counter: 1 });
    expect(() => checkAnswer('POST', '/depot/receipts', reply)).toThrow('container');
  });

  test('a status that the endpoint does not list is a fault, and so is an answer from an unknown endpoint', () => {
    expect(get('/products/cad', answered(202, PRODUCT))).toThrow('no schema for 202');
    expect(get('/no/such/path', answered(200, PRODUCT))).toThrow('no endpoint');
  });

  test('a problem that the endpoint does not list is a fault, and so is a missing header', () => {
    expect(get('/orders', notFound())).toThrow('does not list');
    expect(() => checkAnswer('POST', '/orders', answered(201, NEW_ORDER))).toThrow('location');
  });

  test('a problem must have a known code, that code’s status and title, and the media type of problems', () => {
    expect(get('/products/cad', notFound({ code: 'not-found-at-all' }))).toThrow('unknown');
    expect(get('/products/cad', { ...notFound(), status: 410 })).toThrow('not 410');
    expect(get('/products/cad', notFound({ title: 'Gone' }))).toThrow('title');
    expect(get('/products/cad', { ...notFound(), headers: new Headers() })).toThrow('a problem as');
  });

  test('an answer from the server in front of the functions must have the form of its code', () => {
    const late = (status: number, more: object = {}): Answered =>
      answered(status, { ...gatewayProblem('service-unavailable'), ...more }, 'application/problem+json');
    expect(get('/products/cad', late(503))).not.toThrow();
    expect(get('/products/cad', late(500))).toThrow('not 500');
    expect(get('/products/cad', late(503, { stack: 'at' }))).toThrow('stack');
  });
});
