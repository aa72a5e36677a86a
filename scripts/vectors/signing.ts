import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { type Content, type KeyWithId, type PublicJwk, serialOf } from '../../protocol/index.ts';
import {
  add,
  BASE,
  encodePoint,
  GROUP_ORDER,
  hashToScalar,
  littleEndian,
  multiply,
  numberOf,
  type Point,
  scalarOf,
} from './edwards.ts';

export interface TestKey {
  readonly seed: string;
  readonly privateJwk: PublicJwk & { readonly d: string };
  readonly publicJwk: PublicJwk;
  /** The RFC 7638 thumbprint: the serial of a container's key, the kid of a vendor's key. */
  readonly thumbprint: string;
}

export const ISSUER = 'https://licenses.example.com';
export const MADE_AT = 1_767_225_600;

/** RFC 8410: the bytes before the seed in a PKCS #8 Ed25519 key. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export async function testKey(name: string): Promise<TestKey> {
  const seed = createHash('sha256').update(`relicense test key: ${name}`).digest();
  const { x = '', d = '' } = privateKeyOf(seed.toString('hex')).export({ format: 'jwk' });
  const publicJwk = { kty: 'OKP', crv: 'Ed25519', x } as const;
  const thumbprint = await serialOf(publicJwk);
  return { seed: seed.toString('hex'), privateJwk: { ...publicJwk, d }, publicJwk, thumbprint };
}

function privateKeyOf(seed: string): KeyObject {
  return createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, Buffer.from(seed, 'hex')]),
    format: 'der',
    type: 'pkcs8',
  });
}

export function named({ publicJwk, thumbprint }: TestKey, kid = thumbprint): KeyWithId {
  return { ...publicJwk, kid };
}

export function encode(value: string | Buffer): string {
  return Buffer.from(value as string).toString('base64url');
}

export function signInput(key: TestKey, input: string): Buffer {
  return sign(null, Buffer.from(input), privateKeyOf(key.seed));
}

/** Signs any header and payload, even invalid ones. */
export function signText(key: TestKey, header: string, payload: string): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${encode(signInput(key, input))}`;
}

export function signJson(key: TestKey, header: object, payload: unknown): string {
  return signText(key, JSON.stringify(header), JSON.stringify(payload));
}

/** A header with exactly the members of a statement. */
export function headerOf(typ: string, key: TestKey): { alg: string; kid: string; typ: string } {
  return { alg: 'Ed25519', kid: key.thumbprint, typ };
}

/** Replaces S by S + L: a second signature of the same message for verifiers that do not compare S with the group order. */
export function malleable(jws: string): string {
  const bytes = Buffer.from(jws.split('.')[2] ?? '', 'base64url');
  return withSignature(
    jws,
    Buffer.concat([bytes.subarray(0, 32), littleEndian(numberOf(bytes.subarray(32)) + GROUP_ORDER)]),
  );
}

export function withSignature(jws: string, signature: Buffer): string {
  return `${jws.slice(0, jws.lastIndexOf('.'))}.${encode(signature)}`;
}

/** Replaces S. */
export function withS(jws: string, s: bigint): string {
  const bytes = Buffer.from(jws.split('.')[2] ?? '', 'base64url');
  return withSignature(jws, Buffer.concat([bytes.subarray(0, 32), littleEndian(s)]));
}

/** Sets the unused bits of the last character, which a lenient decoder ignores: another text for the same bytes. */
export function withTrailingBits(jws: string, part: 0 | 1 | 2): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const parts = jws.split('.');
  const text = parts[part] ?? '';
  if (text.length % 4 === 0) throw new Error(`Part ${part} has no trailing bits`);
  parts[part] = text.slice(0, -1) + (alphabet[alphabet.indexOf(text.at(-1) ?? '') + 1] ?? '');
  return parts.join('.');
}

/** What a signature of {@link craft} has instead of an ordinary R and public key. */
export interface Crafted {
  /** Added to the public key: the key is then of mixed order. */
  readonly keyOffset?: Point;
  /** The secret number of R; 0 makes R the offset alone. */
  readonly r?: bigint;
  /** Added to R. */
  readonly rOffset?: Point;
  /** The 32 bytes of R, if they are not the encoding of the point. */
  readonly rBytes?: Buffer;
}

/** The public key of {@link craft}. */
export function craftedKey(key: TestKey, offset: Point): PublicJwk {
  const point = add(multiply(BASE, scalarOf(Buffer.from(key.seed, 'hex'))), offset);
  return { kty: 'OKP', crv: 'Ed25519', x: encode(encodePoint(point)) };
}

/** Signs as the owner of a key can who does not follow RFC 8032: S = r + h·a, with any R and with a point added to the key. */
export function craft(key: TestKey, header: object, payload: object, crafted: Crafted): string {
  const input = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(payload))}`;
  const a = scalarOf(Buffer.from(key.seed, 'hex'));
  const r = crafted.r ?? hashToScalar(Buffer.from(`r of ${input}`));
  const honest = multiply(BASE, r);
  const point = crafted.rOffset === undefined ? honest : add(honest, crafted.rOffset);
  const rBytes = crafted.rBytes ?? encodePoint(point);
  const publicKey = crafted.keyOffset === undefined ? key.publicJwk : craftedKey(key, crafted.keyOffset);
  const h = hashToScalar(rBytes, Buffer.from(publicKey.x, 'base64url'), Buffer.from(input));
  const s = (r + h * a) % GROUP_ORDER;
  return `${input}.${encode(Buffer.concat([rBytes, littleEndian(s)]))}`;
}

/** The texts of a header and a payload, padded with white space so that the signed text has `length` characters. */
export function padded(header: object, payload: unknown, length: number): [string, string] {
  for (let spaces = 0; spaces < 4; spaces++) {
    const text = JSON.stringify(header) + ' '.repeat(spaces);
    const rest = length - 1 - encode(text).length;
    const bytes = Math.floor((rest * 3) / 4);
    const body = JSON.stringify(payload);
    const filled = body + ' '.repeat(bytes - Buffer.byteLength(body));
    if (encode(text).length + 1 + encode(filled).length === length) return [text, filled];
  }
  throw new Error(`No text of ${length} characters`);
}

export function without(value: object, name: string): object {
  return Object.fromEntries(Object.entries(value).filter(([member]) => member !== name));
}

/** Lists nested `depth` deep. */
export function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)];
}

export function content(counter: number, ...licenses: Content['licenses']): Content {
  return { counter, licenses };
}
