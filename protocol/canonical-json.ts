/**
 * Writes canonical JSON, RFC 8785 (JCS): members sorted by the UTF-16 code units of their names, no white space, numbers
 * and strings as ECMAScript writes them. Like `JSON.stringify`, it leaves out members whose value is `undefined`.
 *
 * @throws TypeError for values that JSON cannot represent (NaN, infinities, lone surrogates, functions, symbols, bigints)
 *   and for more than 512 levels of nesting.
 *
 * @example
 * canonicalJson({ b: 1e21, a: ['x'] }); // {"a":["x"],"b":1e+21}
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

/** The protocol nests less than 10 levels; the call stack holds thousands. */
const MAX_DEPTH = 512;

function write(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new TypeError(`JSON must not be nested deeper than ${MAX_DEPTH} levels`);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return writeNumber(value);
  if (typeof value === 'string') return writeString(value);
  if (Array.isArray(value)) return `[${Array.from(value, (item) => write(item, depth + 1)).join(',')}]`;
  if (typeof value === 'object') return writeObject(value, depth);
  throw new TypeError(`JSON cannot represent a value of type ${typeof value}`);
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`JSON cannot represent ${value}`);
  return JSON.stringify(value);
}

function writeString(value: string): string {
  // JSON.stringify would escape a lone surrogate; RFC 8785, section 3.2.2.2, requires an error.
  if (!value.isWellFormed()) throw new TypeError('Canonical JSON cannot represent a lone surrogate');
  return JSON.stringify(value);
}

function writeObject(value: object, depth: number): string {
  const members: string[] = [];
  // The default sort compares UTF-16 code units, as RFC 8785 requires.
  for (const name of Object.keys(value).sort()) {
    const member: unknown = Reflect.get(value, name);
    if (member !== undefined) members.push(`${writeString(name)}:${write(member, depth + 1)}`);
  }
  return `{${members.join(',')}}`;
}
