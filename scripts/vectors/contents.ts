import {
  type ContainerLicense,
  type Content,
  canonicalJson,
  digestOf,
  EMPTY_CONTENT,
  normalizeContent,
} from '../../protocol/index.ts';

export const BASE: ContainerLicense = { id: 'L-base', product: 'base', terms: {}, requires: [] };
export const ADD_ON: ContainerLicense = {
  id: 'L-addon',
  product: 'add-on',
  terms: { expiresAt: '2030-01-31T00:00:00Z', quantity: 5, features: ['export', 'print'] },
  requires: ['base'],
};
export const PLUGIN: ContainerLicense = { id: 'L-plugin', product: 'plug-in', terms: {}, requires: ['base'] };
export const ASSIGNED: ContainerLicense = {
  id: 'L-assigned',
  product: 'viewer',
  terms: { quantity: 1, leaseDays: 30 },
  requires: [],
};
export const NEW_BASE: ContainerLicense = {
  id: 'L-base-2',
  product: 'base',
  terms: { maintenanceUntil: '2031-12-31T23:59:59Z' },
  requires: [],
};
export const LATER: ContainerLicense = { id: 'L-\u00fcber', product: 'base', terms: { features: [] }, requires: [] };

/** An ordinary assignment to `__proto__` would set the prototype. */
const OWN_TERMS = JSON.parse(
  '{"seats":3,"region":"","floating":false,"hosts":["b","a"],"__proto__":["x"],"constructor":"c","leaseDays":3650}',
) as Record<string, never>;

/** A license with the vendor's own terms, and a term that a program must know. */
export const OWN: ContainerLicense = {
  id: 'L-own',
  product: 'own',
  terms: OWN_TERMS,
  requires: [],
  crit: ['seats', 'later'],
};

const CONTENTS: readonly { readonly name: string; readonly content: Content }[] = [
  { name: 'a new container', content: EMPTY_CONTENT },
  { name: 'an empty container at another counter', content: { counter: 3, licenses: [] } },
  { name: 'one license without terms', content: { counter: 1, licenses: [BASE] } },
  {
    name: 'all terms, with members in another order',
    content: {
      counter: 2,
      licenses: [
        {
          crit: ['quantity', 'features'],
          requires: ['b', 'a'],
          terms: {
            leaseDays: 30,
            features: ['z', 'a'],
            quantity: 3,
            maintenanceUntil: '2031-12-31T23:59:59Z',
            expiresAt: '2030-01-31T00:00:00.5Z',
          },
          product: 'p',
          id: 'L1',
        },
      ],
    },
  },
  {
    name: 'licenses sorted by id in code unit order',
    content: {
      counter: 1,
      licenses: ['b', 'B', 'a', '10', '9', '\u00e9', '\ufb33', '\u{1f600}', '_'].map((id) => ({ ...BASE, id })),
    },
  },
  { name: 'an empty list of features is not an absent one', content: { counter: 1, licenses: [LATER] } },
  { name: 'terms of the vendor, one of them named __proto__, and crit', content: { counter: 1, licenses: [OWN] } },
  {
    name: 'terms sorted by their names in code unit order',
    content: {
      counter: 1,
      licenses: [
        {
          ...BASE,
          terms: Object.fromEntries(['b', 'B', '\ufb33', '\u{1f600}', '10', '9'].map((name) => [name, true])),
        },
      ],
    },
  },
  {
    name: 'texts with escapes',
    content: {
      counter: 1,
      licenses: [{ ...BASE, product: 'a"b\\c/d\u0001\u001f\n\u2028\u007f', terms: { note: '\b\t\f\r' } }],
    },
  },
  { name: 'the largest counter', content: { counter: Number.MAX_SAFE_INTEGER, licenses: [] } },
];

export async function contentCases() {
  return Promise.all(
    CONTENTS.map(async ({ name, content }) => ({
      name,
      content,
      canonical: canonicalJson(normalizeContent(content)),
      digest: await digestOf(content),
    })),
  );
}

export interface LicenseCase {
  readonly name: string;
  readonly license: unknown;
  /** Whether the license has its form: whether an update may put it. */
  readonly ok: boolean;
}

