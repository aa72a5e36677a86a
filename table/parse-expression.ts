/** Parses the expressions of DynamoDB: conditions, key conditions, updates and projections. Each text is parsed once. */
import { ValidationException } from './errors.ts';

/** A place in an item: `name`, `#alias`, and what follows it. */
export type Path = readonly (string | number)[];

export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly name: string };

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly all: readonly Condition[] }
  | { readonly kind: 'not'; readonly condition: Condition }
  | {
      readonly kind: 'compare';
      readonly comparator: Comparator;
      readonly left: Operand;
      readonly right: Operand;
    }
  | { readonly kind: 'between'; readonly operand: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly kind: 'in'; readonly operand: Operand; readonly list: readonly Operand[] }
  | { readonly kind: 'exists'; readonly path: Path; readonly exists: boolean }
  | { readonly kind: 'type'; readonly path: Path; readonly value: Operand }
  | { readonly kind: 'begins-with' | 'contains'; readonly operand: Operand; readonly part: Operand };

export type UpdateValue =
  | { readonly kind: 'operand'; readonly operand: Operand }
  | { readonly kind: 'if-not-exists'; readonly path: Path; readonly otherwise: UpdateValue }
  | { readonly kind: 'list-append'; readonly one: UpdateValue; readonly other: UpdateValue }
  | { readonly kind: 'sum'; readonly sign: 1 | -1; readonly one: UpdateValue; readonly other: UpdateValue };

export type UpdateAction =
  | { readonly kind: 'set'; readonly path: Path; readonly value: UpdateValue }
  | { readonly kind: 'remove'; readonly path: Path }
  | { readonly kind: 'add'; readonly path: Path; readonly value: Operand };

/** An expression with the placeholders that it uses: `#name` and `:value`. */
export interface Parsed<Tree> {
  readonly tree: Tree;
  readonly names: ReadonlySet<string>;
  readonly values: ReadonlySet<string>;
}

