import { expect, test } from 'vitest';
import { findConditions, UnknownCondition } from '../../mutation/find-conditions.ts';
import { instrumented } from '../../mutation/instrument.ts';
import { parseModule } from '../../mutation/syntax.ts';

const FILE = 'functions/example/example.ts';

const found = (text: string, file = FILE): string[] =>
  findConditions([parseModule(file, text)])
    .filter(({ isSwitched }) => isSwitched)
    .map(({ id }) => id.slice(file.length + 1));

test('a condition is found by its function and its text', () => {
  const text = `function completed() { return { Put: { Item: {}, ConditionExpression: '#state = :delivering' } }; }`;
  expect(found(text)).toEqual(["completed: condition: ConditionExpression: '#state = :delivering'"]);
});

test('each clause of a condition with several clauses is found', () => {
  const text = `const claim = () => send({ ConditionExpression: 'run = :run AND running = :idle' });`;
  expect(found(text)).toEqual([
    "claim: condition: ConditionExpression: 'run = :run AND running = :idle'",
    'claim: condition: the clause run = :run',
    'claim: condition: the clause running = :idle',
  ]);
});

test('a condition passed as an argument is found at the call', () => {
  const text = `
    function save(item: object, [expression]: readonly [string]) { send({ ConditionExpression: expression }); }
    function claim() { return save({}, ['run = :run']); }
    function release() { return save({}, ['running = :idle']); }`;
  expect(found(text)).toEqual(["claim: condition: save('run = :run')", "release: condition: save('running = :idle')"]);
});

test('a write with a condition is found through every function that returns it', () => {
  const text = `
    function putNew() { return { Put: { ConditionExpression: 'attribute_not_exists(pk)' } }; }
    const putTicket = () => putNew();
    function deliver() { const writes = [putTicket()]; }`;
  expect(found(text)).toEqual([
    "putNew: condition: ConditionExpression: 'attribute_not_exists(pk)'",
    'putTicket: guarded write: putNew()',
    'deliver: guarded write: putTicket()',
  ]);
});

test('a branch on the result of a commit is found, also in functions that pass the result on', () => {
  const text = `
    import { commit } from '../store/transactions.ts';
    async function taken(): Promise<boolean> { return (await commit([])) === 'committed'; }
    async function take() { if (await taken()) return 1; const done = await commit([]); return done === 'refused'; }`;
  expect(found(text)).toEqual([
    "taken: refusal: (await commit([])) === 'committed'",
    'take: guard: await taken()',
    "take: refusal: done === 'refused'",
  ]);
});

test('a check of a digest or a signature is found, clause by clause', () => {
  const text = `
    function known(digest: string, order: any) { if (order === undefined || order.body !== digest) return undefined; }
    function read(body: string) { try { new Webhook('').verify(body); return true; } catch { return false; } }`;
  expect(found(text)).toEqual(['known: check: order.body !== digest', "read: check: new Webhook('').verify(body)"]);
});

test('a check whose result is used is found, and each of its options', () => {
  const text = `
    async function read(token: string) {
      const { payload } = await jwtVerify(token, keys, { issuer: us, clockTolerance: 10 });
      return payload;
    }`;
  expect(found(text)).toEqual([
    'read: check: await jwtVerify(token, keys, { issuer: us, clockTolerance: 10 })',
    'read: check: jwtVerify: issuer: us',
  ]);
});

test('two conditions with the same text have different ids', () => {
  const text = `function twice() { a({ ConditionExpression: 'x = :x' }); b({ ConditionExpression: 'x = :x' }); }`;
  const [one = '', other = ''] = found(text);
  expect(other).toBe(`${one} (2)`);
});

test.each([
  [
    'made somewhere else',
    `import { CONDITION } from './x.ts'; const put = () => ({ ConditionExpression: CONDITION });`,
  ],
  ['put together', 'const put = (name: string) => ({ ConditionExpression: `$\u007bname} = :x` });'],
  ['set afterwards', `const put = (write: any) => { write.ConditionExpression = 'x = :x'; };`],
  ['with parentheses', `const put = () => ({ ConditionExpression: '(a = :a OR b = :b) AND c = :c' });`],
  [
    'given as a member of an object',
    'function save([x]: string[]) { s({ ConditionExpression: x }); } const c = () => save(o.y);',
  ],
])('a condition that is %s is an error, because it could not be removed', (_, text) => {
  expect(() => found(text)).toThrow(UnknownCondition);
});

test('an asynchronous read that is in neither list of guards is an error', () => {
  const text = 'async function isFree(): Promise<boolean> { return true; }';
  expect(() => found(text)).toThrow(UnknownCondition);
  expect(found(text, 'container/example.ts')).toEqual([]);
});

test('the switches move no line, and nested conditions have a switch each', () => {
  const text = `
    import { commit, putNew } from '../store/transactions.ts';
    function putNew() { return { Put: { ConditionExpression: 'attribute_not_exists(pk)' } }; }
    async function save() {
      return (await commit([putNew()])) === 'committed';
    }`;
  const module = parseModule(FILE, text);
  const changed = instrumented(text, findConditions([module]));
  expect(changed.split('\n')).toHaveLength(text.split('\n').length);
  expect(changed.match(/relicenseConditions\.(answer|write|item)\(/g)).toEqual([
    'relicenseConditions.item(',
    'relicenseConditions.answer(',
    'relicenseConditions.write(',
  ]);
  expect(() => parseModule(FILE, changed)).not.toThrow();
});

test('a condition with its values that a function or the caller made is removed as a whole', () => {
  const text =
    "function put([e, v]: Pair) { return s({ Put: { ConditionExpression: e, ExpressionAttributeValues: v } }); } const c = (p: Pair) => [put(p), put(own('x'))];";
  expect(found(text).filter((one) => one.includes('condition: put('))).toHaveLength(2);
});
