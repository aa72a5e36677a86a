/**
 * Makes the test vectors of the container protocol from fixed seeds, so that the files have the same bytes every time.
 * `scripts/make-vectors.ts` writes them to `test/vectors/`; a test makes them again and compares.
 */
import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import {
  type ApplyFault,
  assembleJws,
  type ContainerLicense,
  type Content,
  type ContextFault,
  canonicalJson,
  createContext,
  digestOf,
  EMPTY_CONTENT,
  type FileFault,
  type JsonFault,
  type KeySetPayload,
  keySetSigningInput,
  normalizeContent,
  type Operation,
  type Position,
  type PublicJwk,
  type SignedKeySet,
  serialOf,
  type Update,
  type UpdatePayload,
  updateSigningInput,
} from '../protocol/index.ts';

const WARNING = 'TEST KEYS ONLY: they are public. Never trust or use a key of this file anywhere else.';

export interface TestKey {
  readonly seed: string;
  readonly privateJwk: PublicJwk & { readonly d: string };
  readonly publicJwk: PublicJwk;
  /** The RFC 7638 thumbprint: the serial of a container's key, the kid of a vendor's key. */
  readonly thumbprint: string;
}

export interface ContextCase {
  readonly name: string;
  readonly jws: string;
  readonly reason: ContextFault | 'version';
}

export interface UpdateCase {
  readonly name: string;
  readonly content: Content;
  readonly update: unknown;
  readonly code: ApplyFault;
}

export interface ChainCase {
  readonly name: string;
  readonly start: Content;
  readonly file: unknown;
  readonly skipped: number;
  readonly reached: Position;
  /** Absent if the whole file is accepted. */
  readonly fault?: FileFault;
}

export interface JsonCase {
  readonly name: string;
  readonly text: string;
  readonly code?: JsonFault;
}

export interface Vectors {
  readonly 'keys.json': {
    readonly warning: string;
    readonly keys: Readonly<Record<'container' | 'otherContainer' | 'root' | 'vendor' | 'otherVendor', TestKey>>;
  };
  readonly 'canonical-json.json': { readonly cases: readonly { name: string; text: string; canonical: string }[] };
  readonly 'json.json': { readonly maxBytes: number; readonly maxDepth: number; readonly cases: readonly JsonCase[] };
  readonly 'content.json': {
    readonly cases: readonly { name: string; content: Content; canonical: string; digest: string }[];
  };
  readonly 'context.json': {
    readonly valid: readonly { name: string; jws: string; payload: unknown }[];
    readonly invalid: readonly ContextCase[];
  };
  readonly 'update.json': {
    readonly serial: string;
    /** The key sets that the container holds. */
    readonly keySets: readonly SignedKeySet[];
    readonly valid: readonly { name: string; content: Content; update: Update; reached: Content; receipt: string }[];
    readonly invalid: readonly UpdateCase[];
  };
  readonly 'chain.json': {
    readonly serial: string;
    readonly keySets: readonly SignedKeySet[];
    readonly cases: readonly ChainCase[];
  };
}

