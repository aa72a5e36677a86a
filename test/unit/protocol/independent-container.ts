/**
 * A second implementation of `docs/protocol.md` with `node:crypto` alone. It imports nothing of this project, as if its author
 * had only that page. It returns `undefined` instead of a code.
 */
import { createHash, createPrivateKey, createPublicKey, type JsonWebKey, sign, verify } from 'node:crypto';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Members = { [name: string]: Json };

const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const FIELD_PRIME = 2n ** 255n - 19n;

export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name] ?? null)}`).join(',')}}`;
}

export function digest(content: Members): string {
  const licenses = [...(content.licenses as Members[])].sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1));
  return `sha256:${createHash('sha256')
    .update(canonical({ ...content, licenses }))
    .digest('hex')}`;
}

export function thumbprint(x: string): string {
  return createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url');
}

export function makeContext(privateJwk: JsonWebKey, content: Members, jti: string, iat: number): string {
  const x = String(privateJwk.x);
  const header = { alg: 'Ed25519', typ: 'relicense-context+jwt', jwk: { kty: 'OKP', crv: 'Ed25519', x } };
  const payload = {
    ver: 1,
    iss: thumbprint(x),
    aud: 'https://licenses.example.com',
    jti,
    iat,
    counter: content.counter,
    digest: digest(content),
    keys: 1,
    lease: '',
  };
  const input = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const key = createPrivateKey({ key: privateJwk, format: 'jwk' });
  return `${input}.${sign(null, Buffer.from(input), key).toString('base64url')}`;
}

/** The payload of a valid context, else `undefined`. */
export function readContext(text: string): Members | undefined {
  const jws = text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  const parts = open(jws);
  if (parts === undefined) return undefined;
  const { header, payload } = parts;
  const jwk = header.jwk as Members | undefined;
  if (!has(header, 'alg typ jwk') || !isAlgorithm(header.alg) || header.typ !== 'relicense-context+jwt')
    return undefined;
  if (!has(jwk, 'kty crv x') || jwk.kty !== 'OKP' || jwk.crv !== 'Ed25519') return undefined;
  if (payload.ver !== 1 || payload.aud !== 'https://licenses.example.com' || payload.keys !== 1) return undefined;
  if (
    !has(payload, 'ver iss aud jti iat counter digest keys lease') ||
    !isText(payload.jti, 128) ||
    !isCount(payload.iat)
  )
    return undefined;
  if (!isPosition({ counter: payload.counter ?? null, digest: payload.digest ?? null })) return undefined;
  const x = String(jwk.x);
  if (!isUsableKey(x) || payload.iss !== thumbprint(x) || !isSigned(jws, x)) return undefined;
  return payload;
}

/** The content after a valid update, else `undefined`. */
export function apply(content: Members, serial: string, update: Json, pinned: readonly Members[]): Members | undefined {
  if (!has(update, 'jws operations') || !Array.isArray(update.operations)) return undefined;
  const jws = String(update.jws);
  const parts = open(jws);
  if (parts === undefined) return undefined;
  const { header, payload } = parts;
  if (!has(header, 'alg kid typ') || !isAlgorithm(header.alg) || header.typ !== 'relicense-update+jwt')
    return undefined;
  const key = pinned.find((one) => one.kid === header.kid);
  if (key === undefined || !isSigned(jws, String(key.x))) return undefined;
  if (payload.sub !== serial || payload.iss !== 'https://licenses.example.com' || payload.crit !== undefined)
    return undefined;
  const { from, to } = payload as { from: Members; to: Members };
  if (!isPosition(from) || !isPosition(to) || to.counter !== Number(from.counter) + 1) return undefined;
  if (from.counter !== content.counter || from.digest !== digest(content)) return undefined;
  const licenses = new Map((content.licenses as Members[]).map((license) => [license.id, license]));
  let step = 0;
  for (const operation of update.operations as Members[]) {
    if (!has(operation, 'op license cause')) return undefined;
    const { op, license, cause } = operation as { op: string; license: Json; cause: string };
    const next = ['withdraw', 'deactivate', 'assign', 'replace', 'activate'].indexOf(cause);
    if (next < step) return undefined;
    step = next;
    if (op === 'remove' && next !== 2 && next !== 4) {
      if (!licenses.delete(license)) return undefined;
    } else if (op === 'put' && next >= 2 && isLicense(license)) {
      if (licenses.has(license.id)) return undefined;
      licenses.set(license.id, license);
    } else {
      return undefined;
    }
  }
  const sorted = [...licenses.values()].sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1));
  const reached: Members = { counter: to.counter ?? null, licenses: sorted };
  return digest(reached) === to.digest ? reached : undefined;
}

