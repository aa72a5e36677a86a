import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { type Endpoint, requestSchemas } from '../../../contract/endpoint.ts';
import { CONTRACT } from '../../../contract/endpoints.ts';
import { parseInput } from '../../../contract/parse-input.ts';
import { erpEvent } from '../../../contract/webhooks.ts';

/** `path: message` of every fault; nothing for what is accepted. */
function faultsOf(schema: z.ZodMiniType, input: unknown, prefix?: string): string[] {
  const parsed = parseInput(schema, input, prefix);
  return parsed.ok ? [] : parsed.errors.map(({ path, message }) => `${path}: ${message}`);
}

const text = z.string().check(z.minLength(1), z.maxLength(4));
const SECRET = 'whsec_c2VjcmV0IHNlY3JldCBzZWNyZXQ';

describe('a fault says in words what is wanted', () => {
  test.each<[string, z.ZodMiniType, unknown, string[]]>([
    ['a missing member', z.strictObject({ a: z.string() }), {}, ['a: is missing']],
    ['a missing number', z.strictObject({ a: z.int() }), {}, ['a: is missing']],
    ['a missing choice', z.strictObject({ a: z.enum(['x', 'y']) }), {}, ['a: is missing; must be one of x, y']],
    ['a missing union', z.strictObject({ a: z.union([z.string(), z.int()]) }), {}, ['a: is missing']],
    ['an unknown member', z.strictObject({}), { b: 1 }, ['b: there is no such field']],
    [
      'unknown members deeper',
      z.strictObject({ items: z.array(z.strictObject({ a: z.string() })) }),
      { items: [{ a: '' }, { a: '', b: 1, __proto__: null, c: 2 }] },
      ['items.1.b: there is no such field', 'items.1.c: there is no such field'],
    ],
    ['no string', z.strictObject({ a: z.string() }), { a: 1 }, ['a: must be a string']],
    ['null', z.strictObject({ a: z.string() }), { a: null }, ['a: must be a string']],
    ['no number', z.strictObject({ a: z.number() }), { a: '1' }, ['a: must be a number']],
    ['no boolean', z.strictObject({ a: z.boolean() }), { a: 'true' }, ['a: must be true or false']],
    ['no array', z.strictObject({ a: z.array(z.string()) }), { a: {} }, ['a: must be an array']],
    ['no object', z.strictObject({ a: z.strictObject({}) }), { a: [] }, ['a: must be an object']],
    ['no record', z.strictObject({ a: z.record(z.string(), z.string()) }), { a: 1 }, ['a: must be an object']],
    ['a wrong element', z.array(z.string()), ['a', 1], ['1: must be a string']],
    ['a wrong choice', z.strictObject({ a: z.enum(['x', 'y']) }), { a: 'z' }, ['a: must be one of x, y']],
    ['a wrong constant', z.strictObject({ a: z.literal('x') }), { a: 'z' }, ['a: must be x']],
    ['an empty string', z.strictObject({ a: text }), { a: '' }, ['a: must not be empty']],
    ['an empty array', z.array(z.string()).check(z.minLength(1)), [], ['the body must not be empty']],
    [
      'too few items',
      z.strictObject({ a: z.array(text).check(z.minLength(2)) }),
      { a: ['x'] },
      ['a: at least 2 items, got 1'],
    ],
    [
      'too many items',
      z.strictObject({ a: z.array(text).check(z.maxLength(1)) }),
      { a: ['x', 'y'] },
      ['a: at most 1 item, got 2'],
    ],
    ['too long a string', z.strictObject({ a: text }), { a: '12345' }, ['a: at most 4 characters, got 5']],
    ['characters beyond 16 bits', z.strictObject({ a: text }), { a: '👍👍👍👍👍' }, ['a: at most 4 characters, got 5']],
    [
      'a pattern',
      z.strictObject({ a: z.string().check(z.regex(/^x$/)) }),
      { a: SECRET },
      ['a: does not have the required form'],
    ],
    ['a format', z.strictObject({ a: z.email() }), { a: SECRET }, ['a: does not have the required form']],
    [
      'a check',
      z.strictObject({ a: z.string().check(z.refine(() => false)) }),
      { a: SECRET },
      ['a: does not have the required form'],
    ],
    ['a step', z.strictObject({ a: z.number().check(z.multipleOf(5)) }), { a: 7 }, ['a: must be a multiple of 5']],
    ['a number below', z.strictObject({ a: z.number().check(z.gte(1)) }), { a: 0.5 }, ['a: at least 1']],
    ['a number at its bound', z.strictObject({ a: z.number().check(z.gt(1), z.lt(9)) }), { a: 1 }, ['a: more than 1']],
    ['a number above', z.strictObject({ a: z.number().check(z.lt(9)) }), { a: 9 }, ['a: less than 9']],
    ['a number beyond', z.strictObject({ a: z.number().check(z.lte(9)) }), { a: 9.5 }, ['a: at most 9']],
    [
      'a record’s name',
      z.strictObject({ a: z.record(text, z.string()) }),
      { a: { '12345': '' } },
      ['a.12345: its name: at most 4 characters, got 5'],
    ],
    ['a record’s value', z.strictObject({ a: z.record(text, z.string()) }), { a: { b: 1 } }, ['a.b: must be a string']],
  ])('%s', (_, schema, input, faults) => {
    expect(faultsOf(schema, input).map((fault) => fault.replace(/^: /, ''))).toEqual(faults);
  });

  const whole = z.strictObject({ a: z.int().check(z.positive(), z.maximum(2_000)) });

  test.each([0, -1, 2_001, 1.5, 2 ** 60, -(2 ** 60), '1', null, true, [1], {}])(
    'a whole number by its range, whichever end %j has missed',
    (a) => {
      expect(faultsOf(whole, { a })).toEqual(['a: a whole number from 1 to 2000']);
    },
  );

  test.each<[z.ZodMiniType, unknown, string]>([
    [z.int(), 1.5, 'must be a whole number'],
    [z.int(), 2 ** 60, `a whole number of ${Number.MAX_SAFE_INTEGER} or less`],
    [z.int().check(z.nonnegative()), -1, 'a whole number of 0 or more'],
    [z.int().check(z.positive()), 0, 'a whole number of 1 or more'],
    [z.int().check(z.lt(9)), 9, 'a whole number of 8 or less'],
    [z.int().check(z.positive()), 2 ** 60, `a whole number from 1 to ${Number.MAX_SAFE_INTEGER}`],
  ])('a whole number with one end, or none (%#)', (schema, a, message) => {
    expect(faultsOf(z.strictObject({ a: schema }), { a })).toEqual([`a: ${message}`]);
  });

  test('a schema’s own message comes first, of every kind of issue', () => {
    const own = 'say so';
    const schema = z.strictObject(
      {
        type: z.string(own),
        missing: z.string(own),
        choice: z.enum(['x'], own),
        long: z.string().check(z.maxLength(1, own)),
        form: z.string().check(z.regex(/^x$/, own)),
        union: z.union([z.string(), z.int()], own),
        meant: z.union([z.string().check(z.regex(/^x$/)), z.array(z.string())], own),
        kind: z.discriminatedUnion('a', [z.object({ a: z.literal('x') })], own),
      },
      own,
    );
    const input = { type: 1, choice: 'y', long: '12', form: 'y', union: [], meant: [1], kind: {}, more: 1 };
    expect(faultsOf(schema, input)).toEqual([
      'type: say so',
      'missing: say so',
      'choice: say so',
      'long: say so',
      'form: say so',
      'union: say so',
      'meant: say so',
      'kind.a: say so',
      'more: say so',
    ]);
  });
});

