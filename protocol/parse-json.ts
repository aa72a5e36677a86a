/** Why `parseJson` refuses a text. */
export const JSON_FAULTS = [
  /** More than `maxBytes` bytes. */
  'too-large',
  /** Not UTF-8. */
  'encoding',
  /** Arrays and objects nested deeper than `maxDepth`. */
  'too-deep',
  /** An object has a member twice: parsers disagree about which one counts. */
  'duplicate-key',
  /** A string with a lone surrogate, which UTF-8 cannot represent. */
  'lone-surrogate',
  /** A number that overflows a double, such as 1e400. */
  'number-range',
  /** Anything else that RFC 8259 does not allow, such as trailing data. */
  'syntax',
] as const;
export type JsonFault = (typeof JSON_FAULTS)[number];

export type JsonResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: JsonFault };

export interface JsonLimits {
  /** UTF-8 bytes of the whole text; 1 MiB by default. */
  readonly maxBytes?: number;
  /** Levels of arrays and objects; 32 by default, 512 at most. */
  readonly maxDepth?: number;
  /** `text` returns an integer that a double cannot represent as its digits. By default it is rounded, as in JSON.parse. */
  readonly largeIntegers?: 'text';
  /**
   * For a payload of which only some members are used: a lone surrogate becomes U+FFFD, and a member that occurs twice, or a
   * number that overflows a double, becomes {@link UNSOUND}. So a flaw matters only where the flawed member is used.
   */
  readonly flaws?: 'isolate';
}

/** In place of a value that has no certain meaning. It fits no schema. */
export const UNSOUND: unique symbol = Symbol('a value without a certain meaning');

const DEFAULT_MAX_BYTES = 1024 * 1024;
const DEFAULT_MAX_DEPTH = 32;
const HIGHEST_MAX_DEPTH = 512;

/**
 * Parses JSON (RFC 8259, restricted to I-JSON, RFC 7493) from text or from UTF-8 bytes. It returns a code for hostile input
 * instead of throwing, in time linear in the length.
 *
 * @example
 * const parsed = parseJson('{"counter":0,"licenses":[]}', { maxBytes: 1024 });
 * if (parsed.ok) console.log(parsed.value);
 * else console.error(parsed.code);
 */
export function parseJson(source: string | Uint8Array, limits: JsonLimits = {}): JsonResult {
  const maxBytes = limits.maxBytes ?? DEFAULT_MAX_BYTES;
  // A character is at least one byte: refuse a long text before any work that depends on its length.
  if (source.length > maxBytes) return { ok: false, code: 'too-large' };
  const isolates = limits.flaws === 'isolate';
  const decoded = typeof source === 'string' ? source : decodeUtf8(source);
  if (decoded === undefined) return { ok: false, code: 'encoding' };
  const text = isolates ? decoded.toWellFormed() : decoded;
  if (!text.isWellFormed()) return { ok: false, code: 'lone-surrogate' };
  if (typeof source === 'string' && utf8Length(text, maxBytes) > maxBytes) return { ok: false, code: 'too-large' };
  const maxDepth = Math.min(limits.maxDepth ?? DEFAULT_MAX_DEPTH, HIGHEST_MAX_DEPTH);
  const parser = new Parser(text, maxDepth, limits.largeIntegers === 'text', isolates);
  const value = parser.parse();
  return parser.fault === undefined ? { ok: true, value } : { ok: false, code: parser.fault };
}

/**
 * Where a text stops being acceptable JSON: line and column from 1, the column in characters. `undefined` when the text as a
 * whole is refused, or is acceptable.
 */
export function findJsonFault(text: string, limits: JsonLimits = {}): { line: number; column: number } | undefined {
  const maxDepth = Math.min(limits.maxDepth ?? DEFAULT_MAX_DEPTH, HIGHEST_MAX_DEPTH);
  const parser = new Parser(text, maxDepth, limits.largeIntegers === 'text', limits.flaws === 'isolate');
  parser.parse();
  if (parser.faultAt === undefined) return undefined;
  const lines = text.slice(0, parser.faultAt).split('\n');
  return { line: lines.length, column: [...(lines.at(-1) ?? '')].length + 1 };
}

/** Strict, because a lossy decoder would turn two ids that differ only in bytes that are not UTF-8 into one. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    // Keep a byte order mark, so that it is a syntax error: RFC 8259, section 8.1, forbids writing one.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function utf8Length(text: string, maxBytes: number): number {
  // A UTF-16 unit is at most three bytes of UTF-8: most texts need not be encoded to be counted.
  return text.length * 3 <= maxBytes ? text.length : new TextEncoder().encode(text).length;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const INTEGER = /^-?[0-9]+$/;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Parses in one pass. After the first fault every method returns at once, and the returned value has no meaning. */
