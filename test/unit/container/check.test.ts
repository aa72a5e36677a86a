import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { type FileState, readContainerFile, writeContainerFile } from '../../../container/container-file.ts';
import { CHECK_REASONS, type CheckResult, Container, type Trust } from '../../../container/index.ts';
import type { ContainerLicense, Operation } from '../../../protocol/index.ts';
import { newFolder } from './folder.ts';
import { activation, license, TestVendor } from './test-vendor.ts';

const DAY = 86_400;
/** 2027-01-15T08:00:00Z, in seconds since 1970. */
const SOLD = 1_800_000_000;
const at = (seconds: number) => ({ now: seconds * 1_000 });

let folder: string;
let path: string;
let vendor: TestVendor;
let trust: Trust;

beforeEach(async () => {
  folder = await newFolder();
  path = join(folder, 'container.json');
  vendor = new TestVendor();
  trust = await vendor.keys();
});

/** A container that the vendor has put licenses into, at `SOLD`. */
async function containerWith(...operations: Operation[]): Promise<Container> {
  const container = await Container.create({ path, keys: await vendor.keys(), trust });
  const updates = [await vendor.issue(container.serial, operations, SOLD)];
  expect(await container.apply({ updates })).toMatchObject({ ok: true });
  return container;
}

async function takeLease(container: Container, iat: number): Promise<void> {
  const jti = JSON.parse(Buffer.from((await container.context()).split('.')[1] ?? '', 'base64url').toString()).jti;
  const lease = await vendor.lease(container.serial, jti, iat);
  expect(await container.apply({ updates: [], lease })).toMatchObject({ ok: true });
}

/** Writes the file as its owner could: edited, with a new checksum. */
async function edit(change: (state: FileState) => FileState): Promise<void> {
  await writeFile(path, writeContainerFile(change(readContainerFile(await readFile(path)))));
}

function withLicenses(change: (license: ContainerLicense) => ContainerLicense): (state: FileState) => FileState {
  return (state) => ({ ...state, content: { ...state.content, licenses: state.content.licenses.map(change) } });
}

const refused = (reason: string) => ({ ok: false, reason });

describe('a license that can be used', () => {
  test('is returned with its end, its quantity, its features and the time of its proof', async () => {
    const terms = { expiresAt: '2027-06-01T00:00:00Z', quantity: 5, features: ['render'], own: 'text' };
    const container = await containerWith(activation('L1', { product: 'cad', terms }));
    expect(await container.check('cad', { feature: 'render', ...at(SOLD) })).toEqual({
      ok: true,
      license: 'L1',
      until: '2027-06-01T00:00:00Z',
      quantity: 5,
      features: ['render'],
      provenAt: '2027-01-15T08:00:00Z',
    });
  });

  test('without terms has no end and no features', async () => {
    const container = await containerWith(activation('L1'));
    const { provenAt } = { provenAt: '2027-01-15T08:00:00Z' };
    expect(await container.check('base', at(SOLD))).toEqual({ ok: true, license: 'L1', features: [], provenAt });
  });

  test('is the first usable one of several of the product, in the order of their ids', async () => {
    const container = await containerWith(
      activation('L1', { terms: { expiresAt: '2020-01-01T00:00:00Z' } }),
      activation('L2', { terms: { features: ['b'] } }),
      activation('L3', { terms: { features: ['a', 'b'] } }),
      activation('L4', { terms: { features: ['a'] } }),
    );
    expect(await container.check('base', { feature: 'a', ...at(SOLD) })).toMatchObject({ ok: true, license: 'L3' });
    // None of them has it: the reason of the first license counts.
    expect(await container.check('base', { feature: 'c', ...at(SOLD) })).toEqual(refused('expired'));
  });

  test('is found with the time of the clock when none is given', async () => {
    const container = await Container.create({ path, keys: await vendor.keys(), trust });
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const updates = [await vendor.issue(container.serial, [activation('L1', { terms: { expiresAt } })])];
    await container.apply({ updates });
    expect(await container.check('base')).toMatchObject({ ok: true, until: expiresAt });
  });
});

