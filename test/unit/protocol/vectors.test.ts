import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  applyOperations,
  applyUpdate,
  applyUpdates,
  CONTEXT_FAULTS,
  canonicalJson,
  createContext,
  digestOf,
  EMPTY_CONTENT,
  FIT_FAULTS,
  isContent,
  JSON_FAULTS,
  OPERATION_FAULTS,
  parseJson,
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

/** The other implementation knows JSON, not our types. */
function plain(value: unknown) {
  return structuredClone(value) as never;
}

describe('the vectors', () => {
  test('come out of their seeds again, byte for byte (node scripts/make-vectors.ts writes them)', async () => {
    const made = await makeVectors();
    for (const name of NAMES) {
      const file = readFileSync(new URL(`../../vectors/${name}`, import.meta.url), 'utf8');
      expect(file, name).toBe(`${JSON.stringify(made[name], null, 2)}\n`);
    }
  });

  test('have a case for every code that a context, an update or a chain can be refused with', () => {
    const contexts = new Set(read('context.json').invalid.map((one) => one.reason));
    expect([...CONTEXT_FAULTS].filter((code) => !contexts.has(code))).toEqual([]);
    const updates = new Set(read('update.json').invalid.map((one) => one.code));
    // Verified operations are operations: only `applyOperations` alone meets others.
    const expected = [...UPDATE_FAULTS, ...OPERATION_FAULTS, ...FIT_FAULTS].filter(
      (code) => code !== 'operation-schema',
    );
    expect(expected.filter((code) => !updates.has(code))).toEqual([]);
    const texts = new Set(read('json.json').cases.map((one) => one.code));
    // Not UTF-8: no JSON file can hold such a text.
    expect(JSON_FAULTS.filter((code) => code !== 'encoding' && !texts.has(code))).toEqual([]);
  });

  test('carry the warning that their keys are no secret', () => {
    expect(read('keys.json').warning).toMatch(/^TEST KEYS ONLY/);
  });
});

describe('this implementation', () => {
  test.each(Object.entries(read('keys.json').keys))('knows the thumbprint of the %s key', async (_, key) => {
    expect(await serialOf(key.publicJwk)).toBe(key.thumbprint);
  });

  test.each(read('canonical-json.json').cases)('writes canonical JSON: $name', ({ text, canonical: expected }) => {
    const parsed = parseJson(text);
    expect(parsed.ok && canonicalJson(parsed.value)).toBe(expected);
  });

  test.each(read('json.json').cases)('reads JSON strictly: $name', ({ text, code }) => {
    const { maxBytes, maxDepth } = read('json.json');
    const parsed = parseJson(text, { maxBytes, maxDepth });
    expect(parsed).toEqual(code === undefined ? { ok: true, value: JSON.parse(text) } : { ok: false, code });
  });

  test.each(read('content.json').cases)('digests a content: $name', async ({ content, digest: expected }) => {
    expect(await digestOf(content)).toBe(expected);
  });

  test('knows the digest where every container starts', async () => {
    expect(START).toEqual({ counter: EMPTY_CONTENT.counter, digest: await digestOf(EMPTY_CONTENT) });
  });

  test.each(read('context.json').valid)('accepts a context: $name', async ({ jws, payload }) => {
    const result = await verifyContext(jws);
    const { serial, jti, iat, counter, digest: told } = result.ok ? result.context : ({} as never);
    expect({ iss: serial, jti, iat, counter, digest: told }).toEqual(payload);
  });

  test.each(read('context.json').invalid)('refuses a context: $name', async ({ jws, reason }) => {
    expect(await verifyContext(jws)).toEqual({ ok: false, reason });
  });

  test.each(read('update.json').valid)('applies an update: $name', async ({ content, update, reached, receipt }) => {
    const { serial, pinnedKeys } = read('update.json');
    const result = await applyUpdate(content, serial, update, pinnedKeys);
    expect(result.ok && result.content).toEqual(reached);
    expect(isContent(result.ok && result.content)).toBe(true);
    const { privateJwk, publicJwk } = read('keys.json').keys.container;
    const { jti, iat } = JSON.parse(Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString());
    const position = { counter: reached.counter, digest: await digestOf(reached) };
    expect(await createContext({ privateKey: { ...privateJwk }, publicJwk, jti, iat, ...position })).toBe(receipt);
  });

  test.each(read('update.json').invalid)('refuses an update: $name', async ({ content, update, code }) => {
    const { serial, pinnedKeys } = read('update.json');
    const before = structuredClone(content);
    expect(await applyUpdate(content, serial, update, pinnedKeys)).toEqual({ ok: false, code });
    expect(content).toEqual(before);
  });

  test.each(read('chain.json').cases)(
    'takes a chain: $name',
    async ({ start, file, skipped, reached, code, index }) => {
      const { serial, pinnedKeys } = read('chain.json');
      const { content, applied, ...result } = await applyUpdates(start, serial, file, pinnedKeys);
      const outcome =
        code === undefined ? { ok: true } : { ok: false, code, ...(index === undefined ? {} : { index }) };
      expect(result).toEqual({ ...outcome, skipped });
      expect({ counter: content.counter, digest: await digestOf(content) }).toEqual(reached);
      expect(applied).toHaveLength(reached.counter - start.counter);
    },
  );

  test('an operation that is none is refused also without a signature around it', () => {
    expect(applyOperations({ counter: 0, licenses: [] }, [null])).toEqual({ ok: false, code: 'operation-schema' });
  });
});

describe('another implementation, written from docs/protocol.md with node:crypto alone', () => {
  const { keys } = read('keys.json');

  test('knows the thumbprints', () => {
    for (const key of Object.values(keys)) expect(thumbprint(key.publicJwk.x)).toBe(key.thumbprint);
  });

  test.each(read('canonical-json.json').cases)(
    'writes the same canonical JSON: $name',
    ({ text, canonical: expected }) => {
      expect(canonical(JSON.parse(text))).toBe(expected);
    },
  );

  test.each(read('content.json').cases)('has the same digest: $name', ({ content, digest: expected }) => {
    expect(digest(plain(content))).toBe(expected);
  });

  test('makes the same contexts, byte for byte, and reads them', () => {
    for (const { jws, payload } of read('context.json').valid) {
      const { jti, iat, counter } = payload as { jti: string; iat: number; counter: number };
      expect(makeContext({ ...keys.container.privateJwk }, { counter, licenses: [] }, jti, iat)).toBe(jws);
      expect(readContext(jws)).toEqual(payload);
    }
  });

  test.each(read('context.json').invalid)('refuses the same context: $name', ({ jws }) => {
    expect(readContext(jws)).toBeUndefined();
  });

  test.each(read('update.json').valid)(
    'reaches the same content and the same receipt: $name',
    ({ content, update, reached, receipt }) => {
      const { serial, pinnedKeys } = read('update.json');
      const applied = apply(plain(content), serial, plain(update), plain(pinnedKeys));
      expect(applied).toEqual(reached);
      const { jti, iat } = JSON.parse(Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString());
      expect(makeContext({ ...keys.container.privateJwk }, applied ?? {}, jti, iat)).toBe(receipt);
    },
  );

  test.each(read('update.json').invalid)('refuses the same update: $name', ({ content, update }) => {
    const { serial, pinnedKeys } = read('update.json');
    expect(apply(plain(content), serial, plain(update), plain(pinnedKeys))).toBeUndefined();
  });
});