const ISSUER = 'https://licenses.example.com';
const MADE_AT = 1_767_225_600;
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
/** RFC 8410: the bytes before the seed in a PKCS #8 Ed25519 key. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export async function makeVectors(): Promise<Vectors> {
  const keys = {
    container: await testKey('container'),
    otherContainer: await testKey('other container'),
    root: await testKey('root'),
    vendor: await testKey('vendor'),
    otherVendor: await testKey('other vendor'),
  };
  const keySets = [signedKeySet(keys.root, keys.vendor)];
  const serial = keys.container.thumbprint;
  const vendor = new TestVendor(keys.vendor, serial);
  const first = await vendor.issue(EMPTY_CONTENT, 'rp-1', FIRST_OPERATIONS);
  const second = await vendor.issue(first.reached, 'rp-2', SECOND_OPERATIONS);
  const third = await vendor.issue(second.reached, 'rp-3', THIRD_OPERATIONS);
  return {
    'keys.json': { warning: WARNING, keys },
    'canonical-json.json': {
      cases: CANONICAL_CASES.map((one) => ({ ...one, canonical: canonicalJson(JSON.parse(one.text)) })),
    },
    'json.json': { maxBytes: 1024, maxDepth: 8, cases: JSON_CASES },
    'content.json': { cases: await Promise.all(CONTENTS.map(contentCase)) },
    'context.json': {
      valid: [
        await validContext('a new container', keys.container, EMPTY_CONTENT, 'context-0'),
        await validContext('the receipt for three updates', keys.container, third.reached, 'context-3'),
      ],
      invalid: await invalidContexts(keys.container, keys.otherContainer),
    },
    'update.json': {
      serial,
      keySets,
      valid: await Promise.all(
        [
          { name: 'the first update: two activations', start: EMPTY_CONTENT, ...first },
          { name: 'all five steps in one update', start: first.reached, ...second },
          { name: 'an update that removes the last licenses', start: second.reached, ...third },
        ].map(async ({ name, start, update, reached }) => ({
          name,
          content: start,
          update,
          reached,
          receipt: await contextOf(keys.container, reached, `receipt-${reached.counter}`),
        })),
      ),
      invalid: await invalidUpdates(keys, vendor, first, second),
    },
    'chain.json': {
      serial,
      keySets,
      cases: await chainCases(vendor, [first, second, third]),
    },
  };
}

// Keys ----------------------------------------------------------------------------------------------------------------

async function testKey(name: string): Promise<TestKey> {
  const seed = createHash('sha256').update(`relicense test key: ${name}`).digest();
  const { x = '', d = '' } = privateKeyOf(seed.toString('hex')).export({ format: 'jwk' });
  const publicJwk = { kty: 'OKP', crv: 'Ed25519', x } as const;
  const thumbprint = await serialOf(publicJwk);
  return { seed: seed.toString('hex'), privateJwk: { ...publicJwk, d }, publicJwk, thumbprint };
}

/** Key set 1: one root key, one update key. */
function signedKeySet(root: TestKey, update: TestKey): SignedKeySet {
  const payload: KeySetPayload = {
    iss: ISSUER,
    version: 1,
    iat: MADE_AT,
    root: { threshold: 1, keys: [{ ...root.publicJwk, kid: root.thumbprint }] },
    update: [{ ...update.publicJwk, kid: update.thumbprint }],
  };
  const input = keySetSigningInput({ kid: root.thumbprint, payload });
  return { jws: [assembleJws(input, sign(null, Buffer.from(input), privateKeyOf(root.seed)))] };
}

function privateKeyOf(seed: string): KeyObject {
  return createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, Buffer.from(seed, 'hex')]),
    format: 'der',
    type: 'pkcs8',
  });
}

// Contents ------------------------------------------------------------------------------------------------------------

const BASE: ContainerLicense = { id: 'L-base', product: 'base', terms: {}, requires: [] };
const ADD_ON: ContainerLicense = {
  id: 'L-addon',
  product: 'add-on',
  terms: { expiresAt: '2030-01-31T00:00:00Z', quantity: 5, features: ['export', 'print'] },
  requires: ['base'],
};
const PLUGIN: ContainerLicense = { id: 'L-plugin', product: 'plug-in', terms: {}, requires: ['base'] };
const ASSIGNED: ContainerLicense = { id: 'L-assigned', product: 'viewer', terms: { quantity: 1 }, requires: [] };
const NEW_BASE: ContainerLicense = {
  id: 'L-base-2',
  product: 'base',
  terms: { maintenanceUntil: '2031-12-31T23:59:59Z' },
  requires: [],
};
const LATER: ContainerLicense = { id: 'L-\u00fcber', product: 'base', terms: { features: [] }, requires: [] };

const FIRST_OPERATIONS: readonly Operation[] = [
  { op: 'put', license: BASE, cause: 'activate' },
  { op: 'put', license: ADD_ON, cause: 'activate' },
  { op: 'put', license: PLUGIN, cause: 'activate' },
];
const SECOND_OPERATIONS: readonly Operation[] = [
  { op: 'remove', license: ADD_ON.id, cause: 'withdraw' },
  { op: 'remove', license: PLUGIN.id, cause: 'deactivate' },
  { op: 'put', license: ASSIGNED, cause: 'assign' },
  { op: 'remove', license: BASE.id, cause: 'replace' },
  { op: 'put', license: NEW_BASE, cause: 'replace' },
  { op: 'put', license: LATER, cause: 'activate' },
];
const THIRD_OPERATIONS: readonly Operation[] = [
  { op: 'remove', license: NEW_BASE.id, cause: 'withdraw' },
  { op: 'remove', license: ASSIGNED.id, cause: 'withdraw' },
  { op: 'remove', license: LATER.id, cause: 'deactivate' },
];

