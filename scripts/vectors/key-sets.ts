import type { KeySetFault, KeyWithId, SignedKeySet } from '../../protocol/index.ts';
import {
  encode,
  headerOf,
  ISSUER,
  MADE_AT,
  named,
  nested,
  padded,
  signJson,
  signText,
  type TestKey,
  withS,
} from './signing.ts';

const TYPE = 'relicense-keys+jwt';

export interface KeySetCase {
  readonly name: string;
  /** The key sets that the container holds. */
  readonly held: readonly SignedKeySet[];
  /** The key sets of a file. */
  readonly added: readonly unknown[];
  /** The versions that the container holds afterwards. */
  readonly versions: readonly number[];
  readonly fault?: { readonly code: KeySetFault; readonly index: number };
}

/** The payload of a key set; tests also make invalid ones. */
export interface Draft {
  readonly version: number;
  readonly threshold?: number;
  readonly root: readonly KeyWithId[];
  readonly update: readonly KeyWithId[];
}

export function draft({ version, threshold = 1, root, update }: Draft): Record<string, unknown> {
  return { iss: ISSUER, version, iat: MADE_AT + version, root: { threshold, keys: root }, update };
}

/** Signs a payload with keys, each under the name that the key set gives it. */
export function signSet(payload: unknown, ...signers: readonly (readonly [TestKey, string?])[]): SignedKeySet {
  return { jws: signers.map(([key, kid = key.thumbprint]) => signJson(key, { ...headerOf(TYPE, key), kid }, payload)) };
}

