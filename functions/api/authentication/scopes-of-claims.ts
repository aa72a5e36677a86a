import type { IdentityProvider } from '../../../contract/identity-provider.ts';
import { SCOPES, type Scope } from '../../../contract/scopes.ts';

type Claims = Readonly<Record<string, unknown>>;

/** The scopes of a person. Unknown values of the claim grant nothing. */
export function scopesOfClaims(claims: Claims, { scopeClaim, scopesOf }: IdentityProvider): Scope[] {
  const said = valuesOf(claimAt(claims, scopeClaim));
  const scopes = said.flatMap((value) =>
    scopesOf === undefined ? SCOPES.filter((scope) => scope === value) : (scopesOf.get(value) ?? []),
  );
  return [...new Set(scopes)];
}

/** The claim of this name, or at this path with dots, such as `realm_access.roles`. */
function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let found: unknown = claims;
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Claims)[name];
  }
  return found;
}

/** The strings of a list, or the words of one string, as OAuth writes scopes (RFC 6749, 3.3). */
function valuesOf(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(' ').filter((word) => word !== '');
  return Array.isArray(claim) ? claim.filter((value) => typeof value === 'string') : [];
}
