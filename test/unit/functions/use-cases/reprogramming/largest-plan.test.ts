import { expect, test } from 'vitest';
import type { TicketLicense } from '../../../../../domain/license.ts';
import {
  MAX_LICENSE_CONTENT_BYTES,
  MAX_MANUAL_ACTIONS,
  MAX_ORDER_ID_BYTES,
  MAX_PENDING_ACTIONS,
} from '../../../../../domain/limits.ts';
import type { Change } from '../../../../../domain/sequence.ts';
import { putReprogramming, type Reprogramming } from '../../../../../functions/store/reprogramming-item.ts';
import { TRANSACTION_ITEMS } from '../../../../../functions/store/transactions.ts';
import { contentBytes } from '../../../../../functions/use-cases/orders/deliver-order.ts';
import { reservationWrite, roomBeside } from '../../../../../functions/use-cases/reprogramming/reserve.ts';
import { givenRuntime } from '../../given-dependencies.ts';

/** DynamoDB's limits on one item, and on one transaction. */
const ITEM_BYTES = 400_000;
const TRANSACTION_BYTES = 4_000_000;

const SERIAL = 's'.repeat(43);
const PRODUCT = 'p'.repeat(64);

let made = 0;

/** A license of the largest allowed size, to the byte. */
const largest = (): TicketLicense => {
  made += 1;
  const requires: string[] = [];
  const left = MAX_LICENSE_CONTENT_BYTES - contentBytes(PRODUCT, { features: [''] }, requires);
  const terms = { features: ['x'.repeat(left)] };
  expect(contentBytes(PRODUCT, terms, requires)).toBe(MAX_LICENSE_CONTENT_BYTES);
  return {
    id: String(made).padStart(20, '0'),
    product: PRODUCT,
    terms,
    requires,
    ticket: 'AAAAA-AAAAA-AAAAA-AAAAA-AAAAA',
    orderId: String(made).padStart(MAX_ORDER_ID_BYTES, 'o'),
  };
};

/** The vendor replaces as many licenses as may be pending; the user returns and activates as many as a request may name. */
const changesOfTheLargest = (): Change[] => {
  const changes: Change[] = [];
  for (let index = 0; index < MAX_MANUAL_ACTIONS; index++)
    changes.push({ step: 'deactivate', op: 'remove', license: largest() });
  for (let index = 0; index < MAX_PENDING_ACTIONS; index++) {
    const [old, fresh] = [largest(), largest()];
    changes.push({ step: 'replace', op: 'remove', license: old, by: fresh.id });
    changes.push({ step: 'replace', op: 'put', license: fresh, for: old.id });
  }
  for (let index = 0; index < MAX_MANUAL_ACTIONS; index++)
    changes.push({ step: 'activate', op: 'put', license: largest() });
  return changes;
};

const planOf = (changes: readonly Change[]): Reprogramming => ({
  id: 'r'.repeat(80),
  counter: 1_000_000,
  from: { counter: 999_999, digest: `sha256:${'0'.repeat(64)}` },
  to: { counter: 1_000_000, digest: `sha256:${'0'.repeat(64)}` },
  contextCounter: 999_980,
  keys: 1,
  request: 'q'.repeat(43),
  actor: 'user',
  plannedAt: '2027-01-01T00:00:00.000Z',
  dropped: [],
  changes,
});

/** Bytes as JSON, which are more than DynamoDB counts. */
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

test('Q3 Q7 the largest allowed plan fits into one transaction, with 100 items and below 4 MB', () => {
  const { dependencies } = givenRuntime();
  const plan = planOf(changesOfTheLargest());
  const activated = plan.changes.flatMap((change) => (change.step === 'activate' ? [change.license] : []));
  const writes = [
    ...putReprogramming(dependencies, SERIAL, plan),
    ...activated
      .slice(0, roomBeside(plan))
      .map((license) =>
        reservationWrite(dependencies, { ...license, revision: 1, standing: { at: 'available' } }, SERIAL, plan.id),
      ),
  ];
  // The head is one more item.
  expect(writes.length + 1).toBe(TRANSACTION_ITEMS);
  const sizes = writes.map(({ Put }) => bytesOf(Put?.Item));
  expect(Math.max(...sizes)).toBeLessThan(ITEM_BYTES);
  expect(sizes.reduce((sum, size) => sum + size, 0) + 1_000).toBeLessThan(TRANSACTION_BYTES);
});

test('a plan on one page leaves room for 98 reservations', () => {
  expect(roomBeside(planOf([]))).toBe(98);
  expect(roomBeside(planOf([{ step: 'activate', op: 'put', license: largest() }]))).toBe(98);
});
