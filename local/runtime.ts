/**
 * The embedded runtime: the synthesized stack and the real handlers on one machine. One process and one child, no cloud.
 */
import { randomBytes } from 'node:crypto';
import {
  readEnvironment as readFunctionEnvironment,
  readRoutes,
  readSchedule,
  readStateMachineDefinition,
  readTable,
  type Template,
} from '../cdk/read-template.ts';
import { stackTemplate } from '../cdk/stack-template.ts';
import type { CorsOrigins } from '../contract/cors-origins.ts';
import type { IdentityProvider } from '../contract/identity-provider.ts';
import type { RateLimits } from '../contract/rate-limits.ts';
import { SCOPES } from '../contract/scopes.ts';
import { OPEN_WEBHOOKS, TASK_ERRORS } from '../contract/tasks.ts';
import { fetchConfiguration, IssuerMisconfigured } from '../functions/api/authentication/issuer-keys.ts';
import type { Dependencies, WebhookSender } from '../functions/dependencies.ts';
import { parseOverdueDays } from '../functions/environment.ts';
import { createKeySets } from '../functions/store/cached-key-sets.ts';
import { storeToken } from '../functions/store/store-token.ts';
import { createStreamHandler } from '../functions/use-cases/events/consume.ts';
import { createWebhookSender } from '../functions/use-cases/events/webhook-sender.ts';
import { reportDaily } from '../functions/use-cases/licenses/report-daily.ts';
import { createTaskHandler } from '../functions/use-cases/reprogramming/task-handler.ts';
import { reportOpenWebhooks } from '../functions/use-cases/webhooks/report-open-webhooks.ts';
import { startBulkOrderRunner } from './bulk-orders.ts';
import { type Clock, systemClock } from './clock.ts';
import { createConsoleLog } from './console-log.ts';
import { startDeliveryRunner } from './deliveries.ts';
import { developmentToken } from './development-token.ts';
import { startEngine } from './dynamodb-engine.ts';
import { deleteHandledRecords } from './engine-database.ts';
import { removeEngineFile, writeEngineFile } from './engine-file.ts';
import { PRIVATE_TARGETS_VARIABLE } from './environment.ts';
import { openExecutionJournal } from './execution-journal.ts';
import { openFileSigner } from './file-signer.ts';
import { ensureFirstKeySet } from './first-key-set.ts';
import { clearHome, type Home, openHome } from './home.ts';
import { createHttpHandler } from './http-handlers.ts';
import { startHttpServer } from './http-server.ts';
import { endOrphanedEngines } from './orphaned-engine.ts';
import { startSchedule } from './schedule.ts';
import { StartError } from './start-error.ts';
import { createStateMachineEngine, type StateMachineEngine } from './state-machine-engine.ts';
import { connectStream } from './stream-client.ts';
import { readStreamPosition } from './stream-position.ts';
import { startStreamReader } from './stream-reader.ts';
import { ensureTable } from './table.ts';
import { connectTable } from './table-client.ts';
import { createWebPages } from './web-pages.ts';

export const DEFAULT_TABLE_NAME = 'relicense';

export interface RuntimeOptions {
  /** Folder of the state; `undefined` for a state in memory, for tests. */
  readonly home: string | undefined;
  /** 0 for any free port. */
  readonly port: number;
  /** Development token with all scopes. Default: the token in the home, which the first start creates. */
  readonly token?: string | undefined;
  /** Address of another DynamoDB engine. With it, the runtime starts none. */
  readonly dynamodbEndpoint?: string | undefined;
  readonly tableName?: string | undefined;
  /** Clears the home first. */
  readonly reset?: boolean | undefined;
  readonly clock?: Clock | undefined;
  /** See `localDefinition`. */
  readonly retryScale?: number | undefined;
  /** Gets messages for the person at this machine. */
  readonly notify?: ((message: string) => void) | undefined;
  /** The engine died and does not restart: the caller must close the runtime. */
  readonly onLost?: ((error: StartError) => void) | undefined;
  /** After so many days, an event reports a pending vendor action. Default: as in the stack. */
  readonly overdueAfterDays?: number | undefined;
  /** Called for each state that an execution enters. */
  readonly onStateEntered?: ((execution: string, state: string) => void) | undefined;
  /** Allows event endpoints on this machine and its network, and by http. */
  readonly allowPrivateTargets?: boolean | undefined;
  /** The OpenID Connect issuer of people's tokens. */
  readonly identityProvider?: IdentityProvider | undefined;
  /** Origins whose pages may use the depot and the public endpoints. */
  readonly corsOrigins?: CorsOrigins | undefined;
  /** Limits source addresses as the deployed stack does. Default: no limit, because all addresses are this machine. */
  readonly limitAddresses?: boolean | undefined;
  /** Sends events. Default: to the endpoints. */
  readonly courier?: WebhookSender | undefined;
  /** Multiplies the pauses between the attempts to deliver an event. Default: 1. */
  readonly deliveryPauseScale?: number | undefined;
}

