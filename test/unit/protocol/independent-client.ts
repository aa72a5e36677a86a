/**
 * A second implementation of `docs/protocol.md`, written from that page alone with `node:crypto`. It imports nothing of this
 * project. `mutants.test.ts` changes single lines of it, to prove that the vectors notice.
 */
import { createHash, createPrivateKey, type JsonWebKey, sign } from 'node:crypto';

type Json = undefined | null | boolean | number | string | Json[] | { [name: string]: Json };
type Members = { [name: string]: Json };

// JSON ----------------------------------------------------------------------------------------------------------------

class JsonError extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** Reads JSON strictly. Throws a JsonError with the code of the page. */
export function parse(bytes: Buffer, maxBytes: number, maxDepth: number): Json {
  if (bytes.length > maxBytes) throw new JsonError('too-large');
  const text = bytes.toString('utf8');
  if (!Buffer.from(text).equals(bytes)) throw new JsonError('encoding');
  let at = 0;
  const fail = (code: string): never => {
    throw new JsonError(code);
  };
  const space = (): void => {
    const blank = /[ \t\r\n]*/y;
    blank.lastIndex = at;
    blank.test(text);
    at = blank.lastIndex;
  };
  const string = (): string => {
    const end = /"(?:[^"\\]|\\.)*"/sy;
    end.lastIndex = at;
    const raw = end.exec(text)?.[0] ?? fail('syntax');
    at += raw.length;
    let value = '';
    try {
      value = JSON.parse(raw);
    } catch {
      fail('syntax');
    }
    return value.isWellFormed() ? value : fail('lone-surrogate');
  };
  const items = (close: string, item: () => void): void => {
    at += 1;
    space();
    if (text.charAt(at) === close) {
      at += 1;
      return;
    }
    for (;;) {
      item();
      space();
      const next = text.charAt(at);
      at += 1;
      if (next === close) return;
      if (next !== ',') fail('syntax');
    }
  };
  const value = (depth: number): Json => {
    space();
    const first = text.charAt(at);
    if (first === '"') return string();
    if (first === '{' || first === '[') {
      if (depth >= maxDepth) fail('too-deep');
      if (first === '[') {
        const list: Json[] = [];
        items(']', () => list.push(value(depth + 1)));
        return list;
      }
      const members = new Map<string, Json>();
      items('}', () => {
        space();
        const name = string();
        if (members.has(name)) fail('duplicate-key');
        space();
        if (text.charAt(at) !== ':') fail('syntax');
        at += 1;
        members.set(name, value(depth + 1));
      });
      return Object.fromEntries(members);
    }
    const word = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    word.lastIndex = at;
    const raw = word.exec(text)?.[0] ?? fail('syntax');
    at += raw.length;
    const read = JSON.parse(raw) as Json;
    return typeof read === 'number' && !Number.isFinite(read) ? fail('number-range') : read;
  };
  const result = value(0);
  space();
  return at < text.length ? fail('syntax') : result;
}

export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

// Forms ---------------------------------------------------------------------------------------------------------------

function isObject(value: Json): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function has(value: Json, required: string, optional = ''): value is Members {
  if (!isObject(value)) return false;
  const names = Object.keys(value);
  const allowed = `${required} ${optional}`.split(' ');
  return (
    required.split(' ').every((name) => names.includes(name)) &&
    names.every((name) => name !== '' && allowed.includes(name))
  );
}

function isCount(value: Json): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && !Object.is(value, -0);
}

function isText(value: Json, longest: number): value is string {
  return typeof value === 'string' && value.length <= longest;
}

function isName(value: Json, longest = 256): value is string {
  return isText(value, longest) && value !== '';
}

function isNames(value: Json): value is string[] {
  return Array.isArray(value) && value.length <= 256 && value.every((item) => isName(item));
}

function isCrit(value: Json): value is string[] {
  return isNames(value) && value.length >= 1;
}

function isDigest(value: Json): value is string {
  return typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value);
}

function isPosition(value: Json): value is Members {
  return has(value, 'counter digest') && isCount(value.counter) && isDigest(value.digest);
}

function isSerial(value: Json): value is string {
  return typeof value === 'string' && decode(value)?.length === 32;
}

