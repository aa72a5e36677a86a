import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { type IdentityProvider, isSameIssuer } from '../../../contract/identity-provider.ts';
import type { Dependencies } from '../../dependencies.ts';
import { hashToken } from '../../store/token-item.ts';
import type { Caller } from './caller.ts';
import { createIssuerKeys, IssuerUnavailable } from './issuer-keys.ts';
import { scopesOfClaims } from './scopes-of-claims.ts';

/** Asymmetric ones only: with a secret in common, whoever can check a token could make one. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** Access tokens (RFC 9068), and what providers call them that do not follow it. Any other type is for something else. */
const TYPES: ReadonlySet<string | undefined> = new Set([undefined, 'jwt', 'at+jwt', 'application/at+jwt']);
const CLOCK_TOLERANCE_SECONDS = 10;
/** OpenID Connect Core 1.0, section 2. */
const MAX_SUBJECT_CHARACTERS = 255;

export type Identified =
  | { readonly kind: 'person'; readonly caller: Caller }
  | { readonly kind: 'refused' }
  /** Nobody can say who it is now. */
  | { readonly kind: 'unavailable' };

/** Who a token of the identity provider speaks for. */
export type IdentifyPerson = (
  dependencies: Dependencies,
  provider: IdentityProvider,
  token: string,
) => Promise<Identified>;

/** Keeps the issuer's keys while the instance lives. */
export function createIdentifyPerson(): IdentifyPerson {
  let keys: JWTVerifyGetKey | undefined;
  return async (dependencies, provider, token) => {
    // Looked at before its signature, so that nobody makes us ask the issuer for keys with what he has made up carelessly.
    if (!isWorthVerifying(token, provider)) return { kind: 'refused' };
    keys ??= createIssuerKeys(provider.issuer);
    const accepted = provider.acceptedTokens;
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: spellingsOf(provider.issuer),
        ...(accepted.kind === 'audience' ? { audience: accepted.audience } : {}),
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: dependencies.now(),
      });
      if (accepted.kind === 'clients' && !isOfClient(payload, accepted.clientIds)) return { kind: 'refused' };
      return personOf(payload, provider);
    } catch (error) {
      if (error instanceof IssuerUnavailable) {
        dependencies.log.error('The identity provider could not be asked for its keys', { error });
        return { kind: 'unavailable' };
      }
      if (error instanceof errors.JOSEError) return { kind: 'refused' };
      throw error;
    }
  };
}

/** Whether a bearer token is a JWT at all; ours are not. */
export function isJwt(token: string): boolean {
  try {
    return decodeProtectedHeader(token).alg !== undefined && decodeJwt(token) !== undefined;
  } catch {
    return false;
  }
}

function isWorthVerifying(token: string, { issuer }: IdentityProvider): boolean {
  const { alg, typ } = decodeProtectedHeader(token);
  return (
    ALGORITHMS.some((each) => each === alg) && TYPES.has(typ?.toLowerCase()) && isOfIssuer(decodeJwt(token).iss, issuer)
  );
}

function isOfIssuer(iss: unknown, issuer: string): boolean {
  return typeof iss === 'string' && isSameIssuer(iss, issuer);
}

function spellingsOf(issuer: string): string[] {
  const withoutSlash = issuer.replace(/\/$/, '');
  return [withoutSlash, `${withoutSlash}/`];
}

/**
 * Whether this is an access token that was issued to one of these clients, as Amazon Cognito writes it. A token with an
 * audience is for the API that it names, which is not this one.
 */
function isOfClient({ client_id: client, token_use: use, aud }: JWTPayload, clientIds: readonly string[]): boolean {
  return use === 'access' && aud === undefined && clientIds.some((id) => id === client);
}

function personOf(payload: JWTPayload, provider: IdentityProvider): Identified {
  const { sub } = payload;
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_SUBJECT_CHARACTERS) return { kind: 'refused' };
  const caller: Caller = {
    // No token has a space in it, so this is the hash of none.
    id: hashToken(`${provider.issuer} ${sub}`),
    author: { kind: 'person', id: sub },
    scopes: scopesOfClaims(payload, provider),
    secret: '',
  };
  return { kind: 'person', caller };
}
