import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { Container, type Trust } from '../../../container/index.ts';
import { newFolder } from './folder.ts';
import { activation, newKey, TestVendor } from './test-vendor.ts';

const SOLD = 1_800_000_000;
const NOW = { now: SOLD * 1_000 };
let path: string;
let vendor: TestVendor;

beforeEach(async () => {
  path = join(await newFolder(), 'container.json');
  vendor = new TestVendor();
});

/** A container with a license that the vendor's present key signed. It holds the key sets that are published now. */
async function soldContainer(): Promise<void> {
  const container = await Container.create({ path, keys: await vendor.keys() });
  await container.apply({ updates: [await vendor.issue(container.serial, [activation('L1')], SOLD)] });
}

async function checkWith(trust: Trust): Promise<string> {
  const result = await (await Container.open(path, { trust })).check('base', NOW);
  return result.ok ? 'ok' : result.reason;
}

async function keySet(index: number) {
  const [first, second = first, third = second] = (await vendor.keys()).keySets;
  const found = [first, second, third][index];
  if (found === undefined) throw new Error('The vendor has published no key set');
  return found;
}

describe('a program that brings', () => {
  test('the first key set trusts a container at the third one, because each set was signed by the one before (K1)', async () => {
    const first = await keySet(0);
    await vendor.rotate();
    await vendor.rotate({ root: true });
    await soldContainer();
    expect(await checkWith(first)).toBe('ok');
    expect(await checkWith({ keySets: [first] })).toBe('ok');
    expect(await checkWith(await vendor.keys())).toBe('ok');
    expect(await checkWith(await keySet(2))).toBe('ok');
  });

  test('a newer key set than the container refuses the seal of a key that is gone (K3)', async () => {
    await soldContainer();
    await vendor.rotate();
    expect(await checkWith(await keySet(0))).toBe('ok');
    expect(await checkWith(await keySet(1))).toBe('unsealed');
    expect(await checkWith(await vendor.keys())).toBe('unsealed');
  });

  test('a key set of another vendor trusts nothing', async () => {
    await soldContainer();
    expect(await checkWith(await new TestVendor().keys())).toBe('unsealed');
  });

  test('root keys trusts the sets that they signed, and the sets after a change of the root key', async () => {
    const { jwk: root } = await vendor.rootKey();
    await vendor.keys();
    await vendor.rotate();
    await soldContainer();
    expect(await checkWith({ rootKeys: [root] })).toBe('ok');
    // The kid is only a name: the key counts.
    expect(await checkWith({ rootKeys: [{ kty: root.kty, crv: root.crv, x: root.x }] })).toBe('ok');
    expect(await checkWith({ rootKeys: [{ ...root, kid: 'another name' }] })).toBe('ok');
  });

  test('the root keys before a change trusts the sets after it, which the old root keys signed, too', async () => {
    const { jwk: old } = await vendor.rootKey();
    await vendor.keys();
    await vendor.rotate({ root: true });
    await vendor.rotate();
    await soldContainer();
    expect(await checkWith({ rootKeys: [old] })).toBe('ok');
  });

  test('root keys of another vendor, or the update key in their place, trusts nothing', async () => {
    await soldContainer();
    expect(await checkWith({ rootKeys: [(await newKey()).jwk] })).toBe('unsealed');
    expect(await checkWith({ rootKeys: [(await vendor.updateKey()).jwk] })).toBe('unsealed');
  });

  test('one of two root keys does not trust a set that needs both', async () => {
    const [one, other] = [await newKey(), await newKey()];
    const root = { threshold: 2, keys: [one.jwk, other.jwk] };
    const keys = { keySets: [await vendor.signKeySet(1, [one, other], root)] };
    const container = await Container.create({ path, keys });
    await container.apply({ updates: [await vendor.issue(container.serial, [activation('L1')], SOLD)] });
    expect(await checkWith({ rootKeys: [one.jwk, other.jwk] })).toBe('ok');
    expect(await checkWith({ rootKeys: [one.jwk] })).toBe('unsealed');
    // One key under two kids counts once (K4).
    expect(await checkWith({ rootKeys: [one.jwk, { ...one.jwk, kid: 'again' }] })).toBe('unsealed');
  });
});

describe('a program is refused at once with code trust when it brings', () => {
  test.each<[string, () => unknown]>([
    ['nothing', () => null],
    ['a text', () => 'keys'],
    ['an empty list of key sets', () => ({ keySets: [] })],
    ['an empty list of root keys', () => ({ rootKeys: [] })],
    ['a key of another kind', () => ({ rootKeys: [{ kty: 'RSA', n: 'AQAB', e: 'AQAB' }] })],
    ['the list of update keys', () => ({ keys: [] })],
    ['a damaged key set', () => ({ jws: ['a.b.c'] })],
    ['a set that its own root keys did not sign', async () => unsigned()],
    ['two sets that do not follow each other', async () => strangers()],
  ])('%s', async (_, trust) => {
    await soldContainer();
    const opened = Container.open(path, { trust: (await trust()) as Trust });
    await expect(opened).rejects.toMatchObject({ code: 'trust' });
  });

  async function unsigned(): Promise<Trust> {
    const [one, other] = [await newKey(), await newKey()];
    return vendor.signKeySet(1, [other], { threshold: 1, keys: [one.jwk] });
  }

  async function strangers(): Promise<Trust> {
    const stranger = new TestVendor();
    await stranger.keys();
    await stranger.rotate();
    return { keySets: [await keySet(0), ...(await stranger.keys()).keySets.slice(1)] };
  }
});
