import { describe, expect, test } from 'vitest';
import { addAttempts, type EndpointAttempts, healthOf, isWorthWriting } from '../../../domain/endpoint-health.ts';

/** A time so many seconds after midnight. */
const at = (seconds: number): string => new Date(Date.UTC(2027, 0, 1) + seconds * 1000).toISOString();
const success = (seconds: number) => ({ at: at(seconds) });
const failure = (seconds: number, error = 'answered 500') => ({ at: at(seconds), error });

describe('the attempts of an endpoint', () => {
  test('the first error after a success starts the time of failing, and further errors keep it', () => {
    const known = addAttempts({}, [success(0), failure(10), failure(20, 'ECONNREFUSED')]);
    expect(known).toEqual({
      lastSuccessAt: at(0),
      lastError: { at: at(20), error: 'ECONNREFUSED' },
      failingSince: at(10),
    });
    expect(addAttempts(known, [failure(99)])).toMatchObject({ failingSince: at(10) });
  });

  test('a success ends the time of failing and keeps the last error', () => {
    const failing = addAttempts({}, [failure(10)]);
    expect(addAttempts(failing, [success(11)])).toEqual({
      lastSuccessAt: at(11),
      lastError: { at: at(10), error: 'answered 500' },
    });
  });

  test('attempts of one round count in the order of their times, whatever the order in which they are stored', () => {
    const inOrder = addAttempts({}, [success(0), failure(5), success(6), failure(7)]);
    expect(addAttempts({}, [failure(7), success(6), failure(5), success(0)])).toEqual(inOrder);
    expect(inOrder.failingSince).toBe(at(7));
  });

  test('a round that ends late overwrites no later success and no later error', () => {
    const known: EndpointAttempts = addAttempts({}, [success(100)]);
    expect(addAttempts(known, [failure(50)])).toEqual({
      lastSuccessAt: at(100),
      lastError: { at: at(50), error: 'answered 500' },
    });
    const failing = addAttempts({}, [failure(100)]);
    expect(addAttempts(failing, [success(50)])).toEqual({ ...failing, lastSuccessAt: at(50) });
    expect(addAttempts(failing, [failure(50, 'ECONNRESET')])).toEqual(failing);
    expect(addAttempts(known, [success(50)])).toEqual(known);
  });
});

describe('a write of the attempts', () => {
  const healthy = addAttempts({}, [success(0)]);
  const failing = addAttempts(healthy, [failure(1)]);
  test.each([
    ['the first success', {}, healthy, true],
    ['another success within a minute', healthy, addAttempts(healthy, [success(59)]), false],
    ['a success a minute later', healthy, addAttempts(healthy, [success(60)]), true],
    ['the first error', healthy, failing, true],
    ['the same error within a minute', failing, addAttempts(failing, [failure(60)]), false],
    ['the same error a minute later', failing, addAttempts(failing, [failure(61)]), true],
    ['another error within a minute', failing, addAttempts(failing, [failure(2, 'ECONNREFUSED')]), true],
    ['a recovery within a minute', failing, addAttempts(failing, [success(2)]), true],
    ['no attempt', {}, {}, false],
  ] as const)('%s: from %o to %o is %s', (_, before, after, expected) => {
    expect(isWorthWriting(before, after)).toBe(expected);
  });
});

describe('the health of an endpoint', () => {
  const backlog = { events: 3, since: at(10), nextAttemptAt: at(100), retried: true };
  const healthy = addAttempts({}, [success(0)]);

  test('an endpoint that was sent nothing is untried', () => {
    expect(healthOf({}, [])).toEqual({ status: 'untried', backlog: { events: 0 } });
  });

  test('an endpoint whose last attempt failed is failing, also when nothing waits any more', () => {
    expect(healthOf(addAttempts(healthy, [failure(5)]), [])).toMatchObject({
      status: 'failing',
      failingSince: at(5),
      backlog: { events: 0 },
    });
  });

  test('an endpoint that answers while an event that failed waits is retrying, not healthy', () => {
    expect(healthOf(healthy, [backlog]).status).toBe('retrying');
    expect(healthOf(healthy, [{ ...backlog, retried: false }]).status).toBe('healthy');
    expect(healthOf(healthy, []).status).toBe('healthy');
  });

  test('backlogs of several queues add up to their sum, the oldest event and the first next attempt', () => {
    const other = { events: 2, since: at(20), nextAttemptAt: at(50), retried: true };
    expect(healthOf({}, [backlog, other])).toMatchObject({
      backlog: { events: 5, since: at(10) },
      nextAttemptAt: at(50),
    });
  });
});
