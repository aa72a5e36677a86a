import {
  type Content,
  EMPTY_CONTENT,
  type FileFault,
  type JsonFault,
  type Position,
  type SignedKeySet,
} from '../../protocol/index.ts';
import { PLUGIN } from './contents.ts';
import { draft, signSet } from './key-sets.ts';
import { leaseOf } from './leases.ts';
import { MADE_AT, named, nested, type TestKey } from './signing.ts';
import {
  FIRST_OPERATIONS,
  type Issued,
  positionOf,
  SECOND_OPERATIONS,
  TestVendor,
  THIRD_OPERATIONS,
} from './updates.ts';

export interface UpdateFileCase {
  readonly name: string;
  readonly start: {
    readonly keySets: readonly SignedKeySet[];
    readonly content: Content;
    readonly newestIat: number;
    readonly contextJti: string;
    /** The lease that the container holds. */
    readonly lease?: string;
  };
  /** The text of the file. */
  readonly text: string;
  /** The text of the file has so many spaces more at its end. */
  readonly spaces?: number;
  /** The list of this name has its only item so many times. */
  readonly repeat?: { readonly member: 'updates' | 'keySets'; readonly times: number };
  readonly skipped: number;
  readonly reached: Position;
  /** The key sets, the highest `iat` and the lease that the container holds afterwards. */
  readonly versions: readonly number[];
  readonly newestIat: number;
  readonly lease?: string;
  /** The seal is the `jws` of the update with this index; absent if the seal did not change. */
  readonly sealOf?: number;
  /** Absent if the whole file is accepted. */
  readonly fault?: FileFault | { readonly part: 'file'; readonly code: JsonFault };
}

