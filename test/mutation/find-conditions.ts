/**
 * Finds every condition that refuses a write, a message or a caller, and how to remove it:
 *
 * - `condition`: a `ConditionExpression`, and each clause of one that has several
 * - `guarded write`: a call of a function that makes a write with a condition (`putRevision`, `putLicense`, `putHead`, ...)
 * - `refusal`: a branch on the result of a commit
 * - `guard`: a read of the table before a write (`planHoldsLock`, ...), or a test whether another request was faster
 * - `check`: a check of a signature, a digest, a secret or a serial
 *
 * A condition that it cannot remove is an error; extend this file then.
 */
import {
  bare,
  calleeOf,
  isFunction,
  isNode,
  type Module,
  type Node,
  nameOf,
  nodes,
  parentOf,
  returned,
  returnTypeOf,
  walk,
} from './syntax.ts';

export type Kind = 'condition' | 'guarded write' | 'refusal' | 'guard' | 'check';

export interface Condition {
  /** File, function and text: it changes when the condition does. */
  readonly id: string;
  readonly kind: Kind;
  readonly file: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  /** The text around `start` to `end` that can switch it off. */
  readonly before: string;
  readonly after: string;
  /** `false`: only the place where a condition passed as an argument is used. */
  readonly isSwitched: boolean;
}

/** A condition that this file cannot remove. */
export class UnknownCondition extends Error {
  override readonly name = 'UnknownCondition';
}

/** The name of the switch in the changed text; see switch.ts. */
export const SWITCH = 'globalThis.relicenseConditions';

const COMMIT = 'functions/store/transactions.ts#commit';

/**
 * Reads before a write or an answer, and the value that replaces each when it is removed. Asynchronous reads that are not
 * guards are in the next list, so that each new one must be put into one of the two.
 */
const GUARDS: ReadonlyMap<string, boolean> = new Map([
  ['hasMoved', false],
  ['isBlocked', false],
  ['isExpired', false],
  ['isReservedBy', true],
  ['planHoldsLock', true],
  ['reprogrammingHoldsLock', true],
  ['save', true],
  ['reclaimQueue', true],
  ['resumeQueue', true],
  ['releaseQueue', true],
]);
const NO_GUARDS: ReadonlySet<string> = new Set([
  // Reads whether an unknown container has a history.
  'hasHistory',
  // Reads whether a key of the newest key set signed an update; an update that none signed is signed again.
  'isCurrent',
  // Compares the place of a content with that of an update, for a document that the reader verifies.
  'isAt',
  // Reads whether a lease is due.
  'isDueFor',
  // Waits for another invocation; `confirm` runs when the wait ends without it.
  'confirmedByExecution',
  // Reads the mappings of a sale.
  'sellNoLicense',
  // Waits for a revision of an order; its own writes have conditions.
  'awaitRevision',
  // Reads whether a receipt is missing; the transaction that reports it has conditions of its own.
  'isMissing',
  // Reads whether a license of a revision has changed; its transaction has conditions on each license.
  'isChanged',
]);

/** Modules in which every refusal is a check. */
const CHECKED_MODULES: ReadonlySet<string> = new Set([
  'functions/api/authentication/identify-person.ts',
  'protocol/apply.ts',
  'protocol/compact-jws.ts',
  'protocol/context.ts',
  'protocol/ed25519.ts',
  'protocol/update.ts',
]);
/** Modules whose names make every refusal in them a check. */
const CHECKED_MODULE = /^functions\/use-cases\/webhooks\/verify-[\w-]+\.ts$/;
/** Names that make a refusal a check in the other modules. */
const CHECKED_NAMES =
  /^(verif\w*|\w*[dD]igest|checksum\w*|isSigned\w*|isPair|isPublicJwk|areVendorKeys|\w*[sS]ignature|scopes|jwk|kid|secret|timingSafeEqual)$/;
/** Comparisons of secrets. */
const COMPARISONS = /^(constantTimeEqual|timingSafeEqual)$/;
/** Checks that throw when they fail. */
const THROWING_CHECKS = /^(verify|compactVerify|jwtVerify)$/;
/** Checks whose result is used: without the check the result is read unverified (`switch.ts`). */
const USED_CHECKS = /^jwtVerify$/;
/** The options of such a check, beside the signature. */
const CHECKED_OPTIONS: ReadonlySet<string> = new Set([
  'issuer',
  'audience',
  'algorithms',
  'requiredClaims',
  'currentDate',
]);

