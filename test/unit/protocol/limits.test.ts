import { CompactSign, exportJWK, generateKeyPair } from 'jose';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../protocol/canonical-json.ts';
import { isSignedBy, MAX_SIGNED_BYTES, splitJws } from '../../../protocol/compact-jws.ts';
import {
  isContainerLicense,
  isContent,
  isPosition,
  isTerms,
  MAX_LIST_LENGTH,
  MAX_NAME_LENGTH,
} from '../../../protocol/content.ts';
import { isPublicJwk } from '../../../protocol/ed25519.ts';
import {
  applyFile,
  assembleJws,
  EMPTY_CONTENT,
  MAX_KEY_SETS,
  MAX_OPERATIONS,
  MAX_UPDATE_FILE_BYTES,
  MAX_UPDATES,
  updateSigningInput,
  verifyContext,
  verifyUpdate,
} from '../../../protocol/index.ts';
import { hasMembers, isCount, isName } from '../../../protocol/members.ts';
import { isOperation } from '../../../protocol/operation.ts';
import { findJsonFault, parseJson } from '../../../protocol/parse-json.ts';
import { firstKeySet, testKey } from '../../harness/test-key-set.ts';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const SIGNATURE = Buffer.alloc(64).toString('base64url');
async function heldKeySets() {
  const key = await testKey(1);
  return { keySets: [await firstKeySet('vendor', [key.jwk])] };
}
const LICENSE = { id: '1', product: 'cad', terms: {}, requires: [] };

describe('the signing input of an update', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const payload = {
    iss: 'vendor',
    sub: 'A'.repeat(43),
    jti: 'j',
    iat: 1,
    from: { counter: 0, digest },
    to: { counter: 1, digest },
  };
  /** Each of these characters takes six bytes of JSON. */
  const wide = '\u0001'.repeat(256);

  test('a kid of 0 or 257 characters, or a signature that is not canonical, throws', () => {
    for (const kid of ['', 'k'.repeat(257)])
      expect(() => updateSigningInput({ kid, payload })).toThrow('kid must have 1 to 256 characters');
    expect(updateSigningInput({ kid: 'k'.repeat(256), payload })).toContain('.');
    for (const signature of [new Uint8Array(63), new Uint8Array(64).fill(255)])
      expect(() => assembleJws('a.b', signature)).toThrow('64 bytes');
    expect(assembleJws('a.b', new Uint8Array(64))).toBe(`a.b.${SIGNATURE}`);
  });

  test('a signing input of 4,096 bytes is allowed, one of 4,097 throws a RangeError', () => {
    const asLong: { kid: string; payload: typeof payload }[] = [];
    for (let kid = 1; kid < 256; kid++)
      for (let jti = 1; jti < 12; jti++) {
        const given = { kid: 'k'.repeat(kid), payload: { ...payload, iss: wide, jti: wide.slice(0, 20 * jti) } };
        const length = `${part({ alg: 'Ed25519', kid: given.kid, typ: 'relicense-update+jwt' })}.${part(given.payload)}`
          .length;
        if (length === MAX_SIGNED_BYTES) asLong.push(given);
      }
    const [longest] = asLong;
    if (longest === undefined) throw new Error('The test made no signing input of 4,096 bytes');
    expect(updateSigningInput(longest)).toHaveLength(MAX_SIGNED_BYTES);
    expect(() => updateSigningInput({ ...longest, kid: `${longest.kid}k` })).toThrow(RangeError);
  });
});

