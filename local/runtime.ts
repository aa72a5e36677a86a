/** The embedded runtime: the synthesized stack and the real handlers on one machine, in one process, no cloud. */
import { randomBytes } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  readEnvironment as readFunctionEnvironment,
  readRoutes,
  readSchedule,
  readStateMachineDefinition,
  readStreamFilters,
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
import { createStreamHandler, type StreamEvent, type StreamResult } from '../functions/use-cases/events/consume.ts';
import { createWebhookSender } from '../functions/use-cases/events/webhook-sender.ts';
import { reportDaily } from '../functions/use-cases/licenses/report-daily.ts';
import { createTaskHandler } from '../functions/use-cases/reprogramming/task-handler.ts';
import { reportEveryQuarter } from '../functions/use-cases/webhooks/report-every-quarter.ts';
import { type Database, openDatabase } from '../table/index.ts';
import { startBulkOrderRunner } from './bulk-orders.ts';
import { type Clock, systemClock } from './clock.ts';
import { createConsoleLog } from './console-log.ts';
import { startDeliveryRunner } from './deliveries.ts';
import { developmentToken } from './development-token.ts';
import { PRIVATE_TARGETS_VARIABLE } from './environment.ts';
import { type Machine, openExecutionJournal } from './execution-journal.ts';
import { startFeedReader } from './feed-reader.ts';
import { openFileSigner } from './file-signer.ts';
import { ensureFirstKeySet } from './first-key-set.ts';
import { clearHome, type Home, openHome } from './home.ts';
import { createHttpHandler } from './http-handlers.ts';
import { startHttpServer } from './http-server.ts';
import { openLocalTable } from './local-table.ts';
import { removeRunningFile, writeRunningFile } from './running-file.ts';
import { startSchedule } from './schedule.ts';
import { StartError } from './start-error.ts';
import { createStateMachineEngine, type StateMachineEngine } from './state-machine-engine.ts';
import { connectStream } from './stream-client.ts';
import { createStreamFilter } from './stream-filter.ts';
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
  /** Address of a DynamoDB engine, which has the table instead of this process. */
  readonly dynamodbEndpoint?: string | undefined;
  readonly tableName?: string | undefined;
  /** Clears the home first. */
  readonly reset?: boolean | undefined;
  readonly clock?: Clock | undefined;
  /** See `localDefinition`. */
  readonly retryScale?: number | undefined;
  /** Gets messages for the person at this machine. */
  readonly notify?: ((message: string) => void) | undefined;
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
  /** Address of the DynamoDB engine; `undefined` for the table in this process. */
  readonly endpoint: string | undefined;
  readonly tableName: string;
  /** What handlers get, for tests that call them without HTTP. */
  readonly dependencies: Dependencies;
  readonly workflow: StateMachineEngine;
  /** The number of executions that the previous process left unfinished. */
  readonly resumed: number;
  /** Finishes open requests and ends all parts. */
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

  const template = await stackTemplate();
  const table = await openTable(options, { template, home, tableName, clock, notify });
  onClose(table.close);

  const signer = await openFileSigner(home?.signingKeys, notify);
  const journalOf = (machine: Machine) => openExecutionJournal(table.database, machine, clock.now());
  // The handlers need the workflow, and the workflow needs a handler, so handlers get their dependencies when called.
  const getDependencies = (): Dependencies => dependencies;
  const task = createTaskHandler(getDependencies);
  const workflow = createStateMachineEngine({
    definition: readStateMachineDefinition(template),
    handler: (event) => task(event as Parameters<typeof task>[0]),
    journal: journalOf('reprogrammings'),
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
    durable: table.database.durable,
    notify,
    now: dependencies.now,
  });
  onClose(server.close);

  const courier = afterDurable(
    options.courier ?? createWebhookSender({ allowPrivate: options.allowPrivateTargets === true }),
    table.database.durable,
  );
  onClose(courier.close);
  const deliveries = startDeliveryRunner({
    template,
    journal: journalOf('deliveries'),
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
    journal: journalOf('bulk-orders'),
    dependencies: getDependencies,
    notify,
    retryScale: options.retryScale,
    onStateEntered: options.onStateEntered,
  });
  onClose(bulkOrders.close);
  const handler = createStreamHandler({
    dependencies: getDependencies,
    deliveryRuns: deliveries.runs,
    bulkRuns: bulkOrders.runs,
  });
  onClose(table.readChanges(handler).close);

  const overdue = { afterDays: options.overdueAfterDays ?? overdueDaysOf(template) };
  const schedule = startSchedule({
    everyMilliseconds: readSchedule(template, 'overdue'),
    clock,
    lastRun: home?.schedule,
    run: () => reportDaily(dependencies, overdue),
    notify,
  });
  onClose(schedule.close);
  const webhookSchedule = startSchedule({
    everyMilliseconds: readSchedule(template, 'overdue', { look: OPEN_WEBHOOKS }),
    clock,
    lastRun: home?.webhookSchedule,
    run: () => reportEveryQuarter(dependencies, overdue),
    notify,
  });
  onClose(webhookSchedule.close);

  const url = `http://127.0.0.1:${server.port}`;
  if (home !== undefined) {
    writeRunningFile(home.running, { url, tableName, endpoint: options.dynamodbEndpoint });
    onClose(() => removeRunningFile(home.running));
  }
  return {
    url,
    token,
    home: home?.folder,
    endpoint: options.dynamodbEndpoint,
    tableName,
    dependencies,
    workflow,
    resumed: workflow.resume(),
    close,
  };
}

