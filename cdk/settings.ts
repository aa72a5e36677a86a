import { RemovalPolicy } from 'aws-cdk-lib';
import { parseCorsOrigins } from '../contract/cors-origins.ts';
import { type IdentityProvider, parseIdentityProvider } from '../contract/identity-provider.ts';
import type { CustomDomain } from './api.ts';
import { STACK_FUNCTIONS } from './function-names.ts';
import type { ReservedConcurrency } from './operation.ts';
import type { IdentityProviderSettings, MonthlyBudget, RelicenseStackProps } from './relicense-stack.ts';
import type { ExistingTable } from './table.ts';

/** The context names of a deployment, which `-c name=value` or `cdk.json` sets. docs/deploy.md describes each. */
export const CONTEXT_NAMES = [
  'stage',
  'issuer',
  'alarmEmail',
  'domainName',
  'hostedZoneId',
  'certificateArn',
  'firstDeployment',
  'updateKeys',
  'rootKeys',
  'tableName',
  'tableStreamArn',
  'overdueAfterDays',
  'corsOrigins',
  'oidcIssuer',
  'oidcAudience',
  'oidcClientId',
  'oidcScopeClaim',
  'oidcScopeMap',
  'callerRequestsPerMinute',
  'addressRequestsPerMinute',
  'addressFailuresPerMinute',
  'requestsPerSecond',
  'reservedConcurrency',
  'tracing',
  'gradual',
  'concurrencyQuota',
  'monthlyBudget',
  'bundle',
] as const;

type ContextName = (typeof CONTEXT_NAMES)[number];

/** The stage that can be deleted without a trace. Every other stage is for production. */
export const DEVELOPMENT = 'dev';

export interface Settings {
  readonly stage: string;
  readonly props: RelicenseStackProps;
  /** What the operator should know before the first deployment. */
  readonly warnings: readonly string[];
}

/**
 * The settings of a deployment, checked before CloudFormation gets them: it would find a mistake after minutes and roll back.
 * @param context all of the context, with the names that the CDK itself uses
 * @throws Error that lists every mistake
 */
export function readSettings(context: Readonly<Record<string, unknown>>): Settings {
  const faults: string[] = [];
  const read = readerOf(context, faults);
  faults.push(...unknownNames(context));

  const stage = read.matching('stage', /^[A-Za-z][A-Za-z0-9-]{0,99}$/, 'letters, digits and hyphens') ?? DEVELOPMENT;
  const isDevelopment = stage === DEVELOPMENT;
  const issuer = read.text('issuer') ?? (isDevelopment ? 'relicense-dev' : undefined);
  if (issuer === undefined) {
    faults.push(`Stage "${stage}" needs the issuer of its updates. Add -c issuer=https://licenses.example.com`);
  }
  const alarmEmail = read.matching('alarmEmail', EMAIL, 'an e-mail address');
  if (!isDevelopment && !read.has('alarmEmail')) {
    faults.push(`Stage "${stage}" needs an address for its alarms. Add -c alarmEmail=operator@example.com`);
  }
  const domain = domainSetting(read, faults);
  const isFirst = read.flag('firstDeployment') ?? false;
  const props: RelicenseStackProps = {
    issuer: issuer ?? '',
    // Resources that a failed first deployment has created are deleted, not kept.
    removalPolicy: isDevelopment ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    protectTable: !isDevelopment && !isFirst,
    bundle: read.flag('bundle') ?? true,
    limits: {
      ...named('callerRequestsPerMinute', read.count('callerRequestsPerMinute', 0)),
      ...named('addressRequestsPerMinute', read.count('addressRequestsPerMinute', 0)),
      ...named('addressFailuresPerMinute', read.count('addressFailuresPerMinute', 0)),
    },
    ...named('alarmEmail', alarmEmail),
    ...named('domain', domain),
    ...named('updateKeys', keySetting(read, 'updateKeys', faults)),
    ...named('rootKeys', keySetting(read, 'rootKeys', faults)),
    ...named('existingTable', tableSetting(read, faults)),
    ...named('overdueAfterDays', read.count('overdueAfterDays', 1)),
    ...named('requestsPerSecond', read.count('requestsPerSecond', 1)),
    ...named('tracing', read.flag('tracing')),
    gradual: read.flag('gradual') ?? !isDevelopment,
    ...named('concurrencyQuota', read.count('concurrencyQuota', 1)),
    ...named('monthlyBudget', budgetSetting(read, faults)),
    ...named('reservedConcurrency', concurrencySetting(read, faults)),
    ...named(
      'corsOrigins',
      collect(faults, () => corsSetting(read)),
    ),
    ...named(
      'identityProvider',
      collect(faults, () => identityProviderSetting(read)),
    ),
  };
  if (faults.length > 0)
    throw new Error(`The settings of the deployment are wrong:\n${faults.map((one) => `- ${one}`).join('\n')}`);
  const warnings =
    isDevelopment || domain !== undefined
      ? []
      : [
          `Stage "${stage}" has no domainName. Containers keep the address of this API for years, and without an own domain it ends with the API.`,
        ];
  return { stage, props, warnings };
}