type Found = Omit<Condition, 'id' | 'file' | 'line' | 'isSwitched'> & {
  readonly what: string;
  readonly around: readonly Node[];
};

/** All conditions of these modules, in the order of the text. */
export function findConditions(modules: readonly Module[]): Condition[] {
  const guarded = guardedWriters(modules);
  const writers = booleanWriters(modules);
  const parameters = conditionParameters(modules);
  return modules.flatMap((module) => {
    const found: Found[] = [
      ...conditionsOf(module, parameters),
      ...guardedWrites(module, guarded),
      ...refusals(module),
      ...guards(module, writers),
      ...checks(module),
    ];
    return numbered(module, found);
  });
}

function numbered(module: Module, found: readonly Found[]): Condition[] {
  const seen = new Map<string, number>();
  const inOrder = [...found].sort((one, other) => one.start - other.start || other.end - one.end);
  return inOrder.map(({ what, around, ...rest }) => {
    const name = `${module.file} ${enclosing(around)}: ${rest.kind}: ${short(what)}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    const id = count === 1 ? name : `${name} (${count})`;
    const line = module.text.slice(0, rest.start).split('\n').length;
    const isSwitched = rest.before.includes(ID);
    return { ...rest, id, file: module.file, line, before: rest.before.replace(ID, JSON.stringify(id)), isSwitched };
  });
}

/** A placeholder until the id is known. */
const ID = '\u0000';
const LONGEST_TEXT = 90;

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').replaceAll('( ', '(').replaceAll(', )', ')').trim();
  return line.length <= LONGEST_TEXT ? line : `${line.slice(0, LONGEST_TEXT - 1)}…`;
}

function enclosing(around: readonly Node[]): string {
  const names: string[] = [];
  for (const [index, node] of around.entries()) {
    if (!isFunction(node)) continue;
    const owner = around[index - 1];
    const name = nameOf(node['id']) || nameOf(owner?.['id']) || nameOf(owner?.['key']);
    if (name !== '') names.push(name);
  }
  return names.at(-1) ?? 'module';
}

const textOf = (module: Module, { start, end }: Node): string => module.text.slice(start, end);

// Conditions

function isConditionProperty(node: Node): boolean {
  return node.type === 'Property' && nameOf(node['key']) === 'ConditionExpression';
}

interface ConditionParameter {
  readonly fn: string;
  /** The argument that holds the condition, and its element if it is a list. */
  readonly argument: number;
  readonly element?: number;
}

/** The parameters that are passed on as a condition: the argument of each call is the condition. */
function conditionParameters(modules: readonly Module[]): ConditionParameter[] {
  const found: ConditionParameter[] = [];
  for (const module of modules) {
    walk(module.program, (node, around) => {
      if (isConditionProperty(node)) {
        const parameter = parameterOf(module, node, around);
        if (parameter !== undefined) found.push(parameter);
      }
    });
  }
  return found;
}

function parameterOf(module: Module, property: Node, around: readonly Node[]): ConditionParameter | undefined {
  const value = bare(property['value']);
  if (value?.type !== 'Identifier') return undefined;
  const name = nameOf(value);
  for (const [fnName, fn] of module.functions) {
    if (!around.includes(fn)) continue;
    for (const [argument, parameter] of nodes(fn['params']).entries()) {
      if (nameOf(parameter) === name) return { fn: `${module.file}#${fnName}`, argument };
      const element = nodes(parameter['elements']).findIndex((one) => nameOf(one) === name);
      if (element >= 0) return { fn: `${module.file}#${fnName}`, argument, element };
    }
  }
  throw new UnknownCondition(`${module.file}: the condition ${name} is not a parameter of a function of the module`);
}

const isText = (node: Node | undefined): node is Node => node?.type === 'Literal' && typeof node['value'] === 'string';

