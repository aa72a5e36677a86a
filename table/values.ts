/** The values of items, as the document client has them, and how DynamoDB compares and measures them. */
import { UnsupportedByTable, ValidationException } from './errors.ts';

export type Item = Readonly<Record<string, unknown>>;

/** DynamoDB's type letters, for the types that this table knows. */
export type TypeName = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'L' | 'M';

export function typeOf(value: unknown): TypeName {
  switch (typeof value) {
    case 'string':
      return 'S';
    case 'number':
      return 'N';
    case 'boolean':
      return 'BOOL';
    default:
  }
  if (value === null) return 'NULL';
  if (value instanceof Uint8Array) return 'B';
  return Array.isArray(value) ? 'L' : 'M';
}

/**
 * A copy of a value as it is stored: what the document client would send, without absent members.
 * @throws Error, as the document client does, for numbers that are not exact
 */
export function stored(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return storedNumber(value);
    case 'object':
      break;
    default:
      throw new UnsupportedByTable(`A value of type ${typeof value}`);
  }
  if (value === null) return null;
  if (Array.isArray(value)) return value.filter((one) => one !== undefined).map(stored);
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value instanceof Set || value instanceof Map || ArrayBuffer.isView(value))
    throw new UnsupportedByTable(`A value of class ${value.constructor.name}`);
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const member = (value as Item)[name];
    if (member !== undefined) copy[name] = stored(member);
  }
  return copy;
}

function storedNumber(value: number): number {
  if (!Number.isFinite(value)) throw new Error(`Special numeric value ${value} is not allowed`);
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) throw new Error(`Number ${value} is not exact`);
  // The document client sends -0 as 0.
  return value === 0 ? 0 : value;
}

/** Compares two texts by their bytes in UTF-8, as DynamoDB sorts them. */
export function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) {
    const left = one.charCodeAt(at);
    const right = other.charCodeAt(at);
    // UTF-16 sorts characters beyond the basic plane before those from U+E000 on, and UTF-8 after them.
    if (left !== right) {
      const isSurrogate = left >= 0xd800 && left <= 0xdfff;
      if (isSurrogate !== (right >= 0xd800 && right <= 0xdfff) && left >= 0xd800 && right >= 0xd800)
        return isSurrogate ? 1 : -1;
      return left - right;
    }
  }
  return one.length - other.length;
}

/** The order of two values of one type; `undefined` for values that have no order. */
export function compare(one: unknown, other: unknown): number | undefined {
  if (typeof one === 'string' && typeof other === 'string') return compareTexts(one, other);
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Buffer.compare(one, other);
  return undefined;
}

export function isEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  const type = typeOf(one);
  if (type !== typeOf(other) || typeof one !== 'object' || one === null) return false;
  if (type === 'B') return Buffer.compare(one as Uint8Array, other as Uint8Array) === 0;
  if (type === 'L') {
    const [left, right] = [one as unknown[], other as unknown[]];
    return left.length === right.length && left.every((value, index) => isEqual(value, right[index]));
  }
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other as object).length &&
    names.every((name) => Object.hasOwn(other as object, name) && isEqual((one as Item)[name], (other as Item)[name]))
  );
}

/** The size of an item in bytes, by the rules of the Amazon DynamoDB Developer Guide ("Item sizes and formats"). */
export function itemSize(item: Item): number {
  let size = 0;
  for (const name of Object.keys(item)) size += Buffer.byteLength(name) + valueSize(item[name]);
  return size;
}

/** A list or a map has this many bytes beside its members, and each member one more. */
const DOCUMENT_BYTES = 3;

function valueSize(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return Buffer.byteLength(value);
    case 'number':
      return numberSize(value);
    case 'boolean':
      return 1;
    default:
  }
  if (value === null) return 1;
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + 1 + valueSize(one), DOCUMENT_BYTES);
  let size = DOCUMENT_BYTES;
  for (const name of Object.keys(value as Item)) size += 1 + Buffer.byteLength(name) + valueSize((value as Item)[name]);
  return size;
}

/** About one byte for two significant digits, and one more. */
function numberSize(value: number): number {
  const digits = String(Math.abs(value))
    .replace(/e.*$/, '')
    .replace('.', '')
    .replace(/^0+|0+$/g, '').length;
  return Math.ceil(digits / 2) + 1 + (value < 0 ? 1 : 0);
}

export const MAX_PARTITION_KEY_BYTES = 2_048;
export const MAX_SORT_KEY_BYTES = 1_024;
export const MAX_ITEM_BYTES = 400 * 1_024;

/** @throws ValidationException unless the value can be the partition or the sort key of the table or of an index */
export function keyText(value: unknown, name: string, maxBytes: number): string {
  if (typeof value !== 'string') throw new ValidationException(`The key ${name} must be a text; got ${typeOf(value)}`);
  if (value === '') throw new ValidationException(`The key ${name} must not be empty`);
  if (Buffer.byteLength(value) > maxBytes)
    throw new ValidationException(`The key ${name} must have at most ${maxBytes} bytes`);
  return value;
}
