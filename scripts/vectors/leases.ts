import {
  type Content,
  EMPTY_CONTENT,
  type LeaseFault,
  type SignedKeySet,
  type StatementFault,
} from '../../protocol/index.ts';
import { ASSIGNED } from './contents.ts';
import { TORSION } from './edwards.ts';
import { craft, headerOf, ISSUER, MADE_AT, nested, signJson, type TestKey, withS } from './signing.ts';
import { positionOf } from './updates.ts';

const TYPE = 'relicense-lease+jwt';

export interface LeaseCase {
  readonly name: string;
  readonly content: Content;
  /** The lease that the container holds; absent without one. */
  readonly held?: string;
  /** The highest `iat` that the container has seen. */
  readonly newestIat: number;
  /** `jti` of its last context. */
  readonly contextJti: string;
  readonly lease: unknown;
  /** Whether the container holds `lease` afterwards. */
  readonly taken: boolean;
  readonly code?: StatementFault | LeaseFault;
}

export interface LeaseInput {
  readonly serial: string;
  readonly content: Content;
  readonly iat?: number;
  readonly re?: string;
  readonly changes?: object;
}

export const HELD: Content = { counter: 4, licenses: [ASSIGNED] };

export async function leaseOf(
  key: TestKey,
  { serial, content, iat = MADE_AT, re = 'context-7', changes = {} }: LeaseInput,
): Promise<string> {
  return signJson(key, headerOf(TYPE, key), {
    iss: ISSUER,
    sub: serial,
    jti: 'lease-1',
    iat,
    re,
    at: await positionOf(content),
    ...changes,
  });
}

