/** The one file of this folder that reads `process.env`: settings of the embedded runtime, checked once. */
import { resolve } from 'node:path';
import type { IdentityProvider } from '../contract/identity-provider.ts';
import { parseIdentityProvider } from '../contract/identity-provider.ts';

/** What a person can set from outside. Absent members keep the runtime's own choice. */
export interface Environment {
  /** Folder of the runtime's state, absolute. `RELICENSE_HOME`, default `.relicense/`. */
  readonly home: string;
  /** TCP port on 127.0.0.1; 0 takes any free one. `PORT`, default 3000. */
  readonly port: number;
  /** Development token with all scopes. `RELICENSE_TOKEN`. */
  readonly token: string | undefined;
  /** Address of another DynamoDB engine. `DYNAMODB_ENDPOINT`. */
  readonly dynamodbEndpoint: string | undefined;
  /** Name of the table in that engine, or in AWS. `TABLE_NAME`. */
  readonly tableName: string | undefined;
  /** Lets events go to this machine and its network, and by http. `RELICENSE_ALLOW_PRIVATE_TARGETS=1`. */
  readonly allowPrivateTargets: boolean;
  /** Days that a vendor action may be pending before an event says so. `RELICENSE_OVERDUE_DAYS`. */
  readonly overdueAfterDays: number | undefined;
  /** The OpenID Connect issuer of people's tokens. `OIDC_ISSUER`, `OIDC_AUDIENCE`, `OIDC_SCOPE_CLAIM`, `OIDC_SCOPE_MAP`. */
  readonly identityProvider: IdentityProvider | undefined;
  /** Limits source addresses as the deployed stack does. `RELICENSE_LIMIT_ADDRESSES=1`. */
  readonly limitAddresses: boolean;
}

/** A setting that cannot be used; its message is meant for the person who set it. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

const DEFAULT_PORT = 3000;
const DEFAULT_HOME = '.relicense';
const MIN_TOKEN_LENGTH = 16;

/** @throws EnvironmentError naming every unusable setting at once. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>> = process.env): Environment {
  const faults: string[] = [];
  // A variable that is set to nothing is how shells and CI files unset one.
  const value = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);

  const port = value('PORT') ?? String(DEFAULT_PORT);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    faults.push(`PORT must be a number from 0 to 65535, not "${port}".`);
  }

  const token = value('RELICENSE_TOKEN');
  if (token !== undefined && (token.length < MIN_TOKEN_LENGTH || !/^[\x21-\x7e]+$/.test(token))) {
    faults.push(`RELICENSE_TOKEN must be at least ${MIN_TOKEN_LENGTH} visible ASCII characters without spaces.`);
  }

  const endpoint = value('DYNAMODB_ENDPOINT');
  if (endpoint !== undefined && !isHttpUrl(endpoint)) {
    faults.push(`DYNAMODB_ENDPOINT must be an http or https address, not "${endpoint}".`);
  }

  const tableName = value('TABLE_NAME');
  if (tableName !== undefined && !/^[\w.-]{3,255}$/.test(tableName)) {
    faults.push('TABLE_NAME must be 3 to 255 letters, digits, "_", "-" or ".".');
  }

  const flag = (name: string): boolean => {
    const set = value(name) ?? '0';
    if (!/^[01]$/.test(set)) faults.push(`${name} must be 1 or 0, not "${set}".`);
    return set === '1';
  };
  const allowPrivateTargets = flag('RELICENSE_ALLOW_PRIVATE_TARGETS');
  const limitAddresses = flag('RELICENSE_LIMIT_ADDRESSES');

  const overdueDays = value('RELICENSE_OVERDUE_DAYS');
  if (overdueDays !== undefined && !/^[1-9]\d{0,4}$/.test(overdueDays)) {
    faults.push(`RELICENSE_OVERDUE_DAYS must be a number of days, from 1 on, not "${overdueDays}".`);
  }

  let identityProvider: IdentityProvider | undefined;
  try {
    identityProvider = parseIdentityProvider({
      issuer: value('OIDC_ISSUER'),
      audience: value('OIDC_AUDIENCE'),
      scopeClaim: value('OIDC_SCOPE_CLAIM'),
      scopeMap: value('OIDC_SCOPE_MAP'),
    });
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
    limitAddresses,
    overdueAfterDays: overdueDays === undefined ? undefined : Number(overdueDays),
  };
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
}