function open(jws: string): { header: Members; payload: Members } | undefined {
  const parts = jws.split('.');
  if (jws.length > 4183 || parts.length !== 3) return undefined;
  const [header, payload, signature] = parts.map(decode);
  if (header === undefined || payload === undefined || signature?.length !== 64) return undefined;
  if (littleEndian(signature.subarray(32)) >= GROUP_ORDER) return undefined;
  try {
    const [one, other] = [header, payload].map((bytes) => readOnce(bytes.toString()));
    return one === undefined || other === undefined ? undefined : { header: one, payload: other };
  } catch {
    return undefined;
  }
}

/** Parses a JSON object. If it has a member twice, the parsed value has fewer colons outside strings than the text. */
function readOnce(text: string): Members | undefined {
  const value = JSON.parse(text) as Json;
  const colons = (json: string): number => json.replace(/"(?:[^"\\]|\\.)*"/g, '').split(':').length;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  return colons(text) === colons(JSON.stringify(value)) && !/:-0[,}]/.test(text) ? value : undefined;
}

function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

function isAlgorithm(alg: Json | undefined): boolean {
  return alg === 'Ed25519' || alg === 'EdDSA';
}

function isSigned(jws: string, x: string): boolean {
  const dot = jws.lastIndexOf('.');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, Buffer.from(jws.slice(0, dot)), key, Buffer.from(jws.slice(dot + 1), 'base64url'));
}

/** Refuses points of small order: doubling one three times gives the identity, whose y is 1. */
function isUsableKey(x: string): boolean {
  const bytes = decode(x);
  if (bytes?.length !== 32) return false;
  const y = littleEndian(bytes) & (2n ** 255n - 1n);
  if (y >= FIELD_PRIME) return false;
  let current = y;
  for (let doubled = 0; doubled < 3; doubled++) current = doubledY(current);
  return current !== 1n;
}

/** y of 2P for a point P of the curve -x^2 + y^2 = 1 + d x^2 y^2, from y alone: x^2 = (y^2 - 1) / (d y^2 + 1). */
function doubledY(y: bigint): bigint {
  const d = mod(-121665n * inverse(121666n));
  const yy = mod(y * y);
  const xx = mod((yy - 1n) * inverse(mod(d * yy + 1n)));
  return mod((yy + xx) * inverse(mod(1n - d * xx * yy)));
}

function mod(value: bigint): bigint {
  return ((value % FIELD_PRIME) + FIELD_PRIME) % FIELD_PRIME;
}

function inverse(value: bigint): bigint {
  let result = 1n;
  let base = mod(value);
  for (let exponent = FIELD_PRIME - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = mod(result * base);
    base = mod(base * base);
  }
  return result;
}

function littleEndian(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function has(value: Json | undefined, names: string): value is Members {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  return Object.keys(value).sort().join(' ') === names.split(' ').sort().join(' ');
}

function isCount(value: Json | undefined): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isText(value: Json | undefined, longest: number): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= longest;
}

function isPosition(value: Json): boolean {
  return has(value, 'counter digest') && isCount(value.counter) && /^sha256:[0-9a-f]{64}$/.test(String(value.digest));
}

function isLicense(value: Json): value is Members {
  if (!has(value, 'id product terms requires') || !isText(value.id, 256) || !isText(value.product, 256)) return false;
  const terms = value.terms as Members;
  if (!Object.values(terms).every((term) => term !== null && (typeof term !== 'number' || isCount(term)))) return false;
  if (terms.quantity !== undefined && !isCount(terms.quantity)) return false;
  return [terms.expiresAt, terms.maintenanceUntil].every((time) => time === undefined || String(time).endsWith('Z'));
}
