import { BatchGetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { answerBytes } from '../../../../../contract/answer-bytes.ts';
import { MAX_LICENSE_CONTENT_BYTES, MAX_MANUAL_ACTIONS, MAX_PENDING_ACTIONS } from '../../../../../domain/limits.ts';
import { putReprogramming, type Reprogramming } from '../../../../../functions/store/reprogramming-item.ts';
import { updateItemOf } from '../../../../../functions/store/update-item.ts';
import { contentBytes } from '../../../../../functions/use-cases/orders/deliver-order.ts';
import { chainFrom, MAX_CHAIN_BYTES } from '../../../../../functions/use-cases/reprogramming/update-chain.ts';
import { assembleJws, updateSigningInput } from '../../../../../protocol/index.ts';
import { testKey } from '../../../../harness/test-key-set.ts';
import { aLicense } from '../../../domain/given.ts';
import { givenRuntime } from '../../given-dependencies.ts';

const SERIAL = 's'.repeat(43);
/** The update key of `givenRuntime`. */
const KEY = await testKey(1);
/** The largest answer that Lambda returns. */
const LAMBDA_BYTES = 6 * 1024 * 1024;

/** As many licenses as one request can activate, each of nearly the largest size. */
const CHANGES: Reprogramming['changes'] = Array.from({ length: MAX_MANUAL_ACTIONS }, (_, index) => ({
  step: 'activate',
  op: 'put',
  license: aLicense(String(index).padStart(20, '0'), { terms: { features: Array(11).fill('f'.repeat(100)) } }),
}));

/** A table with the updates of one container, each of which moves these licenses. */
function tableWith(updates: readonly Reprogramming['changes'][]) {
  const { dependencies } = givenRuntime();
  const items = updates.flatMap((changes, index) => {
    const counter = index + 1;
    const digest = `sha256:${'0'.repeat(64)}`;
    const plan: Reprogramming = {
      id: `${SERIAL}-${counter}`,
      counter,
      from: { counter: index, digest },
      to: { counter, digest },
      contextCounter: 0,
      keys: 1,
      request: '',
      actor: 'user',
      plannedAt: '2026-11-24T12:00:00.000Z',
      dropped: [],
      changes,
    };
    const update = { reprogramming: plan.id, counter, jws: signed(plan), issuedAt: plan.plannedAt, eventId: 'E' };
    const planned = putReprogramming(dependencies, SERIAL, plan).map(({ Put }) => Put?.Item ?? {});
    return [...planned, updateItemOf(SERIAL, update)];
  });
  mockClient(dependencies.documents)
    .on(QueryCommand)
    .callsFake(({ ExpressionAttributeValues: { ':from': from, ':to': to } }) => {
      const found = items.filter(({ sk }) => String(sk) >= from && String(sk) <= to);
      return { Items: found.sort((one, other) => (String(one.sk) < String(other.sk) ? -1 : 1)) };
    })
    .on(BatchGetCommand)
    .callsFake(({ RequestItems }) => {
      const tables = Object.entries<{ Keys: readonly { sk: string }[] }>(RequestItems);
      const itemsWith = (keys: readonly { sk: string }[]) =>
        items.filter((item) => keys.some(({ sk }) => item.sk === sk));
      return { Responses: Object.fromEntries(tables.map(([table, { Keys }]) => [table, itemsWith(Keys)])) };
    });
  return dependencies;
}

/** An update that the key of the key set has signed. */
function signed({ id: jti, from, to }: Reprogramming): string {
  const payload = { iss: 'vendor', sub: SERIAL, jti, iat: 1, from, to };
  const input = updateSigningInput({ kid: KEY.jwk.kid, payload });
  return assembleJws(input, KEY.sign(new TextEncoder().encode(input)));
}

const response = ({ updates }: { readonly updates: readonly { readonly jws: string }[] }) =>
  updates.map(({ jws }) => (decodeJwt(jws) as { to: { counter: number } }).to.counter);

test('a chain that is too long for one answer ends before the update that does not fit, with more: true', async () => {
  const runtime = tableWith(Array(10).fill(CHANGES));
  const first = await chainFrom(runtime, SERIAL, 0, 10);
  expect(first.more).toBe(true);
  expect(answerBytes(first)).toBeLessThan(LAMBDA_BYTES - 500_000);
  expect(await chainFrom(runtime, SERIAL, 0, 10)).toEqual(first);

  const all: number[] = [];
  for (let counter = 0, goesOn = true; goesOn; ) {
    const chain = await chainFrom(runtime, SERIAL, counter, 10);
    expect(answerBytes(chain)).toBeLessThan(LAMBDA_BYTES - 500_000);
    all.push(...response(chain));
    counter += chain.updates.length;
    goesOn = chain.more === true;
  }
  expect(all).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('an update that is larger than a chain may be is returned alone', async () => {
  const quotes = { features: Array(15).fill('"'.repeat(50)) };
  const whole: Reprogramming['changes'] = Array.from({ length: 2 * MAX_MANUAL_ACTIONS }, (_, index) => ({
    step: 'activate',
    op: 'put',
    license: aLicense(String(index), { terms: quotes }),
  }));
  expect(Buffer.byteLength(JSON.stringify(quotes))).toBeGreaterThan(MAX_LICENSE_CONTENT_BYTES);
  const runtime = tableWith([whole, whole]);
  const chain = await chainFrom(runtime, SERIAL, 0, 2);
  expect(answerBytes(chain)).toBeGreaterThan(MAX_CHAIN_BYTES);
  expect([response(chain), chain.more]).toEqual([[1], true]);
  expect(await chainFrom(runtime, SERIAL, 1, 2)).not.toHaveProperty('more');
});

test('the largest allowed update fits into an answer, with any characters in its licenses', async () => {
  const terms = { features: Array(11).fill('"'.repeat(51)) };
  const put = (index: number) => aLicense(String(index).padStart(20, '0'), { product: 'p'.repeat(20), terms });
  const bytes = contentBytes('p'.repeat(20), terms, []);
  expect([bytes <= MAX_LICENSE_CONTENT_BYTES, bytes > MAX_LICENSE_CONTENT_BYTES - 30]).toEqual([true, true]);
  const changes: Reprogramming['changes'] = Array.from(
    { length: MAX_PENDING_ACTIONS + MAX_MANUAL_ACTIONS },
    (_, index) => [
      { step: 'replace', op: 'remove', license: put(index), by: 'new' } as const,
      { step: 'replace', op: 'put', license: put(index), for: 'old' } as const,
    ],
  ).flat();
  const chain = await chainFrom(tableWith([changes]), SERIAL, 0, 1);
  expect(answerBytes(chain)).toBeLessThan(LAMBDA_BYTES - 500_000);
});

test('a chain that fits is returned whole, without more', async () => {
  const runtime = tableWith([CHANGES, CHANGES.slice(0, 1)]);
  const chain = await chainFrom(runtime, SERIAL, 0, 2);
  expect(response(chain)).toEqual([1, 2]);
  expect(chain).not.toHaveProperty('more');
  expect(await chainFrom(runtime, SERIAL, 2, 2)).toEqual({ updates: [] });
});