export interface RunningRuntime {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly token: string;
  /** Absolute, links resolved; `undefined` for a state in memory. */
  readonly home: string | undefined;
  /** Address of the DynamoDB engine. */
  readonly endpoint: string;
  readonly tableName: string;
  /** What handlers get, for tests that call them without HTTP. */
  readonly dependencies: Dependencies;
  readonly workflow: StateMachineEngine;
  /** The number of executions that the previous process left unfinished. */
  readonly resumed: number;
  /** Process id of the engine; `undefined` if the runtime did not start it. */
  enginePid(): number | undefined;
  /** Finishes open requests and ends all parts, including the engine. */
  close(): Promise<void>;
}

/** @throws StartError for a reason that the person can fix. The parts that had started have ended by then. */
export async function startRuntime(options: RuntimeOptions): Promise<RunningRuntime> {
  // The part that was opened last is closed first.
  const opened: (() => Promise<void> | void)[] = [];
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= (async () => {
      for (const end of opened.reverse()) await end();
    })();
    return closed;
  };
  try {
    return await start(options, (end) => opened.push(end), close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  options: RuntimeOptions,
  onClose: (end: () => Promise<void> | void) => void,
  close: () => Promise<void>,
): Promise<RunningRuntime> {
  const { clock = systemClock, notify = () => undefined, tableName = DEFAULT_TABLE_NAME } = options;

  if (options.identityProvider !== undefined) await checkIssuer(options.identityProvider.issuer, notify);
  const home = options.home === undefined ? undefined : openHome(options.home);
  if (home !== undefined) {
    onClose(home.release);
    if (options.reset === true) await reset(home, notify);
  }

  // Synthesis of the stack runs while the engine starts.
  const engineStart = startOrFindEngine(options, home, notify);
  onClose(async () => (await engineStart.catch(() => undefined))?.close());
  const template = await stackTemplate();
  const engine = await engineStart;

  const table = connectTable(engine.endpoint);
  onClose(table.close);
  await ensureTable(table.client, tableName, readTable(template));

  const signer = await openFileSigner(home?.signingKeys, notify);
  const journal = openExecutionJournal(home?.executions, clock.now());
  // The handlers need the workflow, and the workflow needs a handler, so handlers get their dependencies when called.
  const getDependencies = (): Dependencies => dependencies;
  const task = createTaskHandler(getDependencies);
  const workflow = createStateMachineEngine({
    definition: readStateMachineDefinition(template),
    handler: (event) => task(event as Parameters<typeof task>[0]),
    journal,
    expectedErrors: Object.values(TASK_ERRORS),
    notify,
    clock,
    retryScale: options.retryScale,
    onStateEntered: options.onStateEntered,
  });
  onClose(workflow.close);

  const dependencies: Dependencies = {
    documents: table.documents,
    tableName,
    signer,
    keySets: createKeySets({ documents: table.documents, tableName }, clock.now),
    workflow,
    log: createConsoleLog(clock),
    issuer: issuerOf(template),
    now: () => new Date(clock.now()),
    random: (length) => randomBytes(length),
    sleep: (milliseconds) => new Promise((resolve) => clock.after(milliseconds, resolve)),
    allowPrivateTargets: options.allowPrivateTargets === true,
    privateTargetsSetting: `${PRIVATE_TARGETS_VARIABLE}=1`,
    identityProvider: options.identityProvider,
    corsOrigins: options.corsOrigins,
    limits: limitsOf(template, options.limitAddresses === true),
  };

  await ensureFirstKeySet(dependencies, () => openFileSigner(home?.rootKeys, notify), notify);

  const token = options.token ?? developmentToken(home?.token, notify);
  // No rate limit, because the development token is for trying out, demos and tests.
  await storeToken(dependencies, { token, name: 'development', scopes: SCOPES, requestsPerMinute: 0 });

  const server = await startHttpServer({
    port: options.port,
    routes: readRoutes(template),
    functions: {
      vendor: createHttpHandler('vendor', getDependencies),
      depot: createHttpHandler('depot', getDependencies),
      public: createHttpHandler('public', getDependencies),
    },
    pages: createWebPages(),
    notify,
    now: dependencies.now,
  });
  onClose(server.close);

  const courier = options.courier ?? createWebhookSender({ allowPrivate: options.allowPrivateTargets === true });
  onClose(courier.close);
  const deliveries = startDeliveryRunner({
    template,
    journal: openExecutionJournal(home?.deliveries, clock.now()),
    ports: {
      dependencies: getDependencies,
      sender: courier,
      ...(options.deliveryPauseScale === undefined ? {} : { pauseScale: options.deliveryPauseScale }),
    },
    notify,
    clock,
  });
  onClose(deliveries.close);
  const bulkOrders = startBulkOrderRunner({
    template,
    journal: openExecutionJournal(home?.bulkOrders, clock.now()),
    dependencies: getDependencies,
    notify,
    retryScale: options.retryScale,
    onStateEntered: options.onStateEntered,
  });
  onClose(bulkOrders.close);
  const streams = connectStream(engine.endpoint);
  onClose(() => streams.destroy());
  const reader = startStreamReader({
    table: table.client,
    streams,
    tableName,
    handler: createStreamHandler({
      dependencies: getDependencies,
      deliveryRuns: deliveries.runs,
      bulkRuns: bulkOrders.runs,
    }),
    position: home?.stream,
    notify,
  });
  onClose(reader.close);

  const schedule = startSchedule({
    everyMilliseconds: readSchedule(template, 'overdue'),
    clock,
    lastRun: home?.schedule,
    run: () => reportDaily(dependencies, { afterDays: options.overdueAfterDays ?? overdueDaysOf(template) }),
    notify,
  });
  onClose(schedule.close);
  const webhookSchedule = startSchedule({
    everyMilliseconds: readSchedule(template, 'overdue', { look: OPEN_WEBHOOKS }),
    clock,
    lastRun: home?.webhookSchedule,
    run: () => reportOpenWebhooks(dependencies),
    notify,
  });
  onClose(webhookSchedule.close);

  const url = `http://127.0.0.1:${server.port}`;
  if (home !== undefined) {
    writeEngineFile(home.engine, { endpoint: engine.endpoint, tableName, url });
    onClose(() => removeEngineFile(home.engine));
  }
  return {
    url,
    token,
    home: home?.folder,
    endpoint: engine.endpoint,
    tableName,
    dependencies,
    workflow,
    resumed: workflow.resume(),
    enginePid: engine.pid,
    close,
  };
}

interface EngineConnection {
  readonly endpoint: string;
  pid(): number | undefined;
  close(): Promise<void>;
}

async function startOrFindEngine(
  { dynamodbEndpoint, onLost }: RuntimeOptions,
  home: Home | undefined,
  notify: (message: string) => void,
): Promise<EngineConnection> {
  return dynamodbEndpoint !== undefined
    ? { endpoint: dynamodbEndpoint, pid: () => undefined, close: async () => undefined }
    : startOwnEngine(home, notify, onLost ?? ((error) => notify(error.message)));
}

async function startOwnEngine(
  home: Home | undefined,
  notify: (message: string) => void,
  onLost: (error: StartError) => void,
): Promise<EngineConnection> {
  const handled = readStreamPosition(home?.stream, notify);
  const engine = await startEngine({ database: home?.database, notify, onLost });
  if (home !== undefined && handled !== undefined) deleteHandledRecords(home.database, handled);
  return engine;
}

/** An issuer that cannot be reached now may be reached later, so that is only a warning. */
async function checkIssuer(issuer: string, notify: (message: string) => void): Promise<void> {
  try {
    await fetchConfiguration(issuer);
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof IssuerMisconfigured) {
      throw new StartError(message, { code: 'identity-provider-unusable', cause: error });
    }
    notify(`People cannot sign in until the identity provider ${issuer} can be asked for its keys: ${message}`);
  }
}

