import { createHash } from 'node:crypto';
import {
  type ContainerLicense,
  type Content,
  canonicalJson,
  EMPTY_CONTENT,
  type KeyWithId,
  type SignedKeySet,
} from '../../protocol/index.ts';
import { draft, signSet } from './key-sets.ts';
import { leaseOf } from './leases.ts';
import { named, type TestKey } from './signing.ts';
import { positionOf, TestVendor } from './updates.ts';

/** What the program brings: key sets, or root keys. */
export type Trust =
  | { readonly keySets: readonly SignedKeySet[] }
  | { readonly rootKeys: readonly KeyWithId[]; readonly threshold?: number };

export type CheckReason =
  | 'file-damaged'
  | 'unsealed'
  | 'clock-set-back'
  | 'no-license'
  | 'not-understood'
  | 'requires-unmet'
  | 'expired'
  | 'lease-ended'
  | 'feature-missing'
  | 'maintenance-ended';

/** Times are seconds since 1970. */
export type CheckAnswer =
  | {
      readonly ok: true;
      readonly license: string;
      readonly until?: number;
      readonly quantity?: number;
      readonly features: readonly string[];
      readonly provenAt: number;
    }
  | { readonly ok: false; readonly reason: CheckReason };

export interface CheckCase {
  readonly name: string;
  /** The name of a text in `files`: the container file. */
  readonly file: string;
  /** The name of a trust in `trusts`. */
  readonly trust: string;
  readonly product: string;
  readonly feature?: string;
  readonly released?: string;
  /** The clock, in seconds since 1970. */
  readonly now: number;
  readonly answer: CheckAnswer;
}

const DAY = 86_400;
/** 2030-01-01T00:00:00Z */
const T = 1_893_456_000;

const LICENSES: readonly ContainerLicense[] = [
  { id: 'L-01', product: 'plain', terms: {}, requires: [] },
  {
    id: 'L-02',
    product: 'full',
    terms: {
      expiresAt: '2030-03-01T00:00:00Z',
      maintenanceUntil: '2030-02-01T00:00:00Z',
      quantity: 5,
      features: ['export', 'print'],
      leaseDays: 30,
    },
    requires: ['plain'],
  },
  { id: 'L-03', product: 'leased', terms: { leaseDays: 30 }, requires: [] },
  { id: 'L-04', product: 'short', terms: { expiresAt: '2030-01-11T00:00:00Z', leaseDays: 30 }, requires: [] },
  { id: 'L-05', product: 'needy', terms: {}, requires: ['plain', 'missing'] },
  { id: 'L-06', product: 'strict', terms: { seats: 3 }, requires: [], crit: ['seats'] },
  { id: 'L-07', product: 'lenient', terms: { seats: 3, quantity: 2 }, requires: [], crit: ['quantity', 'leaseDays'] },
  { id: 'L-08', product: 'many', terms: { features: ['print'], expiresAt: '2030-01-02T00:00:00Z' }, requires: [] },
  { id: 'L-09', product: 'many', terms: { features: ['print'] }, requires: [] },
  { id: 'L-10', product: 'many', terms: { features: ['print', 'scan'], quantity: 0 }, requires: [] },
  {
    id: 'L-11',
    product: 'worst',
    terms: { leaseDays: 1, expiresAt: '2029-01-01T00:00:00Z', maintenanceUntil: '2029-01-01T00:00:00Z' },
    requires: ['missing'],
    crit: ['later'],
  },
  {
    id: 'L-12',
    product: 'second',
    terms: { leaseDays: 1, expiresAt: '2029-01-01T00:00:00Z', maintenanceUntil: '2029-01-01T00:00:00Z' },
    requires: ['missing'],
  },
  {
    id: 'L-13',
    product: 'third',
    terms: { leaseDays: 1, expiresAt: '2029-01-01T00:00:00Z', maintenanceUntil: '2029-01-01T00:00:00Z' },
    requires: [],
  },
  { id: 'L-14', product: 'fourth', terms: { leaseDays: 1, maintenanceUntil: '2029-01-01T00:00:00Z' }, requires: [] },
  { id: 'L-15', product: 'fifth', terms: { maintenanceUntil: '2029-01-01T00:00:00Z' }, requires: [] },
  {
    id: 'L-16',
    product: 'dated',
    terms: { maintenanceUntil: '2030-01-31T12:00Z', expiresAt: '2030-01-31T12:00:00.500Z' },
    requires: [],
  },
  { id: 'L-17', product: 'day', terms: { leaseDays: 1 }, requires: [] },
  { id: 'L-18', product: 'needs-expired', terms: {}, requires: ['third'] },
  { id: 'L-19', product: 'hours', terms: { expiresAt: '2030-01-01T12:34:56Z' }, requires: [] },
];

