import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  applyFile,
  applyUpdate,
  assembleJws,
  type Content,
  canonicalJson,
  createContext,
  digestOf,
  EMPTY_CONTENT,
  extendKeySets,
  type Holding,
  isContainerLicense,
  isPublicJwk,
  isTerms,
  type KeyWithId,
  MAX_OPERATIONS,
  MAX_SIGNED_BYTES,
  MAX_UPDATES,
  parseJson,
  serialOf,
  type Update,
  updateSigningInput,
  verifyContext,
  verifyKeySet,
  verifyLease,
  verifyUpdate,
} from '../../../protocol/index.ts';
import { contentOf, readVectors, updateOf } from './run-vectors.ts';

/** The stored vectors; `vectors.test.ts` compares them with newly made ones. */
const vectors = readVectors();

/** Updates of the vectors in their signed form. */
const UPDATES = vectors['update.json'].valid.map((one) => ({
  ...one,
  content: contentOf(vectors['update.json'], one.content),
  reached: contentOf(vectors['update.json'], one.reached),
  update: updateOf(vectors['update.json'], one) as Update,
}));

const VENDOR = vectors['context.json'].vendor;
const { thumbprint: KID, publicJwk } = vectors['keys.json'].keys.vendor;
const KEYS: readonly KeyWithId[] = [{ ...publicJwk, kid: KID }];
const KEY_SET = { iss: VENDOR.issuer, update: KEYS };

/** A container of the vectors that holds a content, with the key set of the vectors. */
async function holdingOf(content: Content): Promise<Holding> {
  const { serial, keySets } = vectors['update.json'];
  const held = await extendKeySets([], keySets);
  if (!held.ok) throw new Error(`The key set of the vectors is refused: ${held.code}`);
  return { serial, content, keySets: held.keySets, newestIat: 0, contextJti: '' };
}

describe('messages of the wrong kind', () => {
  test('verifyContext refuses an update, and verifyUpdate refuses a context', async () => {
    const update = UPDATES[0]?.update ?? expect.fail();
    expect(await verifyContext(update.jws, VENDOR)).toEqual({ ok: false, reason: 'header' });
    const jws = vectors['context.json'].valid[0]?.text ?? expect.fail();
    expect(await verifyUpdate({ jws, operations: [] }, KEYS)).toEqual({ ok: false, code: 'header' });
  });

  test('an update with the operations of another update is refused', async () => {
    const { serial } = vectors['update.json'];
    const [first, second] = [UPDATES[0] ?? expect.fail(), UPDATES[1] ?? expect.fail()];
    const mixed = { jws: first.update.jws, operations: second.update.operations };
    expect(await applyUpdate(EMPTY_CONTENT, serial, mixed, KEY_SET)).toEqual({ ok: false, code: 'remove-missing' });
  });

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['a number', 1],
    ['an empty object', {}],
    ['a list', []],
    ['an object without a prototype', Object.create(null)],
    ['a number where the signed part should be', { jws: 1, operations: [] }],
    ['an object where the operations should be', { jws: '', operations: {} }],
    ['too many operations', { jws: 'a.b.c', operations: Array.from({ length: MAX_OPERATIONS + 1 }) }],
  ])('%s in place of a message gives a code, not an exception', async (_, value) => {
    const holding = await holdingOf(EMPTY_CONTENT);
    expect((await verifyContext(value, VENDOR)).ok).toBe(false);
    expect((await verifyUpdate(value, KEYS)).ok).toBe(false);
    expect((await verifyLease(value, KEYS)).ok).toBe(false);
    expect((await verifyKeySet(value)).ok).toBe(false);
    for (const file of [
      value,
      { updates: [value] },
      { updates: [], keySets: [value] },
      { updates: [], lease: value },
    ]) {
      const { fault, holding: after } = await applyFile(holding, file);
      // A member without a value is an absent one.
      expect(fault === undefined).toBe(value === undefined && 'lease' in Object(file));
      expect(after).toEqual(holding);
    }
  });

  test('a file with more updates than MAX_UPDATES is refused before any of them is verified', async () => {
    const file = { updates: Array.from({ length: MAX_UPDATES + 1 }) };
    const holding = await holdingOf(EMPTY_CONTENT);
    expect(await applyFile(holding, file)).toMatchObject({ fault: { part: 'file', code: 'too-large' } });
  });

  test('a pinned key that is not a usable key verifies no update', async () => {
    const { update } = UPDATES[0] ?? expect.fail();
    for (const x of ['', 'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA']) {
      const pinned = [{ kty: 'OKP', crv: 'Ed25519', x, kid: KID }];
      expect(await verifyUpdate(update, pinned)).toEqual({ ok: false, code: 'unknown-key' });
    }
  });
});