const EMAIL = /^[^\s@,;]+@[^\s@,;.]+(\.[^\s@,;.]+)+$/;

interface Reader {
  has(name: ContextName): boolean;
  /** `undefined` if it is absent or empty. */
  text(name: ContextName): string | undefined;
  raw(name: ContextName): unknown;
  matching(name: ContextName, pattern: RegExp, what: string): string | undefined;
  flag(name: ContextName): boolean | undefined;
  count(name: ContextName, least: number): number | undefined;
}

function readerOf(context: Readonly<Record<string, unknown>>, faults: string[]): Reader {
  const text = (name: ContextName): string | undefined => {
    const value = context[name];
    return value === undefined || value === null || value === '' ? undefined : String(value);
  };
  const parsed = <Value>(
    name: ContextName,
    what: string,
    parse: (value: string) => Value | undefined,
  ): Value | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    const result = parse(value);
    if (result === undefined) faults.push(`${name} must be ${what}; got "${value}"`);
    return result;
  };
  return {
    has: (name) => text(name) !== undefined,
    text,
    raw: (name) => context[name],
    matching: (name, pattern, what) => parsed(name, what, (value) => (pattern.test(value) ? value : undefined)),
    flag: (name) => parsed(name, 'true or false', (value) => FLAGS[value]),
    count: (name, least) =>
      parsed(name, `a whole number, at least ${least}, with at most 9 digits`, (value) =>
        /^\d{1,9}$/.test(value) && Number(value) >= least ? Number(value) : undefined,
      ),
  };
}

const FLAGS: Readonly<Record<string, boolean | undefined>> = { true: true, false: false };

/** A member, or none if the value is `undefined`. */
function named<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [Key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: Value };
}

/** A misspelled name would have no effect, and nobody would notice. */
function unknownNames(context: Readonly<Record<string, unknown>>): string[] {
  const known: ReadonlySet<string> = new Set(CONTEXT_NAMES);
  return Object.keys(context)
    .filter((name) => !known.has(name) && !isOfCdk(name))
    .map((name) => `The context "${name}" is unknown. Known are ${CONTEXT_NAMES.join(', ')}`);
}

/** Feature flags and lookups of the CDK: `@aws-cdk/...`, `aws:cdk:...`, `availability-zones:...`. */
function isOfCdk(name: string): boolean {
  return /[:/]/.test(name) || name.startsWith('aws-cdk') || name.startsWith('cdk-');
}

const ARN_OF_KEY = /^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/;

/** Numbers of KMS keys, or ARNs of existing ones, with commas, such as `1,2`. */
function keySetting(read: Reader, name: 'updateKeys' | 'rootKeys', faults: string[]): readonly string[] | undefined {
  const value = read.text(name);
  if (value === undefined) return undefined;
  const names = value.split(',').map((one) => one.trim());
  if (
    names.every((one) => /^[1-9]\d{0,3}$/.test(one) || ARN_OF_KEY.test(one)) &&
    new Set(names).size === names.length
  ) {
    return names;
  }
  faults.push(`${name} must be different numbers or ARNs of KMS keys with commas, such as 1,2; got "${value}"`);
  return undefined;
}

function tableSetting(read: Reader, faults: string[]): ExistingTable | undefined {
  const name = read.matching('tableName', /^[A-Za-z0-9_.-]{3,255}$/, 'the name of a table');
  const streamArn = read.matching(
    'tableStreamArn',
    /^arn:[a-z-]+:dynamodb:[a-z0-9-]+:\d{12}:table\/[A-Za-z0-9_.-]+\/stream\/.+$/,
    'the ARN of a stream of a table',
  );
  if (read.has('tableName') !== read.has('tableStreamArn')) {
    faults.push('tableName and tableStreamArn must be given together: they name an existing table and its stream');
  }
  if (name === undefined || streamArn === undefined) return undefined;
  if (streamArn.includes(`:table/${name}/stream/`)) return { name, streamArn };
  faults.push(`tableStreamArn must be of the table "${name}"; got "${streamArn}"`);
  return undefined;
}

const DOMAIN_LABEL = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?';

