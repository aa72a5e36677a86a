/**
 * The CDK application, which the CDK CLI runs (`cdk.json`). Context: `stage`, `issuer`, `alarmEmail`, `overdueAfterDays`,
 * `updateKeys`, `rootKeys`, the rate limits, the identity provider, `corsOrigins`, `bundle=false`.
 */
import { App, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { parseCorsOrigins } from '../contract/cors-origins.ts';
import { type IdentityProvider, parseIdentityProvider } from '../contract/identity-provider.ts';
import type { RateLimits } from '../contract/rate-limits.ts';
import { type IdentityProviderSettings, RelicenseStack } from './relicense-stack.ts';

const DEVELOPMENT = 'dev';

const app = new App();
const stage = setting('stage') ?? DEVELOPMENT;
const issuer = setting('issuer') ?? (stage === DEVELOPMENT ? 'relicense-dev' : undefined);
if (issuer === undefined) {
  throw new Error(`Stage "${stage}" needs the issuer of its updates. Add -c issuer=https://licenses.example.com`);
}
const alarmEmail = setting('alarmEmail');
const identityProvider = identityProviderSettings();
const limits: RateLimits = {
  ...limit('callerRequestsPerMinute'),
  ...limit('addressRequestsPerMinute'),
  ...limit('addressFailuresPerMinute'),
};
const overdueAfterDays = setting('overdueAfterDays');
const corsOrigins = corsSetting();

new RelicenseStack(app, `Relicense-${stage}`, {
  issuer,
  removalPolicy: stage === DEVELOPMENT ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
  bundle: setting('bundle') !== 'false',
  limits,
  ...keyNames('updateKeys'),
  ...keyNames('rootKeys'),
  ...(identityProvider === undefined ? {} : { identityProvider }),
  ...(corsOrigins === undefined ? {} : { corsOrigins }),
  ...(alarmEmail === undefined ? {} : { alarmEmail }),
  ...(overdueAfterDays === undefined ? {} : { overdueAfterDays: Number(overdueAfterDays) }),
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();

function setting(name: string): string | undefined {
  const value: unknown = app.node.tryGetContext(name);
  return value === undefined || value === '' ? undefined : String(value);
}

/** Names of KMS keys with commas, such as `1,2`. */
function keyNames(name: 'updateKeys' | 'rootKeys'): { readonly [Name in typeof name]?: readonly string[] } {
  const value = setting(name);
  if (value === undefined) return {};
  const names = value.split(',').map((one) => one.trim());
  if (!names.every((one) => /^[1-9]\d{0,3}$/.test(one)) || new Set(names).size < names.length) {
    throw new Error(`${name} must be different numbers with commas, such as 1,2; got "${value}"`);
  }
  return { [name]: names };
}

/** Requests per minute; 0 means no limit. */
function limit(name: keyof RateLimits): RateLimits {
  const value = setting(name);
  if (value === undefined) return {};
  if (!/^\d{1,9}$/.test(value)) {
    throw new Error(`${name} must be a whole number of requests per minute, at most 9 digits; got "${value}"`);
  }
  return { [name]: Number(value) };
}

/** A list in `cdk.json`, or a text. Checked at synthesis, because a browser only says that the answer was blocked. */
function corsSetting(): string | undefined {
  const list: unknown = app.node.tryGetContext('corsOrigins');
  const origins = parseCorsOrigins(Array.isArray(list) ? list.join(',') : setting('corsOrigins'), 'corsOrigins');
  return typeof origins === 'object' ? origins.join(',') : origins;
}

/** Checks the identity provider at synthesis. Otherwise the first person who signs in would find a mistake. */
function identityProviderSettings(): IdentityProviderSettings | undefined {
  const map: unknown = app.node.tryGetContext('oidcScopeMap');
  const scopeMap = typeof map === 'object' && map !== null ? JSON.stringify(map) : setting('oidcScopeMap');
  const scopeClaim = setting('oidcScopeClaim');
  const audience = setting('oidcAudience');
  const clients: unknown = app.node.tryGetContext('oidcClientId');
  const clientId = Array.isArray(clients) ? clients.join(',') : setting('oidcClientId');
  const parsed = parseInContext({ issuer: setting('oidcIssuer'), audience, clientId, scopeClaim, scopeMap });
  if (parsed === undefined) return undefined;
  return {
    issuer: parsed.issuer,
    ...(audience === undefined ? {} : { audience }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(scopeClaim === undefined ? {} : { scopeClaim }),
    ...(scopeMap === undefined ? {} : { scopeMap }),
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