export function licenseCases(): readonly LicenseCase[] {
  const cases: LicenseCase[] = [];
  const license = { id: 'L', product: 'p', terms: {}, requires: [] };
  const add = (ok: boolean, name: string, value: unknown): void => {
    cases.push({ name, license: value, ok });
  };
  const terms = (ok: boolean, name: string, value: unknown): void => add(ok, name, { ...license, terms: value });
  const names = (length: number, name = 'n'): string[] => Array.from({ length }, () => name);
  const many = (length: number): object =>
    Object.fromEntries(names(length).map((name, index) => [`${name}${index}`, index]));

  add(true, 'an ordinary license', license);
  add(false, 'null', null);
  add(false, 'a list', []);
  add(false, 'an unknown member', { ...license, ticket: 'T' });
  add(false, 'a member __proto__', JSON.parse('{"id":"L","product":"p","terms":{},"requires":[],"__proto__":1}'));
  for (const name of Object.keys(license)) {
    add(false, `no ${name}`, Object.fromEntries(Object.entries(license).filter(([member]) => member !== name)));
    add(false, `${name} null`, { ...license, [name]: null });
  }
  for (const name of ['id', 'product']) {
    add(true, `${name} of 256 characters`, { ...license, [name]: 'x'.repeat(256) });
    add(true, `${name} of 256 characters that are more bytes`, { ...license, [name]: '\u20ac'.repeat(256) });
    add(true, `${name} of 128 pairs of surrogates`, { ...license, [name]: '\u{1f600}'.repeat(128) });
    add(false, `${name} of 257 characters`, { ...license, [name]: 'x'.repeat(257) });
    add(false, `${name} of 129 pairs of surrogates`, { ...license, [name]: '\u{1f600}'.repeat(129) });
    add(false, `${name} empty`, { ...license, [name]: '' });
    add(false, `${name} a number`, { ...license, [name]: 1 });
  }
  add(true, '256 requires', { ...license, requires: names(256) });
  add(false, '257 requires', { ...license, requires: names(257) });
  add(true, 'the same product twice in requires', { ...license, requires: ['a', 'a'] });
  add(false, 'an empty name in requires', { ...license, requires: [''] });
  add(false, 'a long name in requires', { ...license, requires: ['x'.repeat(257)] });
  add(false, 'requires a text', { ...license, requires: 'p' });
  add(true, 'crit of a known term', { ...license, crit: ['leaseDays'] });
  add(true, 'crit of a term that nobody knows', { ...license, crit: ['later'] });
  add(true, '256 names in crit', { ...license, crit: names(256) });
  add(false, '257 names in crit', { ...license, crit: names(257) });
  add(false, 'crit empty', { ...license, crit: [] });
  add(false, 'crit a text', { ...license, crit: 'leaseDays' });
  add(false, 'crit null', { ...license, crit: null });

  terms(false, 'terms a list', []);
  terms(false, 'terms a text', 'all');
  terms(true, '64 terms', many(64));
  terms(false, '65 terms', many(65));
  for (const name of ['expiresAt', 'maintenanceUntil']) {
    for (const [ok, time] of TIMES) terms(ok, `${name} ${labelOf(time)}`, { [name]: time });
  }
  for (const [ok, quantity] of [
    [true, 0],
    [true, Number.MAX_SAFE_INTEGER],
    [false, -1],
    [false, 1.5],
    [false, 2 ** 53],
    [false, '1'],
    [false, null],
  ] as const)
    terms(ok, `quantity ${JSON.stringify(quantity)}`, { quantity });
  terms(true, 'no features', { features: [] });
  terms(true, '256 features', { features: names(256) });
  terms(false, '257 features', { features: names(257) });
  terms(true, 'a feature of 256 characters', { features: ['x'.repeat(256)] });
  terms(false, 'a feature of 257 characters', { features: ['x'.repeat(257)] });
  terms(false, 'an empty feature', { features: [''] });
  terms(false, 'features a text', { features: 'all' });
  terms(false, 'features with a number', { features: [1] });
  for (const [ok, leaseDays] of [
    [true, 1],
    [true, 3650],
    [false, 0],
    [false, 3651],
    [false, 1.5],
    [false, '30'],
    [false, true],
  ] as const)
    terms(ok, `leaseDays ${JSON.stringify(leaseDays)}`, { leaseDays });
  terms(true, 'a term of its own of 256 characters', { own: 'x'.repeat(256) });
  terms(false, 'a term of its own of 257 characters', { own: 'x'.repeat(257) });
  terms(true, 'an empty term of its own', { own: '' });
  terms(true, 'a list of 256 names of its own', { own: names(256) });
  terms(false, 'a list of 257 names of its own', { own: names(257) });
  terms(true, 'an empty list of its own', { own: [] });
  terms(false, 'an empty name in a list of its own', { own: [''] });
  terms(false, 'a list of numbers of its own', { own: [1] });
  terms(false, 'a list of lists of its own', { own: [['a']] });
  for (const [ok, own] of [
    [true, true],
    [true, false],
    [true, 0],
    [true, Number.MAX_SAFE_INTEGER],
    [false, 2 ** 53],
    [false, -1],
    [false, 0.5],
    [false, null],
    [false, {}],
  ] as const)
    terms(ok, `a term of its own: ${JSON.stringify(own)}`, { own });
  terms(true, 'a term with a name of 256 characters', { ['x'.repeat(256)]: 1 });
  terms(false, 'a term with a name of 257 characters', { ['x'.repeat(257)]: 1 });
  terms(false, 'a term without a name', { '': 1 });
  terms(true, 'a term named __proto__', JSON.parse('{"__proto__":1}'));
  terms(false, 'a term named __proto__ that is an object', JSON.parse('{"__proto__":{}}'));
  terms(true, 'a term named toString', { toString: 'x' });
  return cases;
}

