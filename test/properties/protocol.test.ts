import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applyOperations,
  applyUpdate,
  assembleJws,
  type ContainerLicense,
  type Content,
  canonicalJson,
  createContext,
  digestOf,
  isContent,
  JSON_FAULTS,
  normalizeContent,
  type Operation,
  parseJson,
  type Terms,
  updateSigningInput,
  verifyContext,
} from '../../protocol/index.ts';

const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const time = fc
  .date({ noInvalidDate: true, min: new Date('2000-01-01T00:00:00Z'), max: new Date('2999-12-31T00:00:00Z') })
  .map((date) => date.toISOString());
const terms: fc.Arbitrary<Terms> = fc.record(
  {
    expiresAt: time,
    maintenanceUntil: time,
    quantity: fc.nat(),
    features: fc.array(name, { maxLength: 3 }),
  },
  { requiredKeys: [] },
);
const license: fc.Arbitrary<ContainerLicense> = fc.record({
  id: name,
  product: name,
  terms,
  requires: fc.array(name, { maxLength: 3 }),
});
const licenses = fc.uniqueArray(license, { selector: ({ id }) => id, maxLength: 12 });
const content: fc.Arbitrary<Content> = fc.record({ counter: fc.nat(), licenses });

const VENDOR = { issuer: 'v', newestKeySet: 1 };
/** Members that are the same in every context of this file. */
const FIXED = { audience: 'v', keys: 1, lease: '' };

const container = keyPair();
const vendor = keyPair();

function keyPair() {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
  return {
    privateKey,
    publicJwk: { kty: 'OKP', crv: 'Ed25519', x } as const,
    privateJwk: { kty: 'OKP', crv: 'Ed25519', x, d },
  };
}

describe('canonical JSON', () => {
  test('canonical JSON parses to the value it was made from, and is its own canonical form', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = canonicalJson(value);
        const parsed = parseJson(text);
        if (!parsed.ok) throw new Error(parsed.code);
        expect(parsed.value).toEqual(JSON.parse(text));
        expect(canonicalJson(parsed.value)).toBe(text);
      }),
    );
  });

  test('canonical JSON does not depend on the order in which members were set', () => {
    const members = fc.uniqueArray(
      fc.tuple(
        fc.string({ unit: 'binary' }).filter((key) => key.isWellFormed()),
        fc.nat(),
      ),
      {
        selector: ([key]) => key,
      },
    );
    const shuffled = members.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        expect(canonicalJson(Object.fromEntries(other))).toBe(canonicalJson(Object.fromEntries(one)));
      }),
    );
  });
});

describe('parseJson', () => {
  test('parseJson returns a value or a code for any text and any bytes', () => {
    const nearly = fc.jsonValue().chain((value) => {
      const text = JSON.stringify(value);
      const at = fc.nat(text.length);
      return fc.tuple(fc.constant(text), at, fc.string({ unit: 'binary', maxLength: 3 }), fc.nat(3));
    });
    const damaged = nearly.map(([text, at, put, cut]) => text.slice(0, at) + put + text.slice(at + cut));
    const source = fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array(), damaged);
    fc.assert(
      fc.property(source, (hostile) => {
        const result = parseJson(hostile);
        if (!result.ok) expect(JSON_FAULTS).toContain(result.code);
        else
          expect(result.value).toEqual(
            JSON.parse(typeof hostile === 'string' ? hostile : new TextDecoder().decode(hostile)),
          );
      }),
      { numRuns: 2000 },
    );
  });

  test('parseJson accepts whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value, null, 2);
        expect(parseJson(text)).toEqual({ ok: true, value: JSON.parse(text) });
      }),
    );
  });
});

describe('the digest', () => {
  test('the digest does not depend on the order of the licenses or of their members', async () => {
    const permuted = content.chain((one) =>
      fc.tuple(fc.constant(one), fc.shuffledSubarray([...one.licenses], { minLength: one.licenses.length })),
    );
    await fc.assert(
      fc.asyncProperty(permuted, async ([one, shuffled]) => {
        const reversed = shuffled.map((each) => Object.fromEntries(Object.entries(each).reverse()) as never);
        expect(await digestOf({ licenses: reversed, counter: one.counter })).toBe(await digestOf(one));
        expect(isContent(normalizeContent(one))).toBe(true);
      }),
    );
  });

  test('two contents have the same digest only if their canonical forms are equal', async () => {
    await fc.assert(
      fc.asyncProperty(content, content, async (one, other) => {
        const same = canonicalJson(normalizeContent(one)) === canonicalJson(normalizeContent(other));
        expect((await digestOf(one)) === (await digestOf(other))).toBe(same);
        expect(await digestOf({ ...one, counter: one.counter + 1 })).not.toBe(await digestOf(one));
      }),
    );
  });
});

