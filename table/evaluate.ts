/** Evaluates parsed expressions on an item. */
import { ValidationException } from './errors.ts';
import type { Condition, Operand, Path, UpdateAction, UpdateValue } from './parse-expression.ts';
import { compare, type Item, isEqual, stored, typeOf } from './values.ts';

/** What the placeholders of an expression stand for. */
export interface Placeholders {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

export function holds(condition: Condition, item: Item, given: Placeholders): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.all.every((one) => holds(one, item, given));
    case 'or':
      return condition.all.some((one) => holds(one, item, given));
    case 'not':
      return !holds(condition.condition, item, given);
    case 'exists':
      return (at(condition.path, item, given) !== undefined) === condition.exists;
    case 'type': {
      const value = at(condition.path, item, given);
      return value !== undefined && typeOf(value) === operandOf(condition.value, item, given);
    }
    case 'begins-with':
    case 'contains': {
      const value = operandOf(condition.operand, item, given);
      const part = operandOf(condition.part, item, given);
      return condition.kind === 'contains' ? doesContain(value, part) : doesBegin(value, part);
    }
    case 'in': {
      const value = operandOf(condition.operand, item, given);
      return value !== undefined && condition.list.some((one) => isEqual(value, operandOf(one, item, given)));
    }
    case 'between': {
      const value = operandOf(condition.operand, item, given);
      const low = compare(value, operandOf(condition.low, item, given));
      const high = compare(value, operandOf(condition.high, item, given));
      return low !== undefined && high !== undefined && low >= 0 && high <= 0;
    }
    case 'compare':
      return doesCompare(condition, item, given);
  }
}

function doesCompare(
  { comparator, left, right }: Extract<Condition, { kind: 'compare' }>,
  item: Item,
  given: Placeholders,
): boolean {
  const one = operandOf(left, item, given);
  const other = operandOf(right, item, given);
  if (comparator === '<>') return !(one !== undefined && other !== undefined && isEqual(one, other));
  if (one === undefined || other === undefined) return false;
  if (comparator === '=') return isEqual(one, other);
  const order = compare(one, other);
  if (order === undefined) return false;
  switch (comparator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

function doesBegin(value: unknown, part: unknown): boolean {
  if (typeof value === 'string' && typeof part === 'string') return value.startsWith(part);
  if (value instanceof Uint8Array && part instanceof Uint8Array)
    return Buffer.compare(value.subarray(0, part.length), part) === 0;
  return false;
}

function doesContain(value: unknown, part: unknown): boolean {
  if (typeof value === 'string') return typeof part === 'string' && value.includes(part);
  return Array.isArray(value) && value.some((one) => isEqual(one, part));
}

/** The value of an operand; `undefined` if the item has no such attribute. */
export function operandOf(operand: Operand, item: Item, given: Placeholders): unknown {
  switch (operand.kind) {
    case 'value':
      return given.values[operand.name];
    case 'path':
      return at(operand.path, item, given);
  }
}

export function at(path: Path, item: Item, given: Placeholders): unknown {
  let value: unknown = item;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return undefined;
    const name = nameOf(part, given);
    if (Array.isArray(value) !== (typeof name === 'number')) return undefined;
    value = Object.hasOwn(value, name) ? (value as Item)[name] : undefined;
  }
  return value;
}

export function nameOf(part: string | number, { names }: Placeholders): string | number {
  return typeof part === 'string' && part.startsWith('#') ? (names[part] ?? '') : part;
}

/** The item after the actions. Every value is that of the item before. */
export function updated(actions: readonly UpdateAction[], item: Item, given: Placeholders): Item {
  const next = { ...item };
  for (const action of actions) {
    switch (action.kind) {
      case 'remove':
        change(next, action.path, given, undefined);
        break;
      case 'set':
        change(next, action.path, given, valueAfter(action.value, item, given));
        break;
      case 'add': {
        const added = operandOf(action.value, item, given);
        const found = at(action.path, item, given);
        const before = found === undefined ? 0 : found;
        if (typeof added !== 'number' || typeof before !== 'number')
          throw new ValidationException('ADD is for numbers');
        change(next, action.path, given, before + added);
      }
    }
  }
  return next;
}

/** Sets or removes what is at a path. The containers on the way are copied, because the item before keeps them. */
function change(item: Record<string, unknown>, path: Path, given: Placeholders, value: unknown): void {
  let target: Record<string | number, unknown> = item;
  for (const part of path.slice(0, -1)) {
    const name = nameOf(part, given);
    const inner = target[name];
    if (typeof inner !== 'object' || inner === null || inner instanceof Uint8Array)
      throw new ValidationException('The document path provided in the update expression is invalid for update');
    const copy = (Array.isArray(inner) ? [...inner] : { ...inner }) as Record<string | number, unknown>;
    target[name] = copy;
    target = copy;
  }
  const name = nameOf(path.at(-1) ?? '', given);
  if (value !== undefined) {
    // A list grows by one, whatever the index is.
    if (Array.isArray(target) && typeof name === 'number' && name > target.length) target.push(value);
    else target[name] = value;
  } else if (Array.isArray(target)) target.splice(Number(name), 1);
  else delete target[name];
}

function valueAfter(value: UpdateValue, item: Item, given: Placeholders): unknown {
  switch (value.kind) {
    case 'operand': {
      const found = operandOf(value.operand, item, given);
      if (found === undefined)
        throw new ValidationException('The provided expression refers to an attribute that does not exist in the item');
      return value.operand.kind === 'value' ? stored(found) : found;
    }
    case 'if-not-exists': {
      const found = at(value.path, item, given);
      return found === undefined ? valueAfter(value.otherwise, item, given) : found;
    }
    case 'list-append': {
      const [one, other] = [valueAfter(value.one, item, given), valueAfter(value.other, item, given)];
      if (!Array.isArray(one) || !Array.isArray(other)) throw new ValidationException('list_append is for lists');
      return [...one, ...other];
    }
    case 'sum': {
      const [one, other] = [valueAfter(value.one, item, given), valueAfter(value.other, item, given)];
      if (typeof one !== 'number' || typeof other !== 'number')
        throw new ValidationException('An operand in the update expression has an incorrect data type');
      return one + value.sign * other;
    }
  }
}

/** The item with the projected attributes alone. */
export function projected(paths: readonly Path[], item: Item, given: Placeholders): Item {
  const shown: Record<string, unknown> = {};
  for (const path of paths) {
    if (path.length > 1) throw new ValidationException('Only whole attributes are projected');
    const value = at(path, item, given);
    if (value !== undefined) shown[String(nameOf(path[0] ?? '', given))] = value;
  }
  return shown;
}
