import * as z from 'zod/mini';

import { SCOPES, type Scope } from './scopes.ts';

/** Who else may say who somebody is: an OpenID Connect issuer, for people. */
export interface IdentityProvider {
  /** As its tokens and its discovery document name it. */
  readonly issuer: string;
  /** As its tokens name this API. */
  readonly audience: string;
  /** The claim that says what a person may do: its name, or a path with dots to it. */
  readonly scopeClaim: string;
  /** The scopes that a value of that claim stands for; without it each value is a scope itself. */
  readonly scopesOf?: ReadonlyMap<string, readonly Scope[]>;
}

/** The settings as an operator gives them: texts, those that are left out absent. */
export interface IdentityProviderSettings {
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  readonly scopeClaim?: string | undefined;
  /** JSON: `{"<value of the claim>": ["<scope>", ...]}`, `["all"]` being every scope. */
  readonly scopeMap?: string | undefined;
}

const DEFAULT_CLAIM = 'scope';
const ALL = 'all';
const scopeMap = z.record(z.string(), z.array(z.enum([...SCOPES, ALL])));

/**
 * The identity provider of these settings; `undefined` without an issuer.
 * @throws Error that names the invalid setting
 */
export function parseIdentityProvider(settings: IdentityProviderSettings): IdentityProvider | undefined {
  const { issuer, audience, scopeClaim = DEFAULT_CLAIM } = settings;
  if (issuer === undefined) return undefined;
  if (!isAcceptableUrl(issuer))
    throw new Error('OIDC_ISSUER must be an https URL; http is allowed for this machine only.');
  if (audience === undefined)
    throw new Error('OIDC_AUDIENCE is missing: without it every token of the issuer would be accepted.');
  if (settings.scopeMap === undefined) return { issuer, audience, scopeClaim };
  return { issuer, audience, scopeClaim, scopesOf: parseScopeMap(settings.scopeMap) };
}

/** Keys must come over https: over http, others could change them. */
export function isAcceptableUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname));
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

function parseScopeMap(text: string): ReadonlyMap<string, readonly Scope[]> {
  const parsed = scopeMap.safeParse(jsonOf(text));
  if (!parsed.success) {
    throw new Error(`OIDC_SCOPE_MAP must be JSON such as {"support": ["orders:read"]}; scopes: ${SCOPES.join(', ')}.`);
  }
  return new Map(
    Object.entries(parsed.data).map(([value, scopes]) => [
      value,
      scopes.flatMap((scope) => (scope === ALL ? SCOPES : [scope])),
    ]),
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