function conditionsOf(module: Module, parameters: readonly ConditionParameter[]): Found[] {
  const found: Found[] = [];
  walk(module.program, (node, around) => {
    if (isConditionProperty(node)) {
      const object = around.at(-1);
      const value = bare(node['value']);
      if (object?.type !== 'ObjectExpression' || value === undefined) throw unknown(module, node);
      const owner = parentOf(around.slice(0, -1));
      const what = `ConditionExpression: ${textOf(module, value)}`;
      const flavour = owner?.type === 'Property' && nameOf(owner['key']) === 'ConditionCheck' ? 'check' : 'item';
      const { start, end } = object;
      if (value.type === 'Identifier') {
        // The arguments at the calls can be removed; here only the rest is put in order.
        if (parameterOf(module, node, around) === undefined) throw unknown(module, node);
        found.push({ kind: 'condition', what: 'passed on', around, start, end, before: `${SWITCH}.tidy(`, after: ')' });
        return;
      }
      if (!isText(value)) throw unknown(module, node);
      const before = `${SWITCH}.${flavour}(${ID}, `;
      found.push({ kind: 'condition', what, around, start, end, before, after: ')' });
      found.push(...clauses(value, around));
      return;
    }
    const isNamed = ['Identifier', 'Literal'].includes(node.type) && nameOf(node) === 'ConditionExpression';
    if (isNamed && !isConditionProperty(around.at(-1) ?? node)) throw unknown(module, node);
    if (node.type !== 'CallExpression') return;
    const parameter = parameters.find(({ fn }) => fn === calleeOf(module, node));
    if (parameter === undefined) return;
    const given = bare(nodes(node['arguments'])[parameter.argument]);
    if (parameter.element !== undefined && (given?.type === 'CallExpression' || given?.type === 'Identifier')) {
      // A function or the caller made the condition and its values: both are removed.
      const what = `${nameOf(node['callee'])}(${textOf(module, given)})`;
      const { start, end } = given;
      const before = `(${SWITCH}.is(${ID}) ? [${SWITCH}.none, {}] : `;
      found.push({ kind: 'condition', what, around, start, end, before, after: ')' });
      return;
    }
    if (parameter.element !== undefined && given?.type !== 'ArrayExpression') throw unknown(module, node);
    const value = parameter.element === undefined ? given : bare(nodes(given?.['elements'])[parameter.element]);
    if (value === undefined) throw unknown(module, node);
    const what = `${nameOf(node['callee'])}(${textOf(module, value)})`;
    const { start, end } = value;
    const before = `(${SWITCH}.is(${ID}) ? ${SWITCH}.none : `;
    found.push({ kind: 'condition', what, around, start, end, before, after: ')' });
    if (isText(value)) found.push(...clauses(value, around));
  });
  return found;
}

/** A condition of several clauses without each of them. */
function clauses(value: Node, around: readonly Node[]): Found[] {
  const text = String(value['value']);
  const parts = text.split(' AND ');
  if (parts.length === 1) return [];
  if (/[()]/.test(text)) throw new UnknownCondition(`The clauses of ${text}`);
  return parts.map((part, index) => {
    const rest = parts.filter((_, other) => other !== index).join(' AND ');
    const before = `(${SWITCH}.is(${ID}) ? ${SWITCH}.none + ${JSON.stringify(rest)} : `;
    const { start, end } = value;
    return { kind: 'condition', what: `the clause ${part}`, around, start, end, before, after: ')' } as const;
  });
}

function unknown(module: Module, node: Node): UnknownCondition {
  const line = module.text.slice(0, node.start).split('\n').length;
  return new UnknownCondition(`${module.file}:${line}: nobody knows how to remove ${short(textOf(module, node))}`);
}

// Guarded writes

/** The functions that return a write with a condition, directly or through one another. */
function guardedWriters(modules: readonly Module[]): ReadonlySet<string> {
  const guarded = new Set<string>();
  const isGuarded = (module: Module, expression: unknown): boolean => {
    const node = bare(expression);
    if (node?.type === 'CallExpression') return guarded.has(calleeOf(module, node) ?? '');
    if (node?.type === 'ConditionalExpression') {
      return isGuarded(module, node['consequent']) || isGuarded(module, node['alternate']);
    }
    return node?.type === 'ObjectExpression' && hasCondition(node);
  };
  grow(guarded, modules, (module, fn) => returned(fn).some((one) => isGuarded(module, one)));
  return guarded;
}

function hasCondition(node: Node): boolean {
  let has = false;
  walk(node, (one) => {
    has ||= isConditionProperty(one);
    return one === node || !isFunction(one);
  });
  return has;
}

/** Adds functions until there are no more. */
function grow(set: Set<string>, modules: readonly Module[], belongs: (module: Module, fn: Node) => boolean): void {
  for (let before = -1; before !== set.size; ) {
    before = set.size;
    for (const module of modules) {
      for (const [name, fn] of module.functions) if (belongs(module, fn)) set.add(`${module.file}#${name}`);
    }
  }
}

