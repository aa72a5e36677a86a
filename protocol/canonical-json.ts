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
  const sorted = sort(value, 0);
  return sorted === UNSORTABLE ? write(value, 0) : JSON.stringify(sorted);
}

/**
 * Most objects keep their members in the order in which they were added, so the platform's own `JSON.stringify` writes a
 * sorted copy, several times faster than this module. It cannot do so for names that an object sorts itself, and `__proto__`.
 */
const UNSORTABLE = Symbol('unsortable');
const NAMES_THAT_AN_OBJECT_SORTS = /^(?:[0-9]|__proto__$)/;

function sort(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return checked(value);
  if (depth > MAX_DEPTH) throw new TypeError(TOO_DEEP);
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) {
      const sorted = sort(item, depth + 1);
      if (sorted === UNSORTABLE) return UNSORTABLE;
      items.push(sorted);
    }
    return items;
  }
  const members: Record<string, unknown> = {};
  for (const name of sortedNames(value)) {
    const member: unknown = Reflect.get(value, name);
    if (member === undefined) continue;
    const sorted = sort(member, depth + 1);
    if (sorted === UNSORTABLE || NAMES_THAT_AN_OBJECT_SORTS.test(name)) return UNSORTABLE;
    members[String(checked(name))] = sorted;
  }
  return members;
}

/**
 * The names in the order of their UTF-16 code units, as RFC 8785 requires and as `<` compares. An insertion is faster than
 * `sort` for the few names of an object.
 */
function sortedNames(value: object): string[] {
  const names = Object.keys(value);
  if (names.length > MOST_INSERTED) return names.sort();
  for (let end = 1; end < names.length; end++) {
    const name = names[end] ?? '';
    let at = end;
    for (let before = names[at - 1]; before !== undefined && before > name; before = names[at - 1])
      names[at--] = before;
    names[at] = name;
  }
  return names;
}

const MOST_INSERTED = 16;

/** A value that is not an object. @throws TypeError if JSON cannot represent it */
function checked(value: unknown): unknown {
  if (value === null || typeof value === 'boolean') return value;
  // JSON.stringify would escape a lone surrogate; RFC 8785, section 3.2.2.2, requires an error.
  if (typeof value === 'string' && value.isWellFormed()) return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'string') throw new TypeError('Canonical JSON cannot represent a lone surrogate');
  if (typeof value === 'number') throw new TypeError(`JSON cannot represent ${value}`);
  throw new TypeError(`JSON cannot represent a value of type ${typeof value}`);
}

/** The protocol nests less than 10 levels; the call stack holds thousands. */
const MAX_DEPTH = 512;

const TOO_DEEP = `JSON must not be nested deeper than ${MAX_DEPTH} levels`;

function write(value: unknown, depth: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(checked(value));
  if (depth > MAX_DEPTH) throw new TypeError(TOO_DEEP);
  if (Array.isArray(value)) return `[${Array.from(value, (item) => write(item, depth + 1)).join(',')}]`;
  const members: string[] = [];
  for (const name of sortedNames(value)) {
    const member: unknown = Reflect.get(value, name);
    if (member !== undefined) members.push(`${JSON.stringify(checked(name))}:${write(member, depth + 1)}`);
  }
  return `{${members.join(',')}}`;
}
