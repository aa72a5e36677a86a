import { setImmediate } from 'node:timers/promises';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import { openLocalTable } from '../../../local/local-table.ts';

const TableName = 'table';

function open() {
  const table = openLocalTable({
    path: undefined,
    tableName: TableName,
    expiry: 'ends',
    isFed: () => true,
    now: Date.now,
  });
  onTestFinished(() => table.database.close());
  return table;
}

test('work that only calls the table lets other events of the process run', async () => {
  const { documents } = open();
  let turns = 0;
  let isDone = false;
  const others = (async () => {
    while (!isDone) {
      await setImmediate();
      turns += 1;
    }
  })();
  const until = performance.now() + 100;
  while (performance.now() < until) await documents.send(new GetCommand({ TableName, Key: { pk: 'A', sk: '1' } }));
  isDone = true;
  await others;
  // Without turns, the other work would run once, at the end.
  expect(turns).toBeGreaterThan(3);
});

test('expired items are deleted, and the others stay', async () => {
  const { documents, deleteExpired, storage } = open();
  const now = Math.floor(Date.now() / 1000);
  for (const [sk, ends] of [
    ['1', now - 10],
    ['2', now + 1_000],
    ['3', undefined],
  ] as const)
    await documents.send(new PutCommand({ TableName, Item: { pk: 'A', sk, ...(ends === undefined ? {} : { ends }) } }));
  await deleteExpired();
  expect(['1', '2', '3'].map((sk) => storage.get({ pk: 'A', sk })?.sk)).toEqual([undefined, '2', '3']);
});
