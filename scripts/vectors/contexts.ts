import { createHash } from 'node:crypto';
import {
  type ContextFault,
  canonicalJson,
  digestOf,
  EMPTY_CONTENT,
  serialOf,
  type Wishes,
} from '../../protocol/index.ts';
import { GROUP_ORDER, TORSION } from './edwards.ts';
import {
  craft,
  craftedKey,
  encode,
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

const TYPE = 'relicense-context+jwt';
export const NEWEST_KEY_SET = 2;

export interface ValidContext {
  readonly name: string;
  /** The context as a server receives it, perhaps with white space around it. */
  readonly text: string;
  readonly payload: unknown;
  /** The manual actions of the request. */
  readonly wishes: Wishes;
}

export interface InvalidContext {
  readonly name: string;
  readonly text: string;
  readonly wishes: Wishes;
  /** `unsupported-version` is the code of a problem; the others are reasons of `invalid-context`. */
  readonly reason: ContextFault | 'unsupported-version';
}

/** A context that a container makes; its text is the same, byte for byte, in every implementation. */
export interface MadeContext {
  readonly name: string;
  readonly clock: number;
  /** The highest `iat` of an update or lease that the container took. */
  readonly newestIat: number;
  /** `iat` of its last context; 0 before the first one. */
  readonly lastIat: number;
  /** The member `late` of the answer to its last context. */
  readonly late?: number;
  readonly jti: string;
  readonly keys: number;
  readonly lease: string;
  readonly counter: number;
  readonly digest: string;
  readonly renew?: true;
  readonly wishes: Wishes;
  readonly iat: number;
  readonly text: string;
}

const wishOf = (wishes: Wishes): string => {
  const { activate = [], deactivate = [], transfer = [] } = wishes;
  return `sha256:${createHash('sha256').update(canonicalJson({ activate, deactivate, transfer })).digest('hex')}`;
};

const ACTIVATE = { activate: [{ ticket: '00000-00000-00000-00000-00000', license: 'L-1' }] };
const TWO = {
  activate: [
    { license: 'L-1', ticket: 'T' },
    { license: 'L-2', ticket: 'T' },
  ],
  deactivate: ['L-3'],
};
const TRANSFER = { deactivate: [], transfer: [{ license: 'L-4', to: 'another container' }] };

/** Every encoding, canonical or not, of the points whose order divides 8, as little-endian hex. */
const SMALL_ORDER_POINTS = [
  `00${'00'.repeat(30)}00`,
  `00${'00'.repeat(30)}80`,
  `01${'00'.repeat(30)}00`,
  `01${'00'.repeat(30)}80`,
  `ec${'ff'.repeat(30)}7f`,
  `ec${'ff'.repeat(30)}ff`,
  `ed${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}ff`,
  `ee${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}ff`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
];

export async function contextVectors(key: TestKey, other: TestKey) {
  const digest = await digestOf(EMPTY_CONTENT);
  const header = { alg: 'Ed25519', typ: TYPE, jwk: key.publicJwk };
  const payload = {
    ver: 1,
    iss: key.thumbprint,
    aud: ISSUER,
    jti: 'context-0',
    iat: MADE_AT,
    counter: 0,
    digest,
    keys: NEWEST_KEY_SET,
    lease: '',
  };
  const signed = (changes: object, payloadChanges: object = {}): string =>
    signJson(key, { ...header, ...changes }, { ...payload, ...payloadChanges });
  const good = signed({});
  const headerText = JSON.stringify(header);
  const payloadText = JSON.stringify(payload);
  const valid: ValidContext[] = [];
  const invalid: InvalidContext[] = [];
  const accept = (name: string, text: string, wishes: Wishes = {}): void => {
    const [, part = ''] = text.trim().split('.');
    valid.push({ name, text, wishes, payload: JSON.parse(Buffer.from(part, 'base64url').toString()) });
  };
  const refuse = (reason: InvalidContext['reason'], name: string, text: string, wishes: Wishes = {}): void => {
    invalid.push({ name, text, wishes, reason });
  };
  const put = (changes: object): string => signed({}, changes);
  const raw = (text: string): string => signText(key, headerText, text);

  accept('a new container', good);
  accept('alg EdDSA', signed({ alg: 'EdDSA' }));
  accept(
    'header and payload in another order, with white space',
    signText(
      key,
      JSON.stringify({ jwk: header.jwk, typ: TYPE, alg: 'Ed25519' }, null, 1),
      JSON.stringify(Object.fromEntries(Object.entries(payload).reverse()), null, 1),
    ),
  );
  accept('white space around it', ` \t\r\n${good}\r\n\t `);
  accept('a signed text of 4,096 bytes', signText(key, ...padded(header, payload, 4096)));
  accept('a jti of 1 character', put({ jti: 'x' }));
  accept('a jti of 128 characters', put({ jti: 'x'.repeat(128) }));
  accept('a jti of 128 characters that are more bytes', put({ jti: '\u20ac'.repeat(128) }));
  accept('a jti of 64 pairs of surrogates', put({ jti: '\u{1f600}'.repeat(64) }));
  accept('a counter and an iat of 2^53 - 1', put({ counter: Number.MAX_SAFE_INTEGER, iat: Number.MAX_SAFE_INTEGER }));
  accept('iat 0', put({ iat: 0 }));
  accept(
    'counts as 1e3 and 1.0',
    raw(payloadText.replace('"counter":0', '"counter":1e3').replace('"keys":2', '"keys":1.0')),
  );
  accept('a lease of 256 characters', put({ lease: 'x'.repeat(256) }));
  accept('renew', put({ renew: true }));
  accept('an older key set', put({ keys: 1 }));
  accept('one activation', put({ wish: wishOf(ACTIVATE) }), ACTIVATE);
  accept('activations and deactivations', put({ wish: wishOf(TWO) }), TWO);
  accept('a transfer, and a list that is empty', put({ wish: wishOf(TRANSFER) }), TRANSFER);
  const returned: Wishes = { deactivate: ['L-1'] };
  accept('one deactivation', put({ wish: wishOf(returned) }), returned);
  const moved: Wishes = { transfer: [{ license: 'L-4', to: 'another container' }] };
  accept('one transfer', put({ wish: wishOf(moved) }), moved);
  accept('three lists that are empty', good, { activate: [], deactivate: [], transfer: [] });

  refuse('malformed', 'an empty text', '');
  refuse('malformed', 'white space', ' \n');
  refuse('malformed', 'two parts', good.slice(0, good.lastIndexOf('.')));
  refuse('malformed', 'four parts', `${good}.`);
  refuse('malformed', 'no signature', good.slice(0, good.lastIndexOf('.') + 1));
  refuse('malformed', 'a signature that is too short', good.slice(0, -4));
  refuse('malformed', 'a signature that is too long', `${good}AAAA`);
  refuse('malformed', 'a malleable signature: S + L', malleable(good));
  refuse('malformed', 'S = L', withS(good, GROUP_ORDER));
  refuse('signature', 'S = L - 1', withS(good, GROUP_ORDER - 1n));
  refuse('malformed', 'padding', `${good}==`);
  refuse('malformed', 'a no-break space in front', `\u00a0${good}`);
  refuse('malformed', 'a vertical tab at the end', `${good}\u000b`);
  refuse('malformed', 'a byte order mark in front', `\ufeff${good}`);
  refuse('malformed', 'a line break inside', good.replace('.', '.\n'));
  refuse('malformed', 'unused bits set in the signature', withTrailingBits(good, 2));
  refuse(
    'malformed',
    'unused bits set in the payload',
    withTrailingBits(signText(key, headerText, `${payloadText}${' '.repeat(3 - (payloadText.length % 3) + 1)}`), 1),
  );
  refuse('malformed', 'ordinary base64 instead of base64url', good.slice(0, -86) + good.slice(-86).replace(/./, '+'));
  refuse('malformed', 'a header that is not JSON', signText(key, '{', payloadText));
  refuse(
    'malformed',
    'a header with a member twice',
    signText(key, headerText.replace('{', '{"alg":"Ed25519",'), payloadText),
  );
  refuse('malformed', 'a payload with a member twice', raw(payloadText.replace('{', '{"counter":0,')));
  refuse('malformed', 'a payload with data after it', raw(`${payloadText} 1`));
  refuse('malformed', 'a payload with a lone surrogate', raw(payloadText.replace('context-0', '\\ud800')));
  refuse('malformed', 'a payload with a number that overflows', raw(payloadText.replace('"iat":', '"iat":1e400,"x":')));
  refuse('malformed', 'a payload nested 9 deep', put({ x: nested(8) }));
  refuse('payload', 'a payload nested 8 deep', put({ x: nested(7) }));
  refuse('malformed', 'a header nested 9 deep', signed({ x: nested(8) }));
  refuse('header', 'a header nested 8 deep', signed({ x: nested(7) }));
  const bytes = encode(Buffer.from([0x22, 0xff, 0x22]));
  refuse('malformed', 'a payload that is not UTF-8', `${encode(headerText)}.${bytes}.${good.slice(-86)}`);
  refuse('too-large', 'a signed text of 4,097 bytes', signText(key, ...padded(header, payload, 4097)));
  refuse('too-large', '4,184 characters that are not a JWS', 'a'.repeat(4184));
  refuse('malformed', '4,183 characters that are not a JWS', 'a'.repeat(4183));

  refuse('header', 'a header that is a list', signText(key, '[]', payloadText));
  for (const name of ['alg', 'jwk', 'typ'])
    refuse('header', `a header without ${name}`, signJson(key, without(header, name), payload));
  refuse('header', 'a header with crit', signed({ crit: ['exp'], exp: 1 }));
  refuse('header', 'a header with b64', signed({ b64: false, crit: ['b64'] }));
  refuse('header', 'a header with kid', signed({ kid: key.thumbprint }));
  refuse('header', 'a header with jku', signed({ jku: 'https://attacker.example/jwks.json' }));
  for (const alg of ['none', 'HS256', 'ES256', 'eddsa', 'ed25519', 'Ed448', '', null, ['Ed25519']])
    refuse('algorithm', `alg ${JSON.stringify(alg)}`, signed({ alg }));
  refuse('type', 'the type of an update', signed({ typ: 'relicense-update+jwt' }));
  refuse('type', 'a type in upper case', signed({ typ: TYPE.toUpperCase() }));
  refuse('key', 'a private key in the header', signed({ jwk: key.privateJwk }));
  refuse('key', 'a key with kid', signed({ jwk: { ...key.publicJwk, kid: 'a' } }));
  refuse('key', 'a symmetric key', signed({ jwk: { kty: 'oct', k: 'AAAA' } }));
  refuse('key', 'a key of another type', signed({ jwk: { ...key.publicJwk, kty: 'EC' } }));
  refuse('key', 'a key of another curve', signed({ jwk: { ...key.publicJwk, crv: 'X25519' } }));
  refuse('key', 'a key that is too short', signed({ jwk: { ...key.publicJwk, x: encode(Buffer.alloc(31, 7)) } }));
  refuse('key', 'a key that is too long', signed({ jwk: { ...key.publicJwk, x: encode(Buffer.alloc(33, 7)) } }));
  refuse(
    'key',
    'a key with unused bits set',
    signed({ jwk: { ...key.publicJwk, x: withTrailingBits(`.${key.publicJwk.x}.`, 1).slice(1, -1) } }),
  );
  for (const point of SMALL_ORDER_POINTS) {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: encode(Buffer.from(point, 'hex')) } as const;
    const forged = Buffer.alloc(64);
    // With a key of small order, R = identity and S = 0 sign every message, or one in eight.
    forged[0] = 1;
    const parts = [
      { ...header, jwk },
      { ...payload, iss: await serialOf(jwk) },
    ].map((part) => encode(JSON.stringify(part)));
    refuse('key', `a key of small order: ${point}`, `${parts.join('.')}.${encode(forged)}`);
  }
  const unusual = async (name: string, hex: string, reason: 'key' | 'signature'): Promise<void> => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: encode(Buffer.from(hex, 'hex')) } as const;
    refuse(reason, name, signed({ jwk }, { iss: await serialOf(jwk) }));
  };
  await unusual('a key whose y is 2^255 - 19 + 3', `f0${'ff'.repeat(30)}7f`, 'key');
  await unusual('a key whose y is 2^255 - 19 + 3, with the highest bit set', `f0${'ff'.repeat(30)}ff`, 'key');
  await unusual('a key that is not a point of the curve', `02${'00'.repeat(31)}`, 'signature');

  for (const ver of [undefined, 0, 2, '1', null, [1], 1.5])
    refuse('unsupported-version', `ver ${JSON.stringify(ver) ?? 'absent'}`, put({ ver }));
  refuse('unsupported-version', 'a payload that is a list', raw('[]'));
  refuse('unsupported-version', 'a payload of another version with an unknown member', put({ ver: 2, exp: 1 }));
  for (const name of Object.keys(payload).filter((member) => member !== 'ver'))
    refuse('payload', `a payload without ${name}`, signJson(key, header, without(payload, name)));
  refuse('payload', 'a payload with an unknown member', put({ exp: MADE_AT }));
  refuse('payload', 'a payload with crit', put({ crit: ['iat'] }));
  refuse('payload', 'a payload with a member __proto__', raw(payloadText.replace('{', '{"__proto__":{},')));
  for (const name of ['counter', 'iat', 'keys']) {
    const before = `"${name}":${JSON.stringify(Reflect.get(payload, name))}`;
    for (const value of ['-1', '-0', '0.5', '9007199254740992', '"0"', 'null', 'true'])
      refuse('payload', `${name} ${value}`, raw(payloadText.replace(before, `"${name}":${value}`)));
  }
  refuse('payload', 'a digest in upper case', put({ digest: digest.toUpperCase() }));
  refuse('payload', 'a digest with digits in upper case', put({ digest: `sha256:${digest.slice(7).toUpperCase()}` }));
  refuse('payload', 'a digest of another algorithm', put({ digest: digest.replace('sha256', 'sha512') }));
  refuse('payload', 'a digest that is too short', put({ digest: digest.slice(0, -1) }));
  refuse('payload', 'a digest that is too long', put({ digest: `${digest}0` }));
  refuse('payload', 'a digest with a line break', put({ digest: `${digest}\n` }));
  refuse('payload', 'an empty jti', put({ jti: '' }));
  refuse('payload', 'a jti of 129 characters', put({ jti: 'x'.repeat(129) }));
  refuse('payload', 'a jti of 65 pairs of surrogates', put({ jti: '\u{1f600}'.repeat(65) }));
  refuse('payload', 'a serial that is not a thumbprint', put({ iss: 'me' }));
  refuse('payload', 'a lease of 257 characters', put({ lease: 'x'.repeat(257) }));
  refuse('payload', 'a lease that is null', put({ lease: null }));
  for (const renew of [false, null, 1]) refuse('payload', `renew ${renew}`, put({ renew }));
  refuse('payload', 'a wish that is not a digest', put({ wish: '' }));
  refuse('payload', 'an empty aud', put({ aud: '' }));
  refuse('audience', 'an aud of 512 characters', put({ aud: 'v'.repeat(512) }));
  refuse('payload', 'an aud of 513 characters', put({ aud: 'v'.repeat(513) }));
  refuse('serial', 'the serial of another container', put({ iss: other.thumbprint }));
  refuse(
    'serial',
    'a key that does not match the serial',
    signText(other, JSON.stringify({ ...header, jwk: other.publicJwk }), payloadText),
  );
  refuse('signature', 'signed by another key', signText(other, headerText, payloadText));
  refuse(
    'signature',
    'another payload than the signed one',
    [good.split('.')[0], encode(JSON.stringify({ ...payload, counter: 1 })), good.split('.')[2]].join('.'),
  );
  refuse(
    'signature',
    'another header than the signed one',
    [encode(JSON.stringify({ ...header, alg: 'EdDSA' })), ...good.split('.').slice(1)].join('.'),
  );
  refuse('signature', 'R = identity, S = h·a', craft(key, header, payload, { r: 0n }));
  refuse(
    'signature',
    'R of order 8, S = h·a: valid with the cofactor',
    craft(key, header, payload, { r: 0n, rOffset: TORSION }),
  );
  refuse(
    'signature',
    'R plus a point of order 8: valid with the cofactor',
    craft(key, header, payload, { rOffset: TORSION }),
  );
  refuse(
    'signature',
    'R = identity with the highest bit set',
    craft(key, header, payload, { r: 0n, rBytes: Buffer.from(`01${'00'.repeat(30)}80`, 'hex') }),
  );
  refuse(
    'signature',
    'R = identity with y = 2^255 - 19 + 1',
    craft(key, header, payload, { r: 0n, rBytes: Buffer.from(`ee${'ff'.repeat(30)}7f`, 'hex') }),
  );
  await mixedOrder(key, header, payload, accept, refuse);
  refuse('audience', 'for another vendor', put({ aud: 'https://other.example.com' }));
  refuse('audience', 'for the vendor with a slash', put({ aud: `${ISSUER}/` }));
  refuse('keys', 'a key set above the newest one', put({ keys: NEWEST_KEY_SET + 1 }));
  refuse('wish', 'manual actions without wish', good, ACTIVATE);
  refuse('wish', 'wish without manual actions', put({ wish: wishOf(ACTIVATE) }));
  refuse('wish', 'the wish of empty lists', put({ wish: wishOf({}) }));
  refuse('wish', 'the wish of other actions', put({ wish: wishOf(TWO) }), ACTIVATE);
  refuse(
    'wish',
    'actions in another order',
    put({ wish: wishOf({ ...TWO, activate: TWO.activate.toReversed() }) }),
    TWO,
  );
  refuse('wish', 'an activation that was sent as a deactivation', put({ wish: wishOf({ activate: ['L-3'] }) }), {
    deactivate: ['L-3'],
  });
  refuse('wish', 'a wish without the transfers', put({ wish: wishOf({ activate: ACTIVATE.activate }) }), {
    ...ACTIVATE,
    ...TRANSFER,
  });

  refuse('header', 'two faults: header and algorithm', signed({ alg: 'none', kid: 'k' }));
  refuse('algorithm', 'two faults: algorithm and type', signed({ alg: 'none', typ: 'JWT' }));
  refuse('type', 'two faults: type and key', signed({ typ: 'JWT', jwk: {} }));
  refuse('key', 'two faults: key and version', signed({ jwk: {} }, { ver: 2 }));
  refuse('unsupported-version', 'two faults: version and signature', withS(put({ ver: 2 }), 1n));
  refuse('payload', 'two faults: payload and serial', put({ iss: other.thumbprint, exp: 1 }));
  refuse('serial', 'two faults: serial and signature', withS(put({ iss: other.thumbprint }), 1n));
  refuse('signature', 'two faults: signature and audience', withS(put({ aud: 'v' }), 1n));
  refuse('audience', 'two faults: audience and keys', put({ aud: 'v', keys: 9 }));
  refuse('keys', 'two faults: keys and wish', put({ keys: 9 }), ACTIVATE);

  return { vendor: { issuer: ISSUER, newestKeySet: NEWEST_KEY_SET }, made: made(key, digest), valid, invalid };
}

