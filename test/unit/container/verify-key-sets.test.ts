import { expect, test } from 'vitest';
import { verifyKeySets } from '../../../container/verify-key-sets.ts';
import { MAX_KEY_SETS } from '../../../protocol/index.ts';
import { TestVendor } from './test-vendor.ts';

test('a list of more than 1,000 key sets is refused before any signature is verified', async () => {
  const { keySets } = await new TestVendor().keys();
  const long = Array.from({ length: MAX_KEY_SETS + 1 }, () => keySets[0]);
  await expect(verifyKeySets({ keySets: long })).rejects.toMatchObject({ code: 'key-sets' });
});

test('a refused key set is named by its place in the list', async () => {
  const vendor = new TestVendor();
  await vendor.keys();
  await vendor.rotate();
  const { keySets } = await vendor.keys();
  const stranger = await new TestVendor().keys();
  await expect(verifyKeySets({ keySets: [keySets[0], stranger.keySets[0]] })).resolves.toHaveLength(1);
  await expect(verifyKeySets({ keySets: [keySets[0], { jws: ['a.b.c'] }] })).rejects.toThrow('Key set 2');
});
