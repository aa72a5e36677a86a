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

test('K1 one stolen root key makes no trusted key set for a program that brings two root keys and the threshold 2', async () => {
  const pair = { rootKeys: [oldRoot.jwk, newRoot.jwk], threshold: 2 };
  const shared = { iss: 'vendor', version: 1, iat: 1, update: [update.jwk] };
  const forged = readKeySet(signTestKeySet({ ...shared, root: { threshold: 1, keys: [oldRoot.jwk] } }, [oldRoot]));
  const honest = readKeySet(
    signTestKeySet({ ...shared, root: { threshold: 2, keys: pair.rootKeys } }, [oldRoot, newRoot]),
  );
  if (!forged.ok || !honest.ok) throw new Error('A key set of the test is refused');
  expect(await newestVersion(pair, [forged.keySet])).toBeUndefined();
  expect(await newestVersion(pair, [honest.keySet])).toBe(1);
  expect(await newestVersion({ rootKeys: pair.rootKeys }, [forged.keySet])).toBe(1);
});

test.each([0, 3, 1.5, '2', null])(
  'a trust with two root keys and the threshold %j is refused, because it must be 1 or 2',
  async (threshold) => {
    expect(await readTrust({ rootKeys: [oldRoot.jwk, newRoot.jwk], threshold })).toMatchObject({ ok: false });
    expect(await readTrust({ rootKeys: [oldRoot.jwk, newRoot.jwk], threshold: 2 })).toMatchObject({ ok: true });
  },
);

test('K4 a trust with one root key under two kids cannot need two signatures', async () => {
  const rootKeys = [oldRoot.jwk, { ...oldRoot.jwk, kid: 'again' }];
  expect(await readTrust({ rootKeys, threshold: 2 })).toMatchObject({ ok: false });
});