describe('keys', () => {
  test('the vectors refuse the 14 encodings of keys of small order', () => {
    const points = vectors['context.json'].invalid.filter((one) => one.name.startsWith('a key of small order'));
    expect(points).toHaveLength(14);
  });

  test('100 generated keys are accepted', () => {
    for (let index = 0; index < 100; index++) {
      const { x } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
      expect(isPublicJwk({ kty: 'OKP', crv: 'Ed25519', x })).toBe(true);
    }
  });

  test('the key of RFC 8037, appendix A.3, has the serial that the RFC gives', async () => {
    const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
    expect(await serialOf({ kty: 'OKP', crv: 'Ed25519', x })).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });
});

describe('signing', () => {
  const payload = (iss: string, sub: string) => ({
    iss,
    sub,
    jti: 'r',
    iat: 1,
    from: { counter: 0, digest: `sha256:${'0'.repeat(64)}` },
    to: { counter: 1, digest: `sha256:${'1'.repeat(64)}` },
  });

  test('the signing input of an ordinary update is under 800 bytes, and one over 4,096 bytes throws', async () => {
    const kid = KID;
    const { serial } = vectors['update.json'];
    expect(updateSigningInput({ kid, payload: payload('https://licenses.example.com', serial) }).length).toBeLessThan(
      800,
    );
    expect(() => updateSigningInput({ kid, payload: payload('v'.repeat(513), serial) })).toThrow(TypeError);
    const longest = payload('\u{20ac}'.repeat(512), serial);
    expect(updateSigningInput({ kid: '\u{20ac}'.repeat(256), payload: { ...longest, jti: 'r' } }).length).toBeLessThan(
      MAX_SIGNED_BYTES + 1,
    );
    expect(() =>
      updateSigningInput({ kid: '\u{20ac}'.repeat(256), payload: { ...longest, jti: '\u{20ac}'.repeat(256) } }),
    ).toThrow(RangeError);
  });

  test('the signing input does not depend on the order of the payload’s members', () => {
    const { serial } = vectors['update.json'];
    const one = payload('v', serial);
    const other = {
      to: one.to,
      iat: one.iat,
      jti: one.jti,
      sub: one.sub,
      iss: one.iss,
      from: { digest: one.from.digest, counter: 0 },
    };
    expect(updateSigningInput({ kid: 'k', payload: other })).toBe(updateSigningInput({ kid: 'k', payload: one }));
  });

  test('a payload, kid or signature that a container would refuse throws before it is signed', () => {
    const { serial } = vectors['update.json'];
    const good = payload('v', serial);
    expect(() => updateSigningInput({ kid: '', payload: good })).toThrow(TypeError);
    expect(() => updateSigningInput({ kid: 'k', payload: { ...good, sub: 'x' } })).toThrow(TypeError);
    expect(() => updateSigningInput({ kid: 'k', payload: { ...good, to: good.from } })).toThrow(TypeError);
    expect(() => assembleJws('a.b', new Uint8Array(63))).toThrow(TypeError);
    expect(() => assembleJws('a.b', new Uint8Array(64).fill(255))).toThrow(TypeError);
  });

  test('createContext accepts a CryptoKey or a JWK, and throws for malformed members', async () => {
    const { privateJwk, publicJwk } = vectors['keys.json'].keys.container;
    const digest = await digestOf(EMPTY_CONTENT);
    const input = { publicJwk, audience: 'v', keys: 1, lease: '', counter: 0, digest, jti: 'j', iat: 1 };
    const imported = await crypto.subtle.importKey('jwk', { ...privateJwk }, 'Ed25519', false, ['sign']);
    expect(await createContext({ ...input, privateKey: imported })).toBe(
      await createContext({ ...input, privateKey: { ...privateJwk } }),
    );
    for (const wrong of [
      { jti: '' },
      { iat: -1 },
      { audience: '' },
      { keys: -1 },
      { lease: 'x'.repeat(257) },
      { wish: 'everything' },
      { counter: 0.5 },
      { digest: 'sha256:' },
      { publicJwk: { ...publicJwk, x: '' } },
    ]) {
      await expect(createContext({ ...input, privateKey: { ...privateJwk }, ...wrong })).rejects.toThrow(TypeError);
    }
  });
});