function guardedWrites(module: Module, guarded: ReadonlySet<string>): Found[] {
  const found: Found[] = [];
  walk(module.program, (node, around) => {
    if (node.type !== 'CallExpression' || !guarded.has(calleeOf(module, node) ?? '')) return;
    const { start, end } = node;
    const before = `${SWITCH}.write(${ID}, `;
    found.push({ kind: 'guarded write', what: textOf(module, node), around, start, end, before, after: ')' });
  });
  return found;
}

// Refusals and guards

const ANSWERS: Readonly<Record<string, boolean>> = { committed: true, refused: false };

/** A test whether a commit was refused: without it, the commit counts as done. */
function refusals(module: Module): Found[] {
  const found: Found[] = [];
  walk(module.program, (node, around) => {
    if (node.type !== 'BinaryExpression') return;
    const [left, right] = [bare(node['left']), bare(node['right'])];
    const answer = isText(right) ? ANSWERS[String(right['value'])] : undefined;
    if (answer === undefined || left === undefined || !isCommit(module, left, around)) return;
    const instead = node['operator'] === '===' ? answer : !answer;
    found.push(answered(module, 'refusal', node, around, instead));
  });
  return found;
}

function isCommit(module: Module, value: Node, around: readonly Node[]): boolean {
  if (value.type === 'AwaitExpression') return isCommitCall(module, value);
  if (value.type !== 'Identifier') return false;
  let is = false;
  walk(around.find(isFunction) ?? module.program, (node) => {
    if (node.type !== 'VariableDeclarator' || nameOf(node['id']) !== nameOf(value)) return;
    const init = bare(node['init']);
    is ||= init !== undefined && isCommitCall(module, init);
  });
  return is;
}

function isCommitCall(module: Module, awaited: Node): boolean {
  const call = bare(awaited['argument']);
  return call?.type === 'CallExpression' && calleeOf(module, call) === COMMIT;
}

function answered(module: Module, kind: Kind, node: Node, around: readonly Node[], instead: boolean): Found {
  const { start, end } = node;
  const what = textOf(module, node);
  return { kind, what, around, start, end, before: `${SWITCH}.answer(${ID}, `, after: `, ${instead})` };
}

/** The functions that write under a condition and return whether they did. */
function booleanWriters(modules: readonly Module[]): ReadonlySet<string> {
  const writers = new Set<string>();
  grow(writers, modules, (module, fn) => {
    if (returnTypeOf(module, fn) !== 'Promise<boolean>') return false;
    let writes = hasCondition(fn);
    walk(fn, (node) => {
      if (node.type !== 'CallExpression') return;
      const callee = calleeOf(module, node) ?? '';
      writes ||= callee === COMMIT || writers.has(callee);
    });
    return writes;
  });
  for (const module of modules) {
    for (const [name, fn] of module.functions) {
      if (!module.file.startsWith('functions/') || returnTypeOf(module, fn) !== 'Promise<boolean>') continue;
      if (writers.has(`${module.file}#${name}`) || GUARDS.has(name) || NO_GUARDS.has(name)) continue;
      throw new UnknownCondition(`${module.file}: is ${name} a guard? It belongs into GUARDS or NO_GUARDS`);
    }
  }
  return writers;
}

const PASSED_ON: ReadonlySet<string> = new Set(['ExpressionStatement', 'ReturnStatement', 'ArrowFunctionExpression']);

/** A test whether a write was made or may be made: without it, the result is always the good one. */
function guards(module: Module, writers: ReadonlySet<string>): Found[] {
  if (!module.file.startsWith('functions/')) return [];
  const found: Found[] = [];
  walk(module.program, (node, around) => {
    if (node.type !== 'CallExpression') return;
    const parent = parentOf(around);
    const isAwaited = parent?.type === 'AwaitExpression';
    const asked = isAwaited ? parent : node;
    const outside = isAwaited ? around.slice(0, around.lastIndexOf(parent)) : around;
    const name = nameOf(bare(node['callee']));
    const good = GUARDS.get(name) ?? (isAwaited && writers.has(calleeOf(module, node) ?? '') ? true : undefined);
    if (good === undefined || PASSED_ON.has(parentOf(outside)?.type ?? '')) return;
    found.push(answered(module, 'guard', asked, outside, good));
  });
  return found;
}

// Checks

