import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Content } from '../../../protocol/index.ts';
import type { Vectors } from '../../../scripts/protocol-vectors.ts';
import type * as Client from './independent-client.ts';

export type IndependentClient = typeof Client;

export const VECTOR_FILES = [
  'keys.json',
  'json.json',
  'canonical-json.json',
  'content.json',
  'license.json',
  'context.json',
  'update.json',
  'key-set.json',
  'lease.json',
  'update-file.json',
  'check.json',
] as const satisfies readonly (keyof Vectors)[];

export function readVectors(): Vectors {
  const read = (name: string): unknown =>
    JSON.parse(readFileSync(new URL(`../../vectors/${name}`, import.meta.url), 'utf8'));
  return Object.fromEntries(VECTOR_FILES.map((name) => [name, read(name)])) as unknown as Vectors;
}

export interface Vector {
  readonly name: string;
  /** Compares the client's result with the vector's. */
  passes(client: IndependentClient): boolean;
}

/** `undefined` members do not count, as in JSON. */
function isSame(one: unknown, other: unknown): boolean {
  const plain = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
  return isDeepStrictEqual(plain(one), plain(other));
}

type Updates = Vectors['update.json'];

/** A content of the vectors by its name. */
export function contentOf({ contents }: Pick<Updates, 'contents'>, name: string): Content {
  const content = contents[name];
  if (content === undefined) throw new Error(`The vectors have no content ${name}`);
  return content;
}

/** The update of a case: it names a list of operations that many cases have, and `times` stands for a long list. */
export function updateOf(
  { operations: lists }: Pick<Updates, 'operations'>,
  { update, operations, times }: Pick<Updates['invalid'][number], 'update' | 'operations' | 'times'>,
): unknown {
  if (operations !== undefined) return { ...(update as object), operations: lists[operations] };
  if (times === undefined) return update;
  const { operations: one, ...rest } = update as { operations: readonly unknown[] };
  return { ...rest, operations: Array.from({ length: times }, () => one[0]) };
}

/** The bytes of an update file of the vectors: `repeat` and `spaces` stand for a long text. */
export function expandFile({ text, repeat, spaces = 0 }: Vectors['update-file.json']['cases'][number]): Buffer {
  if (repeat === undefined) return Buffer.concat([Buffer.from(text), Buffer.alloc(spaces, ' ')]);
  const file = JSON.parse(text) as Record<string, readonly unknown[]>;
  const [item] = file[repeat.member] ?? [];
  return Buffer.from(JSON.stringify({ ...file, [repeat.member]: Array.from({ length: repeat.times }, () => item) }));
}

