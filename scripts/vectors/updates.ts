import {
  type ApplyFault,
  type Content,
  digestOf,
  EMPTY_CONTENT,
  normalizeContent,
  type Operation,
  type Position,
  type SignedKeySet,
  type Update,
  type UpdatePayload,
} from '../../protocol/index.ts';
import { ADD_ON, ASSIGNED, BASE, LATER, NEW_BASE, OWN, PLUGIN } from './contents.ts';
import { GROUP_ORDER, TORSION } from './edwards.ts';
import {
  craft,
  encode,
  headerOf,
  ISSUER,
  MADE_AT,
  malleable,
  nested,
  padded,
  signJson,
  signText,
  type TestKey,
  without,
  withS,
  withTrailingBits,
} from './signing.ts';

const TYPE = 'relicense-update+jwt';

export interface UpdateCase {
  readonly name: string;
  /** The name of a content in `contents`. */
  readonly content: string;
  readonly update: unknown;
  /** The name of a list in `operations`: the `operations` of the update, which are left out. */
  readonly operations?: string;
}

export interface ValidUpdate extends UpdateCase {
  /** The name of a content in `contents`. */
  readonly reached: string;
}

export interface InvalidUpdate extends UpdateCase {
  /** The update's `operations` has its only item so many times. */
  readonly times?: number;
  readonly code: ApplyFault;
}

/** Gives equal values one name. Many cases have the same content and the same operations. */
class Named<T> {
  readonly values: Record<string, T> = {};
  private readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  nameOf(value: T): string {
    const known = this.find(value);
    const name = known ?? `${this.prefix}-${Object.keys(this.values).length + 1}`;
    this.values[name] ??= value;
    return name;
  }

  find(value: unknown): string | undefined {
    return Object.keys(this.values).find((name) => JSON.stringify(this.values[name]) === JSON.stringify(value));
  }
}

function isUpdate(value: unknown): value is { readonly operations: unknown } {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'operations');
}

export interface Issued {
  readonly update: Update;
  readonly reached: Content;
  readonly payload: UpdatePayload;
}

export async function positionOf(content: Content): Promise<Position> {
  return { counter: content.counter, digest: await digestOf(content) };
}

/** Issues updates as a server does. */
export class TestVendor {
  readonly key: TestKey;
  readonly serial: string;

  constructor(key: TestKey, serial: string) {
    this.key = key;
    this.serial = serial;
  }

  async issue(start: Content, jti: string, operations: readonly Operation[], changes: object = {}): Promise<Issued> {
    const reached = after(start, operations);
    const payload: UpdatePayload = {
      iss: ISSUER,
      sub: this.serial,
      jti,
      iat: MADE_AT + reached.counter,
      from: await positionOf(start),
      to: await positionOf(reached),
      ...changes,
    };
    return { update: { jws: signJson(this.key, headerOf(TYPE, this.key), payload), operations }, reached, payload };
  }
}

/** The content after the operations, computed without `applyOperations`: the vectors test that function. */
function after(start: Content, operations: readonly Operation[]): Content {
  const licenses = new Map(start.licenses.map((license) => [license.id, license]));
  for (const operation of operations) {
    if (operation.op === 'remove') licenses.delete(operation.license);
    else licenses.set(operation.license.id, operation.license);
  }
  return normalizeContent({ counter: start.counter + 1, licenses: [...licenses.values()] });
}

export const FIRST_OPERATIONS: readonly Operation[] = [
  { op: 'put', license: BASE, cause: 'activate' },
  { op: 'put', license: ADD_ON, cause: 'activate' },
  { op: 'put', license: PLUGIN, cause: 'activate' },
];
export const SECOND_OPERATIONS: readonly Operation[] = [
  { op: 'remove', license: ADD_ON.id, cause: 'withdraw' },
  { op: 'remove', license: PLUGIN.id, cause: 'deactivate' },
  { op: 'put', license: ASSIGNED, cause: 'assign' },
  { op: 'remove', license: BASE.id, cause: 'replace' },
  { op: 'put', license: NEW_BASE, cause: 'replace' },
  { op: 'put', license: LATER, cause: 'activate' },
];
export const THIRD_OPERATIONS: readonly Operation[] = [
  { op: 'remove', license: NEW_BASE.id, cause: 'withdraw' },
  { op: 'remove', license: ASSIGNED.id, cause: 'withdraw' },
  { op: 'remove', license: LATER.id, cause: 'deactivate' },
];

export interface UpdateKeys {
  readonly container: TestKey;
  readonly otherContainer: TestKey;
  readonly vendor: TestKey;
  readonly otherVendor: TestKey;
}

