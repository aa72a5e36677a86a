/** E1: evidence that a stranger verifies, and everything that can be changed in it. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  applyOperations,
  assembleJws,
  type ContainerLicense,
  type Content,
  createContext,
  digestOf,
  EVIDENCE_FAULTS,
  type Evidence,
  type EvidenceFault,
  type KeySetPayload,
  type Operation,
  type SignedKeySet,
  type Update,
  updateSigningInput,
  verifyEvidence,
} from '../../../protocol/index.ts';
import { signTestKeySet, type TestKey, testKey } from '../../harness/test-key-set.ts';

const ISS = 'https://licenses.example.com';
const [ROOT, ROOT_2, SIGNER, SIGNER_2, CONTAINER, STRANGER] = await Promise.all([
  testKey(1),
  testKey(2),
  testKey(3),
  testKey(4),
  testKey(5),
  testKey(6),
]);

const license = (id: string, more: Partial<ContainerLicense> = {}): ContainerLicense => ({
  id,
  product: 'cad',
  terms: { quantity: 1, region: 'EU' },
  requires: [],
  ...more,
});
const GONE = license('gone', { crit: ['region'] });
const BEFORE: Content = { counter: 4, licenses: [GONE, license('other')] };
const REMOVE: Operation = { op: 'remove', license: 'gone', cause: 'withdraw' };
const PUT_NEW: Operation = { op: 'put', license: license('new'), cause: 'activate' };

const setOf = (version: number, root: TestKey, update: TestKey): KeySetPayload => ({
  iss: ISS,
  version,
  iat: version,
  root: { threshold: 1, keys: [root.jwk] },
  update: [update.jwk],
});
const SET_1 = signTestKeySet(setOf(1, ROOT, SIGNER), [ROOT]);
const SET_2 = signTestKeySet(setOf(2, ROOT_2, SIGNER_2), [ROOT, ROOT_2]);

interface Made {
  readonly before?: Content;
  readonly steps?: readonly (readonly Operation[])[];
  readonly signer?: TestKey;
  readonly keySets?: readonly SignedKeySet[];
  readonly iss?: string;
  /** What the receipt says instead of the place that was reached. */
  readonly receipt?: { readonly counter?: number; readonly digest?: string; readonly key?: TestKey };
  readonly serial?: string;
}

async function evidence(made: Made = {}): Promise<Evidence> {
  const { before = BEFORE, steps = [[REMOVE], [PUT_NEW]], signer = SIGNER, keySets = [SET_1], iss = ISS } = made;
  const { serial = CONTAINER.jwk.kid } = made;
  let content = before;
  const updates: Update[] = [];
  for (const operations of steps) {
    const applied = applyOperations(content, operations);
    if (!applied.ok) throw new Error(applied.code);
    const next = { counter: content.counter + 1, licenses: applied.content.licenses };
    const from = { counter: content.counter, digest: await digestOf(content) };
    const to = { counter: next.counter, digest: await digestOf(next) };
    const payload = { iss, sub: serial, jti: `r-${next.counter}`, iat: 1_000 + next.counter, from, to };
    const input = updateSigningInput({ kid: signer.jwk.kid, payload });
    updates.push({ jws: assembleJws(input, signer.sign(new TextEncoder().encode(input))), operations });
    content = next;
  }
  const { key = CONTAINER, counter = content.counter, digest = await digestOf(content) } = made.receipt ?? {};
  const { kid: _, ...publicJwk } = key.jwk;
  const receipt = await createContext({
    privateKey: key.key.export({ format: 'jwk' }) as never,
    publicJwk,
    audience: iss,
    keys: keySets.length,
    lease: '',
    counter,
    digest,
    jti: 'c-1',
    iat: 2_000,
  });
  return {
    type: 'relicense-evidence',
    version: 1,
    iss,
    license: 'gone',
    order: 'SO-1',
    before,
    updates,
    receipt,
    keySets,
  };
}

let document: Evidence;
beforeAll(async () => {
  document = await evidence();
});

const codeOf = async (value: unknown, trust?: Parameters<typeof verifyEvidence>[1]) => {
  const result = await verifyEvidence(value, trust);
  return result.ok ? 'ok' : result.code;
};