const TOKEN = /\s*(?:([A-Za-z_]\w*|#\w+|:\w+|\d+)|(<>|<=|>=|[=<>()[\].,+-]))/gy;
const KEYWORD = /^(?:AND|OR|NOT|BETWEEN|IN|SET|REMOVE|ADD|DELETE)$/i;

class Reader {
  private readonly tokens: readonly string[];
  private at = 0;
  readonly names = new Set<string>();
  readonly values = new Set<string>();
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
    const tokens: string[] = [];
    TOKEN.lastIndex = 0;
    let end = 0;
    for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
      tokens.push(match[1] ?? match[2] ?? '');
      end = TOKEN.lastIndex;
    }
    if (text.slice(end).trim() !== '' || tokens.length === 0) throw this.fault(text.slice(end));
    this.tokens = tokens;
  }

  peek(): string | undefined {
    return this.tokens[this.at];
  }

  next(): string {
    const token = this.tokens[this.at];
    if (token === undefined) throw this.fault('its end');
    this.at += 1;
    return token;
  }

  /** Takes the token if it comes next. Keywords and functions may have any case. */
  takes(token: string): boolean {
    if (this.peek()?.toUpperCase() !== token.toUpperCase()) return false;
    this.at += 1;
    return true;
  }

  expect(token: string): void {
    if (!this.takes(token)) throw this.fault(this.peek() ?? 'its end');
  }

  /** A function's name, if it and its parenthesis come next. */
  takesFunction(name: string): boolean {
    if (this.peek() !== name || this.tokens[this.at + 1] !== '(') return false;
    this.at += 2;
    return true;
  }

  end(): void {
    const token = this.peek();
    if (token !== undefined) throw this.fault(token);
  }

  fault(token: string): ValidationException {
    return new ValidationException(`Invalid expression "${this.text}": syntax error at "${token}"`);
  }

  path(): Path {
    const path: (string | number)[] = [this.pathName()];
    for (;;) {
      if (this.takes('.')) path.push(this.pathName());
      else if (this.takes('[')) {
        path.push(Number(this.next()));
        this.expect(']');
      } else return path;
    }
  }

  private pathName(): string {
    const name = this.next();
    if (name.startsWith('#')) this.names.add(name);
    else if (!/^[A-Za-z_]/.test(name) || KEYWORD.test(name)) throw this.fault(name);
    return name;
  }

  operand(): Operand {
    const token = this.peek() ?? '';
    if (!token.startsWith(':')) return { kind: 'path', path: this.path() };
    this.next();
    this.values.add(token);
    return { kind: 'value', name: token };
  }

  condition(): Condition {
    const all = [this.conjunction()];
    while (this.takes('OR')) all.push(this.conjunction());
    return all.length === 1 && all[0] !== undefined ? all[0] : { kind: 'or', all };
  }

  private conjunction(): Condition {
    const all = [this.negation()];
    while (this.takes('AND')) all.push(this.negation());
    return all.length === 1 && all[0] !== undefined ? all[0] : { kind: 'and', all };
  }

  private negation(): Condition {
    return this.takes('NOT') ? { kind: 'not', condition: this.negation() } : this.clause();
  }

  private clause(): Condition {
    if (this.takes('(')) {
      const condition = this.condition();
      this.expect(')');
      return condition;
    }
    for (const exists of [true, false]) {
      if (!this.takesFunction(exists ? 'attribute_exists' : 'attribute_not_exists')) continue;
      const path = this.path();
      this.expect(')');
      return { kind: 'exists', path, exists };
    }
    if (this.takesFunction('attribute_type')) {
      const path = this.path();
      this.expect(',');
      const value = this.operand();
      this.expect(')');
      return { kind: 'type', path, value };
    }
    for (const kind of ['begins-with', 'contains'] as const) {
      if (!this.takesFunction(kind.replace('-', '_'))) continue;
      const operand = this.operand();
      this.expect(',');
      const part = this.operand();
      this.expect(')');
      return { kind, operand, part };
    }
    return this.comparison();
  }

  private comparison(): Condition {
    const left = this.operand();
    if (this.takes('BETWEEN')) {
      const low = this.operand();
      this.expect('AND');
      return { kind: 'between', operand: left, low, high: this.operand() };
    }
    if (this.takes('IN')) {
      this.expect('(');
      const list = [this.operand()];
      while (this.takes(',')) list.push(this.operand());
      this.expect(')');
      return { kind: 'in', operand: left, list };
    }
    const comparator = COMPARATORS.find((one) => this.takes(one));
    if (comparator === undefined) throw this.fault(this.peek() ?? 'its end');
    return { kind: 'compare', comparator, left, right: this.operand() };
  }

  updateValue(): UpdateValue {
    let value = this.updateTerm();
    for (;;) {
      const sign = this.takes('+') ? 1 : this.takes('-') ? -1 : undefined;
      if (sign === undefined) return value;
      value = { kind: 'sum', sign, one: value, other: this.updateTerm() };
    }
  }

  private updateTerm(): UpdateValue {
    if (this.takes('(')) {
      const value = this.updateValue();
      this.expect(')');
      return value;
    }
    if (this.takesFunction('if_not_exists')) {
      const path = this.path();
      this.expect(',');
      const otherwise = this.updateValue();
      this.expect(')');
      return { kind: 'if-not-exists', path, otherwise };
    }
    if (this.takesFunction('list_append')) {
      const one = this.updateValue();
      this.expect(',');
      const other = this.updateValue();
      this.expect(')');
      return { kind: 'list-append', one, other };
    }
    return { kind: 'operand', operand: this.operand() };
  }
}

const COMPARATORS: readonly Comparator[] = ['<>', '<=', '>=', '=', '<', '>'];

/** Parses with `read` to the end of the text. */
function parserOf<Tree>(read: (reader: Reader) => Tree): (text: string) => Parsed<Tree> {
  const parsed = new Map<string, Parsed<Tree>>();
  return (text) => {
    const known = parsed.get(text);
    if (known !== undefined) return known;
    const reader = new Reader(text);
    const tree = read(reader);
    reader.end();
    const result = { tree, names: reader.names, values: reader.values };
    parsed.set(text, result);
    return result;
  };
}

export const parseCondition = parserOf((reader) => reader.condition());

export const parseProjection = parserOf((reader) => {
  const paths = [reader.path()];
  while (reader.takes(',')) paths.push(reader.path());
  return paths;
});

export const parseUpdate = parserOf((reader) => {
  const actions: UpdateAction[] = [];
  const clauses = new Set<string>();
  while (reader.peek() !== undefined) {
    const clause = reader.next().toUpperCase();
    if (clauses.has(clause)) throw reader.fault(clause);
    clauses.add(clause);
    do actions.push(readAction(reader, clause));
    while (reader.takes(','));
  }
  return actions;
});

function readAction(reader: Reader, clause: string): UpdateAction {
  if (clause !== 'SET' && clause !== 'REMOVE' && clause !== 'ADD') throw reader.fault(clause);
  const path = reader.path();
  if (clause === 'REMOVE') return { kind: 'remove', path };
  if (clause === 'ADD') return { kind: 'add', path, value: reader.operand() };
  reader.expect('=');
  return { kind: 'set', path, value: reader.updateValue() };
}