describe('of a union', () => {
  const event = z.discriminatedUnion('type', [
    z.object({ type: z.literal('a'), data: z.strictObject({ x: z.string() }) }),
    z.object({ type: z.literal('b'), data: z.strictObject({ y: z.int() }) }),
  ]);

  test.each<[unknown, string[]]>([
    [{ type: 'b', data: { y: 'x' } }, ['data.y: must be a whole number']],
    [{ type: 'a', data: { y: 1 } }, ['data.x: is missing', 'data.y: there is no such field']],
    [{ type: 'c', data: {} }, ['type: must be one of a, b']],
    [{ type: 1 }, ['type: must be one of a, b']],
    [{ data: {} }, ['type: is missing; must be one of a, b']],
    [[], [': the body must be an object']],
    ['a', [': the body must be an object']],
  ])('the discriminator shows which form was meant: %j', (input, faults) => {
    expect(faultsOf(event, input)).toEqual(faults);
  });

  const form = z.string().check(z.regex(/^x$/, 'an x'));
  const either = z.union([form, z.strictObject({ id: z.union([form, z.int()]), more: z.optional(z.string()) })]);

  test.each<[unknown, string[]]>([
    ['y', ['a: an x']],
    [{ id: 'y' }, ['a.id: an x']],
    [{ id: 'y', more: 1, other: 1 }, ['a.id: an x', 'a.more: must be a string', 'a.other: there is no such field']],
    [{ id: [] }, ['a.id: must be a string or a whole number']],
    [1, ['a: must be a string or an object']],
    [null, ['a: must be a string or an object']],
  ])('the type of the value shows which form was meant: %j', (a, faults) => {
    expect(faultsOf(z.strictObject({ a: either }), { a })).toEqual(faults);
  });

  test('a union whose forms have one type names no form as the one that was meant', () => {
    const forms = z.union([z.strictObject({ a: z.string() }), z.strictObject({ b: z.int() })]);
    expect(faultsOf(z.strictObject({ a: forms }), { a: {} })).toEqual(['a: matches none of the allowed forms']);
  });
});

