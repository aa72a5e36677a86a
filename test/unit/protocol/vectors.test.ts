import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  applyFile,
  applyOperations,
  applyUpdate,
  CONTEXT_FAULTS,
  type Content,
  canonicalJson,
  createContext,
  digestOf,
  EMPTY_CONTENT,
  extendKeySets,
  FIT_FAULTS,
  type Holding,
  isContainerLicense,
  isContent,
  isWishOf,
  JSON_FAULTS,
  KEY_SET_FAULTS,
  LEASE_FAULTS,
  MAX_UPDATE_FILE_BYTES,
  normalizeContent,
  OPERATION_FAULTS,
  parseJson,
  START,
  STATEMENT_FAULTS,
  serialOf,
  UPDATE_FAULTS,
  verifyContext,
  wishOf,
} from '../../../protocol/index.ts';
import { makeVectors } from '../../../scripts/protocol-vectors.ts';
import { contentOf, expandFile, readVectors, updateOf, VECTOR_FILES } from './run-vectors.ts';

const VECTORS = readVectors();
const { vendor, made, valid, invalid } = VECTORS['context.json'];

async function heldSets(signed: readonly unknown[]) {
  const held = await extendKeySets([], signed);
  if (!held.ok) throw new Error(`A key set of the vectors is refused: ${held.code}`);
  return held.keySets;
}

const newestSet = async (signed: readonly unknown[]) => (await heldSets(signed)).at(-1) ?? expect.fail();

describe('the stored vectors', () => {
  test('makeVectors makes the stored vectors again, byte for byte (node scripts/make-vectors.ts writes them)', async () => {
    const again = await makeVectors();
    expect(Object.keys(again).sort()).toEqual([...VECTOR_FILES].sort());
    for (const name of VECTOR_FILES) {
      const file = readFileSync(new URL(`../../vectors/${name}`, import.meta.url), 'utf8');
      expect(file === `${JSON.stringify(again[name], null, 2)}\n`, name).toBe(true);
    }
  });

  test('the vectors have a case for every code with which a message is refused', () => {
    const missing = (codes: readonly string[], cases: readonly (string | undefined)[]): readonly string[] =>
      codes.filter((code) => !cases.includes(code));
    const reasons = invalid.map(({ reason }) => reason);
    expect(missing([...CONTEXT_FAULTS, 'unsupported-version'], reasons)).toEqual([]);
    const updates = VECTORS['update.json'].invalid.map(({ code }) => code);
    // `verifyUpdate` refuses malformed operations as `schema`, so only `applyOperations` returns `operation-schema`.
    const applying = [...UPDATE_FAULTS, ...OPERATION_FAULTS, ...FIT_FAULTS].filter(
      (code) => code !== 'operation-schema',
    );
    expect(missing(applying, updates)).toEqual([]);
    const sets = VECTORS['key-set.json'].cases.map(({ fault }) => fault?.code);
    expect(missing(KEY_SET_FAULTS, sets)).toEqual([]);
    const leases = VECTORS['lease.json'].cases.map(({ code }) => code);
    expect(missing([...STATEMENT_FAULTS, ...LEASE_FAULTS], leases)).toEqual([]);
    const parts = VECTORS['update-file.json'].cases.map(({ fault }) => fault?.part);
    expect(missing(['file', 'key-sets', 'updates', 'lease'], parts)).toEqual([]);
    // A JSON file cannot contain a text that is not UTF-8.
    const texts = VECTORS['json.json'].cases.map(({ code }) => code);
    expect(missing(JSON_FAULTS, [...texts, 'encoding'])).toEqual([]);
  });

  test('the file with the keys warns that they are for tests only', () => {
    expect(VECTORS['keys.json'].warning).toMatch(/^TEST KEYS ONLY/);
  });
});