class Parser {
  fault: JsonFault | undefined;
  /** The offset of the fault. */
  faultAt: number | undefined;
  private readonly text: string;
  private readonly maxDepth: number;
  private readonly keepsDigits: boolean;
  private readonly isolates: boolean;
  private at = 0;
  private depth = 0;

  constructor(text: string, maxDepth: number, keepsDigits: boolean, isolates: boolean) {
    this.text = text;
    this.maxDepth = maxDepth;
    this.keepsDigits = keepsDigits;
    this.isolates = isolates;
  }

  parse(): unknown {
    const value = this.value();
    this.skipSpace();
    if (this.at < this.text.length) this.fail('syntax');
    return value;
  }

  private value(): unknown {
    this.skipSpace();
    switch (this.text.charCodeAt(this.at)) {
      case OPEN_OBJECT:
        return this.object();
      case OPEN_ARRAY:
        return this.array();
      case QUOTE:
        return this.string();
      case 0x74:
        return this.word('true', true);
      case 0x66:
        return this.word('false', false);
      case 0x6e:
        return this.word('null', null);
      default:
        return this.number();
    }
  }

  private object(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    if (!this.enter()) return object;
    this.skipSpace();
    if (this.take(CLOSE_OBJECT)) return this.leave(object);
    do {
      this.skipSpace();
      const name = this.string();
      if (this.fault !== undefined) return object;
      const isDuplicate = Object.hasOwn(object, name);
      if (isDuplicate && !this.isolates) {
        this.fail('duplicate-key');
        return object;
      }
      this.skipSpace();
      if (!this.take(COLON)) this.fail('syntax');
      if (this.fault !== undefined) return object;
      const value = this.value();
      if (this.fault !== undefined) return object;
      define(object, name, isDuplicate ? UNSOUND : value);
      this.skipSpace();
    } while (this.take(COMMA));
    if (!this.take(CLOSE_OBJECT)) this.fail('syntax');
    return this.leave(object);
  }

  private array(): unknown[] {
    const array: unknown[] = [];
    if (!this.enter()) return array;
    this.skipSpace();
    if (this.take(CLOSE_ARRAY)) return this.leave(array);
    do {
      array.push(this.value());
      if (this.fault !== undefined) return array;
      this.skipSpace();
    } while (this.take(COMMA));
    if (!this.take(CLOSE_ARRAY)) this.fail('syntax');
    return this.leave(array);
  }

  private string(): string {
    const start = this.at;
    if (!this.take(QUOTE)) return this.fail('syntax');
    let escaped = false;
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === QUOTE) break;
      // Past the end of the text, `code` is NaN, which is not >= 0x20.
      if (!(code >= 0x20)) return this.fail('syntax');
      if (code === BACKSLASH) {
        escaped = true;
        this.at += 1;
      }
      this.at += 1;
    }
    this.at += 1;
    return escaped ? this.unescape(start) : this.text.slice(start + 1, this.at - 1);
  }

  private unescape(start: number): string {
    try {
      const string = JSON.parse(this.text.slice(start, this.at)) as string;
      if (this.isolates) return string.toWellFormed();
      return string.isWellFormed() ? string : this.fail('lone-surrogate');
    } catch {
      return this.fail('syntax');
    }
  }

  private number(): number | string | typeof UNSOUND | undefined {
    NUMBER.lastIndex = this.at;
    const digits = NUMBER.exec(this.text)?.[0];
    if (digits === undefined) {
      this.fail('syntax');
      return undefined;
    }
    this.at += digits.length;
    const number = Number(digits);
    if (!Number.isFinite(number)) {
      if (this.isolates) return UNSOUND;
      this.fail('number-range');
    }
    return this.keepsDigits && !Number.isSafeInteger(number) && INTEGER.test(digits) ? digits : number;
  }

  private word<T>(word: string, value: T): T {
    if (this.text.startsWith(word, this.at)) this.at += word.length;
    else this.fail('syntax');
    return value;
  }

  private enter(): boolean {
    this.at += 1;
    this.depth += 1;
    if (this.depth <= this.maxDepth) return true;
    this.fail('too-deep');
    return false;
  }

  private leave<T>(value: T): T {
    this.depth -= 1;
    return value;
  }

  private take(code: number): boolean {
    if (this.text.charCodeAt(this.at) !== code) return false;
    this.at += 1;
    return true;
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at += 1;
    }
  }

  private fail(fault: JsonFault): '' {
    this.fault ??= fault;
    this.faultAt ??= this.at;
    return '';
  }
}

/** Like `JSON.parse`: `__proto__` becomes a member, not the object's prototype. */
function define(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[name] = value;
  }
}