describe('the path', () => {
  const schema = z.strictObject({ a: z.string() });

  test('begins with what the value is a part of', () => {
    expect(faultsOf(schema, { b: 1 }, 'query.')).toEqual(['query.a: is missing', 'query.b: there is no such field']);
    expect(faultsOf(schema, [], 'data.object.')).toEqual(['data.object: must be an object']);
    expect(faultsOf(schema, null)).toEqual([': the body must be an object']);
  });

  test.each([
    ['', '""'],
    ['n'.repeat(64), 'n'.repeat(64)],
    ['n'.repeat(65), `${'n'.repeat(64)}…`],
    ['n'.repeat(1_000_000), `${'n'.repeat(64)}…`],
    [`${'n'.repeat(63)}👍`, `${'n'.repeat(63)}\u{fffd}…`],
    ['a\u0000b\r\nc\u202ed', 'a\u{fffd}b\u{fffd}\u{fffd}c\u{fffd}d'],
    ['__proto__', '__proto__'],
    ['constructor', 'constructor'],
    ['größe', 'größe'],
  ])('shows no more of a name than can be shown (%#)', (name, shown) => {
    const input = Object.defineProperty({ a: '' }, name, { value: 1, enumerable: true });
    expect(faultsOf(schema, input)).toEqual([`${shown}: there is no such field`]);
    const record = z.record(z.string(), z.int());
    const named = Object.defineProperty({}, name, { value: '', enumerable: true });
    if (name !== '__proto__') expect(faultsOf(record, named)).toEqual([`${shown}: must be a whole number`]);
  });
});

describe('of a hostile input', () => {
  const members = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, 1]));
  const item = z.strictObject({ a: z.string() });
  const list = z.strictObject({ items: z.array(item), last: z.string() });

  test('ten unknown members of an object are named and the others counted, so that they hide no other fault', () => {
    const faults = faultsOf(list, { ...members(90_000), items: [members(11), { a: '' }, members(12)] });
    expect(faults).toHaveLength(1 + 11 + 1 + 11 + 1 + 11);
    expect(faults).toContain('items.0: has 1 more unknown field');
    expect(faults).toContain('items.2: has 2 more unknown fields');
    expect(faults).toContain('last: is missing');
    expect(faults.at(-1)).toBe(': the body has 89990 more unknown fields');
    expect(faultsOf(item, { a: '', ...members(10) })).toHaveLength(10);
  });

  test('fifty faults are listed and the others counted', () => {
    const faults = faultsOf(list, { items: Array.from({ length: 1_000 }, () => ({})), last: '' });
    expect(faults).toHaveLength(51);
    expect(faults.at(-1)).toBe(': and 950 more');
    expect(faultsOf(list, { items: Array.from({ length: 50 }, () => ({})), last: '' })).toHaveLength(50);
  });

  test('no value is repeated', () => {
    const values = [SECRET, { [SECRET.slice(0, 3)]: SECRET }, [SECRET], { id: SECRET }, SECRET.repeat(1_000)];
    for (const schemas of Object.values<Endpoint>(CONTRACT).map(requestSchemas)) {
      for (const value of values) {
        const members = Object.fromEntries(Object.keys(shapeOf(schemas.body)).map((name) => [name, value]));
        expect(JSON.stringify(faultsOf(schemas.body, members))).not.toContain(SECRET);
      }
    }
  });

  test.each<[string, z.ZodMiniType, unknown]>([
    ['unknown members', requestSchemas(CONTRACT.createOrder).body, members(90_000)],
    [
      'unknown members in each item',
      requestSchemas(CONTRACT.createReprogramming).body,
      { activate: Array(1_000).fill(members(80)) },
    ],
    ['too many items', requestSchemas(CONTRACT.createReprogramming).body, { deactivate: Array(500_000).fill(1) }],
    [
      'wrong items',
      requestSchemas(CONTRACT.createReprogramming).body,
      { deactivate: Array(1_000).fill(1), activate: Array(1_000).fill(1) },
    ],
    ['a long name', requestSchemas(CONTRACT.createOrder).body, { ['n'.repeat(1_000_000)]: 1 }],
    [
      'long names',
      requestSchemas(CONTRACT.createOrder).body,
      { customer: Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`${i}${'n'.repeat(1_000)}`, 1])) },
    ],
    ['a long string', requestSchemas(CONTRACT.createReceipt).body, { context: '👍'.repeat(250_000) }],
  ])('%s is refused shortly, for at most 40 times the CPU of writing it as JSON', (_, schema, input) => {
    const faults = faultsOf(schema, input);
    expect(faults.length).toBeGreaterThan(0);
    expect(JSON.stringify(faults).length).toBeLessThan(10_000);
    // Relative, so that a busy or slow machine changes both. A quadratic parser would take thousands of times the CPU.
    const parsing = leastCpu(() => faultsOf(schema, input));
    const writing = leastCpu(() => JSON.stringify(input));
    expect(parsing).toBeLessThan(40 * writing + 5 * CLOCK_TICK);
  });
});

