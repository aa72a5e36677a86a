import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  applyFile,
  applyOperations,
  applyUpdate,
  CONTEXT_FAULTS,
  canonicalJson,
  createContext,
  digestOf,
  EMPTY_CONTENT,
  extendKeySets,
  FIT_FAULTS,
  isContent,
  JSON_FAULTS,
  OPERATION_FAULTS,
  parseJson,
  type SignedKeySet,
  START,
  serialOf,
  UPDATE_FAULTS,
  verifyContext,
} from '../../../protocol/index.ts';
import { makeVectors, type Vectors } from '../../../scripts/protocol-vectors.ts';
import { apply, canonical, digest, makeContext, readContext, thumbprint } from './independent-container.ts';

const NAMES = [
  'keys.json',
  'canonical-json.json',
  'json.json',
  'content.json',
  'context.json',
  'update.json',
  'chain.json',
] as const;

function read<Name extends keyof Vectors>(name: Name): Vectors[Name] {
  return JSON.parse(readFileSync(new URL(`../../vectors/${name}`, import.meta.url), 'utf8'));
}

const VENDOR = { issuer: 'https://licenses.example.com', newestKeySet: 1 };

async function heldSets(signed: readonly SignedKeySet[]) {
  const held = await extendKeySets([], signed);
  if (!held.ok) throw new Error(`A key set of the vectors is refused: ${held.code}`);
  return { keySets: held.keySets, newest: held.keySets.at(-1) ?? expect.fail() };
}

/** The independent container's own JSON types are not those of `protocol/`. */
function plain(value: unknown) {
  return structuredClone(value) as never;
}

describe('the stored vectors', () => {
  test('makeVectors makes the stored vectors again, byte for byte (node scripts/make-vectors.ts writes them)', async () => {
    const made = await makeVectors();
    for (const name of NAMES) {
      const file = readFileSync(new URL(`../../vectors/${name}`, import.meta.url), 'utf8');
      expect(file, name).toBe(`${JSON.stringify(made[name], null, 2)}\n`);
    }
  });

  test('the vectors have a case for every code with which a context, an update or a chain is refused', () => {
    const contexts = new Set(read('context.json').invalid.map((one) => one.reason));
    // `wish` needs the request: only the server can check it.
    expect(CONTEXT_FAULTS.filter((code) => code !== 'wish' && !contexts.has(code))).toEqual([]);
    const updates = new Set(read('update.json').invalid.map((one) => one.code));
    // `verifyUpdate` refuses malformed operations as `schema`, so only `applyOperations` returns this code.
    const expected = [...UPDATE_FAULTS, ...OPERATION_FAULTS, ...FIT_FAULTS].filter(
      (code) => code !== 'operation-schema',
    );
    expect(expected.filter((code) => !updates.has(code))).toEqual([]);
    const texts = new Set(read('json.json').cases.map((one) => one.code));
    // A JSON file cannot contain a text that is not UTF-8.
    expect(JSON_FAULTS.filter((code) => code !== 'encoding' && !texts.has(code))).toEqual([]);
  });

  test('the file with the keys warns that they are for tests only', () => {
    expect(read('keys.json').warning).toMatch(/^TEST KEYS ONLY/);
  });
});

