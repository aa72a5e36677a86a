import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';
import * as z from 'zod/mini';
import { isAcceptableUrl, isSameIssuer } from '../../../contract/identity-provider.ts';

/** The identity provider does not return its keys at the moment. The sender of the token is not at fault. */
export class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable';
}

const DISCOVERY_PATH = '/.well-known/openid-configuration';
const FETCH_MILLISECONDS = 3_000;
/** Key sets have a few thousand bytes. */
const MAX_BYTES = 262_144;
/** How long keys are cached. After that, a withdrawn key is refused. */
const KEYS_MILLISECONDS = 600_000;
/** An unknown `kid` fetches the keys again, at most once in this time, because anybody can invent a `kid`. */
const COOLDOWN_MILLISECONDS = 30_000;
const DISCOVERED_MILLISECONDS = 3_600_000;
/** After a failure, no request is sent for this long; cached keys are still used. */
export const FAILED_SECONDS = 5;

const configuration = z.object({ issuer: z.string(), jwks_uri: z.string() });

type KeySet = ReturnType<typeof createRemoteJWKSet>;

/** Sends a request to the issuer, unless the last one failed a moment ago. */
type Asking = <Found>(ask: () => Promise<Found>) => Promise<Found>;

/** The public keys of an OpenID Connect issuer, found by discovery and cached in this instance's memory. */
export function createIssuerKeys(issuer: string): JWTVerifyGetKey {
  let found: { readonly keys: KeySet; readonly at: number } | undefined;
  let discovering: Promise<KeySet> | undefined;
  let failedUntil = 0;
  const asking: Asking = async (ask) => {
    if (Date.now() < failedUntil) throw new Error('The identity provider did not answer a moment ago');
    try {
      return await ask();
    } catch (error) {
      failedUntil = Date.now() + FAILED_SECONDS * 1000;
      throw error;
    }
  };
  const keySet = async (): Promise<KeySet> => {
    if (found !== undefined && Date.now() < found.at + DISCOVERED_MILLISECONDS) return found.keys;
    discovering ??= discover(issuer, asking).finally(() => {
      discovering = undefined;
    });
    try {
      found = { keys: await discovering, at: Date.now() };
    } catch (error) {
      // The earlier discovery is valid as long as its keys are.
      if (found?.keys.fresh !== true) throw error;
    }
    return found.keys;
  };
  return async (header, token) => {
    try {
      return await (await keySet())(header, token);
    } catch (error) {
      // The keys are available, and the token's key is not among them.
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      // The cached keys stay: anybody can invent a token that causes this request.
      throw new IssuerUnavailable('The identity provider did not return its keys', { cause: error });
    }
  };
}

/** OpenID Connect Discovery 1.0, section 4: the document must name the same issuer. Also fetches the issuer's keys. */
async function discover(issuer: string, asking: Asking): Promise<KeySet> {
  const keys = await asking(async () => {
    const found = await fetchConfiguration(issuer);
    return createRemoteJWKSet(new URL(found.jwks_uri), {
      timeoutDuration: FETCH_MILLISECONDS,
      cooldownDuration: COOLDOWN_MILLISECONDS,
      cacheMaxAge: KEYS_MILLISECONDS,
      [customFetch]: (url, { signal }) => asking(async () => Response.json(await fetchKeys(url, signal))),
    });
  });
  await keys.reload();
  return keys;
}

/** The issuer publishes something that this API cannot use; only another setting, or the issuer, can change that. */
export class IssuerMisconfigured extends Error {
  override readonly name = 'IssuerMisconfigured';
}

/**
 * Reads the issuer's discovery document and checks that it is the issuer's own.
 * @throws IssuerMisconfigured if the document is another issuer's; any other error if it cannot be read now
 */
export async function fetchConfiguration(issuer: string): Promise<z.infer<typeof configuration>> {
  const address = `${issuer.replace(/\/$/, '')}${DISCOVERY_PATH}`;
  const found = configuration.parse(await fetchJson(address, AbortSignal.timeout(FETCH_MILLISECONDS)));
  if (!isSameIssuer(found.issuer, issuer)) {
    throw new IssuerMisconfigured(
      `OIDC_ISSUER is ${issuer}, but ${address} is the document of the issuer ${found.issuer}. ` +
        'Set OIDC_ISSUER to the issuer that the document and the tokens name.',
    );
  }
  if (!isAcceptableUrl(found.jwks_uri)) {
    throw new IssuerMisconfigured(`The issuer ${issuer} publishes its keys at ${found.jwks_uri}, which is not https.`);
  }
  return found;
}

async function fetchKeys(url: string, signal: AbortSignal): Promise<unknown> {
  const keys = await fetchJson(url, signal);
  // Throws unless it is a key set.
  createLocalJWKSet(keys as JSONWebKeySet);
  return keys;
}

/** Fetches a JSON document of at most 256 KiB. A redirect is an error. */
async function fetchJson(url: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { signal, redirect: 'manual', headers: { accept: 'application/json' } });
  if (response.status !== 200 || response.body === null) throw new Error(`${url} answered ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`${url} answered more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