export function keySetCases(
  roots: readonly [TestKey, TestKey, TestKey],
  vendors: readonly [TestKey, TestKey],
): readonly KeySetCase[] {
  const cases: KeySetCase[] = [];
  const [rootA, rootB, rootC] = roots;
  const [vendorA, vendorB] = vendors;
  const oneOf = (version: number, changes: Partial<Draft> = {}): Record<string, unknown> =>
    draft({ version, root: [named(rootA)], update: [named(vendorA)], ...changes });
  const one = signSet(oneOf(1), [rootA]);
  const two = signSet(oneOf(2, { update: [named(vendorB)] }), [rootA]);
  const three = signSet(oneOf(3), [rootA]);
  const accept = (
    name: string,
    versions: readonly number[],
    held: readonly SignedKeySet[],
    ...added: readonly unknown[]
  ): void => {
    cases.push({ name, held, added, versions });
  };
  const refuse = (
    code: KeySetFault,
    name: string,
    held: readonly SignedKeySet[],
    ...added: readonly unknown[]
  ): void => {
    const versions = held.map((_, index) => index + 1);
    cases.push({ name, held, added, versions, fault: { code, index: added.length - 1 } });
  };
  const first = (payload: unknown): SignedKeySet => signSet(payload, [rootA]);
  const list = (length: number, item: string): string[] => Array.from({ length }, () => item);
  const [jws = ''] = one.jws;

  accept('set 1', [1], [], one);
  accept('three sets at once', [1, 2, 3], [], one, two, three);
  accept('the next set', [1, 2], [one], two);
  accept('no sets', [1], [one]);
  accept('sets that the container holds are skipped', [1, 2, 3], [one, two], one, two, three);
  accept(
    'another set of a version that the container holds is skipped',
    [1, 2],
    [one, two],
    signSet(oneOf(2), [rootB]),
  );
  accept(
    'an unknown member, also in root and in a key',
    [1],
    [],
    first({
      ...oneOf(1),
      note: nested(7),
      root: { threshold: 1, keys: [{ ...named(rootA), alg: 'Ed25519' }], note: 1 },
    }),
  );
  accept('crit that names known members', [1], [], first({ ...oneOf(1), crit: Object.keys(oneOf(1)) }));
  accept('alg EdDSA', [1], [], { jws: [signJson(rootA, { ...headerOf(TYPE, rootA), alg: 'EdDSA' }, oneOf(1))] });
  accept('32 signatures', [1], [], { jws: list(32, jws) });
  accept('a signed text of 4,096 bytes', [1], [], {
    jws: [signText(rootA, ...padded(headerOf(TYPE, rootA), oneOf(1), 4096))],
  });
  accept('iat does not have to rise', [1, 2], [one], first({ ...oneOf(2), iat: 0 }));
  accept(
    'an update key that is not a point of the curve',
    [1],
    [],
    first(oneOf(1, { update: [{ ...named(vendorA), x: encode(Buffer.from(`02${'00'.repeat(31)}`, 'hex')) }] })),
  );
  accept('a kid of 256 characters', [1], [], first(oneOf(1, { update: [named(vendorA, 'x'.repeat(256))] })));
  accept(
    'one update key under two kids',
    [1],
    [],
    first(oneOf(1, { update: [named(vendorA), named(vendorA, 'second')] })),
  );
  accept(
    'the same kid as root key and as update key',
    [1],
    [],
    signSet(oneOf(1, { root: [named(rootA, 'k')], update: [named(vendorA, 'k')] }), [rootA, 'k']),
  );

  const pair = (version: number, changes: Partial<Draft> = {}) =>
    oneOf(version, { threshold: 2, root: [named(rootA), named(rootB), named(rootC)], ...changes });
  const pairOne = signSet(pair(1), [rootA], [rootC]);
  accept('threshold 2 of 3: two signatures', [1], [], pairOne);
  accept('threshold 2: a wrong signature and an unknown kid beside two good ones', [1], [], {
    jws: [withS(signSet(pair(1), [rootB]).jws[0] ?? '', 1n), ...signSet(pair(1), [rootA], [vendorA], [rootC]).jws],
  });
  refuse('key-set-signatures', 'threshold 2: one signature', [], signSet(pair(1), [rootA]));
  refuse('key-set-signatures', 'threshold 2: the same signature twice', [], signSet(pair(1), [rootA], [rootA]));
  refuse('key-set-signatures', 'threshold 2: one good signature and a wrong one', [], {
    jws: [...signSet(pair(1), [rootA]).jws, withS(signSet(pair(1), [rootB]).jws[0] ?? '', 1n)],
  });
  refuse(
    'key-set-signatures',
    'threshold 2: the second key signs under the kid of the first',
    [],
    signSet(pair(1), [rootA], [rootB, rootA.thumbprint]),
  );
  refuse(
    'key-set-signatures',
    'threshold 2: one key signs under two kids',
    [],
    signSet(pair(1, { root: [named(rootA), named(rootA, 'again'), named(rootB)] }), [rootA], [rootA, 'again']),
  );
  refuse('key-set-signatures', 'signed by an update key', [], signSet(oneOf(1), [vendorA]));
  refuse(
    'key-set-signatures',
    'signed by an update key under the kid of a root key',
    [],
    signSet(oneOf(1), [vendorA, rootA.thumbprint]),
  );
  const newRoot = oneOf(2, { root: [named(rootB)] });
  accept('a new root key: signed by the old and the new one', [1, 2], [one], signSet(newRoot, [rootA], [rootB]));
  refuse('key-set-signatures', 'a new root key: signed by the new one only', [one], signSet(newRoot, [rootB]));
  refuse('key-set-signatures', 'a new root key: signed by the old one only', [one], signSet(newRoot, [rootA]));
  accept(
    'the threshold rises: the old one counts for the set before',
    [1, 2],
    [one],
    signSet(pair(2), [rootA], [rootB]),
  );
  refuse('key-set-signatures', 'the threshold rises: one signature', [one], signSet(pair(2), [rootA]));
  refuse(
    'key-set-signatures',
    'the threshold falls: the set before needs two',
    [pairOne],
    signSet(pair(2, { threshold: 1 }), [rootA]),
  );
  accept(
    'the threshold falls: two signatures',
    [1, 2],
    [pairOne],
    signSet(pair(2, { threshold: 1 }), [rootA], [rootB]),
  );
  const kept = signSet(oneOf(1, { root: [named(rootA, 'root')] }), [rootA, 'root']);
  const replaced = oneOf(2, { root: [named(rootB, 'root')] });
  accept(
    'the root key changes under its kid: two signatures with one kid',
    [1, 2],
    [kept],
    signSet(replaced, [rootA, 'root'], [rootB, 'root']),
  );
  refuse(
    'key-set-signatures',
    'the root key changes under its kid: signed by the new one only',
    [kept],
    signSet(replaced, [rootB, 'root']),
  );
  const after = signSet(oneOf(3, { root: [named(rootB)] }), [rootB]);
  accept('a rotated root key is not needed any more', [1, 2, 3], [one, signSet(newRoot, [rootA], [rootB])], after);
  refuse(
    'key-set-signatures',
    'a rotated root key proves nothing any more',
    [one, signSet(newRoot, [rootA], [rootB])],
    signSet(oneOf(3), [rootA]),
  );

  for (const [name, value] of [
    ['null', null],
    ['a list', [jws]],
    ['no jws', {}],
    ['jws a text', { jws }],
    ['jws a text of one character', { jws: 'a' }],
    ['jws an object', { jws: { 0: jws, length: 1 } }],
    ['no signatures', { jws: [] }],
    ['a number as signature', { jws: [jws, 1] }],
    ['an unknown member', { jws: [jws], note: 1 }],
  ] as const)
    refuse('key-set-schema', name, [], value);
  refuse('key-set-schema', '33 signatures', [], { jws: list(33, jws) });
  refuse('key-set-malformed', 'a JWS without a signature', [], { jws: [jws.slice(0, jws.lastIndexOf('.') + 1)] });
  refuse('key-set-malformed', 'a malformed second JWS', [], { jws: [jws, 'a.b.c'] });
  refuse('key-set-malformed', 'the type of an update in the second JWS', [], {
    jws: [jws, signJson(rootA, headerOf('relicense-update+jwt', rootA), oneOf(1))],
  });
  refuse('key-set-malformed', 'another payload in the second JWS', [], {
    jws: [jws, ...signSet({ ...oneOf(1), iat: 1 }, [rootB]).jws],
  });
  refuse('key-set-malformed', 'the same payload with white space in the second JWS', [], {
    jws: [jws, signText(rootB, JSON.stringify(headerOf(TYPE, rootB)), `${JSON.stringify(oneOf(1))} `)],
  });
  refuse('key-set-malformed', 'the type of an update', [], {
    jws: [signJson(rootA, headerOf('relicense-update+jwt', rootA), oneOf(1))],
  });
  refuse('key-set-malformed', 'alg none', [], {
    jws: [signJson(rootA, { ...headerOf(TYPE, rootA), alg: 'none' }, oneOf(1))],
  });
  refuse('key-set-malformed', 'a header with a key of its own', [], {
    jws: [signJson(rootA, { ...headerOf(TYPE, rootA), jwk: rootA.publicJwk }, oneOf(1))],
  });
  refuse('key-set-malformed', 'a signed text of 4,097 bytes', [], {
    jws: [signText(rootA, ...padded(headerOf(TYPE, rootA), oneOf(1), 4097))],
  });
  refuse('key-set-malformed', 'an unknown member nested 9 deep', [], first({ ...oneOf(1), x: nested(8) }));
  refuse('key-set-malformed', '33 update keys are more than the size allows', [], {
    jws: [
      signText(
        rootA,
        JSON.stringify(headerOf(TYPE, rootA)),
        JSON.stringify(oneOf(1, { update: list(33, '').map((_, index) => named(vendorA, String(index))) })),
      ),
    ],
  });
  const root = (changes: object): Record<string, unknown> => ({
    ...oneOf(1),
    root: { threshold: 1, keys: [named(rootA)], ...changes },
  });
  const update = (...keys: readonly unknown[]): Record<string, unknown> => ({ ...oneOf(1), update: keys });
  const { kid: _, ...nameless } = named(vendorA);
  const payloads: readonly (readonly [string, unknown])[] = [
    ['a payload that is null', null],
    ...Object.keys(oneOf(1)).map((name) => [`no ${name}`, { ...oneOf(1), [name]: undefined }] as const),
    ['an empty iss', { ...oneOf(1), iss: '' }],
    ['an iss of 513 characters', { ...oneOf(1), iss: 'v'.repeat(513) }],
    ['version 0', { ...oneOf(1), version: 0 }],
    ['version 1.5', { ...oneOf(1), version: 1.5 }],
    ['iat -1', { ...oneOf(1), iat: -1 }],
    ['threshold 0', root({ threshold: 0 })],
    ['threshold 1.5 of 1', root({ threshold: 1.5 })],
    ['threshold 1.5 of 2', root({ threshold: 1.5, keys: [named(rootA), named(rootB)] })],
    ['a threshold that is a text', root({ threshold: '1' })],
    ['threshold 2 of 1', root({ threshold: 2 })],
    ['threshold 2 of one key under two kids', root({ threshold: 2, keys: [named(rootA), named(rootA, 'again')] })],
    ['no threshold', root({ threshold: undefined })],
    ['no root keys', root({ keys: [] })],
    ['root a list', { ...oneOf(1), root: [] }],
    ['root null', { ...oneOf(1), root: null }],
    ['no update keys', update()],
    ['update an object', { ...oneOf(1), update: {} }],
    ['an update key that is null', update(null)],
    ['an update key without kid', update(nameless)],
    ['an update key with an empty kid', update(named(vendorA, ''))],
    ['an update key with a kid of 257 characters', update(named(vendorA, 'x'.repeat(257)))],
    ['two update keys with one kid', update(named(vendorA, 'k'), named(vendorB, 'k'))],
    ['two root keys with one kid', root({ keys: [named(rootA), named(rootB, rootA.thumbprint)] })],
    ['an update key of small order', update({ ...named(vendorA), x: encode(Buffer.alloc(32)) })],
    ['an update key of another type', update({ ...named(vendorA), kty: 'EC' })],
    ['an update key of another curve', update({ ...named(vendorA), crv: 'X25519' })],
    ['an update key that is too short', update({ ...named(vendorA), x: encode(Buffer.alloc(31, 7)) })],
    ['a root key of small order', root({ keys: [named(rootA), { ...named(rootB), x: encode(Buffer.alloc(32)) }] })],
    ['crit empty', { ...oneOf(1), crit: [] }],
  ];
  for (const [name, payload] of payloads) refuse('key-set-payload', name, [], first(payload));
  refuse('key-set-issuer', 'an iss of 512 characters', [one], first({ ...oneOf(2), iss: 'v'.repeat(512) }));
  refuse(
    'key-set-not-understood',
    'crit names an unknown member',
    [],
    first({ ...oneOf(1), expires: 1, crit: ['expires'] }),
  );
  refuse('key-set-not-understood', 'crit names a member of root', [], first({ ...oneOf(1), crit: ['threshold'] }));
  refuse('key-set-issuer', 'another vendor', [one], first({ ...oneOf(2), iss: 'https://other.example.com' }));
  refuse(
    'key-set-issuer',
    'another vendor, at a version that the container holds',
    [one],
    first({ ...oneOf(1), iss: 'https://other.example.com' }),
  );
  refuse(
    'key-set-issuer',
    'another vendor in the second set',
    [],
    one,
    first({ ...oneOf(2), iss: 'https://other.example.com' }),
  );
  refuse('key-set-gap', 'set 2 without set 1', [], two);
  refuse('key-set-gap', 'set 3 after set 1', [one], three);
  refuse('key-set-gap', 'a gap in the file', [], one, three);
  refuse('key-set-payload', 'two faults: payload and issuer', [one], first({ ...oneOf(2), iss: 'v', update: [] }));
  refuse('key-set-payload', 'two faults: payload and crit', [], first({ ...oneOf(1), update: [], crit: ['x'] }));
  refuse('key-set-not-understood', 'two faults: crit and issuer', [one], first({ ...oneOf(2), iss: 'v', crit: ['x'] }));
  refuse('key-set-issuer', 'two faults: issuer and gap', [one], first({ ...oneOf(3), iss: 'v' }));
  refuse('key-set-gap', 'two faults: gap and signatures', [one], signSet(oneOf(3), [rootB]));
  refuse('key-set-signatures', 'a wrong set after a good one', [one], two, signSet(oneOf(3), [rootB]));
  return cases;
}
