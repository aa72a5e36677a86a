/** What `find-conditions.ts` needs of a syntax tree: nodes by type, their parents, and names across modules. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { parseAst } from 'vitest/node';

/** A node of the ESTree that Vite's parser makes of TypeScript; positions are UTF-16 units of the text. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [member: string]: unknown;
}

export interface Module {
  /** From the project's folder, with slashes. */
  readonly file: string;
  readonly text: string;
  readonly program: Node;
  /** The functions at the top level, by name. */
  readonly functions: ReadonlyMap<string, Node>;
  /** Imports from modules of the project: the local name and its origin. */
  readonly imports: ReadonlyMap<string, string>;
}

/** Every TypeScript module under the folders, in the order of their names. */
export function readModules(project: string, folders: readonly string[]): Module[] {
  return folders.flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
      .sort()
      .map((file) => parseModule(file, readFileSync(join(project, file), 'utf8'))),
  );
}

export function parseModule(file: string, text: string): Module {
  const program = parseAst(text, { lang: 'ts' }) as unknown as Node;
  const functions = new Map<string, Node>();
  const imports = new Map<string, string>();
  for (const statement of nodes(program['body'])) {
    const declared = statement.type === 'ExportNamedDeclaration' ? statement['declaration'] : statement;
    if (!isNode(declared)) continue;
    if (declared.type === 'FunctionDeclaration') functions.set(nameOf(declared['id']), declared);
    if (declared.type === 'VariableDeclaration') {
      for (const { id, init } of nodes(declared['declarations'])) {
        if (isNode(init) && isFunction(init)) functions.set(nameOf(id), init);
      }
    }
    if (declared.type === 'ImportDeclaration') {
      const source = String((declared['source'] as Node)['value']);
      if (!source.startsWith('.')) continue;
      const target = posix.join(dirname(file), source);
      for (const one of nodes(declared['specifiers'])) {
        imports.set(nameOf(one['local']), `${target}#${nameOf(one['imported'] ?? one['local'])}`);
      }
    }
  }
  return { file, text, program, functions, imports };
}

/** Visits every node below, with its parents, the nearest last. `false` skips the nodes below one. */
export function walk(
  node: Node,
  visit: (node: Node, around: readonly Node[]) => boolean | undefined,
  around: readonly Node[] = [],
): void {
  if (visit(node, around) === false) return;
  const inner = [...around, node];
  for (const member of Object.values(node)) {
    for (const child of Array.isArray(member) ? member : [member]) if (isNode(child)) walk(child, visit, inner);
  }
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'type') === 'string';
}

export function nodes(value: unknown): Node[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

export function nameOf(value: unknown): string {
  if (!isNode(value)) return '';
  return String(value['name'] ?? value['value'] ?? '');
}

const FUNCTIONS: ReadonlySet<string> = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
]);

export function isFunction(node: Node): boolean {
  return FUNCTIONS.has(node.type);
}

const WRAPPERS: ReadonlySet<string> = new Set([
  'ParenthesizedExpression',
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
]);

/** The expression without parentheses and type-only syntax. */
export function bare(value: unknown): Node | undefined {
  let node = isNode(value) ? value : undefined;
  while (node !== undefined && WRAPPERS.has(node.type))
    node = isNode(node['expression']) ? node['expression'] : undefined;
  return node;
}

/** The direct parent of an expression, without wrappers. */
export function parentOf(around: readonly Node[]): Node | undefined {
  return around.findLast((one) => !WRAPPERS.has(one.type));
}

/** The function that a call names, as `file#name`; `undefined` for methods and functions outside the project. */
export function calleeOf(module: Module, call: Node): string | undefined {
  const callee = bare(call['callee']);
  if (callee?.type !== 'Identifier') return undefined;
  const name = nameOf(callee);
  return module.functions.has(name) ? `${module.file}#${name}` : module.imports.get(name);
}

/** The values that a function returns, not those of functions within it. */
export function returned(fn: Node): Node[] {
  const body = fn['body'];
  if (!isNode(body)) return [];
  if (body.type !== 'BlockStatement') return [body];
  const found: Node[] = [];
  walk(body, (node) => {
    if (isFunction(node)) return false;
    if (node.type === 'ReturnStatement' && isNode(node['argument'])) found.push(node['argument']);
    return true;
  });
  return found;
}

/** The return type of a function, as it is written. */
export function returnTypeOf(module: Module, fn: Node): string {
  const annotation = fn['returnType'];
  return isNode(annotation) ? module.text.slice(annotation.start, annotation.end).replace(/^:\s*/, '') : '';
}