function domainSetting(read: Reader, faults: string[]): CustomDomain | undefined {
  const name = read.matching(
    'domainName',
    new RegExp(`^(?=.{1,253}$)${DOMAIN_LABEL}(\\.${DOMAIN_LABEL})+$`),
    'a domain name such as licenses.example.com, without https://',
  );
  const hostedZoneId = read.matching('hostedZoneId', /^Z[A-Z0-9]{1,31}$/, 'the id of a hosted zone of Route 53');
  const certificateArn = read.matching(
    'certificateArn',
    /^arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate\/[A-Za-z0-9-]+$/,
    'the ARN of a certificate of ACM',
  );
  if (!read.has('domainName')) {
    for (const other of ['hostedZoneId', 'certificateArn'] as const) {
      if (read.has(other)) faults.push(`${other} needs domainName`);
    }
  } else if (!read.has('hostedZoneId') && !read.has('certificateArn')) {
    faults.push('domainName needs hostedZoneId, certificateArn or both: the domain needs a certificate');
  }
  if (name === undefined) return undefined;
  return { name, ...named('hostedZoneId', hostedZoneId), ...named('certificateArn', certificateArn) };
}

/** US dollars a month. The mail goes to the address of the alarms. */
function budgetSetting(read: Reader, faults: string[]): MonthlyBudget | undefined {
  const dollars = read.count('monthlyBudget', 1);
  const email = read.text('alarmEmail');
  if (read.has('monthlyBudget') && email === undefined) faults.push('monthlyBudget needs alarmEmail');
  return dollars === undefined || email === undefined ? undefined : { dollars, email };
}

/** `bulk=10,delivery=20`, or an object in `cdk.json`. */
function concurrencySetting(read: Reader, faults: string[]): ReservedConcurrency | undefined {
  const raw = read.raw('reservedConcurrency');
  const text = isRecord(raw)
    ? Object.entries(raw)
        .map(([name, value]) => `${name}=${value}`)
        .join()
    : read.text('reservedConcurrency');
  if (text === undefined) return undefined;
  const reserved: Record<string, number> = {};
  for (const part of text.split(',')) {
    const [, name = '', count = ''] = /^\s*(\w+)=(\d{1,5})\s*$/.exec(part) ?? [];
    if (!STACK_FUNCTIONS.some((each) => each === name) || Number(count) < 1) {
      faults.push(
        `reservedConcurrency must be a list such as bulk=10,delivery=20, with the functions ${STACK_FUNCTIONS.join(', ')}; got "${text}"`,
      );
      return undefined;
    }
    reserved[name] = Number(count);
  }
  return reserved;
}

/** A list in `cdk.json`, or a text. Checked at synthesis, because a browser only says that the answer was blocked. */
function corsSetting(read: Reader): string | undefined {
  const list = read.raw('corsOrigins');
  const origins = parseCorsOrigins(Array.isArray(list) ? list.join(',') : read.text('corsOrigins'), 'corsOrigins');
  return typeof origins === 'object' ? origins.join(',') : origins;
}

/** Checks the identity provider at synthesis. Otherwise the first person who signs in would find a mistake. */
function identityProviderSetting(read: Reader): IdentityProviderSettings | undefined {
  const map = read.raw('oidcScopeMap');
  const scopeMap = isRecord(map) ? JSON.stringify(map) : read.text('oidcScopeMap');
  const scopeClaim = read.text('oidcScopeClaim');
  const audience = read.text('oidcAudience');
  const clients = read.raw('oidcClientId');
  const clientId = Array.isArray(clients) ? clients.join(',') : read.text('oidcClientId');
  const parsed = parseInContext({ issuer: read.text('oidcIssuer'), audience, clientId, scopeClaim, scopeMap });
  if (parsed === undefined) return undefined;
  return {
    issuer: parsed.issuer,
    ...named('audience', audience),
    ...named('clientId', clientId),
    ...named('scopeClaim', scopeClaim),
    ...named('scopeMap', scopeMap),
  };
}

/** The settings have other names here than in the environment: `oidcClientId` is `OIDC_CLIENT_ID`. */
function parseInContext(settings: Parameters<typeof parseIdentityProvider>[0]): IdentityProvider | undefined {
  try {
    return parseIdentityProvider(settings);
  } catch (error) {
    const { message } = error as Error;
    const renamed = message.replace(/OIDC(_[A-Z]+)+/g, (name) =>
      name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    );
    throw new Error(renamed, { cause: error });
  }
}

/** Adds the message of an error to the faults. */
function collect<Value>(faults: string[], parse: () => Value): Value | undefined {
  try {
    return parse();
  } catch (error) {
    faults.push((error as Error).message);
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