export async function updateFileVectors(keys: {
  readonly container: TestKey;
  readonly root: TestKey;
  readonly vendor: TestKey;
  readonly nextVendor: TestKey;
}) {
  const serial = keys.container.thumbprint;
  const root = [named(keys.root)];
  const one = signSet(draft({ version: 1, root, update: [named(keys.vendor)] }), [keys.root]);
  const two = signSet(draft({ version: 2, root, update: [named(keys.nextVendor)] }), [keys.root]);
  const three = signSet(draft({ version: 3, root, update: [named(keys.vendor), named(keys.nextVendor)] }), [keys.root]);
  const forged = signSet(draft({ version: 2, root, update: [named(keys.nextVendor)] }), [keys.nextVendor]);
  const vendor = new TestVendor(keys.vendor, serial);
  const next = new TestVendor(keys.nextVendor, serial);
  const first = await vendor.issue(EMPTY_CONTENT, 'rp-1', FIRST_OPERATIONS);
  const second = await vendor.issue(first.reached, 'rp-2', SECOND_OPERATIONS);
  const third = await vendor.issue(second.reached, 'rp-3', THIRD_OPERATIONS);
  const secondAgain = await next.issue(first.reached, 'rp-2', SECOND_OPERATIONS);
  const branch = await vendor.issue(first.reached, 'rp-2b', [{ op: 'remove', license: PLUGIN.id, cause: 'withdraw' }]);
  const early = await vendor.issue(first.reached, 'rp-2', SECOND_OPERATIONS, { iat: 7 });
  const cases: UpdateFileCase[] = [];

  interface Expected {
    readonly from?: Content;
    readonly held?: readonly SignedKeySet[];
    readonly heldLease?: string;
    readonly newestIat?: number;
    readonly contextJti?: string;
    readonly skipped?: number;
    readonly reached?: Content;
    readonly versions?: readonly number[];
    readonly iat?: number;
    readonly lease?: string;
    readonly sealOf?: number;
    readonly fault?: NonNullable<UpdateFileCase['fault']>;
    readonly spaces?: number;
    readonly repeat?: NonNullable<UpdateFileCase['repeat']>;
  }
  const add = async (name: string, file: unknown, expected: Expected): Promise<void> => {
    const {
      from = EMPTY_CONTENT,
      held = [one],
      newestIat = 0,
      contextJti = 'context-7',
      skipped = 0,
      reached = from,
      versions = held.map((_, index) => index + 1),
      iat = newestIat,
      heldLease,
      ...rest
    } = expected;
    cases.push({
      name,
      start: {
        keySets: held,
        content: from,
        newestIat,
        contextJti,
        ...(heldLease === undefined ? {} : { lease: heldLease }),
      },
      text: typeof file === 'string' ? file : JSON.stringify(file),
      skipped,
      reached: await positionOf(reached),
      versions,
      newestIat: iat,
      ...rest,
    });
  };
  const of = (...issued: readonly Issued[]): object[] => issued.map(({ update }) => update);
  const refusedFile = (code: 'schema' | JsonFault) => ({ part: 'file', code }) as NonNullable<Expected['fault']>;
  const refusedUpdate = (
    code: 'gap' | 'to-digest' | 'from-digest' | 'unknown-key' | 'schema' | 'signature',
    index: number,
  ) => ({ part: 'updates', code, index }) as const;

  await add(
    'a whole chain',
    { updates: of(first, second, third) },
    { reached: third.reached, iat: MADE_AT + 3, sealOf: 2 },
  );
  await add(
    'a chain that begins before the container’s counter',
    { updates: of(first, second, third) },
    { from: second.reached, newestIat: MADE_AT + 2, skipped: 2, reached: third.reached, iat: MADE_AT + 3, sealOf: 2 },
  );
  await add(
    'a chain that the container has applied',
    { updates: of(first, second, third) },
    { from: third.reached, newestIat: MADE_AT + 3, skipped: 3 },
  );
  await add('no updates', { updates: [] }, { from: first.reached });
  await add(
    'an update twice in one file',
    { updates: of(first, first, second) },
    { skipped: 1, reached: second.reached, iat: MADE_AT + 2, sealOf: 2 },
  );
  await add(
    'an update with an iat below the highest one',
    { updates: of(early) },
    { from: first.reached, newestIat: MADE_AT + 9, reached: second.reached, sealOf: 0 },
  );
  await add(
    'a skipped update does not raise the highest iat',
    { updates: of(first) },
    { from: first.reached, newestIat: 5, skipped: 1 },
  );
  await add(
    'a file with a gap: the updates before it stay applied',
    { updates: of(first, third) },
    { reached: first.reached, iat: MADE_AT + 1, sealOf: 0, fault: refusedUpdate('gap', 1) },
  );
  await add('updates in the wrong order', { updates: of(second, first) }, { fault: refusedUpdate('gap', 0) });
  await add(
    'a damaged update in the middle',
    { updates: [first.update, { ...second.update, operations: [] }, third.update] },
    { reached: first.reached, iat: MADE_AT + 1, sealOf: 0, fault: refusedUpdate('to-digest', 1) },
  );
  await add(
    'a chain that diverges from the container’s',
    { updates: of(first, second, third) },
    { from: branch.reached, skipped: 2, fault: refusedUpdate('from-digest', 2) },
  );
  await add('an update of no form', { updates: [{}] }, { fault: refusedUpdate('schema', 0) });
  await add(
    'a skipped update must be signed',
    { updates: [{ ...first.update, jws: `${first.update.jws.slice(0, -86)}${second.update.jws.slice(-86)}` }] },
    { from: first.reached, fault: refusedUpdate('signature', 0) },
  );

  await add(
    'key sets come first: an update of a new key',
    { updates: of(secondAgain), keySets: [two] },
    { from: first.reached, reached: second.reached, versions: [1, 2], iat: MADE_AT + 2, sealOf: 0 },
  );
  await add(
    'an update of a new key without its key set',
    { updates: of(secondAgain) },
    { from: first.reached, fault: refusedUpdate('unknown-key', 0) },
  );
  await add(
    'an update of a key that the newest set does not have',
    { updates: of(second) },
    { from: first.reached, held: [one, two], fault: refusedUpdate('unknown-key', 0) },
  );
  await add(
    'an update of a key that the newest set does not have, which the container has applied',
    { updates: of(first) },
    { from: first.reached, held: [one, two], fault: refusedUpdate('unknown-key', 0) },
  );
  await add(
    'the key sets stay if an update is refused',
    { updates: of(second), keySets: [two] },
    { from: first.reached, versions: [1, 2], fault: refusedUpdate('unknown-key', 0) },
  );
  await add(
    'a key that comes back in a later set',
    { keySets: [two, three], updates: of(second) },
    { from: first.reached, reached: second.reached, versions: [1, 2, 3], iat: MADE_AT + 2, sealOf: 0 },
  );
  await add(
    'a refused key set ends the file',
    { keySets: [forged], updates: of(second) },
    { from: first.reached, fault: { part: 'key-sets', code: 'key-set-signatures', index: 0 } },
  );
  await add(
    'a refused key set: none of the file’s sets is taken',
    { keySets: [two, { jws: [] }], updates: [] },
    { fault: { part: 'key-sets', code: 'key-set-schema', index: 1 } },
  );
  await add(
    'empty key sets',
    { keySets: [], updates: of(first) },
    { reached: first.reached, iat: MADE_AT + 1, sealOf: 0 },
  );

  const there = await leaseOf(keys.vendor, { serial, content: second.reached, iat: MADE_AT + 9 });
  const before = await leaseOf(keys.vendor, { serial, content: first.reached, iat: MADE_AT + 9 });
  await add('a lease', { updates: [], lease: there }, { from: second.reached, iat: MADE_AT + 9, lease: there });
  await add(
    'no lease, for a container that holds one',
    { updates: of(second) },
    { from: first.reached, reached: second.reached, iat: MADE_AT + 2, sealOf: 0, heldLease: before, lease: before },
  );
  await add(
    'a later lease, for a container that holds one',
    { updates: [], lease: there },
    { from: second.reached, heldLease: before, iat: MADE_AT + 9, lease: there },
  );
  await add(
    'a lease for the place after the updates',
    { lease: there, updates: of(second) },
    { from: first.reached, reached: second.reached, iat: MADE_AT + 9, sealOf: 0, lease: there },
  );
  await add(
    'a lease for the place before the updates',
    { lease: before, updates: of(second) },
    {
      from: first.reached,
      reached: second.reached,
      iat: MADE_AT + 2,
      sealOf: 0,
      fault: { part: 'lease', code: 'other-place' },
    },
  );
  await add(
    'a lease below the iat of an update in the same file',
    { lease: await leaseOf(keys.vendor, { serial, content: second.reached, iat: MADE_AT + 1 }), updates: of(second) },
    {
      from: first.reached,
      reached: second.reached,
      iat: MADE_AT + 2,
      sealOf: 0,
      fault: { part: 'lease', code: 'back-in-time' },
    },
  );
  await add(
    'a lease after a refused update is not taken',
    { lease: before, updates: of(third) },
    { from: first.reached, fault: refusedUpdate('gap', 0) },
  );
  await add(
    'a lease of a key in a key set of the same file',
    { lease: await leaseOf(keys.nextVendor, { serial, content: second.reached }), keySets: [two], updates: [] },
    {
      from: second.reached,
      versions: [1, 2],
      iat: MADE_AT,
      lease: await leaseOf(keys.nextVendor, { serial, content: second.reached }),
    },
  );
  await add(
    'a lease for an earlier context',
    { lease: there, updates: [] },
    { from: second.reached, contextJti: 'context-8', fault: { part: 'lease', code: 'stale' } },
  );
  await add('a lease that is null', { lease: null, updates: [] }, { fault: { part: 'lease', code: 'malformed' } });

  await add(
    'a saved answer of the server',
    { id: 'rp-1', status: 'issued', executed: {}, dropped: [], late: 1, more: true, updates: of(first) },
    { reached: first.reached, iat: MADE_AT + 1, sealOf: 0 },
  );
  await add('an unknown member nested 16 deep', `{"updates":[],"x":${JSON.stringify(nested(15))}}`, {});
  await add('an unknown member nested 17 deep', `{"updates":[],"x":${JSON.stringify(nested(16))}}`, {
    fault: refusedFile('too-deep'),
  });
  await add('a member __proto__', '{"updates":[],"__proto__":{"lease":"x"}}', {});
  for (const [name, text] of [
    ['a list', '[]'],
    ['null', 'null'],
    ['a number', '1'],
    ['no list of updates', '{}'],
    ['updates an object', '{"updates":{}}'],
    ['updates null', '{"updates":null}'],
    ['key sets an object', '{"updates":[],"keySets":{}}'],
    ['key sets null', '{"updates":[],"keySets":null}'],
  ] as const)
    await add(name, text, { fault: refusedFile('schema') });
  for (const [code, name, text] of [
    ['duplicate-key', 'a member twice', '{"updates":[],"updates":[]}'],
    ['duplicate-key', 'an unknown member twice', '{"updates":[],"x":1,"x":1}'],
    ['number-range', 'a number that overflows', '{"updates":[],"x":1e400}'],
    ['lone-surrogate', 'a lone surrogate', '{"updates":[],"x":"\\ud800"}'],
    ['syntax', 'an empty file', ''],
    ['syntax', 'two files in one', '{"updates":[]}{"updates":[]}'],
    ['syntax', 'a byte order mark', '\ufeff{"updates":[]}'],
  ] as const)
    await add(name, text, { fault: refusedFile(code) });
  await add(
    '1,000 updates',
    { updates: [{}] },
    { repeat: { member: 'updates', times: 1000 }, fault: refusedUpdate('schema', 0) },
  );
  await add(
    '1,001 updates',
    { updates: [{}] },
    { repeat: { member: 'updates', times: 1001 }, fault: refusedFile('too-large') },
  );
  await add(
    '1,000 key sets',
    { updates: [], keySets: [{}] },
    { repeat: { member: 'keySets', times: 1000 }, fault: { part: 'key-sets', code: 'key-set-schema', index: 0 } },
  );
  await add(
    '1,001 key sets',
    { updates: [], keySets: [{}] },
    { repeat: { member: 'keySets', times: 1001 }, fault: refusedFile('too-large') },
  );
  await add('8 MiB', '{"updates":[]}', { spaces: 8 * 1024 * 1024 - 14 });
  await add('a byte more than 8 MiB', '{"updates":[]}', {
    spaces: 8 * 1024 * 1024 - 13,
    fault: refusedFile('too-large'),
  });
  return { serial, cases };
}