describe('a license is refused', () => {
  test('as no-license for a product that the container does not have, also in a new container', async () => {
    const container = await Container.create({ path, keys: await vendor.keys(), trust });
    expect(await container.check('base')).toEqual(refused('no-license'));
    await rm(path);
    expect(await (await containerWith(activation('L1'))).check('cad', at(SOLD))).toEqual(refused('no-license'));
  });

  test('as not-understood until the program says that it knows the critical term', async () => {
    const container = await containerWith(activation('L1', { terms: { dongle: true }, crit: ['dongle', 'expiresAt'] }));
    expect(await container.check('base', at(SOLD))).toEqual(refused('not-understood'));
    expect(await container.check('base', { ...at(SOLD), understands: ['dongle'] })).toMatchObject({ ok: true });
  });

  test('as requires-unmet without a required product; an expired license of that product is enough', async () => {
    const addOn = activation('L2', { product: 'add-on', requires: ['base'] });
    const container = await containerWith(addOn);
    expect(await container.check('add-on', at(SOLD))).toEqual(refused('requires-unmet'));
    const expired = activation('L1', { terms: { expiresAt: '2020-01-01T00:00:00Z' } });
    await container.apply({ updates: [await vendor.issue(container.serial, [expired], SOLD)] });
    expect(await container.check('add-on', at(SOLD))).toMatchObject({ ok: true, license: 'L2' });
  });

  test('as expired from the second on at which it ends', async () => {
    const container = await containerWith(activation('L1', { terms: { expiresAt: '2027-01-15T09:00:00Z' } }));
    expect(await container.check('base', at(SOLD + 3_599.999))).toMatchObject({ ok: true });
    expect(await container.check('base', at(SOLD + 3_600))).toEqual(refused('expired'));
  });

  test('as lease-ended after leaseDays of 86,400 seconds since the newest statement for its place', async () => {
    const container = await containerWith(activation('L1', { terms: { leaseDays: 2 } }));
    const until = '2027-01-17T08:00:00Z';
    expect(await container.check('base', at(SOLD + 2 * DAY - 1))).toMatchObject({ ok: true, until });
    expect(await container.check('base', at(SOLD + 2 * DAY))).toEqual(refused('lease-ended'));
    await takeLease(container, SOLD + DAY);
    const renewed = { ok: true, until: '2027-01-18T08:00:00Z', provenAt: '2027-01-16T08:00:00Z' };
    expect(await container.check('base', at(SOLD + 3 * DAY - 1))).toMatchObject(renewed);
    expect(await container.check('base', at(SOLD + 3 * DAY))).toEqual(refused('lease-ended'));
  });

  test('a license with a lease and an expiry has the earlier end as until', async () => {
    const terms = { leaseDays: 10, expiresAt: '2027-01-16T00:00:00Z' };
    const container = await containerWith(activation('L1', { terms }));
    expect(await container.check('base', at(SOLD))).toMatchObject({ until: terms.expiresAt });
  });

  test('as feature-missing without the feature', async () => {
    const container = await containerWith(activation('L1', { terms: { features: ['a'] } }));
    expect(await container.check('base', { feature: 'b', ...at(SOLD) })).toEqual(refused('feature-missing'));
  });

  test('as maintenance-ended when the program was released after the end of maintenance', async () => {
    const container = await containerWith(activation('L1', { terms: { maintenanceUntil: '2027-01-01T00:00:00Z' } }));
    const released = (time: string | Date) => container.check('base', { released: time, ...at(SOLD) });
    expect(await released('2027-01-01')).toMatchObject({ ok: true });
    expect(await released(new Date('2027-01-01T00:00:00.001Z'))).toEqual(refused('maintenance-ended'));
  });

  test.each([
    ['not-understood', { terms: { expiresAt: '2020-01-01T00:00:00Z', leaseDays: 1 }, crit: ['x'], requires: ['none'] }],
    ['requires-unmet', { terms: { expiresAt: '2020-01-01T00:00:00Z', leaseDays: 1 }, requires: ['none'] }],
    ['expired', { terms: { expiresAt: '2020-01-01T00:00:00Z', leaseDays: 1 } }],
    ['lease-ended', { terms: { leaseDays: 1, maintenanceUntil: '2020-01-01T00:00:00Z' } }],
    ['feature-missing', { terms: { maintenanceUntil: '2020-01-01T00:00:00Z' } }],
    ['maintenance-ended', { terms: { features: ['f'], maintenanceUntil: '2020-01-01T00:00:00Z' } }],
  ])('a refusal has the first reason in the order of the protocol: %s', async (reason, more) => {
    const container = await containerWith(activation('L1', more));
    const options = { feature: 'f', released: '2027-01-01', ...at(SOLD + 5 * DAY) };
    expect(await container.check('base', options)).toEqual(refused(reason));
  });
});