describe('the schema of a license', () => {
  const license = { id: 'L', product: 'p', terms: {}, requires: [] };
  test.each([
    [
      'seconds, fractions and neither',
      { expiresAt: '2030-01-31T00:00Z', maintenanceUntil: '2030-01-31T00:00:00.123456789012Z' },
    ],
    ['a quantity of zero', { quantity: 0 }],
    ['no features', { features: [] }],
    ['leases of 1 day', { leaseDays: 1 }],
    ['leases of 3,650 days', { leaseDays: 3650 }],
    ['terms of the vendor', { users: 1, region: '', floating: false, hosts: ['a'] }],
  ])('terms with %s are valid', (_, terms) => {
    expect(isTerms(terms)).toBe(true);
  });

  test.each([
    ['a local time', { expiresAt: '2030-01-31T00:00:00+01:00' }],
    ['a date', { expiresAt: '2030-01-31' }],
    ['a negative quantity', { quantity: -1 }],
    ['a text as features', { features: 'all' }],
    ['an empty feature', { features: [''] }],
    ['a lone surrogate', { features: ['\ud800'] }],
    ['a term that is null', { users: null }],
    ['a term that is an object', { users: {} }],
    ['a term that is below 0', { users: -1 }],
    ['a term without a name', { '': 1 }],
    ['a time that is not in the calendar', { expiresAt: '2030-02-30T00:00:00Z' }],
    ['a lease of 0 days', { leaseDays: 0 }],
    ['a lease of 3,651 days', { leaseDays: 3651 }],
  ])('terms with %s are invalid, and so is a license with them', (_, terms) => {
    expect(isTerms(terms)).toBe(false);
    expect(isContainerLicense({ ...license, terms })).toBe(false);
  });

  test('a license with a name or list over its limit, or with an unknown member, is invalid', () => {
    expect(
      isContainerLicense({ ...license, id: 'x'.repeat(256), requires: Array.from({ length: 256 }, () => 'p') }),
    ).toBe(true);
    expect(isContainerLicense({ ...license, id: 'x'.repeat(257) })).toBe(false);
    expect(isContainerLicense({ ...license, requires: Array.from({ length: 257 }, () => 'p') })).toBe(false);
    expect(isContainerLicense({ ...license, ticket: 't' })).toBe(false);
  });
});

describe('canonical JSON', () => {
  test('canonical JSON leaves out undefined members, as JSON.stringify does', () => {
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
  });

  test.each([
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate as a name', { '\udfff': 1 }],
    ['undefined', undefined],
    ['undefined in a list', [undefined]],
    ['a function', () => 1],
    ['a bigint', 1n],
    ['a symbol', Symbol('s')],
  ])('canonical JSON of %s throws a TypeError', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  test('canonical JSON of 100,000 nested lists throws a TypeError instead of overflowing the stack', () => {
    let nested: unknown = [];
    for (let depth = 0; depth < 100_000; depth++) nested = [nested];
    expect(() => canonicalJson(nested)).toThrow(TypeError);
  });
});

describe('hostile JSON', () => {
  const KILOBYTES_256 = 256 * 1024;
  const repeated = (part: string, before = '', after = '') =>
    before + part.repeat(Math.floor((KILOBYTES_256 - before.length - after.length) / part.length)) + after;
  const distinct = (make: (index: number) => string) => {
    const members: string[] = [];
    for (let index = 0, length = 0; length < KILOBYTES_256 - 1024; index++) {
      members.push(make(index));
      length += (members.at(-1)?.length ?? 0) + 1;
    }
    return `{${members.join(',')}}`;
  };

  test.each([
    ['a million nested lists', '['.repeat(1_000_000), 'too-large'],
    ['256 KiB of nested lists', '['.repeat(KILOBYTES_256), 'too-deep'],
    ['nested objects', repeated('{"a":'), 'too-deep'],
    ['10 MB', 'x'.repeat(10 * 1024 * 1024), 'too-large'],
    ['one long string', repeated('a', '"', '"'), undefined],
    ['one string of escapes', repeated('\\u0061', '"', '"'), undefined],
    ['one string that never ends', repeated('\\"', '"'), 'syntax'],
    ['one long number', repeated('9', '', ''), 'number-range'],
    ['a number with a long fraction', repeated('9', '0.'), undefined],
    ['a number with a long exponent', repeated('0', '1e'), undefined],
    ['white space', repeated(' ', '', '1'), undefined],
    ['many lists', repeated('[],', '[', '1]'), undefined],
    ['many members', distinct((index) => `"${index.toString(36)}x":1`), undefined],
    [
      'many members that look like indexes, falling',
      distinct((index) => `"${4_000_000_000 - index * 7}":1`),
      undefined,
    ],
    ['many members with escaped names', distinct((index) => `"\\u00e9${index}":1`), undefined],
    ['members that differ at their end', distinct((index) => `"${'k'.repeat(500)}${index}":1`), undefined],
    ['the last member twice', `${distinct((index) => `"m${index}":1`).slice(0, -1)},"m0":2}`, 'duplicate-key'],
    ['trailing data', repeated(' ', '{}', 'x'), 'syntax'],
  ] as const)('parseJson takes under 50 ms of CPU for %s', (_, text, code) => {
    let best = Number.POSITIVE_INFINITY;
    // CPU time of this thread, the best of five runs: a busy machine must not fail the test.
    for (let run = 0; run < 5; run++) {
      const start = process.threadCpuUsage();
      const result = parseJson(text, { maxBytes: KILOBYTES_256 });
      const { user, system } = process.threadCpuUsage(start);
      best = Math.min(best, (user + system) / 1000);
      expect(result.ok ? undefined : result.code).toBe(code);
    }
    expect(best).toBeLessThan(50);
  });

  test('parseJson refuses bytes that are not UTF-8', () => {
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0x22, 0xc0, 0x80, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
    ]) {
      expect(parseJson(Uint8Array.from(bytes))).toEqual({ ok: false, code: 'encoding' });
    }
  });

  test('parseJson refuses a raw lone surrogate in a string', () => {
    expect(parseJson('"\ud800"')).toEqual({ ok: false, code: 'lone-surrogate' });
  });

  test('parseJson does not change the prototype for a member named __proto__', () => {
    const result = parseJson('{"__proto__":{"polluted":true}}');
    const value = result.ok ? (result.value as object) : {};
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect('polluted' in value).toBe(false);
  });
});