describe('a compact JWS', () => {
  const LONGEST = MAX_SIGNED_BYTES + 1 + 86;

  test('a JWS of MAX_JWS_LENGTH characters is not too large, a longer one is', () => {
    expect(splitJws('a'.repeat(LONGEST))).toEqual({ ok: false, code: 'malformed' });
    expect(splitJws('a'.repeat(LONGEST + 1))).toEqual({ ok: false, code: 'too-large' });
  });

  test('a JWS with a header of more than eight levels is malformed', () => {
    expect(splitJws(`${part({ a: [[[[[[[1]]]]]]] })}.${part({})}.${SIGNATURE}`).ok).toBe(true);
    expect(splitJws(`${part({ a: [[[[[[[[1]]]]]]]] })}.${part({})}.${SIGNATURE}`)).toEqual({
      ok: false,
      code: 'malformed',
    });
  });

  test('a JWS that is not a string is malformed', async () => {
    for (const value of [undefined, null, 42, {}, ['a.b.c']]) {
      expect(splitJws(value)).toEqual({ ok: false, code: 'malformed' });
      expect(await verifyContext(value, { issuer: 'v', newestKeySet: 1 })).toEqual({ ok: false, reason: 'malformed' });
    }
  });

  test('a JWS without exactly three parts is malformed', () => {
    for (const text of ['', 'e30', 'e30.e30', `e30.e30.${SIGNATURE}.e30`]) expect(splitJws(text).ok).toBe(false);
    expect(splitJws(`e30.e30.${SIGNATURE}`)).toEqual({ ok: true, jws: { header: {}, payload: {} } });
  });

  test('isSignedBy accepts a signature whose header names alg Ed25519 or EdDSA', async () => {
    const { publicKey, privateKey } = await generateKeyPair('Ed25519', { extractable: true });
    const { kty = '', crv = '', x = '' } = await exportJWK(publicKey);
    const sign = (alg: string) => new CompactSign(new Uint8Array([1])).setProtectedHeader({ alg }).sign(privateKey);
    expect(await isSignedBy(await sign('EdDSA'), { kty, crv, x })).toBe(true);
    expect(await isSignedBy(await sign('Ed25519'), { kty, crv, x })).toBe(true);
  });
});

describe('an update', () => {
  test('an update whose jws is not a string or whose operations are not a list is refused as schema', async () => {
    expect(await verifyUpdate({ jws: 42, operations: [] }, [])).toEqual({ ok: false, code: 'schema' });
    expect(await verifyUpdate({ jws: '', operations: {} }, [])).toEqual({ ok: false, code: 'schema' });
  });

  test('an update with too many operations, and a file with too many updates, are refused as too large', async () => {
    const operation = { op: 'remove', license: '1', cause: 'withdraw' };
    const operations = Array.from({ length: MAX_OPERATIONS }, () => operation);
    expect(await verifyUpdate({ jws: '', operations }, [])).toEqual({ ok: false, code: 'malformed' });
    const more = [...operations, operation];
    expect(await verifyUpdate({ jws: '', operations: more }, [])).toEqual({ ok: false, code: 'too-large' });
    const holding = { serial: '', ...(await heldKeySets()), content: EMPTY_CONTENT, newestIat: 0, contextJti: '' };
    for (const file of [{ updates: {} }, { updates: 'x' }, { updates: [], keySets: {} }, {}, []]) {
      const fault = { part: 'file', code: 'schema' };
      expect(await applyFile(holding, file)).toEqual({ holding, applied: [], skipped: 0, fault });
    }
    const updates = Array.from({ length: MAX_UPDATES }, () => ({}));
    const first = { part: 'updates', code: 'schema', index: 0 };
    expect(await applyFile(holding, { updates })).toMatchObject({ fault: first });
    const fault = { part: 'file', code: 'too-large' };
    const tooMany = await applyFile(holding, { updates: [...updates, {}] });
    expect(tooMany).toEqual({ holding, applied: [], skipped: 0, fault });
    const keySets = Array.from({ length: MAX_KEY_SETS }, () => ({}));
    const schema = { part: 'key-sets', code: 'key-set-schema', index: 0 };
    expect(await applyFile(holding, { updates: [], keySets })).toMatchObject({ fault: schema });
    expect(await applyFile(holding, { updates: [], keySets: [...keySets, {}] })).toMatchObject({ fault });
    expect(MAX_UPDATE_FILE_BYTES).toBe(8_388_608);
  });

  test('updateSigningInput throws a TypeError for a payload that a container would refuse', () => {
    const position = (counter: number) => ({ counter, digest: `sha256:${'0'.repeat(64)}` });
    const payload = {
      iss: 'vendor',
      sub: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
      jti: 'id',
      iat: 1,
      from: position(0),
      to: position(1),
    };
    const signing = (changes: object) => () =>
      updateSigningInput({ kid: 'kid', payload: { ...payload, ...changes } as never });
    expect(signing({})).not.toThrow();
    for (const changes of [
      { iss: '' },
      { sub: 'vendor' },
      { jti: '' },
      { jti: 'j'.repeat(257) },
      { iat: -1 },
      { iat: 1.5 },
      { from: { counter: -1, digest: position(0).digest }, to: position(0) },
      { from: { counter: 0, digest: 'none' } },
      { to: { counter: 1, digest: 'none' } },
      { to: position(2) },
    ]) {
      expect(signing(changes)).toThrow(TypeError);
    }
  });

  test('an update with a malformed kid is refused as header, one with an unknown kid as unknown-key', async () => {
    for (const kid of ['', 42, 'k'.repeat(257)]) {
      const jws = `${part({ alg: 'Ed25519', kid, typ: 'relicense-update+jwt' })}.${part({})}.${SIGNATURE}`;
      expect(await verifyUpdate({ jws, operations: [] }, [])).toEqual({ ok: false, code: 'header' });
    }
    const unknown = `${part({ alg: 'Ed25519', kid: 'k'.repeat(256), typ: 'relicense-update+jwt' })}.${part({})}.${SIGNATURE}`;
    expect(await verifyUpdate({ jws: unknown, operations: [] }, [])).toEqual({ ok: false, code: 'unknown-key' });
  });

  test('an update is refused as unknown-key if the pinned key is of small order', async () => {
    const jws = `${part({ alg: 'Ed25519', kid: 'k', typ: 'relicense-update+jwt' })}.${part({})}.${SIGNATURE}`;
    const small = { kid: 'k', kty: 'OKP', crv: 'Ed25519', x: Buffer.alloc(32).toString('base64url') };
    expect(await verifyUpdate({ jws, operations: [] }, [small])).toEqual({ ok: false, code: 'unknown-key' });
  });
});