describe('protocol/', () => {
  test.each(Object.entries(read('keys.json').keys))('serialOf returns the thumbprint of the %s key', async (_, key) => {
    expect(await serialOf(key.publicJwk)).toBe(key.thumbprint);
  });

  test.each(read('canonical-json.json').cases)('canonicalJson writes: $name', ({ text, canonical: expected }) => {
    const parsed = parseJson(text);
    expect(parsed.ok && canonicalJson(parsed.value)).toBe(expected);
  });

  test.each(read('json.json').cases)('parseJson returns the value or the code: $name', ({ text, code }) => {
    const { maxBytes, maxDepth } = read('json.json');
    const parsed = parseJson(text, { maxBytes, maxDepth });
    expect(parsed).toEqual(code === undefined ? { ok: true, value: JSON.parse(text) } : { ok: false, code });
  });

  test.each(read('content.json').cases)(
    'digestOf returns the digest of a content: $name',
    async ({ content, digest: expected }) => {
      expect(await digestOf(content)).toBe(expected);
    },
  );

  test('START has the digest of the empty content', async () => {
    expect(START).toEqual({ counter: EMPTY_CONTENT.counter, digest: await digestOf(EMPTY_CONTENT) });
  });

  test.each(read('context.json').valid)('verifyContext accepts: $name', async ({ jws, payload }) => {
    const result = await verifyContext(jws, VENDOR);
    const { serial, audience, jwk, jws: text, ...report } = result.ok ? result.context : expect.fail(result.reason);
    expect({ ver: 1, iss: serial, aud: audience, ...report }).toEqual(payload);
    expect({ text, serial }).toEqual({ text: jws, serial: await serialOf(jwk) });
  });

  test.each(read('context.json').invalid)('verifyContext refuses: $name', async ({ jws, reason }) => {
    expect(await verifyContext(jws, VENDOR)).toEqual({ ok: false, reason });
  });

  test.each(read('update.json').valid)(
    'applyUpdate reaches the content, and its context is the receipt: $name',
    async ({ content, update, reached, receipt }) => {
      const { serial, keySets } = read('update.json');
      const result = await applyUpdate(content, serial, update, (await heldSets(keySets)).newest);
      expect(result.ok && result.content).toEqual(reached);
      expect(isContent(result.ok && result.content)).toBe(true);
      const { privateJwk, publicJwk } = read('keys.json').keys.container;
      const { jti, iat } = JSON.parse(Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString());
      const position = { counter: reached.counter, digest: await digestOf(reached) };
      const report = { audience: VENDOR.issuer, keys: 1, lease: '', jti, iat, ...position };
      expect(await createContext({ privateKey: { ...privateJwk }, publicJwk, ...report })).toBe(receipt);
    },
  );

  test.each(read('update.json').invalid)(
    'applyUpdate refuses, and does not change the content: $name',
    async ({ content, update, code }) => {
      const { serial, keySets } = read('update.json');
      const before = structuredClone(content);
      expect(await applyUpdate(content, serial, update, (await heldSets(keySets)).newest)).toEqual({ ok: false, code });
      expect(content).toEqual(before);
    },
  );

  test.each(read('chain.json').cases)(
    'applyFile applies, skips or refuses: $name',
    async ({ start, file, skipped, reached, fault }) => {
      const { serial, keySets } = read('chain.json');
      const held = { serial, content: start, newestIat: 0, contextJti: '', ...(await heldSets(keySets)) };
      const { holding, applied, ...result } = await applyFile(held, file);
      expect(result).toEqual({ skipped, ...(fault === undefined ? {} : { fault }) });
      const { content } = holding;
      expect({ counter: content.counter, digest: await digestOf(content) }).toEqual(reached);
      expect(applied).toHaveLength(reached.counter - start.counter);
    },
  );

  test('applyOperations refuses a value that is not an operation', () => {
    expect(applyOperations({ counter: 0, licenses: [] }, [null])).toEqual({ ok: false, code: 'operation-schema' });
  });
});

describe('the independent container, written from docs/protocol.md with node:crypto alone', () => {
  const { keys } = read('keys.json');
  const pinnedKeys = [{ ...keys.vendor.publicJwk, kid: keys.vendor.thumbprint }];

  test('the independent container returns the same thumbprints', () => {
    for (const key of Object.values(keys)) expect(thumbprint(key.publicJwk.x)).toBe(key.thumbprint);
  });

  test.each(read('canonical-json.json').cases)(
    'the independent container writes the same canonical JSON: $name',
    ({ text, canonical: expected }) => {
      expect(canonical(JSON.parse(text))).toBe(expected);
    },
  );

  test.each(read('content.json').cases)(
    'the independent container returns the same digest: $name',
    ({ content, digest: expected }) => {
      expect(digest(plain(content))).toBe(expected);
    },
  );

  test('the independent container makes the same contexts, byte for byte, and verifies them', () => {
    for (const { jws, payload } of read('context.json').valid) {
      const { jti, iat, counter } = payload as { jti: string; iat: number; counter: number };
      expect(makeContext({ ...keys.container.privateJwk }, { counter, licenses: [] }, jti, iat)).toBe(jws);
      expect(readContext(jws)).toEqual(payload);
    }
  });

  test.each(read('context.json').invalid)('the independent container refuses the same context: $name', ({ jws }) => {
    expect(readContext(jws)).toBeUndefined();
  });

  test.each(read('update.json').valid)(
    'the independent container reaches the same content and makes the same receipt: $name',
    ({ content, update, reached, receipt }) => {
      const { serial } = read('update.json');
      const applied = apply(plain(content), serial, plain(update), plain(pinnedKeys));
      expect(applied).toEqual(reached);
      const { jti, iat } = JSON.parse(Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString());
      expect(makeContext({ ...keys.container.privateJwk }, applied ?? {}, jti, iat)).toBe(receipt);
    },
  );

  test.each(read('update.json').invalid)(
    'the independent container refuses the same update: $name',
    ({ content, update }) => {
      const { serial } = read('update.json');
      expect(apply(plain(content), serial, plain(update), plain(pinnedKeys))).toBeUndefined();
    },
  );
});
