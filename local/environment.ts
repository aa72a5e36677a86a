/** The only file in `local/` that reads `process.env`: the settings of the embedded runtime, checked once. */
import { resolve } from 'node:path';
import { type CorsOrigins, parseCorsOrigins } from '../contract/cors-origins.ts';
import { type IdentityProvider, parseIdentityProvider } from '../contract/identity-provider.ts';

/** The settings. The runtime chooses the value of an `undefined` member. */
export interface Environment {
  /** Folder of the runtime's state, absolute. `RELICENSE_HOME`, default `.relicense/`. */
  readonly home: string;
  /** TCP port on 127.0.0.1; 0 for any free port. `PORT`, default 3000. */
  readonly port: number;
  /** Development token with all scopes. `RELICENSE_TOKEN`. */
  readonly token: string | undefined;
  /** Address of another DynamoDB engine. `DYNAMODB_ENDPOINT`. */
  readonly dynamodbEndpoint: string | undefined;
  /** Name of the table in that engine, or on AWS. `TABLE_NAME`. */
  readonly tableName: string | undefined;
  /** Allows event endpoints on this machine and its network, and by http. `RELICENSE_ALLOW_PRIVATE_TARGETS=1`. */
  readonly allowPrivateTargets: boolean;
  /** After so many days, an event reports a pending vendor action. `RELICENSE_OVERDUE_DAYS`. */
  readonly overdueAfterDays: number | undefined;
  /** The OpenID Connect issuer of people's tokens. `OIDC_ISSUER` and the other `OIDC_` variables. */
  readonly identityProvider: IdentityProvider | undefined;
  /** Origins whose pages may use the depot and the public endpoints. `CORS_ORIGINS`. */
  readonly corsOrigins: CorsOrigins | undefined;
  /** Limits source addresses as the deployed stack does. `RELICENSE_LIMIT_ADDRESSES=1`. */
  readonly limitAddresses: boolean;
}

/** Invalid settings; the message is for the person who set them. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

const DEFAULT_PORT = 3000;
export const DEFAULT_HOME = '.relicense';
/** Allows event endpoints on this machine and its network. */
export const PRIVATE_TARGETS_VARIABLE = 'RELICENSE_ALLOW_PRIVATE_TARGETS';
const MIN_TOKEN_LENGTH = 16;

/** @throws EnvironmentError with all invalid settings at once */
export function readEnvironment(env: Readonly<Record<string, string | undefined>> = process.env): Environment {
  const faults: string[] = [];
  // An empty variable counts as unset, because CI files can only unset a variable this way.
  const value = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);

  const port = value('PORT') ?? String(DEFAULT_PORT);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    faults.push(`PORT must be a whole number from 0 to 65535; got "${port}".`);
  }

  const token = value('RELICENSE_TOKEN');
  if (token !== undefined && (token.length < MIN_TOKEN_LENGTH || !/^[\x21-\x7e]+$/.test(token))) {
    faults.push(`RELICENSE_TOKEN must have at least ${MIN_TOKEN_LENGTH} characters: visible ASCII, no spaces.`);
  }

  const endpoint = value('DYNAMODB_ENDPOINT');
  if (endpoint !== undefined && !isHttpUrl(endpoint)) {
    faults.push(`DYNAMODB_ENDPOINT must be an http or https address; got "${endpoint}".`);
  }

  const tableName = value('TABLE_NAME');
  if (tableName !== undefined && !/^[\w.-]{3,255}$/.test(tableName)) {
    faults.push(`TABLE_NAME must have 3 to 255 letters, digits, "_", "-" or "."; got "${tableName}".`);
  }

  const flag = (name: string): boolean => {
    const set = value(name) ?? '0';
    if (!/^[01]$/.test(set)) faults.push(`${name} must be 1 or 0; got "${set}".`);
    return set === '1';
  };
  const allowPrivateTargets = flag(PRIVATE_TARGETS_VARIABLE);
  const limitAddresses = flag('RELICENSE_LIMIT_ADDRESSES');

  const overdueDays = value('RELICENSE_OVERDUE_DAYS');
  if (overdueDays !== undefined && !/^[1-9]\d{0,4}$/.test(overdueDays)) {
    faults.push(`RELICENSE_OVERDUE_DAYS must be a whole number of days from 1 to 99999; got "${overdueDays}".`);
  }

  let identityProvider: IdentityProvider | undefined;
  try {
    identityProvider = parseIdentityProvider({
      issuer: value('OIDC_ISSUER'),
      audience: value('OIDC_AUDIENCE'),
      clientId: value('OIDC_CLIENT_ID'),
      scopeClaim: value('OIDC_SCOPE_CLAIM'),
      scopeMap: value('OIDC_SCOPE_MAP'),
    });
  } catch (error) {
    faults.push((error as Error).message);
  }

  let corsOrigins: CorsOrigins | undefined;
  try {
    corsOrigins = parseCorsOrigins(value('CORS_ORIGINS'));
  } catch (error) {
    faults.push((error as Error).message);
  }

  if (faults.length > 0) throw new EnvironmentError(faults.join('\n'));
  return {
    home: resolve(value('RELICENSE_HOME') ?? DEFAULT_HOME),
    port: Number(port),
    token,
    dynamodbEndpoint: endpoint,
    tableName,
    allowPrivateTargets,
    identityProvider,
    corsOrigins,
    limitAddresses,
    overdueAfterDays: overdueDays === undefined ? undefined : Number(overdueDays),
  };
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
}