describe('an operation', () => {
  test('isOperation accepts the three causes of a removal and the three of a put, and nothing else', () => {
    const removed = ['withdraw', 'deactivate', 'replace'];
    const put = ['assign', 'replace', 'activate'];
    for (const cause of [...removed, ...put, 'other', undefined]) {
      expect(isOperation({ op: 'remove', license: '1', cause })).toBe(removed.includes(String(cause)));
      expect(isOperation({ op: 'put', license: LICENSE, cause })).toBe(put.includes(String(cause)));
      expect(isOperation({ op: 'other', license: LICENSE, cause })).toBe(false);
    }
    expect(isOperation({ op: 'remove', license: '', cause: 'withdraw' })).toBe(false);
    expect(isOperation({ op: 'put', license: '1', cause: 'assign' })).toBe(false);
    expect(isOperation({ op: 'remove', license: '1', cause: 'withdraw', more: 1 })).toBe(false);
    expect(isOperation({ op: 'remove', license: '1' })).toBe(false);
  });
});

describe('a content', () => {
  const name = 'n'.repeat(MAX_NAME_LENGTH);
  const names = (length: number) => Array.from({ length }, () => 'a');

  test('isContainerLicense accepts names and lists up to their limits, and nothing longer', () => {
    expect(isContainerLicense({ ...LICENSE, id: name, product: name, requires: names(MAX_LIST_LENGTH) })).toBe(true);
    expect(isContainerLicense({ ...LICENSE, id: `${name}n` })).toBe(false);
    expect(isContainerLicense({ ...LICENSE, product: `${name}n` })).toBe(false);
    expect(isContainerLicense({ ...LICENSE, requires: names(MAX_LIST_LENGTH + 1) })).toBe(false);
    expect(isContainerLicense({ ...LICENSE, requires: [`${name}n`] })).toBe(false);
    expect(isContainerLicense({ ...LICENSE, requires: 'a' })).toBe(false);
    expect(isContainerLicense({ ...LICENSE, requires: [''] })).toBe(false);
    expect(isContainerLicense({ ...LICENSE, terms: { other: null } })).toBe(false);
    expect(isContainerLicense({ ...LICENSE, more: 1 })).toBe(false);
  });

  test.each([
    ['2027-01-01T00:00Z', true],
    ['2027-01-01T00:00:00Z', true],
    ['2027-01-01T00:00:00.123Z', true],
    [`2027-01-01T00:00:00.${'0'.repeat(MAX_NAME_LENGTH - 21)}Z`, true],
    [`2027-01-01T00:00:00.${'0'.repeat(MAX_NAME_LENGTH - 20)}Z`, false],
    ['2028-02-29T23:59:59Z', true],
    ['2027-02-29T23:59:59Z', false],
    ['2027-13-01T00:00:00Z', false],
    ['2027-12-01T24:00:00Z', false],
    ['2027-12-01T23:60:00Z', false],
    ['2027-12-01T23:59:60Z', false],
    ['2027-01-01T00:00:00.Z', false],
    ['2027-01-01T00:00:00', false],
    ['2027-01-01T00:00:00+00:00', false],
    ['2027-1-01T00:00:00Z', false],
    ['x2027-01-01T00:00:00Z', false],
    ['2027-01-01T00:00:00Zx', false],
    [42, false],
    [undefined, false],
  ])('terms accept only times in RFC 3339 UTC: %s', (time, isTime) => {
    expect(isTerms({ expiresAt: time })).toBe(isTime);
    expect(isTerms({ maintenanceUntil: time })).toBe(isTime);
  });

  test('isTerms accepts whole quantities and lists of names, and nothing else', () => {
    expect(isTerms({ quantity: 0, features: ['a'] })).toBe(true);
    for (const quantity of [-1, 1.5, '1', undefined, null]) expect(isTerms({ quantity })).toBe(false);
    for (const features of [['', 'a'], 'a', [1], undefined, {}]) expect(isTerms({ features })).toBe(false);
    for (const terms of [null, [], 'a', undefined, 1]) expect(isTerms(terms)).toBe(false);
  });

  test('isContent accepts licenses sorted by id, each once, and nothing else', () => {
    const licenses = (...ids: string[]) => ({ counter: 1, licenses: ids.map((id) => ({ ...LICENSE, id })) });
    expect(isContent(licenses('1', '2', '3'))).toBe(true);
    expect(isContent(licenses('1', '1'))).toBe(false);
    expect(isContent(licenses('2', '1'))).toBe(false);
    expect(isContent(licenses('B', 'a'))).toBe(true);
    expect(isContent({ counter: -1, licenses: [] })).toBe(false);
    expect(isContent({ counter: 1, licenses: {} })).toBe(false);
    expect(isContent({ counter: 1 })).toBe(false);
    expect(isContent({ counter: 1, licenses: [{}] })).toBe(false);
  });

  test('isPosition accepts exactly a counter and a digest', () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    expect(isPosition({ counter: 0, digest })).toBe(true);
    for (const other of [`x${digest}`, `${digest}0`, digest.slice(0, -1), digest.replace('0', 'A'), 1, undefined]) {
      expect(isPosition({ counter: 0, digest: other })).toBe(false);
    }
    // `String([digest])` would be a digest.
    expect(isPosition({ counter: 0, digest: [digest] })).toBe(false);
    expect(isPosition({ counter: -1, digest })).toBe(false);
    expect(isPosition({ counter: 0, digest, more: 1 })).toBe(false);
  });
});