const CONTENTS: readonly { readonly name: string; readonly content: Content }[] = [
  { name: 'a new container', content: EMPTY_CONTENT },
  { name: 'an empty container at another counter', content: { counter: 3, licenses: [] } },
  { name: 'one license without terms', content: { counter: 1, licenses: [BASE] } },
  {
    name: 'all terms, with members in another order',
    content: {
      counter: 2,
      licenses: [
        {
          requires: ['b', 'a'],
          terms: {
            features: ['z', 'a'],
            quantity: 3,
            maintenanceUntil: '2031-12-31T23:59:59Z',
            expiresAt: '2030-01-31T00:00:00.5Z',
          },
          product: 'p',
          id: 'L1',
        },
      ],
    },
  },
  {
    name: 'licenses sorted by id in code unit order',
    content: {
      counter: 1,
      licenses: ['b', 'B', 'a', '10', '9', '\u00e9', '\ufb33', '\u{1f600}', '_'].map((id) => ({ ...BASE, id })),
    },
  },
  { name: 'an empty list of features is not an absent one', content: { counter: 1, licenses: [LATER] } },
  { name: 'the largest counter', content: { counter: Number.MAX_SAFE_INTEGER, licenses: [] } },
];

async function contentCase({ name, content }: { name: string; content: Content }) {
  return { name, content, canonical: canonicalJson(normalizeContent(content)), digest: await digestOf(content) };
}

// JSON ----------------------------------------------------------------------------------------------------------------

const CANONICAL_CASES: readonly { readonly name: string; readonly text: string }[] = [
  {
    name: 'RFC 8785, section 3.2.3: members are sorted by UTF-16 code units',
    text: '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
  },
  {
    name: 'RFC 8785, section 3.2.2: numbers, strings and literals',
    text: '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
  },
  { name: 'nested, with white space', text: ' { "b" : [ { "d" : 1 , "c" : -0 } , [ ] ] , "a" : { } } ' },
  { name: 'a member named __proto__ is a member', text: '{"__proto__":1,"a":2}' },
];

const JSON_CASES: readonly JsonCase[] = [
  { name: 'white space around a value', text: ' \t\r\n{"a":[1,-0.5e+2,"\\u00e9\\n",true,false,null]} ' },
  { name: 'eight levels', text: '[[[[[[[[]]]]]]]]' },
  { name: 'nine levels', text: '[[[[[[[[[]]]]]]]]]', code: 'too-deep' },
  { name: 'too many bytes', text: `"${'a'.repeat(1023)}"`, code: 'too-large' },
  { name: 'too many bytes in few characters', text: `"${'\u20ac'.repeat(341)}"`, code: 'too-large' },
  { name: 'a member twice', text: '{"a":1,"a":1}', code: 'duplicate-key' },
  { name: 'a member twice, once with an escape', text: '{"a":1,"\\u0061":2}', code: 'duplicate-key' },
  { name: 'a member twice, deep inside', text: '{"a":[{"b":1,"b":1}]}', code: 'duplicate-key' },
  { name: '__proto__ twice', text: '{"__proto__":1,"__proto__":2}', code: 'duplicate-key' },
  { name: 'a number that overflows', text: '1e400', code: 'number-range' },
  { name: 'a negative number that overflows', text: '[-1e400]', code: 'number-range' },
  { name: 'a lone high surrogate', text: '"\\ud800"', code: 'lone-surrogate' },
  { name: 'a lone low surrogate as a member', text: '{"\\udc00":1}', code: 'lone-surrogate' },
  { name: 'trailing data', text: '{} {}', code: 'syntax' },
  { name: 'a trailing comma', text: '[1,]', code: 'syntax' },
  { name: 'a trailing comma in an object', text: '{"a":1,}', code: 'syntax' },
  { name: 'an empty text', text: '', code: 'syntax' },
  { name: 'an unfinished string', text: '"abc', code: 'syntax' },
  { name: 'an unfinished escape', text: '"\\', code: 'syntax' },
  { name: 'an unfinished object', text: '{"a":1', code: 'syntax' },
  { name: 'a raw control character', text: '"a\u0001b"', code: 'syntax' },
  { name: 'an unknown escape', text: '"\\x41"', code: 'syntax' },
  { name: 'a byte order mark', text: '\ufeff{}', code: 'syntax' },
  { name: 'a leading zero', text: '01', code: 'syntax' },
  { name: 'a plus sign', text: '+1', code: 'syntax' },
  { name: 'no digit after the point', text: '1.', code: 'syntax' },
  { name: 'a hexadecimal number', text: '0x10', code: 'syntax' },
  { name: 'NaN', text: 'NaN', code: 'syntax' },
  { name: 'infinity', text: '-Infinity', code: 'syntax' },
  { name: 'a comment', text: '{/**/}', code: 'syntax' },
  { name: 'single quotes', text: "{'a':1}", code: 'syntax' },
  { name: 'a name without quotes', text: '{a:1}', code: 'syntax' },
  { name: 'a missing colon', text: '{"a" 1}', code: 'syntax' },
  { name: 'a no-break space', text: '\u00a0{}', code: 'syntax' },
];