test('an update with 1,000 licenses is applied, and its JWS stays under 1,000 characters', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const x = publicKey.export({ format: 'jwk' }).x ?? '';
  const keySet = { iss: 'v', update: [{ kty: 'OKP', crv: 'Ed25519', x, kid: 'k' } as const] };
  const { serial } = vectors['update.json'];
  const licenses = Array.from({ length: 1000 }, (_, index) => ({
    id: `L${index}`,
    product: 'p',
    terms: {},
    requires: [],
  }));
  const reached: Content = { counter: 1, licenses };
  const from = { counter: 0, digest: await digestOf(EMPTY_CONTENT) };
  const input = updateSigningInput({
    kid: 'k',
    payload: { iss: 'v', sub: serial, jti: 'r', iat: 1, from, to: { counter: 1, digest: await digestOf(reached) } },
  });
  const jws = assembleJws(input, sign(null, Buffer.from(input), privateKey));
  const update = { jws, operations: licenses.map((license) => ({ op: 'put', license, cause: 'activate' })) };
  const result = await applyUpdate(EMPTY_CONTENT, serial, update, keySet);
  expect(result.ok && result.content.licenses).toHaveLength(1000);
  expect(jws.length).toBeLessThan(1000);
});

/** Yields every text that differs from `text` in one bit. */
function* flips(text: string): Generator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let index = 0; index < bytes.length; index++) {
    for (let bit = 0; bit < 8; bit++) {
      const flipped = bytes.slice();
      flipped[index] = (flipped[index] ?? 0) ^ (1 << bit);
      yield flipped;
    }
  }
}

describe('flipped bits', () => {
  test('a context with any one bit flipped is refused', async () => {
    const jws = vectors['context.json'].valid[0]?.text ?? '';
    let count = 0;
    for (const flipped of flips(jws)) {
      const result = await verifyContext(Buffer.from(flipped).toString('latin1'), VENDOR);
      if (result.ok) expect.fail(`accepted: ${Buffer.from(flipped).toString('latin1')}`);
      count += 1;
    }
    expect(count).toBe(jws.length * 8);
  });

  test('an update file with any one bit flipped is refused, and the content does not change', async () => {
    const { content, update } = UPDATES[1] ?? expect.fail();
    const text = JSON.stringify({ updates: [update] });
    const digest = await digestOf(content);
    const holding = await holdingOf(content);
    expect((await applyFile(holding, JSON.parse(text))).fault).toBeUndefined();
    let count = 0;
    for (const flipped of flips(text)) {
      const json = parseJson(flipped, { maxDepth: 16 });
      const result = json.ok ? await applyFile(holding, json.value) : { fault: json.code, holding };
      if (result.fault === undefined) expect.fail(`accepted: ${Buffer.from(flipped).toString('latin1')}`);
      expect(result.holding.content).toBe(content);
      count += 1;
    }
    expect(count).toBe(Buffer.byteLength(text) * 8);
    expect(await digestOf(content)).toBe(digest);
  });
});