describe('protocol/', () => {
  test.each(Object.entries(VECTORS['keys.json'].keys))(
    'serialOf returns the thumbprint of the key %s',
    async (_, key) => {
      expect(await serialOf(key.publicJwk)).toBe(key.thumbprint);
    },
  );

  test.each(VECTORS['canonical-json.json'].cases)('canonicalJson writes: $name', ({ text, canonical }) => {
    const parsed = parseJson(text);
    expect(parsed.ok && canonicalJson(parsed.value)).toBe(canonical);
  });

  test.each(VECTORS['json.json'].cases)('parseJson returns the value or the code: $name', ({ text, code }) => {
    const { maxBytes, maxDepth } = VECTORS['json.json'];
    const parsed = parseJson(text, { maxBytes, maxDepth });
    expect(parsed).toEqual(code === undefined ? { ok: true, value: JSON.parse(text) } : { ok: false, code });
  });

  test.each(VECTORS['content.json'].cases)('digestOf returns the digest of a content: $name', async (one) => {
    expect(await digestOf(one.content)).toBe(one.digest);
    expect(canonicalJson(normalizeContent(one.content))).toBe(one.canonical);
  });

  test('START has the digest of the empty content', async () => {
    expect(START).toEqual({ counter: EMPTY_CONTENT.counter, digest: await digestOf(EMPTY_CONTENT) });
  });

  test.each(VECTORS['license.json'].cases)('isContainerLicense accepts or refuses: $name', ({ license, ok }) => {
    expect(isContainerLicense(license)).toBe(ok);
  });

  test.each(made)(
    'createContext makes the context of a container, byte for byte: $name',
    async ({ text, ...report }) => {
      const { privateJwk, publicJwk } = VECTORS['keys.json'].keys.container;
      const { clock: _, newestIat: _1, lastIat: _2, late: _3, name: _4, wishes, ...members } = report;
      const wish = await wishOf(wishes);
      const input = { ...members, ...(wish === undefined ? {} : { wish }), audience: vendor.issuer };
      expect(await createContext({ ...input, privateKey: { ...privateJwk }, publicJwk })).toBe(text);
    },
  );

  test.each(valid)('verifyContext accepts: $name', async ({ text, payload, wishes }) => {
    const result = await verifyContext(text, vendor);
    const { serial, audience, jwk, jws, ...report } = result.ok ? result.context : expect.fail(result.reason);
    expect({ ver: 1, iss: serial, aud: audience, ...report }).toEqual(payload);
    expect({ text: jws, serial }).toEqual({ text: text.trim(), serial: await serialOf(jwk) });
    expect(await isWishOf(report, wishes)).toBe(true);
  });

  test.each(invalid)('verifyContext refuses as $reason: $name', async ({ text, reason, wishes }) => {
    const result = await verifyContext(text, vendor);
    if (reason === 'wish') expect(await isWishOf(result.ok ? result.context : expect.fail(), wishes)).toBe(false);
    else expect(result).toEqual({ ok: false, reason: reason === 'unsupported-version' ? 'version' : reason });
  });

  test.each(VECTORS['update.json'].valid)('applyUpdate reaches the content: $name', async (one) => {
    const updates = VECTORS['update.json'];
    const { serial, keySets } = updates;
    const content = contentOf(updates, one.content);
    const result = await applyUpdate(content, serial, updateOf(updates, one), await newestSet(keySets));
    expect(result.ok && result.content).toEqual(contentOf(updates, one.reached));
    expect(isContent(result.ok && result.content)).toBe(true);
  });

  test.each(VECTORS['update.json'].invalid)(
    'applyUpdate refuses as $code, and does not change the content: $name',
    async (one) => {
      const updates = VECTORS['update.json'];
      const { serial, keySets } = updates;
      const content = contentOf(updates, one.content);
      const before = structuredClone(content);
      const result = await applyUpdate(content, serial, updateOf(updates, one), await newestSet(keySets));
      expect(result).toEqual({ ok: false, code: one.code });
      expect(content).toEqual(before);
    },
  );

  test.each(VECTORS['key-set.json'].cases)('extendKeySets takes, skips or refuses: $name', async (one) => {
    const held = await heldSets(one.held);
    const result = await extendKeySets(held, one.added);
    expect(result.ok ? undefined : { code: result.code, index: result.index }).toEqual(one.fault);
    expect((result.ok ? result.keySets : held).map(({ version }) => version)).toEqual(one.versions);
  });

  const holdingOf = async (
    {
      content,
      newestIat,
      contextJti,
      lease,
    }: { content: Content; newestIat: number; contextJti: string; lease?: string | undefined },
    serial: string,
    keySets: readonly unknown[],
  ): Promise<Holding> => ({
    serial,
    content,
    newestIat,
    contextJti,
    keySets: await heldSets(keySets),
    ...(lease === undefined ? {} : { lease }),
  });

  test.each(VECTORS['lease.json'].cases)('applyFile takes or refuses a lease: $name', async (one) => {
    const { serial, keySets } = VECTORS['lease.json'];
    const held = await holdingOf({ ...one, lease: one.held }, serial, keySets);
    const { holding, fault } = await applyFile(held, { updates: [], lease: one.lease });
    expect(fault).toEqual(one.code === undefined ? undefined : { part: 'lease', code: one.code });
    expect(holding.lease === one.lease).toBe(one.taken);
  });

  test.each(VECTORS['update-file.json'].cases)('applyFile takes the parts of a file: $name', async (one) => {
    const start = await holdingOf(one.start, VECTORS['update-file.json'].serial, one.start.keySets);
    const json = parseJson(expandFile(one), { maxBytes: MAX_UPDATE_FILE_BYTES, maxDepth: 16 });
    const { holding, skipped, fault, applied } = json.ok
      ? await applyFile(start, json.value)
      : { holding: start, skipped: 0, applied: [], fault: { part: 'file', code: json.code } };
    expect(fault).toEqual(one.fault);
    expect({ counter: holding.content.counter, digest: await digestOf(holding.content) }).toEqual(one.reached);
    expect(applied).toHaveLength(one.reached.counter - one.start.content.counter);
    expect(holding.keySets.map(({ version }) => version)).toEqual(one.versions);
    const { newestIat, lease, seal } = holding;
    expect({ skipped, newestIat, lease }).toEqual({ skipped: one.skipped, newestIat: one.newestIat, lease: one.lease });
    expect(seal).toBe(one.sealOf === undefined ? undefined : JSON.parse(one.text).updates[one.sealOf].jws);
  });

  test('applyOperations refuses a value that is not an operation', () => {
    expect(applyOperations({ counter: 0, licenses: [] }, [null])).toEqual({ ok: false, code: 'operation-schema' });
  });
});