function checks(module: Module): Found[] {
  const isChecked = CHECKED_MODULES.has(module.file) || CHECKED_MODULE.test(module.file);
  const found: Found[] = [];
  const without = (node: Node, around: readonly Node[], instead: string): void => {
    found.push(replaced(node, around, textOf(module, node), instead));
  };
  walk(module.program, (node, around) => {
    if (node.type === 'IfStatement' && refuses(node['consequent'])) {
      for (const leaf of leaves(node['test'], '||')) {
        if (isChecked || mentions(leaf, digestsOf(around))) without(leaf, around, 'false');
      }
    }
    if (node.type === 'ExpressionStatement') {
      const call = bare(bare(node['expression'])?.['argument'] ?? node['expression']);
      const callee = bare(call?.['callee']);
      const name = nameOf(callee?.type === 'MemberExpression' ? callee['property'] : callee);
      if (THROWING_CHECKS.test(name) && isNode(node['expression'])) without(node['expression'], around, 'undefined');
    }
    if (node.type === 'CallExpression' && COMPARISONS.test(nameOf(bare(node['callee'])))) without(node, around, 'true');
    if (node.type === 'VariableDeclarator') found.push(...usedChecks(module, node, around));
    if (!isChecked || node.type !== 'ReturnStatement') return;
    const value = bare(node['argument']);
    const test = value?.type === 'ConditionalExpression' ? bare(value['test']) : value;
    if (
      test?.type === 'LogicalExpression' ||
      (value?.type === 'ConditionalExpression' && isUndefined(value['alternate']))
    ) {
      for (const leaf of leaves(test, '&&')) without(leaf, around, 'true');
    }
  });
  return found;
}

/** A check that returns another value when it is removed. */
function replaced({ start, end }: Node, around: readonly Node[], what: string, instead: string): Found {
  return { kind: 'check', what, around, start, end, before: `(${SWITCH}.is(${ID}) ? ${instead} : `, after: ')' };
}

/** `const read = await check(text, key, { option: expected })`: without the check, and without each of its options. */
function usedChecks(module: Module, declarator: Node, around: readonly Node[]): Found[] {
  const init = bare(declarator['init']);
  const call = init?.type === 'AwaitExpression' ? bare(init['argument']) : undefined;
  if (init === undefined || call === undefined || !USED_CHECKS.test(nameOf(bare(call['callee'])))) return [];
  const [checked, , options] = nodes(call['arguments']);
  if (checked === undefined || options?.type !== 'ObjectExpression') throw unknown(module, call);
  const asked = nodes(options['properties']).filter((option) => CHECKED_OPTIONS.has(nameOf(option['key'])));
  const callee = nameOf(call['callee']);
  return [
    replaced(init, around, textOf(module, init), `${SWITCH}.unverified(${textOf(module, checked)})`),
    ...asked.map((option) =>
      replaced(bare(option['value']) ?? option, around, `${callee}: ${textOf(module, option)}`, 'undefined'),
    ),
  ];
}

const isUndefined = (value: unknown): boolean => nameOf(bare(value)) === 'undefined';

/** Whether a branch only refuses. */
function refuses(branch: unknown): boolean {
  const statement = isNode(branch) && branch.type === 'BlockStatement' ? nodes(branch['body']).at(-1) : branch;
  return isNode(statement) && ['ReturnStatement', 'ThrowStatement', 'ContinueStatement'].includes(statement.type);
}

function leaves(value: unknown, operator: '||' | '&&'): Node[] {
  const node = bare(value);
  if (node === undefined) return [];
  if (node.type !== 'LogicalExpression' || node['operator'] !== operator) return [node];
  return [...leaves(node['left'], operator), ...leaves(node['right'], operator)];
}

function mentions(node: Node, digests: ReadonlySet<string>): boolean {
  let does = false;
  let isCommitted = false;
  walk(node, (one) => {
    isCommitted ||= one.type === 'Identifier' && nameOf(one) === 'commit';
    does ||= one.type === 'Identifier' && (CHECKED_NAMES.test(nameOf(one)) || digests.has(nameOf(one)));
  });
  return does && !isCommitted;
}

const DIGESTING = /^(digestOf|createHash|checksumOf)$/;

/** The variables of the function that hold a digest. */
function digestsOf(around: readonly Node[]): ReadonlySet<string> {
  const digests = new Set<string>();
  const fn = around.find(isFunction);
  if (fn === undefined) return digests;
  walk(fn, (node) => {
    if (node.type !== 'VariableDeclarator' || !isNode(node['init'])) return;
    walk(node['init'], (one) => {
      if (one.type === 'Identifier' && DIGESTING.test(nameOf(one))) digests.add(nameOf(node['id']));
      return !isFunction(one);
    });
  });
  return digests;
}