// Signing -------------------------------------------------------------------------------------------------------------

function encode(value: string | Buffer): string {
  return Buffer.from(value as string).toString('base64url');
}

/** Signs any header and payload, even invalid ones. */
function signText(key: TestKey, header: string, payload: string): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${encode(sign(null, Buffer.from(input), privateKeyOf(key.seed)))}`;
}

/** Replaces S by S + L: a second signature of the same message for verifiers that do not compare S with the group order. */
function malleable(jws: string): string {
  const [header = '', payload = '', signature = ''] = jws.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  let s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString('hex')}`) + GROUP_ORDER;
  for (let index = 32; index < 64; index++) {
    bytes[index] = Number(s & 255n);
    s >>= 8n;
  }
  return `${header}.${payload}.${encode(bytes)}`;
}

/** Sets the unused bits of the last character, which a lenient decoder ignores: another text for the same bytes. */
function withTrailingBits(jws: string, part: 0 | 1 | 2): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const parts = jws.split('.');
  const text = parts[part] ?? '';
  if (text.length % 4 === 0) throw new Error(`Part ${part} has no trailing bits`);
  const last = alphabet[alphabet.indexOf(text.at(-1) ?? '') + 1] ?? '';
  parts[part] = text.slice(0, -1) + last;
  return parts.join('.');
}

// Contexts ------------------------------------------------------------------------------------------------------------

async function contextOf(key: TestKey, content: Content, jti: string): Promise<string> {
  return createContext({
    privateKey: { ...key.privateJwk },
    publicJwk: key.publicJwk,
    audience: ISSUER,
    keys: 1,
    lease: '',
    counter: content.counter,
    digest: await digestOf(content),
    jti,
    iat: MADE_AT + content.counter,
  });
}

async function validContext(name: string, key: TestKey, content: Content, jti: string) {
  const jws = await contextOf(key, content, jti);
  return { name, jws, payload: JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as unknown };
}

/** Every encoding, canonical or not, of the points whose order divides 8, as little-endian hex. */
const SMALL_ORDER_POINTS = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
];

