/** Starts and ends the embedded runtime for a person at a terminal. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isParseArgsError } from '../terminal/usage-error.ts';
import { confirmReset, warningOf } from './confirm-reset.ts';
import { DEFAULT_HOME, EnvironmentError, readEnvironment } from './environment.ts';
import { StartError } from './start-error.ts';

const HELP = `Runs Relicense on this machine: the HTTP API, the workflow and the table, without a cloud account.

Usage: npm start [-- --reset [--yes]] [-- --help]

  --reset   deletes the state first: table, executions, signing key, token; asks before it does
  --yes     answers that question, where there is no terminal
  --help    shows this help

Environment variables:
  PORT               port on 127.0.0.1, or 0 for any free port (default 3000)
  RELICENSE_HOME     folder of the state (default .relicense/)
  RELICENSE_TOKEN    development token with all scopes (default: a new token, which is stored and printed)
  DYNAMODB_ENDPOINT  a DynamoDB engine for the table, such as http://127.0.0.1:8000
  TABLE_NAME         name of the table (default relicense)
  RELICENSE_ALLOW_PRIVATE_TARGETS
                     1 allows event endpoints on this machine and its network, and by http
  RELICENSE_LIMIT_ADDRESSES
                     1 limits source addresses as the deployed API does
  RELICENSE_OVERDUE_DAYS
                     days after which an event reports a pending vendor action (default 30)
  CORS_ORIGINS       origins of pages that may use the depot and the public endpoints: a list, or *
  OIDC_ISSUER, OIDC_AUDIENCE or OIDC_CLIENT_ID, OIDC_SCOPE_CLAIM, OIDC_SCOPE_MAP
                     an OpenID Connect issuer of people's tokens (docs/security.md)

More tokens: npm run -s token -- --name erp --scopes orders:write,orders:read
Documentation: docs/runtime.md
`;

const FAILED = 1;
const WRONG_USE = 2;

// The reader of a pipe may be gone, such as `head`; the runtime keeps running.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
function warn(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: { reset: { type: 'boolean' }, yes: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) return print(HELP.trimEnd());

  // The files contain ticket codes, which only their owner may read.
  process.umask(0o077);
  const environment = readEnvironment();
  if (values.reset === true && values.yes !== true) {
    const confirmation = await confirmReset(environment.home);
    if (confirmation === 'declined') {
      warn('Nothing was deleted.');
      process.exit(FAILED);
    }
    if (confirmation === 'not-asked') {
      warn(
        `${warningOf(environment.home)}\nAdd --yes to confirm, because there is no terminal to ask at: npm start -- --reset --yes`,
      );
      process.exit(WRONG_USE);
    }
  }
  const startedAt = performance.now();
  // Imported only here, so that help and wrong settings are answered at once.
  const { startRuntime } = await import('./runtime.ts');
  // A signal during the start ends the runtime as soon as it has started.
  let endAsked: NodeJS.Signals | undefined;
  let end = (reason: NodeJS.Signals): void => {
    endAsked ??= reason;
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => end(signal));
  // A program that started this one with a channel, as the demo does, has ended.
  process.on('disconnect', () => end('SIGTERM'));

  const running = await startRuntime({
    ...environment,
    reset: values.reset === true,
    notify: warn,
  });

  let ending = false;
  end = () => {
    // A second Ctrl-C ends the process at once.
    if (ending) process.exit(FAILED);
    ending = true;
    print('Relicense is ending.');
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        warn(String(error));
        process.exit(FAILED);
      },
    );
  };
  if (endAsked !== undefined) return end(endAsked);

  if (running.resumed > 0) {
    print(`Resuming ${running.resumed} unfinished reprogramming${running.resumed === 1 ? '' : 's'}.`);
  }
  print(
    `State: ${running.home ?? 'in memory'}${environment.dynamodbEndpoint === undefined ? '' : `, table ${running.tableName} at ${running.endpoint}`}`,
  );
  print(`Token: ${environment.token === undefined ? running.token : 'as set in RELICENSE_TOKEN'}`);
  print(`Relicense is ready at ${running.url} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  print(`  Depot:     ${running.url}/ (the page for customers)`);
  print(`  Console:   ${running.url}/console (the page for support)`);
  print(`  API page:  ${running.url}/docs`);
  if (running.home !== undefined && environment.token === undefined)
    print(`  Token:     kept in ${join(running.home, 'token')}`);
  print(`  Try it:    ${demoCommand(environment.home, running.home)} (in another terminal)`);
  print('  End it:    Ctrl-C');
}

/** The demo finds the runtime by its home. */
function demoCommand(home: string, real: string | undefined): string {
  return home === resolve(DEFAULT_HOME) ? 'npm run demo' : `RELICENSE_HOME=${real ?? home} npm run demo`;
}

/** Resolves when the runtime is ready. If it cannot start, prints the reason and exits: 2 for wrong settings, else 1. */
export function start(): Promise<void> {
  return run().catch((error: unknown) => {
    const isWrongUse = error instanceof EnvironmentError || isParseArgsError(error);
    warn(
      isWrongUse || error instanceof StartError ? (error as Error).message : String((error as Error).stack ?? error),
    );
    process.exit(isWrongUse ? WRONG_USE : FAILED);
  });
}
