/** The embedded runtime for a person at a terminal. */
import { parseArgs } from 'node:util';
import { EnvironmentError, readEnvironment } from './environment.ts';
import { StartError } from './start-error.ts';

const HELP = `Relicense on this machine: the HTTP API, the workflow and a DynamoDB engine, without a cloud.

Usage: npm start [-- --reset] [-- --help]

  --reset   clears the state folder first: table, executions, signing key, token
  --help    shows this

Environment:
  PORT               port on 127.0.0.1, 3000 unless set; 0 takes any free one
  RELICENSE_HOME     state folder, .relicense/ unless set
  RELICENSE_TOKEN    development token with all scopes; made, kept and printed unless set
  DYNAMODB_ENDPOINT  another DynamoDB engine, such as http://127.0.0.1:8000; none is started then
  TABLE_NAME         name of the table, relicense unless set
  RELICENSE_ALLOW_PRIVATE_TARGETS
                     1 lets events go to this machine and its network, and by http
  RELICENSE_LIMIT_ADDRESSES
                     1 limits source addresses as the deployed API does
  RELICENSE_OVERDUE_DAYS
                     days that a vendor action may be pending before an event says so, 30 unless set
  OIDC_ISSUER, OIDC_AUDIENCE, OIDC_SCOPE_CLAIM, OIDC_SCOPE_MAP
                     an OpenID Connect issuer whose people are let in (docs/security.md)

More tokens: npm run token -- --name erp --scopes orders:write,orders:read
Everything else: docs/runtime.md
`;

const FAILED = 1;
const WRONG_USE = 2;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
function warn(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function run(): Promise<void> {
  const { values } = parseArgs({ options: { reset: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) return say(HELP.trimEnd());

  // The engine inherits it: ticket codes are as good as licenses, and they stand in its files.
  process.umask(0o077);
  const environment = readEnvironment();
  const startedAt = performance.now();
  // Whoever only asks for help, or has set something wrong, does not wait for all of it.
  const { startRuntime } = await import('./runtime.ts');
  // Asked to end while it still starts: it ends as soon as there is something to end.
  let endAsked: NodeJS.Signals | 'lost' | undefined;
  let end = (reason: NodeJS.Signals | 'lost'): void => {
    endAsked ??= reason;
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => end(signal));

  const running = await startRuntime({
    ...environment,
    reset: values.reset === true,
    notify: warn,
    onLost: (error) => {
      warn(`${error.message} Relicense ends; nothing that was answered is lost. Start it again with npm start.`);
      end('lost');
    },
  });

  let ending = false;
  end = (reason) => {
    // A second Ctrl-C is from somebody who does not want to wait. The engine dies with this process.
    if (ending) process.exit(FAILED);
    ending = true;
    if (reason !== 'lost') say('Relicense is ending.');
    running.close().then(
      () => process.exit(reason === 'lost' ? FAILED : 0),
      (error: unknown) => {
        warn(String(error));
        process.exit(FAILED);
      },
    );
  };
  if (endAsked !== undefined) return end(endAsked);

  if (running.resumed > 0) {
    say(`Going on with ${running.resumed} unfinished reprogramming${running.resumed === 1 ? '' : 's'}.`);
  }
  say(
    `State: ${running.home ?? 'in memory'}${environment.dynamodbEndpoint === undefined ? '' : `, table ${running.tableName} at ${running.endpoint}`}`,
  );
  say(`Token: ${environment.token === undefined ? running.token : 'as set in RELICENSE_TOKEN'}`);
  say(`Relicense is ready at ${running.url} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
}

/** Resolves when it is ready, or has said why it will not be. */
export function start(): Promise<void> {
  return run().catch((error: unknown) => {
    const isWrongUse =
      error instanceof EnvironmentError ||
      (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
    warn(
      isWrongUse || error instanceof StartError ? (error as Error).message : String((error as Error).stack ?? error),
    );
    process.exit(isWrongUse ? WRONG_USE : FAILED);
  });
}