interface State {
  readonly version?: number;
  readonly keySets: readonly SignedKeySet[];
  readonly content: Content;
  readonly seal?: string | undefined;
  readonly lease?: string | undefined;
  readonly newestIat: number;
  /** Not a member of the file. */
  readonly note?: number;
}

export async function checkVectors(keys: {
  readonly container: TestKey;
  readonly otherContainer: TestKey;
  readonly root: TestKey;
  readonly otherRoot: TestKey;
  readonly vendor: TestKey;
  readonly nextVendor: TestKey;
  readonly otherVendor: TestKey;
}) {
  const serial = keys.container.thumbprint;
  const root = [named(keys.root)];
  const one = signSet(draft({ version: 1, root, update: [named(keys.vendor)] }), [keys.root]);
  const two = signSet(draft({ version: 2, root, update: [named(keys.nextVendor)] }), [keys.root]);
  const forged = signSet(draft({ version: 2, root, update: [named(keys.otherVendor)] }), [keys.otherVendor]);
  const foreign = signSet(draft({ version: 1, root: [named(keys.otherRoot)], update: [named(keys.otherVendor)] }), [
    keys.otherRoot,
  ]);
  const renamed = signSet(
    { ...draft({ version: 1, root, update: [named(keys.vendor)] }), iss: 'https://other.example.com' },
    [keys.root],
  );
  const trusts: Record<string, Trust> = {
    set1: { keySets: [one] },
    set2: { keySets: [two] },
    sets1and2: { keySets: [one, two] },
    root: { rootKeys: root },
    rootByAnotherName: { rootKeys: [named(keys.root, 'root')] },
    twoOfTwoRoots: { rootKeys: [...root, named(keys.otherRoot)], threshold: 2 },
    oneOfTwoRoots: { rootKeys: [...root, named(keys.otherRoot)], threshold: 1 },
    otherRoot: { rootKeys: [named(keys.otherRoot)] },
  };
  const content: Content = { counter: 3, licenses: LICENSES };
  const sealOf = async (key: TestKey, held: Content, changes: object = {}): Promise<string> => {
    const before = { counter: held.counter - 1, licenses: [] };
    return (
      await new TestVendor(key, serial).issue(before, 'rp', [], { iat: T, to: await positionOf(held), ...changes })
    ).update.jws;
  };
  const sealed: State = { keySets: [one], content, seal: await sealOf(keys.vendor, content), newestIat: T };
  const cases: CheckCase[] = [];
  const files: Record<string, string> = {};
  const nameOf = (text: string): string => {
    const known = Object.keys(files).find((name) => files[name] === text);
    const name = known ?? `container-${Object.keys(files).length + 1}`;
    files[name] = text;
    return name;
  };
  interface Question {
    readonly product?: string;
    readonly feature?: string;
    readonly released?: string;
    readonly now?: number;
    readonly trust?: string;
    readonly state?: State;
    readonly file?: string;
  }
  const ask = (
    name: string,
    answer: CheckAnswer,
    { product = 'plain', now = T, trust = 'set1', state = sealed, file, ...rest }: Question = {},
  ): void => {
    cases.push({ name, file: nameOf(file ?? fileOf(keys.container, state)), trust, product, ...rest, now, answer });
  };
  const yes = (license: string, rest: object = {}): CheckAnswer => ({
    ok: true,
    license,
    features: [],
    provenAt: T,
    ...rest,
  });
  const no = (reason: CheckReason): CheckAnswer => ({ ok: false, reason });

  ask('a license without terms', yes('L-01'));
  ask(
    'a license with all terms: the lease ends first',
    yes('L-02', { until: T + 30 * DAY, quantity: 5, features: ['export', 'print'] }),
    { product: 'full' },
  );
  ask('the license expires before the lease ends', yes('L-04', { until: T + 10 * DAY }), { product: 'short' });
  ask('no license of the product', no('no-license'), { product: 'other' });
  ask('the product’s name is compared as it is', no('no-license'), { product: 'Plain' });
  ask(
    'a feature that the license has',
    yes('L-02', { until: T + 30 * DAY, quantity: 5, features: ['export', 'print'] }),
    { product: 'full', feature: 'print' },
  );
  ask('a feature that the license does not have', no('feature-missing'), { product: 'full', feature: 'scan' });
  ask('a feature of a license without features', no('feature-missing'), { feature: 'print' });
  ask('a product that is required is missing', no('requires-unmet'), { product: 'needy' });
  ask('a product that is required has expired: presence is enough', yes('L-18'), { product: 'needs-expired' });
  ask('crit names a term that the program does not know', no('not-understood'), { product: 'strict' });
  ask('crit names terms that the program knows, one of them absent', yes('L-07', { quantity: 2 }), {
    product: 'lenient',
  });
  ask('a second before expiresAt', yes('L-08', { until: T + DAY, features: ['print'] }), {
    product: 'many',
    now: T + DAY - 1,
  });
  ask('at expiresAt the next license of the product is taken', yes('L-09', { features: ['print'] }), {
    product: 'many',
    now: T + DAY,
  });
  ask('the first license with the feature', yes('L-10', { quantity: 0, features: ['print', 'scan'] }), {
    product: 'many',
    feature: 'scan',
  });
  ask('no license has the feature: the reason of the first one', no('expired'), {
    product: 'many',
    feature: 'fax',
    now: T + DAY,
  });
  ask('at expiresAt', no('expired'), { product: 'short', now: T + 10 * DAY });
  ask('a second before expiresAt of the only license', yes('L-04', { until: T + 10 * DAY }), {
    product: 'short',
    now: T + 10 * DAY - 1,
  });
  ask('half a second before expiresAt', yes('L-16', { until: T + 30.5 * DAY + 0.5 }), {
    product: 'dated',
    now: T + 30.5 * DAY,
  });
  ask('a second before expiresAt with hours, minutes and seconds', yes('L-19', { until: T + 45_296 }), {
    product: 'hours',
    now: T + 45_295,
  });
  ask('at expiresAt with hours, minutes and seconds', no('expired'), { product: 'hours', now: T + 45_296 });
  ask('half a second after expiresAt', no('expired'), { product: 'dated', now: T + 30.5 * DAY + 1 });
  ask('a second before the lease ends', yes('L-03', { until: T + 30 * DAY }), {
    product: 'leased',
    now: T + 30 * DAY - 1,
  });
  ask('when the lease ends', no('lease-ended'), { product: 'leased', now: T + 30 * DAY });
  ask('a day has 86,400 seconds', yes('L-17', { until: T + DAY }), { product: 'day', now: T + DAY - 1 });
  ask('a lease of one day has ended', no('lease-ended'), { product: 'day', now: T + DAY });
  ask('a license without leaseDays does not end', yes('L-01'), { now: T + 4000 * DAY });
  ask('released at maintenanceUntil', yes('L-16', { until: T + 30.5 * DAY + 0.5 }), {
    product: 'dated',
    released: '2030-01-31T12:00:00Z',
  });
  ask('released a second after maintenanceUntil', no('maintenance-ended'), {
    product: 'dated',
    released: '2030-01-31T12:00:01Z',
  });
  ask('released before maintenanceUntil, asked after it', yes('L-15'), {
    product: 'fifth',
    released: '2028-12-31T23:59:59Z',
  });
  ask('maintenance has ended, and the question has no released', yes('L-15'), { product: 'fifth' });
  ask('a license without maintenanceUntil', yes('L-01'), { released: '2099-01-01T00:00:00Z' });
  const worst = { feature: 'x', released: '2030-01-01T00:00:00Z', now: T + 2 * DAY };
  ask('six reasons: not-understood', no('not-understood'), { product: 'worst', ...worst });
  ask('five reasons: requires-unmet', no('requires-unmet'), { product: 'second', ...worst });
  ask('four reasons: expired', no('expired'), { product: 'third', ...worst });
  ask('three reasons: lease-ended', no('lease-ended'), { product: 'fourth', ...worst });
  ask('two reasons: feature-missing', no('feature-missing'), { product: 'fifth', ...worst });
  ask('one reason: maintenance-ended', no('maintenance-ended'), { product: 'fifth', released: worst.released });

  ask('the clock is a day before the highest iat', yes('L-01'), { now: T - DAY });
  ask('the clock is more than a day before the highest iat', no('clock-set-back'), { now: T - DAY - 1 });
  ask('the clock is behind: now is the highest iat', no('expired'), {
    product: 'many',
    feature: 'fax',
    now: T + DAY - 1,
    state: { ...sealed, newestIat: T + DAY },
  });
  ask('the lease ends by the highest iat', no('lease-ended'), {
    product: 'day',
    now: T + 1,
    state: { ...sealed, newestIat: T + DAY },
  });
  ask('the highest iat was lowered in the file: the seal counts', no('clock-set-back'), {
    now: T - DAY - 1,
    state: { ...sealed, newestIat: 0 },
  });
  ask('two reasons: clock-set-back and no-license', no('clock-set-back'), { product: 'other', now: T - 2 * DAY });

  const leased = {
    ...sealed,
    lease: await leaseOf(keys.vendor, { serial, content, iat: T + 20 * DAY }),
    newestIat: T + 20 * DAY,
  };
  ask('a lease for the place is fresher than the seal', yes('L-03', { until: T + 50 * DAY, provenAt: T + 20 * DAY }), {
    product: 'leased',
    state: leased,
    now: T + 40 * DAY,
  });
  ask('the lease ends later than the seal', no('lease-ended'), { product: 'leased', state: leased, now: T + 50 * DAY });
  ask('a lease seals the place alone', yes('L-01', { provenAt: T + 20 * DAY }), {
    state: { ...leased, seal: undefined },
    now: T + 20 * DAY,
  });
  ask('a lease for another place does not count', no('lease-ended'), {
    product: 'leased',
    now: T + 40 * DAY,
    state: {
      ...leased,
      lease: await leaseOf(keys.vendor, { serial, content: { ...content, counter: 2 }, iat: T + 20 * DAY }),
    },
  });
  ask('a lease of another key does not count', no('lease-ended'), {
    product: 'leased',
    now: T + 40 * DAY,
    state: { ...leased, lease: await leaseOf(keys.otherVendor, { serial, content, iat: T + 20 * DAY }) },
  });
  ask('a lease for another container does not count', no('lease-ended'), {
    product: 'leased',
    now: T + 40 * DAY,
    state: {
      ...leased,
      lease: await leaseOf(keys.vendor, { serial: keys.otherContainer.thumbprint, content, iat: T + 20 * DAY }),
    },
  });
  ask('a seal that is fresher than the lease', yes('L-03', { until: T + 30 * DAY }), {
    product: 'leased',
    state: { ...leased, lease: await leaseOf(keys.vendor, { serial, content, iat: T - DAY }), newestIat: T },
  });
  ask(
    'a lease from before the seal, and the seal is of a lost key',
    yes('L-03', { until: T + 29 * DAY, provenAt: T - DAY }),
    {
      product: 'leased',
      now: T,
      state: {
        ...sealed,
        seal: await sealOf(keys.otherVendor, content),
        lease: await leaseOf(keys.vendor, { serial, content, iat: T - DAY }),
      },
    },
  );

  const more: Content = {
    counter: 3,
    licenses: LICENSES.map((license) =>
      license.id === 'L-02' ? { ...license, terms: { ...license.terms, quantity: 999 } } : license,
    ),
  };
  ask('a quantity that was changed in the file', no('unsealed'), {
    product: 'full',
    state: { ...sealed, content: more },
  });
  ask('a counter that was changed in the file', no('unsealed'), {
    state: { ...sealed, content: { ...content, counter: 2 } },
  });
  ask('no seal', no('unsealed'), { state: { ...sealed, seal: undefined } });
  ask('a seal of another key', no('unsealed'), { state: { ...sealed, seal: await sealOf(keys.otherVendor, content) } });
  ask('a seal for another container', no('unsealed'), {
    state: { ...sealed, seal: await sealOf(keys.vendor, content, { sub: keys.otherContainer.thumbprint }) },
  });
  ask('a seal of another vendor', no('unsealed'), {
    state: { ...sealed, seal: await sealOf(keys.vendor, content, { iss: 'https://other.example.com' }) },
  });
  ask('a seal that ends at another place', no('unsealed'), {
    state: { ...sealed, seal: await sealOf(keys.vendor, more) },
  });
  ask('a seal whose payload is not understood', no('unsealed'), {
    state: { ...sealed, seal: await sealOf(keys.vendor, content, { crit: ['x'] }) },
  });
  ask('an update as lease, and a lease as seal', no('unsealed'), {
    state: { ...leased, seal: leased.lease, lease: leased.seal },
  });
  ask('a copied key with another container’s content', no('unsealed'), { file: fileOf(keys.otherContainer, sealed) });
  ask('a new container needs no seal', no('no-license'), {
    state: { keySets: [one], content: EMPTY_CONTENT, newestIat: 0 },
    now: 0,
  });
  ask('a license at counter 0', no('unsealed'), {
    state: { keySets: [one], content: { counter: 0, licenses: LICENSES }, newestIat: 0 },
  });
  ask('no licenses at counter 1, without a seal', no('unsealed'), {
    state: { keySets: [one], content: { counter: 1, licenses: [] }, newestIat: 0 },
  });
  ask('two reasons: unsealed and clock-set-back', no('unsealed'), { now: 1, state: { ...sealed, content: more } });

  const plain: Content = { counter: 3, licenses: LICENSES.slice(0, 1) };
  const short: State = { ...sealed, content: plain, seal: await sealOf(keys.vendor, plain) };
  const rotated = { ...short, keySets: [one, two], seal: await sealOf(keys.nextVendor, plain) };
  ask('a key set of the file follows the trusted one', yes('L-01'), { state: rotated });
  ask('the seal’s key is not in the newest key set', no('unsealed'), { state: { ...short, keySets: [one, two] } });
  ask('the program’s key set is newer than those of the file', no('unsealed'), { trust: 'set2' });
  ask('the program’s key set is newer, and has the seal’s key', yes('L-01'), {
    trust: 'set2',
    state: { ...rotated, keySets: [one] },
  });
  ask('the program’s key set is the newest of the file', yes('L-01'), { trust: 'set2', state: rotated });
  ask('a key set of the file that no root key signed is not trusted', no('unsealed'), {
    state: { ...short, keySets: [one, forged], seal: await sealOf(keys.otherVendor, plain) },
  });
  ask('key sets of another vendor in the file, and its seal', no('unsealed'), {
    state: { ...short, keySets: [foreign], seal: await sealOf(keys.otherVendor, plain) },
  });
  ask('root keys as trust', yes('L-01'), { trust: 'root' });
  ask('root keys as trust: the key sets of the file follow', yes('L-01'), { trust: 'root', state: rotated });
  ask('root keys as trust: the seal’s key is not in the newest key set', no('unsealed'), {
    trust: 'root',
    state: { ...short, keySets: [one, two] },
  });
  ask('root keys as trust: key sets of another vendor', no('unsealed'), {
    trust: 'root',
    state: { ...short, keySets: [foreign], seal: await sealOf(keys.otherVendor, plain) },
  });
  ask('root keys as trust: iss of the seal is not that of the key set', no('unsealed'), {
    trust: 'root',
    state: { ...short, keySets: [renamed] },
  });
  ask('root keys as trust: the vendor has another iss', yes('L-01'), {
    trust: 'root',
    state: {
      ...short,
      keySets: [renamed],
      seal: await sealOf(keys.vendor, plain, { iss: 'https://other.example.com' }),
    },
  });
  ask('root keys as trust: the name of the root key does not count', yes('L-01'), { trust: 'rootByAnotherName' });
  ask('root keys as trust: too few signed', no('unsealed'), { trust: 'twoOfTwoRoots' });
  ask('root keys as trust: one of two is enough', yes('L-01'), { trust: 'oneOfTwoRoots' });
  ask('other root keys as trust', no('unsealed'), { trust: 'otherRoot' });
  const pair = [named(keys.root), named(keys.otherRoot)];
  const shared = { version: 1, root: pair, update: [named(keys.vendor)] };
  const both = signSet(draft({ ...shared, threshold: 2 }), [keys.root], [keys.otherRoot]);
  const half = signSet(draft({ ...shared, threshold: 2 }), [keys.root]);
  ask('root keys as trust: two of two signed', yes('L-01'), {
    trust: 'twoOfTwoRoots',
    state: { ...short, keySets: [both] },
  });
  ask('root keys as trust: the key set needs two, and one of the program’s signed', no('unsealed'), {
    trust: 'root',
    state: { ...short, keySets: [both] },
  });
  ask('root keys as trust: the key set needs two, and one signed', no('unsealed'), {
    trust: 'oneOfTwoRoots',
    state: { ...short, keySets: [half] },
  });
  const changed = signSet(
    draft({ version: 2, root: [named(keys.otherRoot)], update: [named(keys.nextVendor)] }),
    [keys.root],
    [keys.otherRoot],
  );
  const byNewRoot = signSet(draft({ version: 3, root: [named(keys.otherRoot)], update: [named(keys.vendor)] }), [
    keys.otherRoot,
  ]);
  const byOldRoot = signSet(draft({ version: 3, root, update: [named(keys.vendor)] }), [keys.root]);
  ask('root keys as trust: the root key changes', yes('L-01'), {
    trust: 'root',
    state: { ...short, keySets: [one, changed, byNewRoot] },
  });
  ask('root keys as trust: a root key that a key set dropped proves nothing any more', no('unsealed'), {
    trust: 'root',
    state: { ...short, keySets: [one, changed, byOldRoot] },
  });
  ask('root keys as trust: the first set that they signed is set 2', yes('L-01'), {
    trust: 'otherRoot',
    state: { ...short, keySets: [one, changed, byNewRoot] },
  });
  ask('two key sets as trust: the newest one counts', no('unsealed'), { trust: 'sets1and2' });
  ask('two key sets as trust, and the seal of the newest one', yes('L-01'), { trust: 'sets1and2', state: rotated });
  ask('a key set of the file that leaves a version out is not trusted', no('unsealed'), {
    state: { ...short, keySets: [one, byOldRoot], seal: await sealOf(keys.otherVendor, plain) },
  });
  ask('a key set of the file under another iss is not trusted', no('unsealed'), {
    state: {
      ...short,
      keySets: [
        one,
        signSet(
          { ...draft({ version: 2, root, update: [named(keys.nextVendor)] }), iss: 'https://other.example.com' },
          [keys.root],
        ),
      ],
      seal: await sealOf(keys.nextVendor, plain, { iss: 'https://other.example.com' }),
    },
  });

  const text = fileOf(keys.container, sealed);
  ask('a wrong checksum', no('file-damaged'), { file: text.replace('"quantity": 5', '"quantity": 6') });
  ask('an empty file', no('file-damaged'), { file: '' });
  ask('a file that was cut off', no('file-damaged'), { file: text.slice(0, 1000) });
  ask('a file of version 1', no('file-damaged'), { file: fileOf(keys.container, { ...sealed, version: 1 }) });
  ask('versions of key sets that do not rise', no('file-damaged'), {
    file: fileOf(keys.container, { ...sealed, keySets: [one, one] }),
  });
  ask('no key sets', no('file-damaged'), { file: fileOf(keys.container, { ...sealed, keySets: [] }) });
  ask('a key set without its form', no('file-damaged'), {
    file: fileOf(keys.container, { ...sealed, keySets: [{ jws: ['a.b.c'] }] }),
  });
  ask('an unknown member', no('file-damaged'), { file: fileOf(keys.container, { ...sealed, note: 1 }) });
  for (const [name, held] of [
    ['a license without its form', { counter: 3, licenses: [{ ...LICENSES[0], terms: { quantity: -1 } }] }],
    ['a license id twice', { counter: 3, licenses: [LICENSES[0], LICENSES[0]] }],
    ['a counter that is not a count', { counter: 3.5, licenses: LICENSES.slice(0, 1) }],
    ['an unknown member in the content', { ...plain, note: 1 }],
    ['licenses that are an object', { counter: 3, licenses: {} }],
  ] as const)
    ask(name, no('file-damaged'), { file: fileOf(keys.container, { ...short, content: held as unknown as Content }) });
  ask('a highest iat that is not a count', no('file-damaged'), {
    file: fileOf(keys.container, { ...short, newestIat: 0.5 }),
  });
  ask('licenses in the wrong order', no('file-damaged'), {
    file: fileOf(keys.container, { ...sealed, content: { counter: 3, licenses: LICENSES.toReversed() } }),
  });
  ask('two reasons: file-damaged and unsealed', no('file-damaged'), {
    file: fileOf(keys.container, { ...sealed, content: more }).replace('"quantity": 999', '"quantity": 998'),
  });
  return { trusts, files, cases };
}

/** A container file, also an invalid one. */
function fileOf(key: TestKey, { version = 2, keySets, content, seal, lease, newestIat, note }: State): string {
  const file = {
    version,
    key: key.privateJwk,
    vendor: { keySets },
    content,
    ...(seal === undefined ? {} : { seal }),
    ...(lease === undefined ? {} : { lease }),
    newestIat,
    context: { jti: 'context-7', iat: T },
    ...(note === undefined ? {} : { note }),
  };
  const checksum = `sha256:${createHash('sha256').update(canonicalJson(file)).digest('hex')}`;
  return `${JSON.stringify({ ...file, checksum }, null, 2)}\n`;
}