export async function updateVectors(keys: UpdateKeys, keySet: SignedKeySet) {
  const vendor = new TestVendor(keys.vendor, keys.container.thumbprint);
  const first = await vendor.issue(EMPTY_CONTENT, 'rp-1', FIRST_OPERATIONS);
  const second = await vendor.issue(first.reached, 'rp-2', SECOND_OPERATIONS);
  const third = await vendor.issue(second.reached, 'rp-3', THIRD_OPERATIONS);
  const { payload } = second;
  const header = headerOf(TYPE, vendor.key);
  const { operations, jws } = second.update;
  const start = first.reached;
  const valid: ValidUpdate[] = [];
  const invalid: InvalidUpdate[] = [];
  const contents = new Named<Content>('content');
  const lists = new Named<readonly Operation[]>('operations');
  lists.nameOf(operations);
  const caseOf = (name: string, content: Content, update: unknown): UpdateCase => {
    const found = isUpdate(update) ? lists.find(update.operations) : undefined;
    const shown = isUpdate(update) && found !== undefined ? without(update, 'operations') : update;
    return {
      name,
      content: contents.nameOf(content),
      update: shown,
      ...(found === undefined ? {} : { operations: found }),
    };
  };
  const accept = (
    name: string,
    content: Content,
    { update, reached }: Pick<Issued, 'reached'> & { update: unknown },
  ): void => {
    valid.push({ ...caseOf(name, content, update), reached: contents.nameOf(reached) });
  };
  const refuse = (code: ApplyFault, name: string, update: unknown, content: Content = start, times?: number): void => {
    invalid.push({ ...caseOf(name, content, update), code, ...(times === undefined ? {} : { times }) });
  };
  const resigned = (changes: object, headerChanges: object = {}): Update => ({
    jws: signJson(vendor.key, { ...header, ...headerChanges }, { ...payload, ...changes }),
    operations,
  });
  const operated = (...changed: readonly unknown[]): object => ({ jws, operations: changed });
  const signedAs = (text: string): object => ({ jws: text, operations });
  const raw = (change: (text: string) => string): object =>
    signedAs(signText(vendor.key, JSON.stringify(header), change(JSON.stringify(payload))));
  const same = (name: string, update: unknown): void => accept(name, start, { update, reached: second.reached });

  accept('the first update: three activations', EMPTY_CONTENT, first);
  accept('all five steps in one update', start, second);
  accept('an update that removes the last licenses', second.reached, third);
  accept(
    'terms of the vendor, one of them named __proto__, and crit',
    start,
    await vendor.issue(start, 'own', [{ op: 'put', license: OWN, cause: 'activate' }]),
  );
  accept(
    'a renewal: the same id is removed and put',
    start,
    await vendor.issue(start, 'renewal', [
      { op: 'remove', license: BASE.id, cause: 'replace' },
      { op: 'put', license: { ...BASE, terms: { expiresAt: '2031-01-31T00:00:00Z' } }, cause: 'replace' },
    ]),
  );
  accept(
    'a put before a removal within one cause',
    start,
    await vendor.issue(start, 'swap', [
      { op: 'put', license: NEW_BASE, cause: 'replace' },
      { op: 'remove', license: BASE.id, cause: 'replace' },
    ]),
  );
  accept('an update without operations', start, await vendor.issue(start, 'nothing', []));
  accept(
    'the step to the largest counter',
    { counter: Number.MAX_SAFE_INTEGER - 1, licenses: [] },
    await vendor.issue({ counter: Number.MAX_SAFE_INTEGER - 1, licenses: [] }, 'last', [], { iat: MADE_AT }),
  );
  same('alg EdDSA', resigned({}, { alg: 'EdDSA' }));
  same('a payload with an unknown member', resigned({ exp: 1, note: { any: ['thing'] } }));
  same(
    'a payload with an unknown member __proto__',
    raw((text) => text.replace('{', '{"__proto__":{"sub":1},')),
  );
  same('crit that names known members', resigned({ crit: [...Object.keys(payload), 'iat'] }));
  same('256 names in crit', resigned({ crit: Array.from({ length: 256 }, () => 'to') }));
  same(
    'a payload in another order, with white space',
    signedAs(
      signText(
        vendor.key,
        JSON.stringify(header, null, 1),
        JSON.stringify(Object.fromEntries(Object.entries(payload).reverse()), null, 1),
      ),
    ),
  );
  same('an unknown member nested 8 deep', resigned({ x: nested(7) }));
  same('a signed text of 4,096 bytes', signedAs(signText(vendor.key, ...padded(header, payload, 4096))));
  same('a jti of 256 characters', resigned({ jti: 'x'.repeat(256) }));
  same('iat 0', resigned({ iat: 0 }));

  refuse('schema', 'a list instead of an update', []);
  refuse('schema', 'null instead of an update', null);
  refuse('schema', 'no operations', { jws });
  refuse('schema', 'operations that are an object', { jws, operations: {} });
  refuse('schema', 'a jws that is a number', { jws: 1, operations });
  refuse('schema', 'an unknown member', { ...second.update, note: '' });
  refuse(
    'malformed',
    '10,000 operations',
    { jws: '', operations: [{ op: 'remove', license: 'x', cause: 'withdraw' }] },
    EMPTY_CONTENT,
    10_000,
  );
  refuse(
    'too-large',
    '10,001 operations',
    { jws: '', operations: [{ op: 'remove', license: 'x', cause: 'withdraw' }] },
    EMPTY_CONTENT,
    10_001,
  );
  refuse('too-large', 'two faults: 10,001 operations of no form', { jws: '', operations: [1] }, EMPTY_CONTENT, 10_001);
  refuse('schema', 'an unknown operation', operated(...operations, { op: 'move', license: 'a', cause: 'activate' }));
  refuse('schema', 'an operation that is null', operated(null));
  refuse('schema', 'an operation without a cause', operated({ op: 'remove', license: 'a' }));
  refuse(
    'schema',
    'an operation with an unknown member',
    operated({ op: 'remove', license: 'a', cause: 'withdraw', note: 1 }),
  );
  for (const cause of ['assign', 'activate', 'other', null])
    refuse('schema', `a removal with the cause ${cause}`, operated({ op: 'remove', license: 'a', cause }));
  for (const cause of ['withdraw', 'deactivate', 'other', null])
    refuse('schema', `a put with the cause ${cause}`, operated({ op: 'put', license: BASE, cause }));
  refuse('schema', 'a put of an id', operated({ op: 'put', license: 'a', cause: 'activate' }));
  refuse('schema', 'a removal of a license', operated({ op: 'remove', license: BASE, cause: 'withdraw' }));
  refuse('schema', 'an empty license id', operated({ op: 'remove', license: '', cause: 'withdraw' }));
  refuse(
    'schema',
    'a license id of 257 characters',
    operated({ op: 'remove', license: 'x'.repeat(257), cause: 'withdraw' }),
  );
  refuse(
    'remove-missing',
    'a license id of 256 characters',
    operated({ op: 'remove', license: 'x'.repeat(256), cause: 'withdraw' }),
  );
  refuse('schema', 'two faults: an operation and the jws', { jws: '', operations: [1] });
  refuse('too-large', 'a signed text of 4,097 bytes', signedAs(signText(vendor.key, ...padded(header, payload, 4097))));
  refuse('malformed', 'no signature', signedAs(jws.slice(0, jws.lastIndexOf('.') + 1)));
  refuse('malformed', 'a malleable signature: S + L', signedAs(malleable(jws)));
  refuse('malformed', 'S = L', signedAs(withS(jws, GROUP_ORDER)));
  refuse('signature', 'S = L - 1', signedAs(withS(jws, GROUP_ORDER - 1n)));
  refuse('malformed', 'unused bits set in the signature', signedAs(withTrailingBits(jws, 2)));
  refuse('malformed', 'a line break at the end', signedAs(`${jws}\n`));
  refuse(
    'malformed',
    'a header with a member twice',
    signedAs(signText(vendor.key, JSON.stringify(header).replace('{', '{"alg":"Ed25519",'), JSON.stringify(payload))),
  );
  refuse(
    'malformed',
    'a payload with a member twice',
    raw((text) => text.replace('{', '{"iat":1,')),
  );
  refuse('malformed', 'an unknown member nested 9 deep', resigned({ x: nested(8) }));
  refuse('header', 'a header with a key of its own', resigned({}, { jwk: keys.otherVendor.publicJwk }));
  refuse('header', 'a header with crit', resigned({}, { crit: ['exp'] }));
  refuse('header', 'a header without kid', signedAs(signJson(vendor.key, { alg: 'Ed25519', typ: TYPE }, payload)));
  refuse('header', 'an empty kid', resigned({}, { kid: '' }));
  refuse('header', 'a kid that is a number', resigned({}, { kid: 1 }));
  refuse('header', 'a kid of 257 characters', resigned({}, { kid: 'x'.repeat(257) }));
  refuse('unknown-key', 'a kid of 256 characters', resigned({}, { kid: 'x'.repeat(256) }));
  for (const alg of ['none', 'HS256', 'ES256', 'eddsa', 'ed25519'])
    refuse('algorithm', `alg ${alg}`, resigned({}, { alg }));
  for (const typ of ['relicense-context+jwt', 'relicense-lease+jwt', 'relicense-keys+jwt', 'JWT', TYPE.toUpperCase()])
    refuse('type', `typ ${typ}`, resigned({}, { typ }));
  refuse(
    'unknown-key',
    'another vendor',
    (await new TestVendor(keys.otherVendor, vendor.serial).issue(start, 'rp-2', operations)).update,
  );
  refuse('unknown-key', 'the serial of a container as kid', resigned({}, { kid: keys.container.thumbprint }));
  refuse('signature', 'another key under a kid of the key set', signedAs(signJson(keys.otherVendor, header, payload)));
  refuse(
    'signature',
    'another payload than the signed one',
    signedAs([jws.split('.')[0], encode(JSON.stringify({ ...payload, jti: 'rp-9' })), jws.split('.')[2]].join('.')),
  );
  refuse('signature', 'R = identity, S = h·a', signedAs(craft(vendor.key, header, payload, { r: 0n })));
  refuse(
    'signature',
    'R plus a point of order 8: valid with the cofactor',
    signedAs(craft(vendor.key, header, payload, { rOffset: TORSION })),
  );
  refuse(
    'payload',
    'a payload that is a list',
    raw(() => '[]'),
  );
  refuse(
    'payload',
    'a payload that is null',
    raw(() => 'null'),
  );
  for (const name of Object.keys(payload))
    refuse('payload', `a payload without ${name}`, resigned({ [name]: undefined }));
  refuse('payload', 'an empty iss', resigned({ iss: '' }));
  refuse('issuer', 'an iss of 512 characters', resigned({ iss: 'v'.repeat(512) }));
  refuse('payload', 'an iss of 513 characters', resigned({ iss: 'v'.repeat(513) }));
  refuse('payload', 'an empty jti', resigned({ jti: '' }));
  refuse('payload', 'a jti of 257 characters', resigned({ jti: 'x'.repeat(257) }));
  refuse('payload', 'iat -1', resigned({ iat: -1 }));
  refuse('payload', 'iat 1.5', resigned({ iat: 1.5 }));
  refuse('payload', 'iat 2^53', resigned({ iat: 2 ** 53 }));
  refuse('payload', 'a step of two counters', resigned({ to: { ...payload.to, counter: payload.to.counter + 1 } }));
  refuse('payload', 'a step to the same counter', resigned({ to: { ...payload.to, counter: payload.from.counter } }));
  refuse('payload', 'a step back', resigned({ to: { ...payload.to, counter: payload.from.counter - 1 } }));
  refuse(
    'payload',
    'a step from the counter -1',
    resigned({ from: { ...payload.from, counter: -1 }, to: { ...payload.to, counter: 0 } }),
  );
  refuse(
    'payload',
    'a step from the counter 1.5',
    resigned({ from: { ...payload.from, counter: 1.5 }, to: { ...payload.to, counter: 2.5 } }),
  );
  refuse('payload', 'a malformed digest in to', resigned({ to: { ...payload.to, digest: 'sha256:0' } }));
  refuse('payload', 'a malformed digest in from', resigned({ from: { ...payload.from, digest: 'sha256:0' } }));
  refuse('payload', 'an unknown member in to', resigned({ to: { ...payload.to, note: 1 } }));
  refuse('payload', 'an unknown member in from', resigned({ from: { ...payload.from, note: 1 } }));
  refuse('payload', 'a subject that is not a serial', resigned({ sub: 'everybody' }));
  refuse(
    'payload',
    'a subject with unused bits set',
    resigned({ sub: withTrailingBits(`.${payload.sub}.`, 1).slice(1, -1) }),
  );
  for (const crit of [[], {}, 'iat', null, [''], [1]])
    refuse('payload', `crit ${JSON.stringify(crit)}`, resigned({ crit }));
  refuse('payload', '257 names in crit', resigned({ crit: Array.from({ length: 257 }, () => 'to') }));
  refuse('not-understood', 'crit names an unknown member', resigned({ exp: 1, crit: ['exp'] }));
  refuse('not-understood', 'crit names an unknown member that is absent', resigned({ crit: ['iat', 'exp'] }));
  refuse('not-understood', 'crit names itself', resigned({ crit: ['crit'] }));
  refuse('not-understood', 'crit names toString', resigned({ crit: ['toString'] }));
  refuse('issuer', 'another vendor’s name', resigned({ iss: 'https://other.example.com' }));
  refuse(
    'other-container',
    'for another container',
    (await new TestVendor(vendor.key, keys.otherContainer.thumbprint).issue(start, 'rp-2', operations)).update,
  );
  refuse('already-applied', 'an update that the container has applied', first.update);
  refuse('gap', 'an update after a gap', third.update);
  refuse(
    'from-digest',
    'from another content at the same counter',
    (
      await vendor.issue({ counter: start.counter, licenses: [] }, 'rp-2', [
        { op: 'put', license: BASE, cause: 'activate' },
      ])
    ).update,
  );
  const [withdraw, deactivate, assign, remove, put, activate] = operations;
  refuse(
    'operation-order',
    'deactivate before withdraw',
    operated(deactivate, withdraw, assign, remove, put, activate),
  );
  refuse('operation-order', 'assign before deactivate', operated(withdraw, assign, deactivate, remove, put, activate));
  refuse('operation-order', 'replace before assign', operated(withdraw, deactivate, remove, put, assign, activate));
  refuse('operation-order', 'activate before replace', operated(withdraw, deactivate, assign, activate, remove, put));
  refuse('operation-order', 'withdraw again at the end', operated(...operations, withdraw));
  refuse('put-existing', 'the operations of another update', operated(...first.update.operations));
  refuse('remove-missing', 'a removal twice', operated(withdraw, withdraw, deactivate, assign, remove, put, activate));
  refuse(
    'remove-missing',
    'the removal of a license that a later operation puts',
    operated({ op: 'remove', license: ASSIGNED.id, cause: 'withdraw' }, ...operations),
  );
  refuse('put-existing', 'a put twice', operated(...operations, activate));
  refuse('to-digest', 'an operation left out', operated(withdraw, deactivate, assign, remove, put));
  refuse('to-digest', 'no operations at all', operated());
  refuse(
    'to-digest',
    'other terms than the signed ones',
    operated(withdraw, deactivate, assign, remove, put, {
      op: 'put',
      license: { ...LATER, terms: { features: ['everything'] } },
      cause: 'activate',
    }),
  );
  refuse(
    'to-digest',
    'a longer lease than the signed one',
    operated(
      withdraw,
      deactivate,
      { op: 'put', license: { ...ASSIGNED, terms: { ...ASSIGNED.terms, leaseDays: 31 } }, cause: 'assign' },
      remove,
      put,
      activate,
    ),
  );
  const own = await vendor.issue(start, 'own', [{ op: 'put', license: OWN, cause: 'activate' }]);
  refuse('to-digest', 'without the crit of the signed license', {
    jws: own.update.jws,
    operations: [{ op: 'put', license: { ...OWN, crit: undefined }, cause: 'activate' }],
  });

  refuse('header', 'two faults: header and algorithm', resigned({}, { kid: '', alg: 'none' }));
  refuse('algorithm', 'two faults: algorithm and type', resigned({}, { alg: 'none', typ: 'JWT' }));
  refuse('type', 'two faults: type and key', resigned({}, { typ: 'JWT', kid: 'nobody' }));
  refuse('unknown-key', 'two faults: key and payload', resigned({ iss: '' }, { kid: 'nobody' }));
  refuse('signature', 'two faults: signature and payload', signedAs(withS(resigned({ iss: '' }).jws, 1n)));
  refuse('payload', 'two faults: payload and crit', resigned({ iss: '', crit: ['exp'] }));
  refuse('not-understood', 'two faults: crit and issuer', resigned({ iss: 'v', crit: ['exp'] }));
  refuse('issuer', 'two faults: issuer and container', resigned({ iss: 'v', sub: keys.otherContainer.thumbprint }));
  refuse(
    'other-container',
    'two faults: container and counter',
    resigned({
      sub: keys.otherContainer.thumbprint,
      from: payload.to,
      to: { ...payload.to, counter: payload.to.counter + 1 },
    }),
  );
  refuse(
    'gap',
    'two faults: gap and digest',
    resigned({ from: { ...payload.to }, to: { ...payload.from, counter: payload.to.counter + 1 } }),
  );
  refuse('from-digest', 'two faults: digest and operations', {
    ...resigned({ from: { ...payload.from, digest: payload.to.digest } }),
    operations: [deactivate, withdraw],
  });
  refuse(
    'operation-order',
    'two faults: order and a missing license',
    operated(activate, { op: 'remove', license: 'missing', cause: 'withdraw' }),
  );

  return {
    serial: vendor.serial,
    keySets: [keySet],
    contents: contents.values,
    operations: lists.values,
    valid,
    invalid,
  };
}
