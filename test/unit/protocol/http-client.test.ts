import { afterEach, expect, test, vi } from 'vitest';
import { type HttpOptions, sendRequest } from '../../../protocol/http-client.ts';

const REQUEST = { server: 'https://licenses.example.com', path: '/status', method: 'GET', headers: {} };

const options = (answers: Response[], more: Partial<HttpOptions> = {}): HttpOptions => ({
  attempts: 3,
  backoffMilliseconds: 1,
  timeoutSeconds: 1,
  maxAnswerBytes: 10,
  parseJson: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
  passingCodes: ['still-running'],
  fetch: () => Promise.resolve(answers.shift() ?? Response.error()),
  ...more,
});

afterEach(() => {
  vi.useRealTimers();
});

test('a Retry-After of more than 20 seconds is shortened to 20 seconds', async () => {
  vi.useFakeTimers();
  const pauses: number[] = [];
  const busy = new Response('{}', { status: 503, headers: { 'retry-after': '3600' } });
  const sent = sendRequest(
    REQUEST,
    options([busy, new Response('{}')], { onRetry: ({ pauseMilliseconds }) => pauses.push(pauseMilliseconds) }),
  );
  await vi.runAllTimersAsync();
  expect(await sent).toMatchObject({ kind: 'answer', status: 200 });
  expect(pauses).toEqual([20_000]);
});

test('a Retry-After of more than 20 seconds ends the retries with giveUpOnLongPause', async () => {
  const answers = [new Response('{}', { status: 503, headers: { 'retry-after': '21' } }), new Response('{}')];
  expect(await sendRequest(REQUEST, options(answers, { giveUpOnLongPause: true }))).toMatchObject({
    kind: 'problem',
    problem: { status: 503, code: 'http-503' },
  });
  expect(answers).toHaveLength(1);
});

test('a problem with a passing code is retried; any other problem is a result', async () => {
  const answers = ['still-running', 'refused', 'never-sent'].map((code) =>
    Response.json({ code, dependents: ['L1'] }, { status: 409 }),
  );
  const result = await sendRequest(REQUEST, options(answers, { maxAnswerBytes: 1000 }));
  expect(result).toMatchObject({
    kind: 'problem',
    problem: { code: 'refused', members: { dependents: ['L1'] } },
    isAfterLostAnswer: false,
  });
  expect(answers).toHaveLength(1);
});

test('an answer of more than maxAnswerBytes is unreachable', async () => {
  expect(await sendRequest(REQUEST, options([new Response('x'.repeat(10))]))).toMatchObject({ kind: 'answer' });
  expect(await sendRequest(REQUEST, options([new Response('x'.repeat(11))]))).toMatchObject({ kind: 'unreachable' });
});
