import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { deliverSale } from '../../../../../functions/use-cases/webhooks/deliver-sale.ts';
import { refundSale } from '../../../../../functions/use-cases/webhooks/refund-sale.ts';
import { givenRuntime, VENDOR } from '../../given-dependencies.ts';

const table = mockClient(DynamoDBDocumentClient);
beforeEach(() => void table.reset());

const ORDER = {
  orderId: 'shopify-1',
  ticket: 'TICKT',
  body: 'digest',
  items: [{ product: 'cad', quantity: 2 }],
  seed: 'seed',
  createdAt: '2026-11-24T12:00:00.000Z',
  state: 'delivered',
  sale: { lines: [{ line: '7', quantity: 2, units: [2] }], refunded: ['9'] },
};
const REFUND = { orderId: 'shopify-1', refund: '8', reason: 'refund', lines: [{ line: '7', quantity: 1 }] };

const license = (id: string, standing: object) => ({
  id,
  product: 'cad',
  terms: {},
  requires: [],
  ticket: 'TICKT',
  orderId: 'shopify-1',
  standing,
  revision: 1,
});

/** The items that were put, in the order of the transactions. */
const written = (): Record<string, unknown>[] =>
  table
    .commandCalls(TransactWriteCommand)
    .flatMap((call) => call.args[0].input.TransactItems ?? [])
    .flatMap((write) => (write.Put?.Item === undefined ? [] : [write.Put.Item]));

function given({
  order,
  refunds,
  licenses = [],
}: {
  order?: object;
  refunds?: object;
  licenses?: readonly object[];
}): void {
  table.on(GetCommand).resolves({});
  table
    .on(GetCommand, { Key: { pk: 'ORDER#shopify-1', sk: 'ORDER' } })
    .resolves(order === undefined ? {} : { Item: order });
  table
    .on(GetCommand, { Key: { pk: 'ORDER#shopify-1', sk: 'REFUNDS' } })
    .resolves(refunds === undefined ? {} : { Item: refunds });
  table.on(QueryCommand).resolves({ Items: [...licenses] });
  table.on(TransactWriteCommand).resolves({});
}

describe('a refund', () => {
  const gone = [license('0000A', { at: 'withdrawn' }), license('0001A', { at: 'withdrawn' })];

  test('a refund stores the units that it takes, with the revision that it read', async () => {
    given({
      order: ORDER,
      refunds: { refunds: [{ refund: '5', units: [0] }], waiting: ['w'], revision: 4 },
      licenses: gone,
    });
    const outcome = await refundSale(givenRuntime().dependencies, VENDOR, 'w', REFUND);
    expect(outcome).toMatchObject({ state: 'done', result: { refund: '8', withdrawn: ['0001A'], refused: [] } });
    const taken = [
      { refund: '5', units: [0] },
      { refund: '8', units: [1] },
    ];
    expect(written()).toEqual([
      expect.objectContaining({ sk: 'REFUNDS', refunds: taken, waiting: ['w'], revision: 5 }),
    ]);
  });

  test('a repeated refund withdraws the stored units and stores nothing', async () => {
    given({
      order: ORDER,
      refunds: { refunds: [{ refund: '8', units: [0] }], waiting: [], revision: 1 },
      licenses: gone,
    });
    expect(await refundSale(givenRuntime().dependencies, VENDOR, 'w', REFUND)).toMatchObject({
      result: { withdrawn: ['0000A'] },
    });
    expect(written()).toEqual([]);
  });

  test('a refund is planned again when a concurrent refund was stored first', async () => {
    given({ order: ORDER, licenses: gone });
    table.on(TransactWriteCommand).rejectsOnce(
      new TransactionCanceledException({
        message: 'refused',
        $metadata: {},
        CancellationReasons: [{ Code: 'ConditionalCheckFailed' }],
      }),
    );
    expect(await refundSale(givenRuntime().dependencies, VENDOR, 'w', REFUND)).toMatchObject({ state: 'done' });
    expect(table.commandCalls(TransactWriteCommand)).toHaveLength(2);
  });

  test('a refund that the order was delivered without withdraws nothing', async () => {
    given({ order: ORDER, licenses: gone });
    const outcome = await refundSale(givenRuntime().dependencies, VENDOR, 'w', { ...REFUND, refund: '9' });
    expect(outcome).toMatchObject({ state: 'done' });
    expect(written()).toEqual([]);
  });

  test('a refund of an order that did not come from the shop fails and stores nothing', async () => {
    const { sale: _, ...withoutSale } = ORDER;
    given({ order: withoutSale, licenses: gone });
    expect(await refundSale(givenRuntime().dependencies, VENDOR, 'w', REFUND)).toMatchObject({ state: 'failed' });
    expect(written()).toEqual([]);
  });

  test('a refund of an undelivered order registers its webhook once and then reads the order again', async () => {
    given({ order: { ...ORDER, state: 'delivering' } });
    const { dependencies } = givenRuntime();
    expect(await refundSale(dependencies, VENDOR, 'w', REFUND)).toEqual({
      state: 'waiting',
      result: { orderId: 'shopify-1' },
    });
    expect(written()).toEqual([expect.objectContaining({ sk: 'REFUNDS', waiting: ['w'], refunds: [] })]);
    expect(table.commandCalls(GetCommand).at(-1)?.args[0].input.Key).toEqual({ pk: 'ORDER#shopify-1', sk: 'ORDER' });
  });
});

describe('a sale', () => {
  const sale = { orderId: 'shopify-1', lines: [{ line: '7', sku: 'PRO', quantity: 2 }], refunded: [] };

  test('a sale whose order is delivered writes nothing and reads no mapping', async () => {
    given({ order: ORDER });
    const outcome = await deliverSale(givenRuntime().dependencies, VENDOR, 'shopify', sale);
    expect(outcome).toEqual({ state: 'done', result: { orderId: 'shopify-1', ticket: 'TICKT' } });
    expect(table.calls()).toHaveLength(1);
  });

  test('a sale of more units than its order delivered fails with order-exists', async () => {
    given({ order: ORDER });
    const more = { ...sale, lines: [{ line: '7', sku: 'PRO', quantity: 3 }] };
    expect(await deliverSale(givenRuntime().dependencies, VENDOR, 'shopify', more)).toMatchObject({
      state: 'failed',
      problem: { code: 'order-exists' },
    });
  });
});