describe('evidence that is accepted', () => {
  it('the result says what was removed, from where, when, and who proves it (E1)', async () => {
    expect(await verifyEvidence(document, { keySets: [SET_1] })).toEqual({
      ok: true,
      trusted: true,
      iss: ISS,
      container: CONTAINER.jwk.kid,
      license: GONE,
      order: 'SO-1',
      cause: 'withdraw',
      counter: 5,
      removedAt: 1_005,
      receiptCounter: 6,
      receiptAt: 2_000,
      keySet: 1,
      rootKeys: [ROOT.jwk.kid],
    });
  });

  it('without trust it is consistent, and says that it is not trusted (E1)', async () => {
    expect(await verifyEvidence(document)).toMatchObject({ ok: true, trusted: false, rootKeys: [ROOT.jwk.kid] });
  });

  it.each<[string, () => Parameters<typeof verifyEvidence>[1]]>([
    ['a key set', () => SET_1],
    ['a list of key sets', () => ({ keySets: [SET_1] })],
    [
      'a newer list, which still has the key',
      () => ({ keySets: [SET_1, signTestKeySet(setOf(2, ROOT, SIGNER), [ROOT])] }),
    ],
    ['root keys', () => ({ rootKeys: [ROOT.jwk] })],
    ['root keys without a kid', () => ({ rootKeys: [{ ...ROOT.jwk, kid: undefined } as never] })],
  ])('a verifier can bring %s', async (_, trust) => {
    expect(await verifyEvidence(document, trust())).toMatchObject({ ok: true, trusted: true });
  });

  it('updates that were signed again by the key of a newer set are accepted (K3)', async () => {
    const rotated = await evidence({ keySets: [SET_1, SET_2], signer: SIGNER_2 });
    for (const trust of [undefined, SET_1, { keySets: [SET_1, SET_2] }, { rootKeys: [ROOT_2.jwk] }])
      expect(await verifyEvidence(rotated, trust)).toMatchObject({ ok: true, keySet: 2 });
  });

  it('members that a verifier does not know are ignored', async () => {
    expect(await codeOf({ ...document, note: 'x' })).toBe('ok');
  });
});

describe('evidence that is refused', () => {
  const wrong: readonly (readonly [EvidenceFault, string, () => unknown, Parameters<typeof verifyEvidence>[1]?])[] = [
    ['schema', 'another type', () => ({ ...document, type: 'relicense-update' })],
    ['schema', 'no updates', () => ({ ...document, updates: [] })],
    ['schema', 'no key sets', () => ({ ...document, keySets: [] })],
    [
      'schema',
      'licenses that are not sorted',
      () => ({ ...document, before: { ...BEFORE, licenses: BEFORE.licenses.toReversed() } }),
    ],
    ['version', 'another version', () => ({ ...document, version: 2 })],
    ['trust', 'a verifier without keys', () => document, { keySets: [] }],
    ['trust', 'root keys without a usable key', () => document, { rootKeys: [{ kty: 'OKP' }] }],
    ['key-sets', 'a gap in the key sets', () => ({ ...document, keySets: [SET_2] })],
    [
      'key-sets',
      'a key set that another root key signed',
      () => ({ ...document, keySets: [signTestKeySet(setOf(1, ROOT, SIGNER), [ROOT_2])] }),
    ],
    [
      'untrusted',
      'key sets of a stranger with a version after the verifier’s',
      () => ({
        ...document,
        keySets: [
          signTestKeySet(setOf(1, STRANGER, SIGNER), [STRANGER]),
          signTestKeySet(setOf(2, STRANGER, SIGNER), [STRANGER]),
        ],
      }),
      SET_1,
    ],
    ['untrusted', 'keys of another vendor', () => document, { rootKeys: [STRANGER.jwk] }],
    ['issuer', 'another vendor', () => ({ ...document, iss: 'https://other.example.com' })],
    [
      'receipt',
      'a receipt for another vendor',
      async () => ({ ...document, receipt: (await evidence({ iss: 'x' })).receipt }),
    ],
    ['license-not-before', 'a license that the container did not hold', () => ({ ...document, license: 'never' })],
    ['updates', 'another container’s updates', () => evidence({ serial: STRANGER.jwk.kid })],
    ['updates', 'a stranger’s signature', () => evidence({ signer: STRANGER })],
    ['updates', 'the updates in another order', () => ({ ...document, updates: document.updates.toReversed() })],
    ['updates', 'a key that is missing from the newest set (K3)', () => evidence({ keySets: [SET_1, SET_2] })],
    ['updates', 'a key that the verifier knows to be replaced (K3)', () => document, { keySets: [SET_1, SET_2] }],
    ['updates', 'another content before', () => ({ ...document, before: { ...BEFORE, licenses: [GONE] } })],
    [
      'license-not-removed',
      'a first update that removes another license',
      () => evidence({ steps: [[{ ...REMOVE, license: 'other' }], [REMOVE]] }),
    ],
    [
      'license-not-removed',
      'a renewal, which removes the license and puts it again',
      () =>
        evidence({
          steps: [
            [
              { ...REMOVE, cause: 'replace' },
              { op: 'put', license: GONE, cause: 'replace' },
            ],
          ],
        }),
    ],
    [
      'license-returned',
      'a license that a later update puts again',
      () => evidence({ steps: [[REMOVE], [{ op: 'put', license: GONE, cause: 'activate' }]] }),
    ],
    ['receipt-place', 'a receipt for the place before', async () => evidence({ receipt: { counter: 5 } })],
    [
      'receipt-place',
      'a receipt for another content',
      async () => evidence({ receipt: { digest: await digestOf(BEFORE) } }),
    ],
    ['receipt-place', 'the last update taken away', () => ({ ...document, updates: document.updates.slice(0, 1) })],
  ];

  it.each(wrong.map(([code, what, make, trust]) => ({ code, what, make, trust })))(
    '$code: $what',
    async ({ code, make, trust }) => {
      expect(await codeOf(await make(), trust)).toBe(code);
    },
  );

  it('every fault of the list is shown by one of these documents', () => {
    expect([...new Set(wrong.map(([code]) => code))].sort()).toEqual([...EVIDENCE_FAULTS].sort());
  });

  it('a receipt of another container is refused: its serial is not that of the updates', async () => {
    expect(await verifyEvidence(await evidence({ receipt: { key: STRANGER } }))).toEqual({
      ok: false,
      code: 'updates',
      detail: 'other-container',
      index: 0,
    });
  });

  it('a document that a forger made with other keys is consistent, and a verifier with the vendor’s keys refuses it', async () => {
    const keySets = [signTestKeySet(setOf(1, STRANGER, STRANGER), [STRANGER])];
    const forged = await evidence({ keySets, signer: STRANGER });
    expect(await verifyEvidence(forged)).toMatchObject({ ok: true, trusted: false, rootKeys: [STRANGER.jwk.kid] });
    expect(await codeOf(forged, SET_1)).toBe('updates');
    expect(await codeOf(forged, { rootKeys: [ROOT.jwk] })).toBe('untrusted');
  });
});