function issuerOf(template: Template): string {
  const { ISSUER: issuer } = readFunctionEnvironment(template, 'vendor');
  if (typeof issuer !== 'string') throw new TypeError('Bug: the stack has no ISSUER for its key sets');
  return issuer;
}

function overdueDaysOf(template: Template): number {
  return parseOverdueDays(String(readFunctionEnvironment(template, 'overdue').OVERDUE_AFTER_DAYS));
}

function limitsOf(template: Template, limitAddresses: boolean): RateLimits {
  const variables = readFunctionEnvironment(template, 'vendor');
  const limit = (name: string): number => {
    const value = Number(variables[name]);
    if (!Number.isInteger(value)) throw new TypeError(`Bug: the stack has no limit ${name}`);
    return value;
  };
  const callerRequestsPerMinute = limit('CALLER_REQUESTS_PER_MINUTE');
  if (!limitAddresses) return { callerRequestsPerMinute };
  return {
    callerRequestsPerMinute,
    addressRequestsPerMinute: limit('ADDRESS_REQUESTS_PER_MINUTE'),
    addressFailuresPerMinute: limit('ADDRESS_FAILURES_PER_MINUTE'),
  };
}

async function reset(home: Home, notify: (message: string) => void): Promise<void> {
  await endOrphanedEngines(home.database);
  const removed = clearHome(home);
  notify(
    removed.length === 0 ? `Nothing to clear in ${home.folder}.` : `Cleared ${home.folder}: ${removed.join(', ')}.`,
  );
}
