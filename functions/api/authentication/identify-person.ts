import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { type IdentityProvider, isSameIssuer } from '../../../contract/identity-provider.ts';
import type { Dependencies } from '../../dependencies.ts';
import { hashToken } from '../../store/token-item.ts';
import type { Caller } from '../http/caller.ts';
import { createIssuerKeys, IssuerUnavailable } from './issuer-keys.ts';
import { scopesOfClaims } from './scopes-of-claims.ts';

/** Asymmetric algorithms only: with a shared secret, every verifier of tokens could create tokens. */
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
/** Access tokens (RFC 9068), and the types of providers that do not follow it. Other types have other purposes. */
const TYPES: ReadonlySet<string | undefined> = new Set([undefined, 'jwt', 'at+jwt', 'application/at+jwt']);
const CLOCK_TOLERANCE_SECONDS = 10;
/** OpenID Connect Core 1.0, section 2. */
const MAX_SUBJECT_CHARACTERS = 255;

export type Identified =
  | { readonly kind: 'person'; readonly caller: Caller }
  | { readonly kind: 'refused' }
  /** The identity provider does not return its keys at the moment. */
  | { readonly kind: 'unavailable' };

/** Identifies the person by a token of the identity provider. */
export type IdentifyPerson = (
  dependencies: Dependencies,
  provider: IdentityProvider,
  token: string,
) => Promise<Identified>;

/** Caches the issuer's keys for the lifetime of the instance. */
export function createIdentifyPerson(): IdentifyPerson {
  let keys: JWTVerifyGetKey | undefined;
  return async (dependencies, provider, token) => {
    // Before the signature, so that an obviously invalid token causes no request to the issuer.
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
        dependencies.log.error('The identity provider did not return its keys', { error });
        return { kind: 'unavailable' };
      }
      if (error instanceof errors.JOSEError) return { kind: 'refused' };
      throw error;
    }
  };
}

/** Whether a bearer token is a JWT; vendor tokens are not. */
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
    // No token contains a space, so this hash is not the hash of a token.
    id: hashToken(`${provider.issuer} ${sub}`),
    author: { kind: 'person', id: sub },
    scopes: scopesOfClaims(payload, provider),
    secret: '',
  };
  return { kind: 'person', caller };
}
