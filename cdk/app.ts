/**
 * The CDK application, which the CDK CLI runs (`cdk.json`). Context: `stage`, `issuer`, `alarmEmail`, `overdueAfterDays`, the
 * rate limits, the identity provider, `bundle=false`.
 */
import { App, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { parseIdentityProvider } from '../contract/identity-provider.ts';
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

new RelicenseStack(app, `Relicense-${stage}`, {
  issuer,
  removalPolicy: stage === DEVELOPMENT ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
  bundle: setting('bundle') !== 'false',
  limits,
  ...(identityProvider === undefined ? {} : { identityProvider }),
  ...(alarmEmail === undefined ? {} : { alarmEmail }),
  ...(overdueAfterDays === undefined ? {} : { overdueAfterDays: Number(overdueAfterDays) }),
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();

function setting(name: string): string | undefined {
  const value: unknown = app.node.tryGetContext(name);
  return value === undefined || value === '' ? undefined : String(value);
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

/** Checks the identity provider at synthesis. Otherwise the first person who signs in would find a mistake. */
function identityProviderSettings(): IdentityProviderSettings | undefined {
  const map: unknown = app.node.tryGetContext('oidcScopeMap');
  const scopeMap = typeof map === 'object' && map !== null ? JSON.stringify(map) : setting('oidcScopeMap');
  const scopeClaim = setting('oidcScopeClaim');
  const parsed = parseIdentityProvider({
    issuer: setting('oidcIssuer'),
    audience: setting('oidcAudience'),
    scopeClaim,
    scopeMap,
  });
  if (parsed === undefined) return undefined;
  const { issuer, audience } = parsed;
  return {
    issuer,
    audience,
    ...(scopeClaim === undefined ? {} : { scopeClaim }),
    ...(scopeMap === undefined ? {} : { scopeMap }),
  };
}