describe('members', () => {
  test('hasMembers accepts the required and optional members, and no others', () => {
    expect(hasMembers({ a: 1 }, ['a'])).toBe(true);
    expect(hasMembers({ a: 1, b: 1 }, ['a'], ['b'])).toBe(true);
    expect(hasMembers({ a: 1 }, ['a'], ['b'])).toBe(true);
    expect(hasMembers({ b: 1 }, ['a'], ['b'])).toBe(false);
    expect(hasMembers({ a: 1, b: 1 }, ['a'])).toBe(false);
    expect(hasMembers(Object.create({ a: 1 }), ['a'])).toBe(false);
    for (const value of [null, undefined, 'a', 1, [], () => 1]) expect(hasMembers(value, [])).toBe(false);
  });

  test.each([
    [0, true],
    [1, true],
    [Number.MAX_SAFE_INTEGER, true],
    [Number.MAX_SAFE_INTEGER + 1, false],
    [-1, false],
    [-0, false],
    [0.5, false],
    [Number.NaN, false],
    ['1', false],
    [null, false],
  ])('isCount accepts only whole numbers from 0 to 2^53 - 1: %s', (value, is) => {
    expect(isCount(value)).toBe(is);
  });

  test('isName accepts only strings of 1 to maxLength units without lone surrogates', () => {
    expect(isName('ab', 2)).toBe(true);
    for (const value of ['', 'abc', '\ud800', 1, null, undefined, ['a']]) expect(isName(value, 2)).toBe(false);
  });

  test('isPublicJwk accepts only an OKP key of Ed25519 with an x of 43 characters', () => {
    const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
    expect(isPublicJwk({ kty: 'OKP', crv: 'Ed25519', x })).toBe(true);
    expect(isPublicJwk({ kty: 'OKP', crv: 'Ed25519', x: x.slice(1) })).toBe(false);
    expect(isPublicJwk({ kty: 'OKP', crv: 'X25519', x })).toBe(false);
    expect(isPublicJwk({ kty: 'EC', crv: 'Ed25519', x })).toBe(false);
    expect(isPublicJwk({ kty: 'OKP', crv: 'Ed25519', x: 1 })).toBe(false);
  });
});