async function invalidContexts(key: TestKey, other: TestKey): Promise<ContextCase[]> {
  const digest = await digestOf(EMPTY_CONTENT);
  const header = { alg: 'Ed25519', typ: 'relicense-context+jwt', jwk: key.publicJwk };
  const payload = {
    ver: 1,
    iss: key.thumbprint,
    aud: ISSUER,
    jti: 'context-0',
    iat: MADE_AT,
    counter: 0,
    digest,
    keys: 1,
    lease: '',
  };
  const good = signText(key, JSON.stringify(header), JSON.stringify(payload));
  const signed = (changes: object, payloadChanges: object = {}): string =>
    signText(key, JSON.stringify({ ...header, ...changes }), JSON.stringify({ ...payload, ...payloadChanges }));
  const texts = (headerText: string, payloadText: string): string => signText(key, headerText, payloadText);
  const without = (value: object, name: string): string =>
    JSON.stringify(Object.fromEntries(Object.entries(value).filter(([member]) => member !== name)));
  const headerText = JSON.stringify(header);
  const payloadText = JSON.stringify(payload);
  const [headerPart = '', payloadPart = '', signaturePart = ''] = good.split('.');

  const cases: ContextCase[] = [
    { name: 'an empty text', jws: '', reason: 'malformed' },
    { name: 'two parts', jws: `${headerPart}.${payloadPart}`, reason: 'malformed' },
    { name: 'four parts', jws: `${good}.`, reason: 'malformed' },
    { name: 'no signature', jws: `${headerPart}.${payloadPart}.`, reason: 'malformed' },
    { name: 'a signature that is too short', jws: good.slice(0, -4), reason: 'malformed' },
    { name: 'a signature that is too long', jws: `${good}AAAA`, reason: 'malformed' },
    { name: 'a malleable signature: S + L', jws: malleable(good), reason: 'malformed' },
    { name: 'padding', jws: `${good}==`, reason: 'malformed' },
    { name: 'a no-break space in front', jws: `\u00a0${good}`, reason: 'malformed' },
    { name: 'a line break inside', jws: good.replace('.', '.\n'), reason: 'malformed' },
    { name: 'unused bits set in the signature', jws: withTrailingBits(good, 2), reason: 'malformed' },
    {
      name: 'ordinary base64 instead of base64url',
      jws: `${headerPart}.${payloadPart}.${signaturePart.replace(/./, '+')}`,
      reason: 'malformed',
    },
    { name: 'a header that is not JSON', jws: texts('{', payloadText), reason: 'malformed' },
    {
      name: 'a header with a member twice',
      jws: texts(headerText.replace('{', '{"alg":"Ed25519",'), payloadText),
      reason: 'malformed',
    },
    {
      name: 'a payload with a member twice',
      jws: texts(headerText, payloadText.replace('{', '{"counter":0,')),
      reason: 'malformed',
    },
    { name: 'a payload with data behind it', jws: texts(headerText, `${payloadText} 1`), reason: 'malformed' },
    {
      name: 'a payload that is not UTF-8',
      jws: `${headerPart}.${encode(Buffer.from([0x22, 0xff, 0x22]))}.${signaturePart}`,
      reason: 'malformed',
    },
    {
      name: 'a JWS over 4,183 characters',
      jws: `${headerPart}.${'A'.repeat(8192)}.${signaturePart}`,
      reason: 'too-large',
    },
    { name: 'a header that is a list', jws: texts('[]', payloadText), reason: 'header' },
    { name: 'a header without jwk', jws: texts(without(header, 'jwk'), payloadText), reason: 'header' },
    { name: 'a header without typ', jws: texts(without(header, 'typ'), payloadText), reason: 'header' },
    { name: 'a header with crit', jws: signed({ crit: ['exp'], exp: 1 }), reason: 'header' },
    { name: 'a header with b64', jws: signed({ b64: false, crit: ['b64'] }), reason: 'header' },
    { name: 'a header with kid', jws: signed({ kid: key.thumbprint }), reason: 'header' },
    { name: 'a header with jku', jws: signed({ jku: 'https://attacker.example/jwks.json' }), reason: 'header' },
    { name: 'alg none', jws: signed({ alg: 'none' }), reason: 'algorithm' },
    { name: 'alg HS256', jws: signed({ alg: 'HS256' }), reason: 'algorithm' },
    { name: 'alg ES256', jws: signed({ alg: 'ES256' }), reason: 'algorithm' },
    { name: 'alg in lower case', jws: signed({ alg: 'eddsa' }), reason: 'algorithm' },
    { name: 'the type of an update', jws: signed({ typ: 'relicense-update+jwt' }), reason: 'type' },
    { name: 'a type in upper case', jws: signed({ typ: 'RELICENSE-CONTEXT+JWT' }), reason: 'type' },
    { name: 'a private key in the header', jws: signed({ jwk: key.privateJwk }), reason: 'key' },
    { name: 'a key with kid', jws: signed({ jwk: { ...key.publicJwk, kid: 'a' } }), reason: 'key' },
    { name: 'a symmetric key', jws: signed({ jwk: { kty: 'oct', k: 'AAAA' } }), reason: 'key' },
    { name: 'a key of another curve', jws: signed({ jwk: { ...key.publicJwk, crv: 'X25519' } }), reason: 'key' },
    {
      name: 'a key that is too short',
      jws: signed({ jwk: { ...key.publicJwk, x: encode(Buffer.alloc(31, 7)) } }),
      reason: 'key',
    },
    {
      name: 'a key with unused bits set',
      jws: signed({ jwk: { ...key.publicJwk, x: withTrailingBits(`.${key.publicJwk.x}.`, 1).slice(1, -1) } }),
      reason: 'key',
    },
    {
      name: 'a key that does not match the serial',
      jws: signText(other, JSON.stringify({ ...header, jwk: other.publicJwk }), payloadText),
      reason: 'serial',
    },
    { name: 'the serial of another container', jws: signed({}, { iss: other.thumbprint }), reason: 'serial' },
    { name: 'signed by another key', jws: signText(other, headerText, payloadText), reason: 'signature' },
    {
      name: 'another payload than the signed one',
      jws: `${headerPart}.${encode(JSON.stringify({ ...payload, counter: 1 }))}.${signaturePart}`,
      reason: 'signature',
    },
    { name: 'a payload with an unknown member', jws: signed({}, { exp: MADE_AT }), reason: 'payload' },
    ...Object.keys(payload).map(
      (name): ContextCase => ({
        name: `a payload without ${name}`,
        jws: texts(headerText, without(payload, name)),
        reason: name === 'ver' ? 'version' : 'payload',
      }),
    ),
    { name: 'a negative counter', jws: signed({}, { counter: -1 }), reason: 'payload' },
    {
      name: 'a counter that is negative zero',
      jws: texts(headerText, payloadText.replace('"counter":0', '"counter":-0')),
      reason: 'payload',
    },
    { name: 'a fractional counter', jws: signed({}, { counter: 0.5 }), reason: 'payload' },
    {
      name: 'a counter over 2^53 - 1',
      jws: texts(headerText, payloadText.replace('"counter":0', '"counter":9007199254740992')),
      reason: 'payload',
    },
    { name: 'a counter as text', jws: signed({}, { counter: '0' }), reason: 'payload' },
    { name: 'a time that is not a whole number', jws: signed({}, { iat: 1.5 }), reason: 'payload' },
    { name: 'a digest in upper case', jws: signed({}, { digest: digest.toUpperCase() }), reason: 'payload' },
    {
      name: 'a digest of another algorithm',
      jws: signed({}, { digest: digest.replace('sha256', 'sha512') }),
      reason: 'payload',
    },
    { name: 'a digest that is too short', jws: signed({}, { digest: digest.slice(0, -1) }), reason: 'payload' },
    { name: 'an empty jti', jws: signed({}, { jti: '' }), reason: 'payload' },
    { name: 'a jti that is too long', jws: signed({}, { jti: 'x'.repeat(129) }), reason: 'payload' },
    { name: 'for another vendor', jws: signed({}, { aud: 'https://other.example.com' }), reason: 'audience' },
    { name: 'a key set above the newest one', jws: signed({}, { keys: 2 }), reason: 'keys' },
    { name: 'a serial that is not a thumbprint', jws: signed({}, { iss: 'me' }), reason: 'payload' },
  ];
  for (const point of SMALL_ORDER_POINTS) cases.push(await smallOrderCase(point, payload));
  return cases;
}

