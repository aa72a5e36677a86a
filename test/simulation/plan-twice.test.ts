import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BatchGetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import type { WorkflowInput } from '../../contract/tasks.ts';
import type { Dependencies } from '../../functions/dependencies.ts';
import { outcomeKey } from '../../functions/store/keys.ts';
import { createTaskHandler } from '../../functions/use-cases/reprogramming/task-handler.ts';
import { consoleLog } from '../../local/console-log.ts';
import { fixedKeySets } from '../harness/test-key-set.ts';
import { identity, plainSigner } from './identities.ts';
import { createMemoryTable, type MemoryTable } from './memory-table.ts';
import { seededRandom } from './seeded-random.ts';

const NAME = 'table';
const ID = '0000AAAAAAAAAAAAAAAA';
const TICKET = 'AAAAA-AAAAA-AAAAA-AAAAA-AAAAA';

let runtimes = 0;

const runtimeOn = async (table: MemoryTable, before: (command: unknown) => Promise<void>): Promise<Dependencies> => ({
  documents: {
    send: async (command: unknown) => {
      await before(command);
      return table.send(command);
    },
  } as unknown as DynamoDBDocumentClient,
  tableName: NAME,
  log: consoleLog,
  issuer: 'vendor',
  signer: await plainSigner(),
  keySets: fixedKeySets([]),
  workflow: { start: async () => undefined, sendReceipt: async () => 'gone', isRunning: async () => true },
  now: () => new Date('2027-01-01T00:00:00Z'),
  random: seededRandom(++runtimes).bytes,
  sleep: () => Promise.resolve(),
});

// Found by the simulator: step `activate`, fault `duplicate-task` at the first call of Plan.
test('T5 a plan made twice at once never refuses a license that it reserved itself', async () => {
  const table = createMemoryTable(NAME, () => 0);
  const { serial } = await identity(0);
  const license = { id: ID, product: 'basic', terms: {}, requires: [], ticket: TICKET, orderId: 'order', revision: 1 };
  const keys = { pk: `TICKET#${TICKET}`, sk: `LICENSE#${ID}`, indexPk: `LICENSE#${ID}`, indexSk: 'LICENSE' };
  table.send(new PutCommand({ TableName: NAME, Item: { ...license, ...keys, standing: { at: 'available' } } }));
  const reprogramming = `${serial}-1-${'A'.repeat(24)}`;
  const input: WorkflowInput = {
    reprogramming,
    container: serial,
    activate: [{ ticket: TICKET, license: ID }],
    deactivate: [],
    from: 0,
    keys: 1,
    request: 'request',
    actor: 'user',
  };
  const undisturbed = await runtimeOn(table, () => Promise.resolve());
  const first = createTaskHandler(() => undisturbed);
  let isFirstDone = false;
  const runtime = await runtimeOn(table, async (command) => {
    if (isFirstDone || !(command instanceof BatchGetCommand)) return;
    isFirstDone = true;
    await first({ task: 'Plan', input });
  });

  const planned = await createTaskHandler(() => runtime)({ task: 'Plan', input });

  expect(planned).toMatchObject({ reprogramming, counter: 1, work: { activate: 1 } });
  const { pk, sk } = outcomeKey(serial, reprogramming);
  expect(table.get(pk, sk)).toBeUndefined();
});