export async function leaseVectors(
  keys: {
    readonly container: TestKey;
    readonly otherContainer: TestKey;
    readonly vendor: TestKey;
    readonly otherVendor: TestKey;
  },
  keySet: SignedKeySet,
) {
  const serial = keys.container.thumbprint;
  const cases: LeaseCase[] = [];
  const state = { content: HELD, newestIat: MADE_AT, contextJti: 'context-7' };
  const place = await positionOf(HELD);
  const header = headerOf(TYPE, keys.vendor);
  const payload = { iss: ISSUER, sub: serial, jti: 'lease-1', iat: MADE_AT, re: 'context-7', at: place };
  const signed = (changes: object, headerChanges: object = {}): string =>
    signJson(keys.vendor, { ...header, ...headerChanges }, { ...payload, ...changes });
  const accept = (name: string, lease: string, changes: Partial<LeaseCase> = {}): void => {
    cases.push({ name, ...state, lease, taken: true, ...changes });
  };
  const refuse = (
    code: StatementFault | LeaseFault,
    name: string,
    lease: unknown,
    changes: Partial<LeaseCase> = {},
  ): void => {
    cases.push({ name, ...state, lease, taken: false, code, ...changes });
  };
  const good = signed({});
  accept('a lease with the highest iat that the container has seen', good);
  accept('a later lease', signed({ iat: MADE_AT + 1 }));
  accept('a lease instead of another one', signed({ jti: 'lease-2' }), { held: good });
  accept('the lease that the container holds, after another context', good, {
    held: good,
    contextJti: 'context-8',
    newestIat: MADE_AT + 9,
  });
  accept(
    'the lease that the container holds, of a key that is not in the key set',
    signJson(keys.otherVendor, headerOf(TYPE, keys.otherVendor), payload),
    { held: signJson(keys.otherVendor, headerOf(TYPE, keys.otherVendor), payload) },
  );
  accept('an unknown member', signed({ note: nested(7) }));
  accept('crit that names known members', signed({ crit: Object.keys(payload) }));
  accept('alg EdDSA', signed({}, { alg: 'EdDSA' }));
  accept('a jti of 256 characters', signed({ jti: 'x'.repeat(256) }));
  accept('a place with counter 0', await leaseOf(keys.vendor, { serial, content: EMPTY_CONTENT }), {
    content: EMPTY_CONTENT,
  });

  refuse('malformed', 'null', null);
  refuse('malformed', 'an object', { jws: good });
  refuse('malformed', 'a line break at the end', `${good}\n`);
  refuse('too-large', '4,184 characters', 'a'.repeat(4184));
  refuse('malformed', 'an unknown member nested 9 deep', signed({ note: nested(8) }));
  refuse('header', 'a header with a key of its own', signed({}, { jwk: keys.vendor.publicJwk }));
  refuse('algorithm', 'alg none', signed({}, { alg: 'none' }));
  refuse('type', 'the type of an update', signed({}, { typ: 'relicense-update+jwt' }));
  refuse('unknown-key', 'a key that is not in the key set', await leaseOf(keys.otherVendor, { serial, content: HELD }));
  refuse('signature', 'another key under a kid of the key set', signJson(keys.otherVendor, header, payload));
  refuse('signature', 'R plus a point of order 8', craft(keys.vendor, header, payload, { rOffset: TORSION }));
  for (const name of Object.keys(payload)) refuse('payload', `no ${name}`, signed({ [name]: undefined }));
  refuse('payload', 'an empty jti', signed({ jti: '' }));
  refuse('payload', 'a jti of 257 characters', signed({ jti: 'x'.repeat(257) }));
  refuse('payload', 'an empty re', signed({ re: '' }), { contextJti: '' });
  refuse('payload', 'a re of 257 characters', signed({ re: 'x'.repeat(257) }));
  refuse('stale', 'a re of 256 characters', signed({ re: 'x'.repeat(256) }));
  refuse('payload', 'an iss of 513 characters', signed({ iss: 'v'.repeat(513) }));
  refuse('issuer', 'an iss of 512 characters', signed({ iss: 'v'.repeat(512) }));
  refuse('payload', 'a subject that is not a serial', signed({ sub: 'everybody' }));
  refuse('payload', 'iat -1', signed({ iat: -1 }));
  refuse('payload', 'an unknown member in at', signed({ at: { ...place, note: 1 } }));
  refuse('payload', 'a counter -1 in at', signed({ at: { ...place, counter: -1 } }));
  refuse('payload', 'a counter 4.5 in at', signed({ at: { ...place, counter: 4.5 } }));
  refuse('payload', 'a malformed digest in at', signed({ at: { ...place, digest: 'sha256:0' } }));
  refuse('payload', 'at without digest', signed({ at: { counter: 4 } }));
  refuse('not-understood', 'crit names an unknown member', signed({ crit: ['until'], until: 1 }));
  refuse('not-understood', 'crit names a member of an update', signed({ crit: ['from'] }));
  refuse('issuer', 'another vendor’s name', signed({ iss: 'https://other.example.com' }));
  refuse('other-container', 'for another container', signed({ sub: keys.otherContainer.thumbprint }));
  refuse('stale', 'for an earlier context', signed({ re: 'context-6' }));
  refuse('stale', 'the container made no context', signed({}), { contextJti: '' });
  refuse('other-place', 'for an earlier counter', signed({ at: { ...place, counter: 3 } }));
  refuse('other-place', 'for a later counter', signed({ at: { ...place, counter: 5 } }));
  refuse('other-place', 'for another digest', signed({ at: await positionOf({ counter: 4, licenses: [] }) }));
  refuse('back-in-time', 'a second before the highest iat', signed({ iat: MADE_AT - 1 }));
  refuse('payload', 'two faults: payload and crit', signed({ iat: -1, crit: ['until'] }));
  refuse('signature', 'two faults: signature and payload', withS(signed({ iat: -1 }), 1n));
  refuse('issuer', 'two faults: issuer and container', signed({ iss: 'v', sub: keys.otherContainer.thumbprint }));
  refuse(
    'other-container',
    'two faults: container and context',
    signed({ sub: keys.otherContainer.thumbprint, re: 'x' }),
  );
  refuse('stale', 'two faults: context and place', signed({ re: 'x', at: { ...place, counter: 3 } }));
  refuse('other-place', 'two faults: place and time', signed({ at: { ...place, counter: 3 }, iat: 1 }));
  return { serial, keySets: [keySet], cases };
}
