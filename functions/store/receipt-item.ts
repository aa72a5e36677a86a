import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { Dependencies } from '../dependencies.ts';
import { afterPrefix, receiptKey } from './keys.ts';
import { queryPage } from './queries.ts';

const receiptItem = z.object({ counter: z.int(), jws: z.string() });

/** A context of a container that was the receipt for its update `counter`. */
export type StoredReceipt = z.infer<typeof receiptItem>;

/** Keeps the receipt for the update `counter`. A repeated call writes the same item, or another true receipt for that update. */
export async function saveReceipt(
  { documents, tableName }: Dependencies,
  serial: string,
  counter: number,
  jws: string,
): Promise<void> {
  await documents.send(
    new PutCommand({ TableName: tableName, Item: { ...receiptKey(serial, counter), counter, jws } }),
  );
}

/** The first kept receipt for the update `counter` or one after it: a receipt confirms all updates before it, too (T2). */
export async function findReceipt(
  dependencies: Dependencies,
  serial: string,
  counter: number,
): Promise<StoredReceipt | undefined> {
  const { pk, sk } = receiptKey(serial, counter);
  const { items } = await queryPage(dependencies, { pk, from: sk, to: afterPrefix('RECEIPT') }, 1, undefined);
  return items.map((item) => receiptItem.parse(item))[0];
}
