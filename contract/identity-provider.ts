import * as z from 'zod/mini';

import { SCOPES, type Scope } from './scopes.ts';

/** Who else may say who somebody is: an OpenID Connect issuer, for people. */
export interface IdentityProvider {
  /** As its tokens and its discovery document name it, with or without a slash at the end. */
  readonly issuer: string;
  readonly acceptedTokens: AcceptedTokens;
  /** The claim that says what a person may do: its name, or a path with dots to it. */
  readonly scopeClaim: string;
  /** The scopes that each value of that claim grants; without it each value is a scope itself. */
  readonly scopesOf?: ReadonlyMap<string, readonly Scope[]>;
}

/**
 * Which access tokens of the issuer are for this API: those with this audience, or, for an issuer whose access tokens have no
 * audience (Amazon Cognito), those that were issued to these clients.
 */
export type AcceptedTokens =
  | { readonly kind: 'audience'; readonly audience: string }
  | { readonly kind: 'clients'; readonly clientIds: readonly string[] };

/** The settings as an operator gives them: texts, those that are left out absent. */
export interface IdentityProviderSettings {
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  /** Client ids, with commas or spaces between them. */
  readonly clientId?: string | undefined;
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
  const { issuer, scopeClaim = DEFAULT_CLAIM } = settings;
  if (issuer === undefined) {
    const without = OTHER_SETTINGS.find(([name]) => settings[name] !== undefined);
    if (without !== undefined) throw new Error(`${without[1]} is set without OIDC_ISSUER. Set both, or neither.`);
    return undefined;
  }
  if (!isAcceptableUrl(issuer)) {
    throw new Error(`OIDC_ISSUER must be an https URL; http is allowed for this machine only. It is "${issuer}".`);
  }
  const end = /\/?(\.well-known\/.*|[?#].*)$/.exec(issuer)?.[0];
  if (end !== undefined) {
    throw new Error(`OIDC_ISSUER must be the issuer's own URL, without "${end}": ${issuer.slice(0, -end.length)}`);
  }
  const acceptedTokens = parseAcceptedTokens(settings);
  if (settings.scopeMap === undefined) return { issuer, acceptedTokens, scopeClaim };
  return { issuer, acceptedTokens, scopeClaim, scopesOf: parseScopeMap(settings.scopeMap) };
}

const OTHER_SETTINGS = [
  ['audience', 'OIDC_AUDIENCE'],
  ['clientId', 'OIDC_CLIENT_ID'],
  ['scopeClaim', 'OIDC_SCOPE_CLAIM'],
  ['scopeMap', 'OIDC_SCOPE_MAP'],
] as const;

function parseAcceptedTokens({ audience, clientId }: IdentityProviderSettings): AcceptedTokens {
  if (audience !== undefined && clientId !== undefined) {
    throw new Error(
      'OIDC_AUDIENCE and OIDC_CLIENT_ID contradict each other. Set OIDC_AUDIENCE if the access tokens of the issuer have an ' +
        'aud claim, and OIDC_CLIENT_ID if they have none (Amazon Cognito).',
    );
  }
  if (audience !== undefined) return { kind: 'audience', audience };
  const clientIds = (clientId ?? '').split(/[\s,]+/).filter((id) => id !== '');
  if (clientIds.length > 0) return { kind: 'clients', clientIds };
  throw new Error(
    'OIDC_AUDIENCE or OIDC_CLIENT_ID must be set with OIDC_ISSUER. Without it, every token of the issuer would be accepted.',
  );
}

/** Whether two spellings name the same issuer: they may differ in a slash at the end. */
export function isSameIssuer(one: string, other: string): boolean {
  return one.replace(/\/$/, '') === other.replace(/\/$/, '');
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