/** Microseconds: the system counts CPU in ticks of this length. */
const CLOCK_TICK = 4_000;

/** Microseconds of CPU, the least of five runs. */
function leastCpu(work: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const start = process.threadCpuUsage();
    work();
    const { user, system } = process.threadCpuUsage(start);
    return user + system;
  });
  return Math.min(...times);
}

describe('of every endpoint', () => {
  const parts = [
    ...Object.entries<Endpoint>(CONTRACT)
      .map(([name, endpoint]) => [name, requestSchemas(endpoint)] as const)
      .flatMap(([name, { params, query, body }]) => [
        [`${name}: path`, params] as const,
        [`${name}: query`, query] as const,
        [`${name}: body`, body] as const,
      ]),
    ['the ERP’s event', erpEvent] as const,
  ];

  test.each(parts)('%s: every fault has a path or names the body, and says what is wanted', (_, schema) => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom(undefined, '', 'x'.repeat(9_000), -1, 0.5, 1e300),
    );
    const members = fc.record(Object.fromEntries(Object.keys(shapeOf(schema)).map((name) => [name, value])), {
      requiredKeys: [],
    });
    fc.assert(
      fc.property(fc.oneof(value, members), (input) => {
        const parsed = parseInput(schema, input);
        for (const { path, message } of parsed.ok ? [] : parsed.errors) {
          expect(message).not.toMatch(/^$|Invalid|undefined|NaN|Infinity|\[object/);
          if (path === '') expect(message).toMatch(/^the body |^and \d+ more$/);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('every pattern has words of its own, which no formatter can find', () => {
    expect(parts.flatMap(([name, schema]) => [...patternsWithoutWords(schema)].map((one) => [name, one]))).toEqual([]);
    expect([...patternsWithoutWords(z.strictObject({ a: z.string().check(z.regex(/^x$/)) }))]).toEqual(['/^x$/']);
  });
});

function shapeOf(schema: z.ZodMiniType): object {
  return 'shape' in schema ? (schema.shape as object) : {};
}

/** Patterns and conditions that a schema has somewhere inside, without a message. */
function* patternsWithoutWords(schema: z.core.$ZodType): Generator<string> {
  const { def } = schema._zod as z.core.$ZodTypes['_zod'];
  for (const check of [schema as { _zod: { def: object } }, ...(def.checks ?? [])]) {
    const { check: kind, error, pattern } = check._zod.def as { check?: string; error?: unknown; pattern?: unknown };
    if ((kind === 'string_format' || kind === 'custom') && error === undefined) yield String(pattern);
  }
  for (const inner of innerOf(def)) yield* patternsWithoutWords(inner);
}

function innerOf(def: z.core.$ZodTypes['_zod']['def']): readonly z.core.$ZodType[] {
  switch (def.type) {
    case 'object':
      return Object.values(def.shape);
    case 'array':
      return [def.element];
    case 'optional':
    case 'nullable':
      return [def.innerType];
    case 'union':
      return def.options;
    case 'pipe':
      return [def.in, def.out];
    case 'record':
      return [def.keyType, def.valueType];
    case 'string':
    case 'number':
    case 'boolean':
    case 'enum':
    case 'literal':
    case 'transform':
      return [];
    default:
      throw new Error(`Nobody has looked into a ${def.type}`);
  }
}
