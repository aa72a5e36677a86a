/** `npm run -s token -- --name erp --scopes orders:write,...`: creates a vendor token and prints it once. */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { SCOPES, type Scope } from '../contract/scopes.ts';
import { newToken, storeToken } from '../functions/store/store-token.ts';
import { isParseArgsError, UsageError } from '../terminal/usage-error.ts';
import { type Environment, EnvironmentError, readEnvironment } from './environment.ts';
import { databaseOf, runningFileOf } from './home.ts';
import { openHomeTable } from './local-table.ts';
import { type RunningAddress, readRunningFile } from './running-file.ts';
import { DEFAULT_TABLE_NAME } from './runtime.ts';
import { connectTable } from './table-client.ts';

const HELP = `Creates a vendor token and prints it. The table has only its hash, so it cannot be shown again.

Usage: npm run -s token -- --name <name> --scopes <scope>[,<scope>...]

  --name     the token's purpose, such as erp
  --scopes   ${SCOPES.join(', ')}, or all

The command stores the token in the table of the running "npm start" of RELICENSE_HOME, in the engine at
DYNAMODB_ENDPOINT if that is set, or in the table TABLE_NAME on AWS (region and credentials as for the AWS CLI).
`;

const FAILED = 1;
const WRONG_USE = 2;

interface Place {
  /** The table in a home; otherwise the one at `endpoint`. */
  readonly path?: string;
  readonly endpoint?: string | undefined;
  readonly tableName: string;
  readonly description: string;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { name: { type: 'string' }, scopes: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) return void process.stdout.write(HELP);
  const name = values.name?.trim();
  const missing = [
    ...(name === undefined || name === '' ? ['--name NAME'] : []),
    ...(values.scopes === undefined ? ['--scopes SCOPE[,SCOPE...]'] : []),
  ];
  if (name === undefined || values.scopes === undefined || missing.length > 0)
    throw new UsageError(`Missing ${missing.join(' and ')}.\n\nSee: npm run token -- --help`);
  const scopes = parseScopes(values.scopes);

  const place = findTable(readEnvironment());
  const table = place.path === undefined ? connectTable(place.endpoint) : openHomeTable(place.path, place.tableName);
  const token = newToken(randomBytes);
  try {
    await storeToken(
      { documents: table.documents, tableName: place.tableName, now: () => new Date() },
      { token, name, scopes },
    );
  } catch (error) {
    throw new Error(
      `The token could not be stored in ${place.description}: ${(error as Error).message || (error as Error).name}`,
      { cause: error },
    );
  } finally {
    await table.close();
  }
  process.stderr.write(`Token "${name}" for ${scopes.join(', ')}, in ${place.description}. It is shown only now:\n`);
  // The token is alone on the standard output, so that a script can read it.
  process.stdout.write(`${token}\n`);
}

function parseScopes(text: string): readonly Scope[] {
  if (text === 'all') return SCOPES;
  const asked = [
    ...new Set(
      text
        .split(',')
        .map((scope) => scope.trim())
        .filter(Boolean),
    ),
  ];
  const unknown = asked.filter((scope) => !SCOPES.some((known) => known === scope));
  if (asked.length === 0 || unknown.length > 0) {
    throw new UsageError(
      `Invalid --scopes "${text}": ${unknown.length > 0 ? `unknown scope ${unknown.join(', ')}` : 'no scope'}. Scopes: ${SCOPES.join(', ')}, or all`,
    );
  }
  return SCOPES.filter((scope) => asked.includes(scope));
}

function findTable({ home, dynamodbEndpoint, tableName }: Environment): Place {
  if (dynamodbEndpoint !== undefined) {
    const name = tableName ?? DEFAULT_TABLE_NAME;
    return { endpoint: dynamodbEndpoint, tableName: name, description: `the table ${name} at ${dynamodbEndpoint}` };
  }
  if (tableName !== undefined) return { tableName, description: `the table ${tableName} on AWS` };
  const address: RunningAddress | undefined = readRunningFile(runningFileOf(home), (message) =>
    process.stderr.write(`${message}\n`),
  );
  if (address === undefined) {
    throw new UsageError(
      `No Relicense is running on ${home}. Start it with "npm start", or set DYNAMODB_ENDPOINT or TABLE_NAME.`,
    );
  }
  const { endpoint, tableName: name } = address;
  const description = `the Relicense running on ${home}`;
  return endpoint === undefined
    ? { path: databaseOf(home), tableName: name, description }
    : { endpoint, tableName: name, description };
}

main().catch((error: unknown) => {
  const isUsage = error instanceof UsageError || error instanceof EnvironmentError || isParseArgsError(error);
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = isUsage ? WRONG_USE : FAILED;
});