describe('JSON', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  const codeOf = (source: string | Uint8Array, limits = {}): string | undefined => {
    const parsed = parseJson(source, limits);
    return parsed.ok ? undefined : parsed.code;
  };

  test('parseJson accepts 32 levels by default, and never more than 512', () => {
    expect(codeOf(nested(32))).toBeUndefined();
    expect(codeOf(nested(33))).toBe('too-deep');
    expect(codeOf(`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`)).toBe('too-deep');
    expect(codeOf(nested(512), { maxDepth: 1000 })).toBeUndefined();
    expect(codeOf(nested(513), { maxDepth: 1000 })).toBe('too-deep');
    // Lists beside each other do not add levels.
    expect(codeOf(`[${nested(2)},${nested(2)},{"a":{}},{}]`, { maxDepth: 3 })).toBeUndefined();
  });

  test('parseJson accepts 1 MiB by default, and counts bytes of UTF-8', () => {
    const text = (bytes: number): string => `"${'a'.repeat(bytes - 2)}"`;
    expect(codeOf(text(1_048_576))).toBeUndefined();
    expect(codeOf(text(1_048_577))).toBe('too-large');
    expect(codeOf('"üü"', { maxBytes: 6 })).toBeUndefined();
    expect(codeOf('"üü"', { maxBytes: 5 })).toBe('too-large');
    expect(codeOf('"€€"', { maxBytes: 8 })).toBeUndefined();
    expect(codeOf('"€€"', { maxBytes: 7 })).toBe('too-large');
    expect(codeOf(Buffer.from('"üü"'), { maxBytes: 6 })).toBeUndefined();
    expect(codeOf(Buffer.from('"üü"'), { maxBytes: 5 })).toBe('too-large');
  });

  test.each([
    ['{"a":1,"a":2}', 'duplicate-key'],
    ['{"a" 1}', 'syntax'],
    ['{"a":1', 'syntax'],
    ['{"a":1,}', 'syntax'],
    ['{a:1}', 'syntax'],
    ['{', 'syntax'],
    ['[1', 'syntax'],
    ['[1,]', 'syntax'],
    ['[1 2]', 'syntax'],
    ['"a', 'syntax'],
    ['"\u0001"', 'syntax'],
    ['"\\x"', 'syntax'],
    ['"\\ud800"', 'lone-surrogate'],
    ['"\ud800"', 'lone-surrogate'],
    ['tru', 'syntax'],
    ['falsy', 'syntax'],
    ['nul', 'syntax'],
    ['01', 'syntax'],
    ['-', 'syntax'],
    ['.5', 'syntax'],
    ['1e', 'syntax'],
    ['1e400', 'number-range'],
    ['-1e400', 'number-range'],
    ['', 'syntax'],
    [' ', 'syntax'],
    ['1 1', 'syntax'],
    ['\u00a01', 'syntax'],
    ['\ufeff1', 'syntax'],
  ])('parseJson refuses %s as %s', (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  test.each([
    [
      ' \t\n\r{ "a" : [ 1 , -2.5e+3 , true , false , null , "\\u00e9\\n" ] , "b" : { } } ',
      '{"a":[1,-2500,true,false,null,"é\\n"],"b":{}}',
    ],
    ['{"__proto__":1,"constructor":2}', '{"__proto__":1,"constructor":2}'],
    ['[]', '[]'],
    ['0', '0'],
    ['1E-2', '0.01'],
  ])('parseJson accepts %s', (text, same) => {
    const parsed = parseJson(text);
    expect(parsed.ok && JSON.stringify(parsed.value)).toBe(same);
  });

  test('canonicalJson writes one form for a value, and throws for values that JSON cannot represent', () => {
    expect(canonicalJson({ b: [null, 'x', -0, true], a: { d: undefined, c: 1e21 } })).toBe(
      '{"a":{"c":1e+21},"b":[null,"x",0,true]}',
    );
    const deep = (depth: number): unknown => (depth === 0 ? [] : [deep(depth - 1)]);
    expect(canonicalJson(deep(512))).toHaveLength(1026);
    for (const value of [deep(513), Number.NaN, Number.POSITIVE_INFINITY, '\ud800', { '\ud800': 1 }, () => 1, 1n]) {
      expect(() => canonicalJson(value)).toThrow(TypeError);
    }
    expect(() => canonicalJson(undefined)).toThrow(TypeError);
    expect(() => canonicalJson([undefined])).toThrow(TypeError);
  });
});

describe('JSON bytes, integers and member names', () => {
  const bytes = (...values: number[]) => new Uint8Array(values);

  test('parseJson accepts UTF-8 bytes without a byte order mark only', () => {
    expect(parseJson(bytes(0x22, 0xc3, 0xa4, 0x22))).toEqual({ ok: true, value: 'ä' });
    expect(parseJson(bytes(0x22, 0xc3, 0x22))).toEqual({ ok: false, code: 'encoding' });
    expect(parseJson(bytes(0xef, 0xbb, 0xbf, 0x31))).toEqual({ ok: false, code: 'syntax' });
  });

  test('parseJson accepts a text of exactly maxBytes bytes of UTF-8, and not one byte more', () => {
    for (const text of ['"aaaa"', '"ää"', '"ä€"']) {
      const length = new TextEncoder().encode(text).length;
      expect(parseJson(text, { maxBytes: length }).ok).toBe(true);
      expect(parseJson(text, { maxBytes: length - 1 })).toEqual({ ok: false, code: 'too-large' });
    }
  });

  test('parseJson with largeIntegers text returns integers that a double cannot represent as digits', () => {
    const text = '[12345678901234567890,-12345678901234567890,9007199254740991,7,-7,1.5,1e30,-1E+30]';
    const rounded = [12345678901234567000, -12345678901234567000, 9007199254740991, 7, -7, 1.5, 1e30, -1e30];
    const kept = ['12345678901234567890', '-12345678901234567890', ...rounded.slice(2)];
    expect(parseJson(text)).toEqual({ ok: true, value: rounded });
    expect(parseJson(text, { largeIntegers: 'text' })).toEqual({ ok: true, value: kept });
  });

  test('parseJson makes __proto__ an ordinary member', () => {
    const parsed = parseJson('{"__proto__":1}');
    expect(parsed.ok && Object.getOwnPropertyDescriptors(parsed.value)).toEqual({
      ['__proto__']: { value: 1, writable: true, enumerable: true, configurable: true },
    });
  });

  test('canonicalJson names what it cannot write in its error', () => {
    let nested: object = {};
    for (let depth = 0; depth < 513; depth++) nested = { nested };
    expect(() => canonicalJson(nested)).toThrow('JSON must not be nested deeper than 512 levels');
    expect(() => canonicalJson(1n)).toThrow('JSON cannot represent a value of type bigint');
    expect(() => canonicalJson(Number.NaN)).toThrow('JSON cannot represent NaN');
    expect(() => canonicalJson('\ud800')).toThrow('lone surrogate');
  });
});

test.each([
  ['{"a": 1,\n "b": }', { line: 2, column: 7 }],
  ['', { line: 1, column: 1 }],
  ['{"ä😀": 1,}', { line: 1, column: 10 }],
  ['[1] x', { line: 1, column: 5 }],
])('findJsonFault says where %j stops being JSON', (text, place) => {
  expect(findJsonFault(text)).toEqual(place);
});

test('findJsonFault finds nothing in valid JSON', () => {
  expect(findJsonFault('{"a": [1, 2]}')).toBeUndefined();
});