function labelOf(time: unknown): string {
  return typeof time === 'string' && time.length > 40 ? `of ${time.length} characters` : JSON.stringify(time);
}

const TIMES: readonly (readonly [boolean, unknown])[] = [
  [true, '2030-01-31T00:00Z'],
  [true, '2030-01-31T23:59:59Z'],
  [true, '2030-01-31T23:59:59.123456789012Z'],
  [true, `2030-01-31T00:00:00.${'0'.repeat(235)}Z`],
  [false, `2030-01-31T00:00:00.${'0'.repeat(236)}Z`],
  [true, '2028-02-29T00:00:00Z'],
  [false, '2030-02-29T00:00:00Z'],
  [true, '2000-02-29T00:00:00Z'],
  [false, '2100-02-29T00:00:00Z'],
  [true, '2028-02-28T00:00:00Z'],
  [true, '2030-02-28T00:00:00Z'],
  [false, '2028-02-30T00:00:00Z'],
  ...[31, 0, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].flatMap((days, index): [boolean, string][] => {
    const month = String(index + 1).padStart(2, '0');
    if (days === 0) return [];
    return [
      [true, `2030-${month}-${days}T00:00:00Z`],
      [false, `2030-${month}-${days + 1}T00:00:00Z`],
    ];
  }),
  [false, '2030-00-01T00:00:00Z'],
  [false, '2030-01-00T00:00:00Z'],
  [false, '2030-13-01T00:00:00Z'],
  [false, '2030-13-45T99:99Z'],
  [false, '2030-01-31T24:00:00Z'],
  [false, '2030-01-31T23:60:00Z'],
  [false, '2030-01-31T23:59:60Z'],
  [false, '2030-01-31T00:00:00'],
  [false, '2030-01-31T00:00:00+00:00'],
  [false, '2030-01-31T00:00:00z'],
  [false, '2030-01-31t00:00:00Z'],
  [false, '2030-01-31 00:00:00Z'],
  [false, '2030-01-31T00:00:00.Z'],
  [false, '2030-01-31T00:00.5Z'],
  [false, '2030-01-31T00Z'],
  [false, '2030-01-31'],
  [false, '2030-1-31T00:00:00Z'],
  [false, '12030-01-31T00:00:00Z'],
  [false, '2030-01-31T00:00:00Z\n'],
  [false, ''],
  [false, 1_900_000_000],
  [false, null],
];