interface OpenTable {
  readonly documents: DynamoDBDocumentClient;
  /** The file of the executions, and of the table if it is in this process. */
  readonly database: Database;
  /** Passes the changes of the table to the function that reads its stream. */
  readChanges(handler: (event: StreamEvent) => Promise<StreamResult>): { close(): Promise<void> };
  close(): Promise<void>;
}

interface TablePlace {
  readonly template: Template;
  readonly home: Home | undefined;
  readonly tableName: string;
  readonly clock: Clock;
  readonly notify: (message: string) => void;
}

async function openTable(options: RuntimeOptions, place: TablePlace): Promise<OpenTable> {
  return options.dynamodbEndpoint === undefined ? openOwnTable(place) : openTableOf(options.dynamodbEndpoint, place);
}

/** How often the items whose time to live has passed are deleted, by the machine's clock. */
const EXPIRY_MILLISECONDS = 60 * 60 * 1000;

function openOwnTable({ template, home, tableName, clock, notify }: TablePlace): OpenTable {
  const { documents, database, storage, deleteExpired } = openLocalTable({
    path: home?.database,
    tableName,
    expiry: readTable(template).timeToLiveAttribute,
    isFed: createStreamFilter(readStreamFilters(template)),
    now: clock.now,
  });
  const expiry = startSchedule({
    everyMilliseconds: EXPIRY_MILLISECONDS,
    clock: systemClock,
    lastRun: undefined,
    run: deleteExpired,
    notify,
  });
  return {
    documents,
    database,
    readChanges: (handler) => startFeedReader({ storage, handler, notify }),
    close: async () => {
      await expiry.close();
      await database.close();
    },
  };
}

async function openTableOf(endpoint: string, { template, home, tableName, notify }: TablePlace): Promise<OpenTable> {
  const table = connectTable(endpoint);
  await ensureTable(table.client, tableName, readTable(template)).catch((error: unknown) => {
    table.close();
    throw error;
  });
  const streams = connectStream(endpoint);
  const database = openDatabase(home?.database);
  return {
    documents: table.documents,
    database,
    readChanges: (handler) =>
      startStreamReader({ table: table.client, streams, tableName, handler, position: home?.stream, notify }),
    close: async () => {
      streams.destroy();
      table.close();
      await database.close();
    },
  };
}

/** An event leaves this machine after everything that it reports is on the disk. */
function afterDurable(sender: WebhookSender, durable: () => Promise<void>): WebhookSender {
  return {
    post: async (post) => {
      await durable();
      return sender.post(post);
    },
    close: () => sender.close(),
  };
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
  const removed = clearHome(home);
  notify(
    removed.length === 0 ? `Nothing to clear in ${home.folder}.` : `Cleared ${home.folder}: ${removed.join(', ')}.`,
  );
}