describe('the clock', () => {
  test('may be a day behind the newest statement, and not more', async () => {
    const container = await containerWith(activation('L1'));
    expect(await container.check('base', at(SOLD - DAY))).toMatchObject({ ok: true });
    expect(await container.check('base', at(SOLD - DAY - 1))).toEqual(refused('clock-set-back'));
    expect(await container.check('none', at(-1))).toEqual(refused('clock-set-back'));
  });

  test('counts as the time of the newest statement when it is behind that', async () => {
    const container = await containerWith(activation('L1', { terms: { expiresAt: '2027-01-15T08:00:00Z' } }));
    expect(await container.check('base', at(SOLD - 3_600))).toEqual(refused('expired'));
  });

  test('is compared with the signed time, not with the one that the owner can edit', async () => {
    const container = await containerWith(activation('L1'));
    await edit((state) => ({ ...state, newestIat: 0 }));
    expect(await container.check('base', at(SOLD - 2 * DAY))).toEqual(refused('clock-set-back'));
  });

  test('throws for a time that is not one', async () => {
    const container = await containerWith(activation('L1'));
    await expect(container.check('base', { now: 'soon' })).rejects.toThrow(TypeError);
    await expect(container.check('base', { released: 'soon' })).rejects.toThrow(TypeError);
  });
});

describe('an edited container is unsealed', () => {
  test.each<[string, (state: FileState) => FileState]>([
    ['a quantity', withLicenses((one) => ({ ...one, terms: { ...one.terms, quantity: 999 } }))],
    ['an end', withLicenses((one) => ({ ...one, terms: { expiresAt: '2099-01-01T00:00:00Z' } }))],
    ['a product', withLicenses((one) => ({ ...one, product: 'cad' }))],
    ['a requirement', withLicenses((one) => ({ ...one, requires: [] }))],
    [
      'a further license',
      (s) => ({ ...s, content: { ...s.content, licenses: [...s.content.licenses, license('L2')] } }),
    ],
    ['the counter', (state) => ({ ...state, content: { ...state.content, counter: 2 } })],
    ['the counter of a new container', (state) => ({ ...state, content: { ...state.content, counter: 0 } })],
    ['no seal', ({ seal: _, ...state }) => state],
    ['a damaged seal', (state) => ({ ...state, seal: `${state.seal?.slice(0, -2)}AA` })],
  ])('%s', async (_, change) => {
    const container = await containerWith(
      activation('L1', { product: 'add-on', requires: ['base'], terms: { quantity: 1 } }),
    );
    await edit(change);
    for (const one of [container, await Container.open(path, { trust })])
      expect(await one.check('add-on', at(SOLD))).toEqual(refused('unsealed'));
  });

  test('the content and the seal of another container are unsealed', async () => {
    await containerWith(activation('L1'));
    const { content, seal } = readContainerFile(await readFile(path));
    const other = join(folder, 'other.json');
    await Container.create({ path: other, keys: await vendor.keys() });
    const state = { ...readContainerFile(await readFile(other)), content, ...(seal === undefined ? {} : { seal }) };
    await writeFile(other, writeContainerFile(state));
    expect(await (await Container.open(other, { trust })).check('base', at(SOLD))).toEqual(refused('unsealed'));
  });

  test('the lease of an earlier place does not count', async () => {
    const container = await containerWith(activation('L1', { terms: { leaseDays: 1 } }));
    await takeLease(container, SOLD + DAY);
    const { lease } = readContainerFile(await readFile(path));
    await container.apply({ updates: [await vendor.issue(container.serial, [activation('L2')], SOLD + 2 * DAY)] });
    // The seal of the present place is newer than the lease, which no longer counts.
    expect(await container.check('base', at(SOLD + 2 * DAY))).toMatchObject({ provenAt: '2027-01-17T08:00:00Z' });
    await edit(({ seal: _, ...state }) => ({ ...state, ...(lease === undefined ? {} : { lease }) }));
    expect(await container.check('base', at(SOLD + 2 * DAY))).toEqual(refused('unsealed'));
  });

  test('when the file was sealed by keys that only the file names', async () => {
    const forger = new TestVendor();
    const forged = await Container.create({ path, keys: await forger.keys(), trust });
    await forged.apply({ updates: [await forger.issue(forged.serial, [activation('L1')], SOLD)] });
    expect(await forged.check('base', at(SOLD))).toEqual(refused('unsealed'));
    expect(await (await Container.open(path)).check('base', at(SOLD))).toEqual(refused('unsealed'));
  });
});