/** Seconds since 1970 of a time, with fractions; `undefined` for a text that is not a time. */
function secondsOf(value: Json): number | undefined {
  if (!isText(value, 256)) return undefined;
  const form = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?Z$/.exec(value);
  if (form === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = form
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  if (day < 1 || day > (days[month - 1] ?? 0)) return undefined;
  if (hour > 23) return undefined;
  if (minute > 59) return undefined;
  if (second > 59) return undefined;
  const fraction = form[7] === undefined ? 0 : Number(form[7]);
  const midnight = Date.parse(`${value.slice(0, 10)}T00:00:00Z`) / 1000;
  return midnight + hour * 3600 + minute * 60 + second + fraction;
}

const KNOWN_TERMS = ['expiresAt', 'maintenanceUntil', 'quantity', 'features', 'leaseDays'];

function isTerm(name: string, value: Json): boolean {
  if (!isName(name)) return false;
  if (name === 'expiresAt' || name === 'maintenanceUntil') return secondsOf(value) !== undefined;
  if (name === 'quantity') return isCount(value);
  if (name === 'features') return isNames(value);
  if (name === 'leaseDays') return isCount(value) && value >= 1 && value <= 3650;
  return isText(value, 256) || isCount(value) || typeof value === 'boolean' || isNames(value);
}

export function isLicense(value: Json): value is Members {
  if (!has(value, 'id product terms requires', 'crit')) return false;
  if (!isName(value.id) || !isName(value.product)) return false;
  if (!isNames(value.requires)) return false;
  if (Object.hasOwn(value, 'crit') && !isCrit(value.crit)) return false;
  if (!isObject(value.terms) || Object.keys(value.terms).length > 64) return false;
  return Object.entries(value.terms).every(([name, term]) => isTerm(name, term));
}

function isContent(value: Json): value is Members {
  if (!has(value, 'counter licenses') || !isCount(value.counter) || !Array.isArray(value.licenses)) return false;
  const { licenses } = value;
  if (!licenses.every(isLicense)) return false;
  return licenses.every(
    (license, index) => index === 0 || String((licenses[index - 1] as Members).id) < String((license as Members).id),
  );
}

function hash(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function sorted(licenses: Json[]): Json[] {
  return [...licenses].sort((one, other) => (String((one as Members).id) < String((other as Members).id) ? -1 : 1));
}

export function digest(content: Members): string {
  return hash(canonical({ ...content, licenses: sorted(content.licenses as Json[]) }));
}

export function thumbprint(x: string): string {
  return createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url');
}

function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

// Ed25519 -------------------------------------------------------------------------------------------------------------

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = mod(-121665n * inverse(121666n));

interface Point {
  readonly x: bigint;
  readonly y: bigint;
  readonly z: bigint;
  readonly t: bigint;
}

const IDENTITY: Point = { x: 0n, y: 1n, z: 1n, t: 0n };

/** Points that were computed: of a signature and its key, and of 32 bytes. Curve arithmetic with BigInt is slow. */
export interface Points {
  readonly sums: Map<string, { readonly point: Point; readonly bytes: Buffer } | undefined>;
  readonly decoded: Map<string, Point | undefined>;
}

let points: Points = { sums: new Map(), decoded: new Map() };
const BASE = decodePoint(Buffer.from(`58${'66'.repeat(31)}`, 'hex'));

/** Lets several copies of this client share the points that they computed. */
export function sharePoints(shared: Points): void {
  points = shared;
}

/** S·B - h·A of a JWS and a key; `undefined` if the key is not a point. */
function sumOf(jws: string, x: string): { readonly point: Point; readonly bytes: Buffer } | undefined {
  const name = `${jws} ${x}`;
  if (!points.sums.has(name)) {
    const dot = jws.lastIndexOf('.');
    const signature = Buffer.from(jws.slice(dot + 1), 'base64url');
    const key = Buffer.from(x, 'base64url');
    const message = Buffer.concat([signature.subarray(0, 32), key, Buffer.from(jws.slice(0, dot))]);
    const h = littleEndian(createHash('sha512').update(message).digest()) % L;
    const a = decodePoint(key);
    const point = a && addTimes(BASE ?? IDENTITY, littleEndian(signature.subarray(32)), negative(a), h);
    points.sums.set(name, point && { point, bytes: encodePoint(point) });
  }
  return points.sums.get(name);
}

function isSigned(jws: string, x: string): boolean {
  const r = Buffer.from(jws.slice(jws.lastIndexOf('.') + 1), 'base64url').subarray(0, 32);
  if (isSmallOrder(r)) return false;
  const sum = sumOf(jws, x);
  if (sum === undefined) return false;
  return sum.bytes.equals(r);
}

function isUsableKey(x: Json): x is string {
  const bytes = typeof x === 'string' ? decode(x) : undefined;
  if (bytes?.length !== 32) return false;
  if ((littleEndian(bytes) & (2n ** 255n - 1n)) >= P) return false;
  return !isSmallOrder(bytes);
}

/** Doubling a point of small order three times gives the identity. */
function isSmallOrder(bytes: Buffer): boolean {
  const point = decodePoint(bytes);
  return point !== undefined && mod(times(point, 8n).x) === 0n;
}

/** RFC 8032, section 5.1.4. */
function add(one: Point, other: Point): Point {
  const a = mod((one.y - one.x) * (other.y - other.x));
  const b = mod((one.y + one.x) * (other.y + other.x));
  const c = mod(mod(2n * D * one.t) * other.t);
  const d = mod(2n * one.z * other.z);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return { x: mod(e * f), y: mod(g * h), z: mod(f * g), t: mod(e * h) };
}

function negative({ x, y, z, t }: Point): Point {
  return { x: mod(-x), y, z, t: mod(-t) };
}

function times(point: Point, scalar: bigint): Point {
  let result = IDENTITY;
  let doubled = point;
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = add(result, doubled);
    doubled = add(doubled, doubled);
  }
  return result;
}

/** m·one + n·other, with the doublings shared. */
function addTimes(one: Point, m: bigint, other: Point, n: bigint): Point {
  const sums = [IDENTITY, one, other, add(one, other)];
  let result = IDENTITY;
  for (let bit = 255n; bit >= 0n; bit--) {
    result = add(result, result);
    const index = Number(((m >> bit) & 1n) + 2n * ((n >> bit) & 1n));
    if (index > 0) result = add(result, sums[index] ?? IDENTITY);
  }
  return result;
}

function encodePoint({ x, y, z }: Point): Buffer {
  const inverted = inverse(z);
  const number = mod(y * inverted) + ((mod(x * inverted) & 1n) << 255n);
  return Buffer.from(number.toString(16).padStart(64, '0'), 'hex').reverse();
}

function decodePoint(bytes: Buffer): Point | undefined {
  const name = bytes.toString('hex');
  if (!points.decoded.has(name)) points.decoded.set(name, computePoint(bytes));
  return points.decoded.get(name);
}

function computePoint(bytes: Buffer): Point | undefined {
  const encoded = littleEndian(bytes);
  const y = encoded & (2n ** 255n - 1n);
  const square = mod((y * y - 1n) * inverse(D * y * y + 1n));
  const root = power(square, (P + 3n) / 8n);
  const candidates = [root, mod(root * power(2n, (P - 1n) / 4n))];
  const x = candidates.find((candidate) => mod(candidate * candidate - square) === 0n);
  if (x === undefined) return undefined;
  const signed = (x & 1n) === encoded >> 255n ? x : mod(-x);
  return { x: signed, y: mod(y), z: 1n, t: mod(signed * y) };
}

function mod(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = mod(base);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

function inverse(value: bigint): bigint {
  return power(value, P - 2n);
}

function littleEndian(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

// Signed messages -----------------------------------------------------------------------------------------------------

type Opened = { readonly header: Json; readonly payload: Json } | string;

function open(jws: Json): Opened {
  if (typeof jws !== 'string') return 'malformed';
  if (jws.length > 4183) return 'too-large';
  const parts = jws.split('.');
  if (parts.length !== 3) return 'malformed';
  const [header, payload, signature] = parts.map(decode);
  if (header === undefined || payload === undefined || signature === undefined) return 'malformed';
  if (signature.length !== 64) return 'malformed';
  if (littleEndian(signature.subarray(32)) >= L) return 'malformed';
  try {
    return { header: parse(header, 4096, 8), payload: parse(payload, 4096, 8) };
  } catch {
    return 'malformed';
  }
}

function isAlgorithm(alg: Json): boolean {
  return alg === 'Ed25519' || alg === 'EdDSA';
}

/** The header's kid and the payload, or the fault. */
function openStatement(jws: Json, typ: string): { readonly kid: string; readonly payload: Json } | string {
  const opened = open(jws);
  if (typeof opened === 'string') return opened;
  const { header, payload } = opened;
  if (!has(header, 'alg kid typ') || !isName(header.kid)) return 'header';
  if (!isAlgorithm(header.alg)) return 'algorithm';
  if (header.typ !== typ) return 'type';
  return { kid: header.kid, payload };
}

function payloadFault(payload: Json, known: string, isForm: (members: Members) => boolean): string | undefined {
  if (!isObject(payload)) return 'payload';
  if (!known.split(' ').every((name) => Object.hasOwn(payload, name))) return 'payload';
  if (!isForm(payload)) return 'payload';
  if (!Object.hasOwn(payload, 'crit')) return undefined;
  if (!isCrit(payload.crit)) return 'payload';
  return payload.crit.every((name) => known.split(' ').includes(name)) ? undefined : 'not-understood';
}

interface KeySet {
  readonly iss: string;
  readonly version: number;
  readonly root: { readonly threshold: number; readonly keys: readonly Key[] };
  readonly update: readonly Key[];
}

interface Key {
  readonly kid: string;
  readonly x: string;
}

const UPDATE = 'iss sub jti iat from to';
const LEASE = 'iss sub jti iat re at';

function isUpdatePayload({ iss, sub, jti, iat, from, to }: Members): boolean {
  if (!isName(iss, 512) || !isSerial(sub) || !isName(jti) || !isCount(iat)) return false;
  if (!isPosition(from) || !isPosition(to)) return false;
  return to.counter === Number(from.counter) + 1;
}

function isLeasePayload({ iss, sub, jti, iat, re, at }: Members): boolean {
  if (!isName(iss, 512) || !isSerial(sub) || !isName(jti) || !isCount(iat)) return false;
  return isName(re) && isPosition(at);
}

function verifyStatement(
  jws: Json,
  typ: string,
  keySet: KeySet,
  known: string,
  isForm: (members: Members) => boolean,
): Members | string {
  const opened = openStatement(jws, typ);
  if (typeof opened === 'string') return opened;
  const key = keySet.update.find(({ kid }) => kid === opened.kid);
  if (key === undefined) return 'unknown-key';
  if (!isSigned(String(jws), key.x)) return 'signature';
  return payloadFault(opened.payload, known, isForm) ?? (opened.payload as Members);
}

const verifyUpdate = (jws: Json, keySet: KeySet): Members | string =>
  verifyStatement(jws, 'relicense-update+jwt', keySet, UPDATE, isUpdatePayload);

const verifyLease = (jws: Json, keySet: KeySet): Members | string =>
  verifyStatement(jws, 'relicense-lease+jwt', keySet, LEASE, isLeasePayload);

// Contexts ------------------------------------------------------------------------------------------------------------

interface Wishes {
  readonly activate?: Json[];
  readonly deactivate?: Json[];
  readonly transfer?: Json[];
}

function wishOf({ activate = [], deactivate = [], transfer = [] }: Wishes): string | undefined {
  if (activate.length === 0 && deactivate.length === 0 && transfer.length === 0) return undefined;
  return hash(canonical({ activate, deactivate, transfer }));
}

/** The reason of a context, or its payload. */
export function verifyContext(
  text: string,
  vendor: { issuer: string; newestKeySet: number },
  wishes: Wishes,
): Members | string {
  const jws = text.replace(/^[ \t\r\n]+/, '').replace(/[ \t\r\n]+$/, '');
  const opened = open(jws);
  if (typeof opened === 'string') return opened;
  const { header, payload } = opened;
  if (!has(header, 'alg typ jwk')) return 'header';
  if (!isAlgorithm(header.alg)) return 'algorithm';
  if (header.typ !== 'relicense-context+jwt') return 'type';
  const { jwk } = header;
  if (!has(jwk, 'kty crv x') || jwk.kty !== 'OKP' || jwk.crv !== 'Ed25519' || !isUsableKey(jwk.x)) return 'key';
  if (!isObject(payload) || payload.ver !== 1) return 'unsupported-version';
  if (!isContextPayload(payload)) return 'payload';
  if (payload.iss !== thumbprint(jwk.x)) return 'serial';
  if (!isSigned(jws, jwk.x)) return 'signature';
  if (payload.aud !== vendor.issuer) return 'audience';
  if (Number(payload.keys) > vendor.newestKeySet) return 'keys';
  if (payload.wish !== wishOf(wishes)) return 'wish';
  return payload;
}

function isContextPayload(payload: Members): boolean {
  if (!has(payload, 'ver iss aud jti iat counter digest keys lease', 'renew wish')) return false;
  if (!isSerial(payload.iss) || !isName(payload.aud, 512)) return false;
  if (!isName(payload.jti, 128)) return false;
  if (!isCount(payload.iat) || !isCount(payload.counter) || !isCount(payload.keys)) return false;
  if (!isDigest(payload.digest)) return false;
  if (!isText(payload.lease, 256)) return false;
  if (Object.hasOwn(payload, 'renew') && payload.renew !== true) return false;
  return !Object.hasOwn(payload, 'wish') || isDigest(payload.wish);
}

export interface Report {
  readonly clock: number;
  readonly newestIat: number;
  readonly lastIat: number;
  readonly late?: number;
  readonly jti: string;
  readonly keys: number;
  readonly lease: string;
  readonly counter: number;
  readonly digest: string;
  readonly renew?: true;
  readonly wishes: Wishes;
}

export function makeContext(privateJwk: JsonWebKey, aud: string, report: Report): string {
  const x = String(privateJwk.x);
  const { clock, newestIat, lastIat, late = 0, jti, keys, lease, counter, renew } = report;
  const iat = Math.max(clock, newestIat, lastIat + 1, late === 0 ? 0 : late + 1);
  const wish = wishOf(report.wishes);
  const header = { alg: 'Ed25519', typ: 'relicense-context+jwt', jwk: { kty: 'OKP', crv: 'Ed25519', x } };
  const payload = {
    ver: 1,
    iss: thumbprint(x),
    aud,
    jti,
    iat,
    counter,
    digest: report.digest,
    keys,
    lease,
    renew,
    wish,
  };
  const input = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const key = createPrivateKey({ key: privateJwk, format: 'jwk' });
  return `${input}.${sign(null, Buffer.from(input), key).toString('base64url')}`;
}

// Key sets ------------------------------------------------------------------------------------------------------------

function readKeys(value: Json): Key[] | undefined {
  if (!Array.isArray(value) || value.length < 1) return undefined;
  const keys: Key[] = [];
  for (const key of value) {
    if (!isObject(key) || key.kty !== 'OKP' || key.crv !== 'Ed25519') return undefined;
    if (!isUsableKey(key.x) || !isName(key.kid)) return undefined;
    if (keys.some(({ kid }) => kid === key.kid)) return undefined;
    keys.push({ kid: key.kid, x: key.x });
  }
  return keys;
}

const distinct = (keys: readonly Key[]): number => new Set(keys.map(({ x }) => x)).size;

function isKeySetPayload({ iss, version, iat, root, update }: Members): boolean {
  if (!isName(iss, 512) || !isCount(version) || version < 1 || !isCount(iat)) return false;
  if (!isObject(root) || readKeys(update) === undefined) return false;
  const keys = readKeys(root.keys);
  if (keys === undefined || !isCount(root.threshold) || root.threshold < 1) return false;
  return root.threshold <= distinct(keys);
}

/** Reads the form of a key set. */
function readKeySet(value: Json): KeySet | string {
  if (!has(value, 'jws') || !Array.isArray(value.jws)) return 'key-set-schema';
  const { jws } = value;
  if (jws.length < 1 || jws.length > 32 || !jws.every((text) => typeof text === 'string')) return 'key-set-schema';
  const opened = jws.map((text) => openStatement(text, 'relicense-keys+jwt'));
  if (opened.some((one) => typeof one === 'string')) return 'key-set-malformed';
  if (new Set(jws.map((text) => String(text).split('.')[1])).size !== 1) return 'key-set-malformed';
  const { payload } = opened[0] as { payload: Members };
  const fault = payloadFault(payload, 'iss version iat root update', isKeySetPayload);
  if (fault !== undefined) return `key-set-${fault}`;
  const { iss, version, root, update } = payload as { iss: string; version: number; root: Members; update: Json };
  const keys = readKeys(root.keys) ?? [];
  return { iss, version, root: { threshold: Number(root.threshold), keys }, update: readKeys(update) ?? [] };
}

function isSignedByRoot(value: Json, root: KeySet['root']): boolean {
  const signers = new Set<string>();
  for (const jws of (value as { jws: string[] }).jws) {
    const opened = openStatement(jws, 'relicense-keys+jwt');
    if (typeof opened === 'string') continue;
    const key = root.keys.find(({ kid }) => kid === opened.kid);
    if (key !== undefined && isSigned(jws, key.x)) signers.add(key.x);
  }
  return signers.size >= root.threshold;
}

interface Refused {
  readonly code: string;
  readonly index: number;
}

/** All sets that a container holds afterwards, or the fault. */
export function addKeySets(held: readonly KeySet[], added: Json[]): readonly KeySet[] | Refused {
  const sets = [...held];
  for (const [index, value] of added.entries()) {
    const set = readKeySet(value);
    if (typeof set === 'string') return { code: set, index };
    const before = sets.at(-1);
    if (before !== undefined && set.iss !== before.iss) return { code: 'key-set-issuer', index };
    if (before !== undefined && set.version <= before.version) continue;
    if (set.version !== (before?.version ?? 0) + 1) return { code: 'key-set-gap', index };
    if (before !== undefined && !isSignedByRoot(value, before.root)) return { code: 'key-set-signatures', index };
    if (!isSignedByRoot(value, set.root)) return { code: 'key-set-signatures', index };
    sets.push(set);
  }
  return sets;
}

// Updates, leases, files ----------------------------------------------------------------------------------------------

export interface Holding {
  readonly serial: string;
  readonly keySets: readonly KeySet[];
  readonly content: Members;
  readonly seal?: string;
  readonly lease?: string;
  readonly newestIat: number;
  readonly contextJti: string;
}

const CAUSES = ['withdraw', 'deactivate', 'assign', 'replace', 'activate'];

function isOperation(value: Json): value is Members {
  if (!has(value, 'op license cause')) return false;
  const { op, license, cause } = value;
  if (op === 'remove') return ['withdraw', 'deactivate', 'replace'].includes(String(cause)) && isName(license);
  return op === 'put' && ['assign', 'replace', 'activate'].includes(String(cause)) && isLicense(license);
}

/** The content after an update and the signed payload, or the fault. */
export function applyUpdate(
  content: Members,
  serial: string,
  keySet: KeySet,
  update: Json,
): { content: Members; payload: Members } | string {
  if (!has(update, 'jws operations') || typeof update.jws !== 'string' || !Array.isArray(update.operations))
    return 'schema';
  if (update.operations.length > 10_000) return 'too-large';
  if (!update.operations.every(isOperation)) return 'schema';
  const payload = verifyUpdate(update.jws, keySet);
  if (typeof payload === 'string') return payload;
  const { from, to } = payload as { from: Members; to: Members };
  if (payload.iss !== keySet.iss) return 'issuer';
  if (payload.sub !== serial) return 'other-container';
  if (Number(to.counter) <= Number(content.counter)) return 'already-applied';
  if (from.counter !== content.counter) return 'gap';
  if (from.digest !== digest(content)) return 'from-digest';
  const licenses = new Map((content.licenses as Members[]).map((license) => [license.id, license]));
  let step = 0;
  for (const { op, license, cause } of update.operations as Members[]) {
    const next = CAUSES.indexOf(String(cause));
    if (next < step) return 'operation-order';
    step = next;
    if (op === 'remove') {
      if (!licenses.delete(license as string)) return 'remove-missing';
    } else {
      const { id } = license as Members;
      if (licenses.has(id)) return 'put-existing';
      licenses.set(id, license as Members);
    }
  }
  const reached: Members = { counter: to.counter, licenses: sorted([...licenses.values()]) };
  if (digest(reached) !== to.digest) return 'to-digest';
  return { content: reached, payload };
}

/** The container after a lease, or the fault. */
export function takeLease(holding: Holding, jws: Json): Holding | string {
  if (jws === holding.lease) return holding;
  const keySet = holding.keySets.at(-1) as KeySet;
  const lease = verifyLease(jws, keySet);
  if (typeof lease === 'string') return lease;
  const at = lease.at as Members;
  if (lease.iss !== keySet.iss) return 'issuer';
  if (lease.sub !== holding.serial) return 'other-container';
  if (lease.re !== holding.contextJti) return 'stale';
  if (at.counter !== holding.content.counter) return 'other-place';
  if (at.digest !== digest(holding.content)) return 'other-place';
  if (Number(lease.iat) < holding.newestIat) return 'back-in-time';
  return { ...holding, lease: String(jws), newestIat: Number(lease.iat) };
}

export interface Fault {
  readonly part: string;
  readonly code: string;
  readonly index?: number;
}

export function applyFile(start: Holding, bytes: Buffer): { holding: Holding; skipped: number; fault?: Fault } {
  let holding = start;
  let skipped = 0;
  const refused = (fault: Fault) => ({ holding, skipped, fault });
  let file: Json;
  try {
    file = parse(bytes, 8 * 1024 * 1024, 16);
  } catch (error) {
    return refused({ part: 'file', code: (error as JsonError).code });
  }
  if (!isObject(file) || !Array.isArray(file.updates)) return refused({ part: 'file', code: 'schema' });
  const keySets = Object.hasOwn(file, 'keySets') ? file.keySets : [];
  if (!Array.isArray(keySets)) return refused({ part: 'file', code: 'schema' });
  if (file.updates.length > 1000) return refused({ part: 'file', code: 'too-large' });
  if (keySets.length > 1000) return refused({ part: 'file', code: 'too-large' });
  const sets = addKeySets(holding.keySets, keySets);
  if ('code' in sets) return refused({ part: 'key-sets', ...sets });
  holding = { ...holding, keySets: sets };
  for (const [index, update] of file.updates.entries()) {
    const applied = applyUpdate(holding.content, holding.serial, holding.keySets.at(-1) as KeySet, update);
    if (applied === 'already-applied') {
      skipped += 1;
    } else if (typeof applied === 'string') {
      return refused({ part: 'updates', code: applied, index });
    } else {
      const newestIat = Math.max(holding.newestIat, Number(applied.payload.iat));
      holding = { ...holding, content: applied.content, seal: String((update as Members).jws), newestIat };
    }
  }
  if (!Object.hasOwn(file, 'lease')) return { holding, skipped };
  const leased = takeLease(holding, file.lease);
  if (typeof leased === 'string') return refused({ part: 'lease', code: leased });
  return { holding: leased, skipped };
}

// Use -----------------------------------------------------------------------------------------------------------------

/** The key sets follow each other: the program has verified them. */
export type Trust = { readonly keySets: Json[] } | RootTrust;

interface RootTrust {
  readonly rootKeys: readonly Key[];
  readonly threshold?: number;
}

export interface Question {
  readonly product: string;
  readonly feature?: string;
  readonly released?: string;
  /** The clock, in seconds since 1970. */
  readonly now: number;
}

interface File {
  readonly serial: string;
  readonly keySets: Json[];
  readonly content: Members;
  readonly seal: Json;
  readonly lease: Json;
  readonly newestIat: number;
}

function readFile(text: string): File | undefined {
  try {
    const file = parse(Buffer.from(text), 64 * 1024 * 1024, 8);
    if (!has(file, 'version key vendor content newestIat checksum', 'seal lease context')) return undefined;
    const { checksum, ...rest } = file;
    if (file.version !== 2 || checksum !== hash(canonical(rest))) return undefined;
    const { key, vendor, content, newestIat } = file as {
      key: Members;
      vendor: Members;
      content: Members;
      newestIat: number;
    };
    if (!isContent(content) || !isCount(newestIat)) return undefined;
    const keySets = vendor.keySets as Json[];
    const versions = keySets.map((value) => (readKeySet(value) as KeySet).version);
    if (!versions.every((version, index) => version > (versions[index - 1] ?? 0))) return undefined;
    if (versions.length === 0) return undefined;
    return { serial: thumbprint(String(key.x)), keySets, content, seal: file.seal, lease: file.lease, newestIat };
  } catch {
    return undefined;
  }
}

/** The newest key set that the program trusts. */
function trustedSet(trust: Trust, values: readonly Json[]): KeySet | undefined {
  let newest = 'keySets' in trust ? (readKeySet(trust.keySets.at(-1)) as KeySet) : undefined;
  for (const value of values) {
    const set = readKeySet(value) as KeySet;
    if (newest === undefined) {
      if ('rootKeys' in trust && isSignedByProgram(value, set, trust)) newest = set;
    } else if (set.version > newest.version) {
      const added = addKeySets([newest], [value]);
      if (!('code' in added)) newest = added.at(-1);
    }
  }
  return newest;
}

function isSignedByProgram(value: Json, { root }: KeySet, { rootKeys, threshold = 1 }: RootTrust): boolean {
  const keys = root.keys.filter(({ x }) => rootKeys.some((key) => key.x === x));
  return isSignedByRoot(value, { threshold: Math.max(root.threshold, threshold), keys });
}

export type Answer =
  | { ok: false; reason: string }
  | { ok: true; license: Json; until?: number; quantity?: Json; features: Json; provenAt: number };

const DAY = 86_400;

export function check(text: string, trust: Trust, question: Question): Answer {
  const no = (reason: string): Answer => ({ ok: false, reason });
  const file = readFile(text);
  if (file === undefined) return no('file-damaged');
  const { content } = file;
  const licenses = content.licenses as Members[];
  const place = { counter: content.counter, digest: digest(content) };
  const keySet = trustedSet(trust, file.keySets);
  const timeAt = (payload: Members | string, position: string): number | undefined => {
    if (typeof payload === 'string' || payload.iss !== keySet?.iss) return undefined;
    if (payload.sub !== file.serial) return undefined;
    return canonical(payload[position]) === canonical(place) ? Number(payload.iat) : undefined;
  };
  const sealed = keySet && timeAt(verifyUpdate(file.seal, keySet), 'to');
  const leased = keySet && timeAt(verifyLease(file.lease, keySet), 'at');
  const isNew = content.counter === 0 && licenses.length === 0;
  if (sealed === undefined && leased === undefined && !isNew) return no('unsealed');
  const fresh = Math.max(sealed ?? 0, leased ?? 0);
  const seen = Math.max(file.newestIat, fresh);
  if (question.now < seen - DAY) return no('clock-set-back');
  const now = Math.max(question.now, seen);
  const found = licenses.filter(({ product }) => product === question.product);
  if (found.length === 0) return no('no-license');
  const answers = found.map((license) => use(license, licenses, question, now, fresh));
  return answers.find(({ ok }) => ok) ?? answers[0] ?? no('no-license');
}

function use(license: Members, all: readonly Members[], question: Question, now: number, fresh: number): Answer {
  const no = (reason: string): Answer => ({ ok: false, reason });
  const { expiresAt, maintenanceUntil, quantity, features = [], leaseDays } = license.terms as Members;
  const crit = (license.crit ?? []) as string[];
  if (!crit.every((name) => KNOWN_TERMS.includes(name))) return no('not-understood');
  const isPresent = (product: string): boolean => all.some((other) => other.product === product);
  if (!(license.requires as string[]).every(isPresent)) return no('requires-unmet');
  const expires = secondsOf(expiresAt) ?? Number.POSITIVE_INFINITY;
  if (now >= expires) return no('expired');
  const ends = leaseDays === undefined ? Number.POSITIVE_INFINITY : fresh + Number(leaseDays) * DAY;
  if (now >= ends) return no('lease-ended');
  if (question.feature !== undefined && !(features as string[]).includes(question.feature))
    return no('feature-missing');
  const maintained = secondsOf(maintenanceUntil) ?? Number.POSITIVE_INFINITY;
  if ((secondsOf(question.released) ?? 0) > maintained) return no('maintenance-ended');
  const until = Math.min(expires, ends);
  const end = Number.isFinite(until) ? { until } : {};
  const count = quantity === undefined ? {} : { quantity };
  return { ok: true, license: license.id, ...end, ...count, features, provenAt: fresh };
}