/** The owner of a key of mixed order makes signatures that verify without the cofactor once in eight. */
async function mixedOrder(
  key: TestKey,
  header: object,
  payload: object,
  accept: (name: string, text: string) => void,
  refuse: (reason: 'signature', name: string, text: string) => void,
): Promise<void> {
  const jwk = craftedKey(key, TORSION);
  const iss = await serialOf(jwk);
  const next = (isWanted: (h: bigint) => boolean): string => {
    for (let index = 0; ; index++) {
      const text = craft(key, { ...header, jwk }, { ...payload, iss, jti: `mixed-${index}` }, { keyOffset: TORSION });
      if (isWanted(hashOf(text, jwk.x))) return text;
    }
  };
  accept(
    'a key of mixed order: h is a multiple of 8',
    next((h) => h % 8n === 0n),
  );
  refuse(
    'signature',
    'a key of mixed order: valid with the cofactor only',
    next((h) => h % 8n !== 0n),
  );
}

function hashOf(jws: string, x: string): bigint {
  const [header, payload, signature = ''] = jws.split('.');
  const bytes = Buffer.concat([
    Buffer.from(signature, 'base64url').subarray(0, 32),
    Buffer.from(x, 'base64url'),
    Buffer.from(`${header}.${payload}`),
  ]);
  return BigInt(`0x${createHash('sha512').update(bytes).digest().reverse().toString('hex')}`) % GROUP_ORDER;
}

