import { expect, test } from 'vitest';
import { putWebhook, type StoredWebhook } from '../../../functions/store/webhook-item.ts';
import { closeWebhook } from '../../../functions/use-cases/webhooks/close-webhook.ts';
import { recordOutcome } from '../../../functions/use-cases/webhooks/record-outcome.ts';
import { reportOpenWebhooks } from '../../../functions/use-cases/webhooks/report-open-webhooks.ts';
import { type Fixture, NOW, newFixture, transaction } from './fixture.ts';

const PERSON = { kind: 'person', id: 'ann' } as const;
const HOUR_MILLISECONDS = 3_600_000;

const RECEIVED: StoredWebhook = {
  id: 'msg-1',
  source: 'erp',
  body: '{}',
  receivedAt: NOW.toISOString(),
  seed: 'seed',
  state: 'received',
  revision: 0,
};

/** A webhook that waits for its order. */
async function waiting(fixture: Fixture): Promise<StoredWebhook> {
  const runtime = await fixture.runtime();
  expect(await putWebhook(runtime, RECEIVED)).toBe(true);
  return recordOutcome(runtime, { ...RECEIVED, revision: 1 }, { state: 'waiting', result: { orderId: 'order' } });
}

const anHourLater = async (fixture: Fixture, pause?: Parameters<Fixture['runtime']>[0]) => ({
  ...(await fixture.runtime(pause)),
  now: () => new Date(NOW.getTime() + HOUR_MILLISECONDS),
});

test('two looks at once report a webhook that waits for long once', async () => {
  const fixture = await newFixture();
  await waiting(fixture);
  const meanwhile = async () =>
    expect(await reportOpenWebhooks(await anHourLater(fixture))).toMatchObject({ waiting: 1 });
  const late = await anHourLater(fixture, { before: transaction, meanwhile });
  expect(await reportOpenWebhooks(late)).toMatchObject({ waiting: 0 });
  expect(await reportOpenWebhooks(await anHourLater(fixture))).toMatchObject({ waiting: 0 });
});

test('a webhook that was closed while it waited is not reported', async () => {
  const fixture = await newFixture();
  await waiting(fixture);
  await closeWebhook(await fixture.runtime(), PERSON, 'msg-1', 'refunded in cash');
  expect(await reportOpenWebhooks(await anHourLater(fixture))).toMatchObject({ waiting: 0 });
});

test('the first reason stays when two people close a webhook at once, and both see it', async () => {
  const fixture = await newFixture();
  await waiting(fixture);
  const meanwhile = async () => void (await closeWebhook(await fixture.runtime(), PERSON, 'msg-1', 'first'));
  const late = await fixture.runtime({ before: transaction, meanwhile });
  const closing = await closeWebhook(late, PERSON, 'msg-1', 'second');
  expect(closing).toMatchObject({ kind: 'closed', webhook: { closed: { reason: 'first' } } });
});