/** Every place in a JSON value that is not an object or a list. */
function leavesOf(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const members: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return members.flatMap(([name, member]) => leavesOf(member, [...path, name]));
}

/** A copy in which `change` has changed the value at a path. */
function changed(
  value: unknown,
  [name, ...rest]: readonly (string | number)[],
  change: (leaf: unknown) => unknown,
): unknown {
  if (name === undefined) return change(value);
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string | number, unknown>;
  copy[name] = changed(copy[name], rest, change);
  return copy;
}

/** Another value of the same form. */
function other(leaf: unknown): unknown {
  if (typeof leaf === 'number') return leaf + 1;
  if (typeof leaf !== 'string') return leaf === true ? false : 'x';
  return leaf.includes('.') && leaf.length > 200 ? withOtherCharacter(leaf, 100) : `${leaf}x`;
}

const withOtherCharacter = (text: string, at: number): string =>
  `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;

describe('changed evidence', () => {
  it('a change of any value is found, but for the order, which no signature covers (E1)', async () => {
    const paths = leavesOf(document);
    const accepted: string[] = [];
    for (const path of paths) {
      const result = await verifyEvidence(changed(document, path, other), SET_1);
      if (result.ok) accepted.push(path.join('.'));
    }
    expect(paths.length).toBeGreaterThan(25);
    expect(accepted).toEqual(['order']);
    // Neither does a signature cover the cause, if it is that of another step in the order of the steps.
    const causes = changed(document, ['updates', 0, 'operations', 0, 'cause'], () => 'deactivate');
    expect(await codeOf(causes)).toBe('ok');
  });

  it('a missing member, and a list with one entry less or one twice, is found (E1)', async () => {
    const found: unknown[] = [];
    for (const name of Object.keys(document)) found.push(await codeOf({ ...document, [name]: undefined }));
    expect(found).not.toContain('ok');
    for (const name of ['updates', 'keySets'] as const) {
      expect(await codeOf({ ...document, [name]: document[name].slice(1) })).not.toBe('ok');
    }
    expect(await codeOf({ ...document, updates: [...document.updates, document.updates[0]] })).toBe('updates');
    const twice = { ...BEFORE, licenses: [GONE, GONE, license('other')] };
    expect(await codeOf({ ...document, before: twice })).toBe('schema');
  });

  it('a change of any character of a signed text is found (E1)', async () => {
    const texts = [['receipt'], ['updates', 0, 'jws'], ['updates', 1, 'jws'], ['keySets', 0, 'jws', 0]] as const;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...texts), fc.nat(), async (path, at) => {
        const edit = (text: unknown): string => withOtherCharacter(String(text), at % String(text).length);
        expect(await codeOf(changed(document, path, edit), SET_1)).not.toBe('ok');
      }),
      { numRuns: 200 },
    );
  });

  it('hostile values are refused with a code, never with an exception', async () => {
    const hostile = fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(document)), hostile, async (name, value) => {
        const result = await verifyEvidence({ ...document, [name]: value });
        if (!result.ok) expect(EVIDENCE_FAULTS).toContain(result.code);
      }),
    );
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (value, trust) => {
        expect(await codeOf(value, trust as never)).not.toBe('ok');
        if (trust !== undefined) expect(await codeOf(document, trust as never)).toBe('trust');
      }),
    );
  });
});
