/**
 * Canonical JSON, RFC 8785 (JCS): members sorted by the UTF-16 code units of their names, no white space, numbers and
 * strings as ECMAScript writes them. Members whose value is `undefined` are left out, as in `JSON.stringify`.
 *
 * @throws TypeError for what has no JSON: NaN, infinities, lone surrogates, functions, symbols, bigints, or a nesting
 *   deeper than 512.
 *
 * @example
 * canonicalJson({ b: 1e21, a: ['x'] }); // {"a":["x"],"b":1e+21}
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

/** Far more than the protocol nests, far less than a call stack holds. */
const MAX_DEPTH = 512;

function write(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new TypeError(`Nested deeper than ${MAX_DEPTH}`);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return writeNumber(value);
  if (typeof value === 'string') return writeString(value);
  if (Array.isArray(value)) return `[${Array.from(value, (item) => write(item, depth + 1)).join(',')}]`;
  if (typeof value === 'object') return writeObject(value, depth);
  throw new TypeError(`No JSON for a ${typeof value}`);
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`No JSON for ${value}`);
  return JSON.stringify(value);
}

function writeString(value: string): string {
  // JSON.stringify would escape a lone surrogate; RFC 8785, section 3.2.2.2, wants an error.
  if (!value.isWellFormed()) throw new TypeError('No canonical JSON for a lone surrogate');
  return JSON.stringify(value);
}

function writeObject(value: object, depth: number): string {
  const members: string[] = [];
  // The default sort compares UTF-16 code units, which is the order that RFC 8785 asks for.
  for (const name of Object.keys(value).sort()) {
    const member: unknown = Reflect.get(value, name);
    if (member !== undefined) members.push(`${writeString(name)}:${write(member, depth + 1)}`);
  }
  return `{${members.join(',')}}`;
}