/** Every vector as a question to an independent client. */
export function vectorsOf(vectors: Vectors): readonly Vector[] {
  const all: Vector[] = [];
  const add = (name: string, passes: Vector['passes']): void => {
    all.push({ name, passes });
  };
  const codeOf = (run: () => unknown): unknown => {
    try {
      run();
      return undefined;
    } catch (error) {
      return (error as { code?: unknown }).code;
    }
  };
  /** The key sets that a container holds: most cases hold the same ones. */
  const heldBy = new WeakMap<IndependentClient, Map<string, ReturnType<IndependentClient['addKeySets']>>>();
  const setsOf = (client: IndependentClient, signed: readonly unknown[]) => {
    const held = heldBy.get(client) ?? new Map<string, ReturnType<IndependentClient['addKeySets']>>();
    heldBy.set(client, held);
    const name = JSON.stringify(signed);
    const sets = held.get(name) ?? client.addKeySets([], signed as never);
    held.set(name, sets);
    if ('code' in sets) throw new Error(`A key set of the vectors is refused: ${sets.code}`);
    return sets;
  };

  for (const [name, key] of Object.entries(vectors['keys.json'].keys))
    add(`keys: ${name}`, (client) => client.thumbprint(key.publicJwk.x) === key.thumbprint);
  const { maxBytes, maxDepth, cases: texts } = vectors['json.json'];
  for (const { name, text, code } of texts)
    add(`json: ${name}`, (client) => {
      const parse = () => client.parse(Buffer.from(text), maxBytes, maxDepth);
      return codeOf(parse) === code && (code !== undefined || isDeepStrictEqual(parse(), JSON.parse(text)));
    });
  for (const { name, text, canonical } of vectors['canonical-json.json'].cases)
    add(`canonical-json: ${name}`, (client) => client.canonical(JSON.parse(text)) === canonical);
  for (const { name, content, digest } of vectors['content.json'].cases)
    add(`content: ${name}`, (client) => client.digest(content as never) === digest);
  for (const { name, license, ok } of vectors['license.json'].cases)
    add(`license: ${name}`, (client) => client.isLicense(license as never) === ok);

  const { vendor, made, valid, invalid } = vectors['context.json'];
  for (const { text, ...report } of made)
    add(`context, made: ${report.name}`, (client) => {
      const { privateJwk } = vectors['keys.json'].keys.container;
      return client.makeContext({ ...privateJwk }, vendor.issuer, report as never) === text;
    });
  for (const { name, text, wishes, payload } of valid)
    add(`context, valid: ${name}`, (client) => isSame(client.verifyContext(text, vendor, wishes as never), payload));
  for (const { name, text, wishes, reason } of invalid)
    add(`context, invalid: ${name}`, (client) => client.verifyContext(text, vendor, wishes as never) === reason);

  const updates = vectors['update.json'];
  const apply = (client: IndependentClient, content: unknown, update: unknown) => {
    const newest = setsOf(client, updates.keySets).at(-1);
    return client.applyUpdate(content as never, updates.serial, newest as never, update as never);
  };
  for (const one of updates.valid)
    add(`update, valid: ${one.name}`, (client) => {
      const result = apply(client, contentOf(updates, one.content), updateOf(updates, one));
      return typeof result !== 'string' && isSame(result.content, contentOf(updates, one.reached));
    });
  for (const one of updates.invalid)
    add(`update, invalid: ${one.name}`, (client) => {
      const update = updateOf(updates, one);
      return apply(client, contentOf(updates, one.content), update) === one.code;
    });

  for (const { name, held, added, versions, fault } of vectors['key-set.json'].cases)
    add(`key-set: ${name}`, (client) => {
      const before = setsOf(client, held);
      const result = client.addKeySets(before, added as never);
      const after = 'code' in result ? before : result;
      return (
        isSame('code' in result ? result : undefined, fault) &&
        isSame(
          after.map(({ version }) => version),
          versions,
        )
      );
    });

  const leases = vectors['lease.json'];
  for (const { name, lease, held, taken, code, ...state } of leases.cases)
    add(`lease: ${name}`, (client) => {
      const keySets = setsOf(client, leases.keySets);
      const holding = { ...state, serial: leases.serial, keySets, ...(held === undefined ? {} : { lease: held }) };
      const result = client.takeLease(holding as never, lease as never);
      return typeof result === 'string' ? result === code : taken && result.lease === lease;
    });

  // The longest files last: most mutants are caught before.
  const byLength = vectors['update-file.json'].cases.toSorted((one, other) => (one.spaces ?? 0) - (other.spaces ?? 0));
  for (const one of byLength)
    add(`update-file: ${one.name}`, (client) => {
      const { serial } = vectors['update-file.json'];
      const start = { ...one.start, serial, keySets: setsOf(client, one.start.keySets), seal: 'before' };
      const { holding, skipped, fault } = client.applyFile(start as never, expandFile(one));
      const { content, newestIat, lease, keySets, seal } = holding;
      const sealOf = (index: number): unknown => JSON.parse(one.text).updates[index].jws;
      return (
        isSame(fault, one.fault) &&
        isSame({ counter: content.counter, digest: client.digest(content) }, one.reached) &&
        isSame(
          keySets.map(({ version }) => version),
          one.versions,
        ) &&
        isSame({ skipped, newestIat, lease }, { skipped: one.skipped, newestIat: one.newestIat, lease: one.lease }) &&
        seal === (one.sealOf === undefined ? 'before' : sealOf(one.sealOf))
      );
    });

  const { trusts, files, cases } = vectors['check.json'];
  for (const { name, file, trust, answer, ...question } of cases)
    add(`check: ${name}`, (client) =>
      isSame(client.check(files[file] ?? '', trusts[trust] as never, question), answer),
    );
  return all;
}