describe('a damaged file is file-damaged, and nothing is thrown', () => {
  test.each<[string, () => Promise<void>]>([
    ['cut', async () => writeFile(path, (await readFile(path)).subarray(0, 400))],
    ['emptied', () => writeFile(path, '')],
    [
      'edited without its checksum',
      async () => writeFile(path, (await readFile(path, 'utf8')).replace('"L1"', '"L2"')),
    ],
    ['a million lists', () => writeFile(path, '['.repeat(1_000_000))],
    ['removed', () => rm(path)],
    ['replaced by a folder', () => rm(path).then(async () => void (await mkdir(path)))],
    ['unreadable', () => chmod(path, 0o000)],
  ])('%s', async (name, damage) => {
    const container = await containerWith(activation('L1'));
    await damage();
    // The superuser can read everything.
    const isReadable = name === 'unreadable' && process.getuid?.() === 0;
    expect(await container.check('base', at(SOLD))).toEqual(isReadable ? expect.anything() : refused('file-damaged'));
  });

  test('another container in its place', async () => {
    const container = await containerWith(activation('L1'));
    const other = join(folder, 'other.json');
    await Container.create({ path: other, keys: await vendor.keys() });
    await copyFile(other, path);
    expect(await container.check('base', at(SOLD))).toEqual(refused('file-damaged'));
  });

  test('a key pair whose parts do not belong together', async () => {
    const container = await containerWith(activation('L1'));
    const { jwk } = await new TestVendor().updateKey();
    await edit((state) => ({ ...state, key: { ...state.key, x: jwk.x } }));
    expect(await container.check('base', at(SOLD))).toEqual(refused('file-damaged'));
  });
});

test('a check sees what another process has written since the last one', async () => {
  const container = await containerWith(activation('L1'));
  expect(await container.check('base', at(SOLD))).toMatchObject({ ok: true });
  const other = await Container.open(path);
  const removal = { op: 'remove', license: 'L1', cause: 'withdraw' } as const;
  await other.apply({ updates: [await vendor.issue(container.serial, [removal], SOLD)] });
  expect(await container.check('base', at(SOLD))).toEqual(refused('no-license'));
});

test('every reason is one of the closed list', () => {
  const result: CheckResult = { ok: false, reason: 'expired' };
  expect(CHECK_REASONS).toContain(result.reason);
  expect(CHECK_REASONS).toHaveLength(10);
});
