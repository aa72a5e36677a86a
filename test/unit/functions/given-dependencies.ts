import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { VendorActor } from '../../../domain/history.ts';
import type { Dependencies } from '../../../functions/dependencies.ts';
import { consoleLog } from '../../../local/console-log.ts';
import { firstKeySet, fixedKeySets, testKey } from '../../harness/test-key-set.ts';

/** The vendor, without the token or person that acts. */
export const VENDOR: VendorActor = { kind: 'vendor' };

const KEY_SET = await firstKeySet('vendor', [(await testKey(1)).jwk]);

/** Dependencies whose table a test mocks, with a constant clock and counting random bytes. */
export function givenRuntime(overrides: Partial<Dependencies> = {}): {
  dependencies: Dependencies;
  slept: number[];
} {
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'eu-central-1' }), {
    marshallOptions: { removeUndefinedValues: true, convertClassInstanceToMap: true },
  });
  const slept: number[] = [];
  let next = 0;
  const dependencies: Dependencies = {
    documents,
    tableName: 'table',
    signer: {
      sign: async () => new Uint8Array(64),
      publicKeys: async () => [],
    },
    keySets: fixedKeySets([KEY_SET]),
    workflow: { start: async () => undefined, sendReceipt: async () => 'sent', isRunning: async () => true },
    log: consoleLog,
    issuer: 'vendor',
    now: () => new Date('2026-11-24T12:00:00.000Z'),
    random: (length) => Uint8Array.from({ length }, () => next++ % 256),
    sleep: async (milliseconds) => {
      slept.push(milliseconds);
    },
    ...overrides,
  };
  return { dependencies, slept };
}