/** With a key of small order, R = identity and S = 0 sign every message, or one in eight. */
async function smallOrderCase(point: string, payload: object): Promise<ContextCase> {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: encode(Buffer.from(point, 'hex')) } as const;
  const header = { alg: 'Ed25519', typ: 'relicense-context+jwt', jwk };
  const forged = Buffer.alloc(64);
  forged[0] = 1;
  const parts = [JSON.stringify(header), JSON.stringify({ ...payload, iss: await serialOf(jwk) })].map((part) =>
    encode(part),
  );
  return { name: `a key of small order: ${point}`, jws: `${parts.join('.')}.${encode(forged)}`, reason: 'key' };
}

// Updates -------------------------------------------------------------------------------------------------------------

interface Issued {
  readonly update: Update;
  readonly reached: Content;
  readonly payload: UpdatePayload;
}

/** Issues updates as a server does. */
class TestVendor {
  readonly key: TestKey;
  private readonly serial: string;

  constructor(key: TestKey, serial: string) {
    this.key = key;
    this.serial = serial;
  }

  async issue(start: Content, jti: string, operations: readonly Operation[]): Promise<Issued> {
    const reached = after(start, operations);
    const payload: UpdatePayload = {
      iss: ISSUER,
      sub: this.serial,
      jti,
      iat: MADE_AT + reached.counter,
      from: { counter: start.counter, digest: await digestOf(start) },
      to: { counter: reached.counter, digest: await digestOf(reached) },
    };
    return { update: { jws: this.sign(payload), operations }, reached, payload };
  }

