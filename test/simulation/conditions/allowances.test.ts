import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { createTokenRateLimit } from '../../../functions/api/rate-limits/token-rate-limit.ts';
import type { Dependencies } from '../../../functions/dependencies.ts';
import { newFixture } from './fixture.ts';

/** The counter in the table that all instances share. */
const counting = (dependencies: Dependencies): Dependencies => {
  let used: number | undefined;
  const send = async ({ input }: UpdateCommand): Promise<object> => {
    const { ':block': block, ':most': most } = input.ExpressionAttributeValues as Readonly<Record<string, number>>;
    if (input.ConditionExpression !== undefined && used !== undefined && used > Number(most)) {
      const Item = { used: { N: String(used) } };
      throw new ConditionalCheckFailedException({ $metadata: {}, message: 'refused', Item });
    }
    used = (used ?? 0) + Number(block);
    return { Attributes: { used } };
  };
  return { ...dependencies, documents: { send } as never };
};

test('three instances together never accept more requests in one minute than the limit', async () => {
  const runtime = counting(await (await newFixture()).runtime());
  const instances = [createTokenRateLimit(), createTokenRateLimit(), createTokenRateLimit()];
  let allowed = 0;
  for (let request = 0; request < 300; request++) {
    const instance = instances[request % 3] ?? expect.fail();
    if ((await instance.take(runtime, 'caller', 100)).allowed) allowed += 1;
  }
  expect(allowed).toBe(100);
});
