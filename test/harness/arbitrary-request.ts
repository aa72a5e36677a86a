/** Requests generated from the schemas that validate them: valid, nearly valid and hostile ones. */
import fc from 'fast-check';
import * as z from 'zod/mini';
import { requestSchemas } from '../../contract/endpoint.ts';
import { CONTRACT, type NamedEndpoint } from '../../contract/endpoints.ts';

export interface GeneratedRequest {
  readonly method: string;
  /** With its query, encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text; `undefined` sends none. */
  readonly body: string | undefined;
}

/** Values that exist in the running system, by the name of the member. */
export type Known = Readonly<Record<string, readonly string[]>>;

/** The part of JSON Schema that the requests use. */
interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

/** Large lists are rare: their limits have tests of their own, and generating them is slow. */
const USUAL_ITEMS = 3;

export function arbitraryRequest(endpoint: NamedEndpoint, known: Known): fc.Arbitrary<GeneratedRequest> {
  const schemas = requestSchemas(CONTRACT[endpoint.name]);
  const part = (which: 'params' | 'query' | 'body') => fromSchema(schemaOf(schemas[which]), known);
  const valid = fc.record({ params: part('params'), query: part('query'), body: part('body') });
  return fc.oneof(
    { weight: 3, arbitrary: valid.chain((request) => requestOf(endpoint, request, fc.constant(request.body))) },
    {
      weight: 4,
      arbitrary: valid.chain((request) =>
        requestOf(endpoint, request, nearly(request.body), nearlyText(request.query)),
      ),
    },
    {
      weight: 3,
      arbitrary: fc
        .record({ params: hostileMembers(schemaOf(schemas.params)), query: hostileQuery, body: fc.constant(undefined) })
        .chain((request) => requestOf(endpoint, request, fc.constant(undefined), undefined, hostileBody)),
    },
  );
}

function schemaOf(schema: z.ZodMiniType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

/** Values that the JSON Schema accepts. */
function fromSchema(schema: JsonSchema, known: Known, name = ''): fc.Arbitrary<unknown> {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => fromSchema(choice, known, name)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'object':
      return fromObject(schema, known);
    case 'array': {
      const least = schema.minItems ?? 0;
      const most = Math.max(least, Math.min(schema.maxItems ?? USUAL_ITEMS, USUAL_ITEMS));
      return fc.array(fromSchema(schema.items ?? {}, known, name), { minLength: least, maxLength: most });
    }
    case 'string':
      return fromText(schema, known[name] ?? []);
    case 'integer': {
      const least = schema.minimum ?? (schema.exclusiveMinimum === undefined ? 0 : schema.exclusiveMinimum + 1);
      const most = schema.maximum ?? Number.MAX_SAFE_INTEGER;
      const small = fc.integer({ min: least, max: Math.min(least + 3, most) });
      return fc.oneof({ weight: 60, arbitrary: small }, { weight: 1, arbitrary: fc.constant(most) });
    }
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.jsonValue();
  }
}

function fromObject(schema: JsonSchema, known: Known): fc.Arbitrary<unknown> {
  const members = Object.entries(schema.properties ?? {}).map(
    ([name, member]) => [name, fromSchema(member, known, name)] as const,
  );
  if (members.length === 0 && typeof schema.additionalProperties === 'object') {
    return fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }), fromSchema(schema.additionalProperties, known), {
      maxKeys: USUAL_ITEMS,
    });
  }
  return fc.record(Object.fromEntries(members), { requiredKeys: [...(schema.required ?? [])] });
}

function fromText(schema: JsonSchema, known: readonly string[]): fc.Arbitrary<string> {
  const length = { minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 40, 40) };
  const made =
    schema.format === 'date-time'
      ? fc
          .date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-01-01') })
          .map((date) => date.toISOString())
      : schema.pattern !== undefined && !schema.pattern.startsWith('^[^')
        ? fc.stringMatching(new RegExp(schema.pattern))
        : fc.string({ ...length, unit: 'grapheme' });
  return known.length === 0
    ? made
    : fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: made });
}

/** Texts that have broken other programs. */
const HOSTILE_TEXTS = [
  '',
  ' ',
  '\u0000',
  'null',
  '__proto__',
  'constructor',
  '../../../etc/passwd',
  '..%2f',
  "' OR 1=1 --",
  '#',
  'LICENSE#',
  'CONTAINER',
  '\u202Egnp.exe',
  '\uFEFF',
  'ａ',
  '𝕬𝖇𝖈',
  '👩‍👩‍👧‍👦',
  'é\u0301\u0301\u0301',
  '$\u007bjndi:ldap://127.0.0.1/a}',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '%00',
  '\r\nSet-Cookie: a=b',
  '-1',
  '1e400',
  'NaN',
  'a'.repeat(3_000),
];