function made(key: TestKey, digest: string): readonly MadeContext[] {
  const base = {
    clock: MADE_AT,
    newestIat: 0,
    lastIat: 0,
    jti: 'made',
    keys: 1,
    lease: '',
    counter: 0,
    digest,
    wishes: {},
  };
  const cases: Omit<MadeContext, 'text'>[] = [
    { ...base, name: 'iat is the clock', newestIat: MADE_AT - 1, lastIat: MADE_AT - 1, iat: MADE_AT },
    {
      ...base,
      name: 'iat is the highest iat of a statement',
      newestIat: MADE_AT + 5,
      lastIat: MADE_AT + 1,
      iat: MADE_AT + 5,
    },
    { ...base, name: 'iat is that of the last context plus 1', newestIat: MADE_AT, lastIat: MADE_AT, iat: MADE_AT + 1 },
    { ...base, name: 'the clock was set back', clock: 1, newestIat: MADE_AT, lastIat: MADE_AT + 9, iat: MADE_AT + 10 },
    { ...base, name: 'iat is above late', lastIat: MADE_AT, late: MADE_AT + 100, iat: MADE_AT + 101 },
    { ...base, name: 'late is below the last context', lastIat: MADE_AT, late: MADE_AT - 100, iat: MADE_AT + 1 },
    {
      ...base,
      name: 'renew, a lease and a newer key set',
      renew: true,
      lease: 'lease-7',
      keys: 3,
      counter: 9,
      iat: MADE_AT,
    },
    { ...base, name: 'manual actions', wishes: TWO, iat: MADE_AT },
    { ...base, name: 'lists that are empty', wishes: { activate: [], deactivate: [] }, iat: MADE_AT },
  ];
  return cases.map((one) => {
    const { jti, iat, counter, keys, lease, renew, wishes } = one;
    const { activate = [], deactivate = [], transfer = [] } = wishes;
    const wish = activate.length + deactivate.length + transfer.length === 0 ? {} : { wish: wishOf(wishes) };
    const payload = {
      ver: 1,
      iss: key.thumbprint,
      aud: ISSUER,
      jti,
      iat,
      counter,
      digest,
      keys,
      lease,
      ...(renew ? { renew } : {}),
      ...wish,
    };
    return { ...one, text: signJson(key, { alg: 'Ed25519', typ: TYPE, jwk: key.publicJwk }, payload) };
  });
}