describe('operations', () => {
  /** Licenses that stay, are removed or are put. */
  const moves = fc.tuple(licenses, fc.infiniteStream(fc.constantFrom('stay', 'go', 'come'))).map(([all, fates]) => {
    const fate = all.map((one) => ({ license: one, fate: fates.next().value }));
    const of = (...wanted: string[]) => fate.filter((one) => wanted.includes(one.fate)).map((one) => one.license);
    return { before: of('stay', 'go'), removed: of('go'), put: of('come'), after: of('stay', 'come') };
  });

  test('operations followed by their inverse give the first content', () => {
    fc.assert(
      fc.property(moves, ({ before, removed, put, after }) => {
        const start = normalizeContent({ counter: 3, licenses: before });
        const there: Operation[] = [
          ...removed.map((one) => ({ op: 'remove', license: one.id, cause: 'withdraw' }) as const),
          ...put.map((one) => ({ op: 'put', license: one, cause: 'activate' }) as const),
        ];
        const back: Operation[] = [
          ...put.map((one) => ({ op: 'remove', license: one.id, cause: 'deactivate' }) as const),
          ...removed.map((one) => ({ op: 'put', license: one, cause: 'assign' }) as const),
        ];
        const reached = applyOperations(start, there);
        expect(reached).toEqual({ ok: true, content: normalizeContent({ counter: 3, licenses: after }) });
        expect(reached.ok && applyOperations(reached.content, back)).toEqual({ ok: true, content: start });
      }),
    );
  });

  test('applyOperations returns a code for any value that is not an operation', () => {
    fc.assert(
      fc.property(content, fc.array(fc.anything()), (start, operations) => {
        const result = applyOperations(start, operations);
        expect(result.ok).toBe(operations.length === 0);
      }),
    );
  });

  test('an update with one byte replaced is refused, or is the same update', async () => {
    const generated = fc.tuple(moves, fc.nat(), fc.integer({ min: 1, max: 255 }));
    const { serial, digest } = await readyContainer();
    expect(digest).toMatch(/^sha256:/);
    await fc.assert(
      fc.asyncProperty(generated, async ([{ before, removed, put, after }, at, change]) => {
        const start = normalizeContent({ counter: 0, licenses: before });
        const reached = { counter: 1, licenses: after };
        const payload = {
          iss: 'v',
          sub: serial,
          jti: 'r',
          iat: 1,
          from: { counter: 0, digest: await digestOf(start) },
          to: { counter: 1, digest: await digestOf(reached) },
        };
        const input = updateSigningInput({ kid: 'k', payload });
        const operations = [
          ...removed.map((one) => ({ op: 'remove', license: one.id, cause: 'withdraw' })),
          ...put.map((one) => ({ op: 'put', license: one, cause: 'activate' })),
        ];
        const update = { jws: assembleJws(input, sign(null, Buffer.from(input), vendor.privateKey)), operations };
        const keySet = { iss: 'v', update: [{ ...vendor.publicJwk, kid: 'k' }] };
        expect((await applyUpdate(start, serial, update, keySet)).ok).toBe(true);
        const bytes = new TextEncoder().encode(JSON.stringify(update));
        const index = at % bytes.length;
        bytes[index] = ((bytes[index] ?? 0) + change) % 256;
        const json = parseJson(bytes, { maxDepth: 16 });
        if (!json.ok) return;
        const result = await applyUpdate(start, serial, json.value, keySet);
        // For example, the escapes \u000f and \u000F are equal.
        if (result.ok) expect(json.value).toEqual(update);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a context', () => {
  test('a verified context has the counter, digest, jti and iat that were signed', async () => {
    await fc.assert(
      fc.asyncProperty(
        content,
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 128 }).filter((jti) => jti.length <= 128),
        fc.nat(),
        async (held, jti, iat) => {
          const digest = await digestOf(held);
          const { privateJwk, publicJwk } = container;
          const jws = await createContext({
            privateKey: privateJwk,
            publicJwk,
            ...FIXED,
            counter: held.counter,
            digest,
            jti,
            iat,
          });
          const result = await verifyContext(jws, VENDOR);
          expect(result).toMatchObject({ ok: true, context: { counter: held.counter, digest, jti, iat } });
        },
      ),
    );
  });

  test('a context with one character replaced is refused', async () => {
    const { jws } = await readyContainer();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(jws.length - 1),
        fc.string({ unit: 'binary', minLength: 0, maxLength: 2 }),
        async (at, put) => {
          fc.pre(jws[at] !== put);
          expect((await verifyContext(jws.slice(0, at) + put + jws.slice(at + 1), VENDOR)).ok).toBe(false);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('verifyContext returns a reason for any value that is not a context', async () => {
    const segments = fc.array(
      fc.oneof(
        fc.base64String(),
        fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')),
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.anything(),
          segments.map((parts) => parts.join('.')),
        ),
        async (value) => {
          expect((await verifyContext(value, VENDOR)).ok).toBe(false);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

async function readyContainer() {
  const digest = await digestOf({ counter: 0, licenses: [] });
  const { privateJwk, publicJwk } = container;
  const jws = await createContext({
    privateKey: privateJwk,
    publicJwk,
    ...FIXED,
    counter: 0,
    digest,
    jti: 'j',
    iat: 1,
  });
  const result = await verifyContext(jws, VENDOR);
  if (!result.ok) throw new Error(result.reason);
  return { jws, digest, serial: result.context.serial };
}
