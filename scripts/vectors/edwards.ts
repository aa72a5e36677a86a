import { createHash } from 'node:crypto';

/**
 * The group of Ed25519 (RFC 8032): enough to make signatures that no library makes. It is slow, and not
 * safe for secret keys.
 */

const P = 2n ** 255n - 19n;
export const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = mod(-121665n * inverse(121666n));
const SQRT_OF_MINUS_1 = power(2n, (P - 1n) / 4n);

/** Extended coordinates: x = X/Z, y = Y/Z, and T = XY/Z. */
export interface Point {
  readonly X: bigint;
  readonly Y: bigint;
  readonly Z: bigint;
  readonly T: bigint;
}

export const IDENTITY: Point = { X: 0n, Y: 1n, Z: 1n, T: 0n };

/** RFC 8032, section 5.1.4. */
export function add(one: Point, other: Point): Point {
  const a = mod((one.Y - one.X) * (other.Y - other.X));
  const b = mod((one.Y + one.X) * (other.Y + other.X));
  const c = mod(mod(2n * D * one.T) * other.T);
  const d = mod(2n * one.Z * other.Z);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return { X: mod(e * f), Y: mod(g * h), Z: mod(f * g), T: mod(e * h) };
}

export function multiply(point: Point, scalar: bigint): Point {
  let result = IDENTITY;
  let doubled = point;
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = add(result, doubled);
    doubled = add(doubled, doubled);
  }
  return result;
}

export function encodePoint({ X, Y, Z }: Point): Buffer {
  const inverted = inverse(Z);
  return littleEndian(mod(Y * inverted) + ((mod(X * inverted) & 1n) << 255n));
}

/** The point of 32 bytes; `undefined` if no point has this y. */
export function decodePoint(bytes: Uint8Array): Point | undefined {
  const encoded = numberOf(bytes);
  const y = encoded & (2n ** 255n - 1n);
  const square = mod((y * y - 1n) * inverse(D * y * y + 1n));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x - square) !== 0n) x = mod(x * SQRT_OF_MINUS_1);
  if (mod(x * x - square) !== 0n) return undefined;
  const signed = (x & 1n) === encoded >> 255n ? x : mod(-x);
  return { X: signed, Y: y, Z: 1n, T: mod(signed * y) };
}

export const BASE = decodePoint(Buffer.from(`58${'66'.repeat(31)}`, 'hex')) ?? IDENTITY;

/** A point of order 8. */
export const TORSION =
  decodePoint(Buffer.from('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', 'hex')) ?? IDENTITY;

/** The secret scalar of a seed (RFC 8032, section 5.1.5). */
export function scalarOf(seed: Buffer): bigint {
  const bytes = createHash('sha512').update(seed).digest().subarray(0, 32);
  return (numberOf(bytes) & (2n ** 254n - 8n)) | (2n ** 254n);
}

/** SHA-512 of `parts` as a number below the group order. */
export function hashToScalar(...parts: readonly Uint8Array[]): bigint {
  return numberOf(createHash('sha512').update(Buffer.concat(parts)).digest()) % GROUP_ORDER;
}

export function littleEndian(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}

export function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function mod(value: bigint): bigint {
  return ((value % P) + P) % P;
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
