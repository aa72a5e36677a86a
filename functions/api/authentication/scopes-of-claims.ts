import type { IdentityProvider } from '../../../contract/identity-provider.ts';
import { SCOPES, type Scope } from '../../../contract/scopes.ts';

type Claims = Readonly<Record<string, unknown>>;

/** What a person may do here. What the provider says and we do not know gives nothing. */
export function scopesOfClaims(claims: Claims, { scopeClaim, scopesOf }: IdentityProvider): Scope[] {
  const said = valuesOf(claimAt(claims, scopeClaim));
  const scopes = said.flatMap((value) =>
    scopesOf === undefined ? SCOPES.filter((scope) => scope === value) : (scopesOf.get(value) ?? []),
  );
  return [...new Set(scopes)];
}

/** A claim of that name, or what a path with dots leads to, as in `realm_access.roles`. */
function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let found: unknown = claims;
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Claims)[name];
  }
  return found;
}

/** A list of texts, or one text with spaces between its words, as OAuth writes scopes (RFC 6749, 3.3). */
function valuesOf(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(' ').filter((word) => word !== '');
  return Array.isArray(claim) ? claim.filter((value) => typeof value === 'string') : [];
}