const hostileText = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: 'binary', maxLength: 60 }));
const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom(null, true, -1, 0, 0.5, 1e308, -0, 2 ** 53, [], {}, [[]], [null], { __proto__: null }),
  fc.jsonValue(),
);
const hostileQuery = fc.dictionary(
  fc.oneof(fc.constantFrom('limit', 'cursor', 'from', 'x'), hostileText),
  hostileText,
  {
    maxKeys: 3,
  },
);

function hostileMembers(schema: JsonSchema): fc.Arbitrary<unknown> {
  return fc.record(Object.fromEntries(Object.keys(schema.properties ?? {}).map((name) => [name, hostileText])));
}

/** A valid body with one fault. */
function nearly(body: unknown): fc.Arbitrary<unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return hostileValue;
  const names = Object.keys(body);
  const unknown = fc.tuple(hostileText, hostileValue).map(([name, value]) => ({ ...body, [name]: value }));
  if (names.length === 0) return unknown;
  const name = fc.constantFrom(...names);
  return fc.oneof(
    unknown,
    name.map((gone) => Object.fromEntries(Object.entries(body).filter(([key]) => key !== gone))),
    fc.tuple(name, hostileValue).map(([one, value]) => ({ ...body, [one]: value })),
    // Changes a member's own content in the same ways.
    name.chain((one) => inside((body as Record<string, unknown>)[one]).map((value) => ({ ...body, [one]: value }))),
    fc.constant([body]),
  );
}

function inside(value: unknown): fc.Arbitrary<unknown> {
  if (Array.isArray(value)) {
    const [first, ...rest] = value;
    return first === undefined ? hostileValue.map((one) => [one]) : nearly(first).map((one) => [one, ...rest]);
  }
  return typeof value === 'object' && value !== null ? nearly(value) : hostileValue;
}

function nearlyText(query: unknown): fc.Arbitrary<unknown> {
  const known = (query ?? {}) as Record<string, unknown>;
  return fc.oneof(
    fc.constant(known),
    fc
      .tuple(fc.oneof(fc.constantFrom(...Object.keys(known), 'limit'), hostileText), hostileText)
      .map(([name, value]) => ({
        ...known,
        [name]: value,
      })),
  );
}

/** Texts that are not acceptable JSON, or that are far too long. */
const hostileBody: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '{',
    '}',
    'null',
    '[]',
    '{"a":1,"a":2}',
    '{"reason":"x"} trailing',
    '{"quantity":1e400}',
    '{"quantity":NaN}',
    '{"reason":"\\ud800"}',
    '{"__proto__":{"scope":"all"}}',
    `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
    `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
    '\uFEFF{}',
    `{"reason":"${'a'.repeat(100_000)}"}`,
    '{"reason":"a\u0000b"}',
    "{'reason':'x'}",
    '{"reason":undefined}',
  ),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.json(),
);

interface Parts {
  readonly params: unknown;
  readonly query: unknown;
}

function requestOf(
  endpoint: NamedEndpoint,
  { params, query }: Parts,
  body: fc.Arbitrary<unknown>,
  otherQuery?: fc.Arbitrary<unknown>,
  text?: fc.Arbitrary<string>,
): fc.Arbitrary<GeneratedRequest> {
  const hasBody = endpoint.method === 'POST' || endpoint.method === 'PUT';
  return fc
    .record({
      content: text ?? body.map((value) => (isEmpty(value) ? undefined : JSON.stringify(value))),
      asked: otherQuery ?? fc.constant(query),
      prefer: fc.constantFrom(undefined, undefined, 'wait=1', 'wait=0', 'wait=-1', 'wait=99999999999', 'respond-async'),
    })
    .map(({ content, asked, prefer }) => ({
      method: endpoint.method,
      path: `${pathOf(endpoint.path, params as Record<string, unknown>)}${queryOf(asked as Record<string, unknown>)}`,
      headers: prefer === undefined ? {} : { prefer },
      body: hasBody ? content : undefined,
    }));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

function pathOf(template: string, params: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => encode(String(params[name] ?? '')));
}

function queryOf(query: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encode(name)}=${encode(typeof value === 'string' ? value : JSON.stringify(value))}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/^\.+$/, (dots) => '%2E'.repeat(dots.length));
}
