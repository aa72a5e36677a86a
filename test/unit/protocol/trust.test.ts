import { expect, test } from 'vitest';
import { type KeySet, type KeySetPayload, newestTrusted, readKeySet, readTrust } from '../../../protocol/index.ts';
import { signTestKeySet, type TestKey, testKey } from '../../harness/test-key-set.ts';

const [oldRoot, newRoot, update] = await Promise.all([testKey(1), testKey(2), testKey(3)]);

function keySet(version: number, root: TestKey, signers: readonly TestKey[]): KeySet {
  const payload: KeySetPayload = {
    iss: 'vendor',
    version,
    iat: 1,
    root: { threshold: 1, keys: [root.jwk] },
    update: [update.jwk],
  };
  const read = readKeySet(signTestKeySet(payload, signers));
  if (!read.ok) throw new Error(read.code);
  return read.keySet;
}

async function newestVersion(trust: unknown, held: readonly KeySet[]): Promise<number | undefined> {
  const read = await readTrust(trust);
  if (!read.ok) throw new Error(read.why);
  return (await newestTrusted(read.anchor, held))?.version;
}

const FIRST = keySet(1, oldRoot, [oldRoot]);
const ROTATED = keySet(2, newRoot, [oldRoot, newRoot]);
const BY_OLD_ROOT = keySet(3, oldRoot, [oldRoot]);

test('K1 a root key that a key set dropped proves no later key set, also to a program that brings this root key', async () => {
  const trust = { rootKeys: [oldRoot.jwk] };
  expect(await newestVersion(trust, [FIRST])).toBe(1);
  expect(await newestVersion(trust, [FIRST, ROTATED])).toBe(2);
  expect(await newestVersion(trust, [FIRST, ROTATED, BY_OLD_ROOT])).toBe(2);
});

test('K1 a program that brings a root key trusts the first key set that this key signed, and those that follow from it', async () => {
  const trust = { rootKeys: [newRoot.jwk] };
  expect(await newestVersion(trust, [FIRST])).toBeUndefined();
  expect(await newestVersion(trust, [FIRST, ROTATED])).toBe(2);
  expect(await newestVersion(trust, [FIRST, ROTATED, keySet(3, newRoot, [newRoot])])).toBe(3);
});

test('K4 a root key counts under the kid that the key set gives it, and a key of another vendor never', async () => {
  expect(await newestVersion({ rootKeys: [{ ...oldRoot.jwk, kid: 'our root' }] }, [FIRST])).toBe(1);
  expect(await newestVersion({ rootKeys: [update.jwk] }, [FIRST])).toBeUndefined();
});