  sign(payload: UpdatePayload, key: TestKey = this.key, kid: string = key.thumbprint): string {
    const input = updateSigningInput({ kid, payload });
    return assembleJws(input, sign(null, Buffer.from(input), privateKeyOf(key.seed)));
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

async function invalidUpdates(
  keys: Vectors['keys.json']['keys'],
  vendor: TestVendor,
  first: Issued,
  second: Issued,
): Promise<UpdateCase[]> {
  const { operations, jws } = second.update;
  const content = first.reached;
  const { payload } = second;
  const header = { alg: 'Ed25519', kid: vendor.key.thumbprint, typ: 'relicense-update+jwt' };
  const resigned = (changes: object, headerChanges: object = {}): Update => ({
    jws: signText(
      vendor.key,
      JSON.stringify({ ...header, ...headerChanges }),
      JSON.stringify({ ...payload, ...changes }),
    ),
    operations,
  });
  const operated = (changed: readonly unknown[]): object => ({ jws, operations: changed });
  const refused = (name: string, code: ApplyFault, update: unknown, start: Content = content): UpdateCase => ({
    name,
    content: start,
    update,
    code,
  });
  const [withdraw, deactivate, assign, remove, put, activate] = operations;
  const otherVendor = new TestVendor(keys.otherVendor, keys.container.thumbprint);
  const forOther = await new TestVendor(vendor.key, keys.otherContainer.thumbprint).issue(content, 'rp-2', operations);
  const otherOrigin = await vendor.issue({ counter: content.counter, licenses: [] }, 'rp-2', [
    { op: 'put', license: BASE, cause: 'activate' },
  ]);
  const later = await vendor.issue(second.reached, 'rp-3', THIRD_OPERATIONS);
  return [
    refused('a list instead of an update', 'schema', []),
    refused('no operations', 'schema', { jws }),
    refused('an unknown member', 'schema', { ...second.update, note: '' }),
    refused(
      'an unknown operation',
      'schema',
      operated([...operations, { op: 'move', license: 'a', cause: 'activate' }]),
    ),
    refused(
      'a removal with the cause of a put',
      'schema',
      operated([{ op: 'remove', license: ADD_ON.id, cause: 'activate' }]),
    ),
    refused('a put with the cause of a removal', 'schema', operated([{ op: 'put', license: BASE, cause: 'withdraw' }])),
    refused(
      'a license with an unknown member',
      'schema',
      operated([{ op: 'put', license: { ...BASE, state: 'available' }, cause: 'activate' }]),
    ),
    refused(
      'an unknown term of a form that no term has',
      'schema',
      operated([{ op: 'put', license: { ...BASE, terms: { users: -1 } }, cause: 'activate' }]),
    ),
    refused(
      'terms with null',
      'schema',
      operated([{ op: 'put', license: { ...BASE, terms: { quantity: null } }, cause: 'activate' }]),
    ),
    refused(
      'a quantity that is not a whole number',
      'schema',
      operated([{ op: 'put', license: { ...BASE, terms: { quantity: 1.5 } }, cause: 'activate' }]),
    ),
    refused(
      'a time without a zone',
      'schema',
      operated([{ op: 'put', license: { ...BASE, terms: { expiresAt: '2030-01-31T00:00:00' } }, cause: 'activate' }]),
    ),
    refused('an empty license id', 'schema', operated([{ op: 'remove', license: '', cause: 'withdraw' }])),
    refused('no signature', 'malformed', { jws: `${jws.slice(0, jws.lastIndexOf('.'))}.`, operations }),
    refused('a malleable signature: S + L', 'malformed', { jws: malleable(jws), operations }),
    refused('unused bits set in the signature', 'malformed', { jws: withTrailingBits(jws, 2), operations }),
    refused('a header with a member twice', 'malformed', {
      jws: signText(vendor.key, JSON.stringify(header).replace('{', '{"alg":"Ed25519",'), JSON.stringify(payload)),
      operations,
    }),
    refused('a JWS over 4,183 characters', 'too-large', { jws: `${jws}${'A'.repeat(8192)}`, operations }),
    refused('a header with a key of its own', 'header', resigned({}, { jwk: keys.otherVendor.publicJwk })),
    refused('a header with crit', 'header', resigned({}, { crit: ['exp'] })),
    refused('alg none', 'algorithm', resigned({}, { alg: 'none' })),
    refused('alg HS256', 'algorithm', resigned({}, { alg: 'HS256' })),
    refused('alg ES256', 'algorithm', resigned({}, { alg: 'ES256' })),
    refused('the type of a context', 'type', resigned({}, { typ: 'relicense-context+jwt' })),
    refused('another vendor', 'unknown-key', (await otherVendor.issue(content, 'rp-2', operations)).update),
    refused('an unknown kid', 'unknown-key', resigned({}, { kid: 'nobody' })),
    refused('another key under a pinned kid', 'signature', {
      jws: vendor.sign(payload, keys.otherVendor, vendor.key.thumbprint),
      operations,
    }),
    refused('another payload than the signed one', 'signature', {
      jws: [jws.split('.')[0], encode(JSON.stringify({ ...payload, jti: 'rp-9' })), jws.split('.')[2]].join('.'),
      operations,
    }),
    refused('a payload with a critical unknown member', 'not-understood', resigned({ exp: 1, crit: ['exp'] })),
    refused('a step of two counters', 'payload', resigned({ to: { ...payload.to, counter: payload.to.counter + 1 } })),
    refused('a step back', 'payload', resigned({ to: { ...payload.to, counter: payload.from.counter } })),
    refused('a malformed digest', 'payload', resigned({ to: { ...payload.to, digest: 'sha256:0' } })),
    refused('a subject that is not a serial', 'payload', resigned({ sub: 'everybody' })),
    refused('another vendor’s name', 'issuer', resigned({ iss: 'https://other.example.com' })),
    refused('for another container', 'other-container', forOther.update),
    refused('an update that the container has applied', 'already-applied', first.update),
    refused('an update after a gap', 'gap', later.update),
    refused('from another content at the same counter', 'from-digest', otherOrigin.update),
    refused(
      'operations in the wrong order',
      'operation-order',
      operated([deactivate, withdraw, assign, remove, put, activate]),
    ),
    refused('the operations of another update', 'put-existing', operated(first.update.operations)),
    refused(
      'a removal twice',
      'remove-missing',
      operated([withdraw, withdraw, deactivate, assign, remove, put, activate]),
    ),
    refused('a put twice', 'put-existing', operated([...operations, activate])),
    refused('an operation left out', 'to-digest', operated([withdraw, deactivate, assign, remove, put])),
    refused('no operations at all', 'to-digest', operated([])),
    refused(
      'other terms than the signed ones',
      'to-digest',
      operated([
        withdraw,
        deactivate,
        assign,
        remove,
        put,
        { op: 'put', license: { ...LATER, terms: { features: ['everything'] } }, cause: 'activate' },
      ]),
    ),
  ];
}

async function chainCases(vendor: TestVendor, chain: readonly Issued[]): Promise<ChainCase[]> {
  const [first, second, third] = chain as [Issued, Issued, Issued];
  const at = async (content: Content): Promise<Position> => ({
    counter: content.counter,
    digest: await digestOf(content),
  });
  const file = (...issued: readonly Issued[]): object => ({ updates: issued.map((one) => one.update) });
  const damaged = { update: { ...second.update, operations: [] }, reached: second.reached, payload: second.payload };
  const branch = await vendor.issue(first.reached, 'rp-2b', [{ op: 'remove', license: PLUGIN.id, cause: 'withdraw' }]);
  return [
    {
      name: 'a whole chain',
      start: EMPTY_CONTENT,
      file: file(first, second, third),
      skipped: 0,
      reached: await at(third.reached),
    },
    {
      name: 'a chain that begins before the container’s counter',
      start: second.reached,
      file: file(first, second, third),
      skipped: 2,
      reached: await at(third.reached),
    },
    {
      name: 'a chain that the container has applied',
      start: third.reached,
      file: file(first, second, third),
      skipped: 3,
      reached: await at(third.reached),
    },
    { name: 'no updates', start: first.reached, file: file(), skipped: 0, reached: await at(first.reached) },
    {
      name: 'an update twice in one file',
      start: EMPTY_CONTENT,
      file: file(first, first, second),
      skipped: 1,
      reached: await at(second.reached),
    },
    {
      name: 'a file with a gap',
      start: EMPTY_CONTENT,
      file: file(first, third),
      skipped: 0,
      reached: await at(first.reached),
      fault: { part: 'updates', code: 'gap', index: 1 },
    },
    {
      name: 'updates in the wrong order',
      start: EMPTY_CONTENT,
      file: file(second, first),
      skipped: 0,
      reached: await at(EMPTY_CONTENT),
      fault: { part: 'updates', code: 'gap', index: 0 },
    },
    {
      name: 'a damaged update in the middle: the updates before it stay applied',
      start: EMPTY_CONTENT,
      file: file(first, damaged, third),
      skipped: 0,
      reached: await at(first.reached),
      fault: { part: 'updates', code: 'to-digest', index: 1 },
    },
    {
      name: 'a chain that diverges from the container’s',
      start: branch.reached,
      file: file(first, second, third),
      skipped: 2,
      reached: await at(branch.reached),
      fault: { part: 'updates', code: 'from-digest', index: 2 },
    },
    {
      name: 'a file with an unknown member',
      start: EMPTY_CONTENT,
      file: { updates: [], note: '' },
      skipped: 0,
      reached: await at(EMPTY_CONTENT),
    },
    {
      name: 'a list instead of an update file',
      start: EMPTY_CONTENT,
      file: [first.update],
      skipped: 0,
      reached: await at(EMPTY_CONTENT),
      fault: { part: 'file', code: 'schema' },
    },
  ];
}
