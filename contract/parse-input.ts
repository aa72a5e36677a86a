import type * as z from 'zod/mini';
import { formatIssue, IN_ITS_PARTS, meantOf, NO_SUCH_FIELD } from './validation-messages.ts';

/** A fault of one member of the input. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

export type ParsedInput<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly errors: readonly Fault[] };

/** Faults that one answer lists; a hostile input can have one for each of its members. */
const MAX_FAULTS = 50;
/** Unknown members of one object that are listed, so that they do not displace other faults. */
const MAX_UNKNOWN = 10;
/** Characters of a member's name that are shown: the sender chose it, and it can have a million. */
const MAX_NAME_CHARACTERS = 64;

/**
 * Parses an input and collects every fault, each with the path of its member and a message that can be shown.
 * @param prefix precedes each path: `query.`
 */
export function parseInput<Schema extends z.ZodMiniType>(
  schema: Schema,
  input: unknown,
  prefix = '',
): ParsedInput<z.output<Schema>> {
  const parsed = schema.safeParse(input, { error: formatIssue });
  if (parsed.success) return { ok: true, value: parsed.data };
  const parts = parsed.error.issues.flatMap((issue) => partsOf(issue, []));
  const faults = distinct(parts.slice(0, MAX_FAULTS).map((part) => faultOf(prefix, part)));
  const left = parts.length - MAX_FAULTS;
  return { ok: false, errors: left <= 0 ? faults : [...faults, { path: '', message: `and ${left} more` }] };
}

/**
 * As {@link parseInput}, for a request: a member named `__proto__` is a fault. zod would drop it, and the sender would take it
 * for accepted.
 */
export function parseStrictly<Schema extends z.ZodMiniType>(
  schema: Schema,
  input: unknown,
  prefix = '',
): ParsedInput<z.output<Schema>> {
  const parsed = parseInput(schema, input, prefix);
  const hostile = pathsToProto(input, []).map((path) => faultOf(prefix, { path, message: NO_SUCH_FIELD }));
  if (hostile.length === 0) return parsed;
  return { ok: false, errors: distinct([...(parsed.ok ? [] : parsed.errors), ...hostile]) };
}

const PROTO = '__proto__';

/** The paths of at most 10 members that are named `__proto__`. */
function pathsToProto(value: unknown, path: readonly PropertyKey[]): PropertyKey[][] {
  if (typeof value !== 'object' || value === null) return [];
  const found: PropertyKey[][] = Object.hasOwn(value, PROTO) ? [[...path, PROTO]] : [];
  for (const name of Object.keys(value)) {
    if (found.length >= MAX_UNKNOWN) break;
    if (name !== PROTO) found.push(...pathsToProto(Reflect.get(value, name), [...path, name]));
  }
  return found.slice(0, MAX_UNKNOWN);
}

interface Part {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Splits an issue into one part for each member that it concerns. */
function partsOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): Part[] {
  const path = [...above, ...issue.path];
  const { message } = issue;
  if (issue.code === 'unrecognized_keys') {
    const named = issue.keys.slice(0, MAX_UNKNOWN).map((key) => ({ path: [...path, key], message }));
    const left = issue.keys.length - named.length;
    return left === 0
      ? named
      : [...named, { path, message: `has ${left} more unknown ${left === 1 ? 'field' : 'fields'}` }];
  }
  const meant = issue.code === 'invalid_union' && message === IN_ITS_PARTS ? meantOf(issue.errors) : undefined;
  return meant === undefined ? [{ path, message }] : meant.flatMap((one) => partsOf(one, path));
}

function faultOf(prefix: string, { path, message }: Part): Fault {
  if (path.length > 0) return { path: `${prefix}${path.map(shortenName).join('.')}`, message };
  return prefix === '' ? { path: '', message: `the body ${message}` } : { path: prefix.replace(/\.$/, ''), message };
}

/** Two checks can report the same fault, and two long names can have the same start. */
function distinct(faults: readonly Fault[]): Fault[] {
  return [...new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values()];
}

/** A name that can be shown: short, on one line and not empty. */
function shortenName(name: PropertyKey): string {
  if (typeof name !== 'string') return String(name);
  const start = name.length > MAX_NAME_CHARACTERS ? `${name.slice(0, MAX_NAME_CHARACTERS)}…` : name;
  return start === '' ? '""' : start.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
}
