/** One simulated world: the real handlers and tasks on a table, a workflow and a clock that the scheduler controls. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BatchGetCommand, PutCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Definition } from '../../cdk/read-template.ts';
import type { FunctionName } from '../../contract/endpoint.ts';
import { ENDPOINTS, type EndpointName } from '../../contract/endpoints.ts';
import { SCOPES } from '../../contract/scopes.ts';
import type { BulkTaskEvent, TaskEvent } from '../../contract/tasks.ts';
import type { Dependencies, Workflow } from '../../functions/dependencies.ts';
import { storeToken } from '../../functions/store/store-token.ts';
import { createBulkTaskHandler } from '../../functions/use-cases/bulk-orders/task-handler.ts';
import { createTaskHandler } from '../../functions/use-cases/reprogramming/task-handler.ts';
import { consoleLog } from '../../local/console-log.ts';
import { createHttpHandler } from '../../local/http-handlers.ts';
import type { KeySet } from '../../protocol/index.ts';
import { firstKeySet, fixedKeySets } from '../harness/test-key-set.ts';
import type { CallKind } from './faults.ts';
import { type VendorKey, vendorKey } from './identities.ts';
import { createMemoryTable, type MemoryTable } from './memory-table.ts';
import {
  type Activity,
  createScheduler,
  type FaultHandler,
  type Scheduler,
  type SchedulerOptions,
} from './scheduler.ts';
import { seededRandom } from './seeded-random.ts';
import { createSimulatedWorkflow, type SimulatedWorkflow, type TaskResult } from './simulated-workflow.ts';

export const TABLE_NAME = 'simulated';
export const ISSUER = 'simulated-vendor';
const TOKEN = 'simulated-token-with-all-scopes';
const START = Date.parse('2027-01-01T00:00:00Z');

/** A client's result: the answer, or `lost` if the invocation ended before it. */
export type Reply =
  | { readonly kind: 'answer'; readonly status: number; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: 'lost' };

export interface HttpRequest {
  readonly name: EndpointName;
  readonly params: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string>>;
  /** Seconds to wait for an update. */
  readonly wait?: number;
  /** The `Idempotency-Key`. */
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends each command to another engine as well, for comparison. */
export type Send = (command: unknown, table: MemoryTable) => object | Promise<object>;

export interface World {
  readonly table: MemoryTable;
  readonly scheduler: Scheduler;
  readonly workflow: SimulatedWorkflow;
  readonly vendor: VendorKey;
  readonly keySets: readonly KeySet[];
  /** Sets the seed of all random values until the next call. */
  reseed(seed: number): void;
  http(request: HttpRequest): Promise<Reply>;
  /** Errors that handlers logged since the last call. */
  takeErrors(): unknown[];
  /** Starts a task as a late event would. */
  startTask(execution: string, event: TaskEvent): Promise<TaskResult>;
  /** Starts a task of a bulk order. */
  startBulkTask(event: BulkTaskEvent): Promise<TaskResult>;
}

export interface WorldOptions extends SchedulerOptions {
  readonly definition: Definition;
  readonly seed: number;
  readonly send?: Send;
}

export async function createWorld({ definition, seed, send, ...options }: WorldOptions): Promise<World> {
  const vendor = await vendorKey();
  const keySets = [await firstKeySet(ISSUER, [vendor.jwk])];
  let chance = seed;
  const invocations = new Map<string, number>();
  let errors: unknown[] = [];

  const handleFault: FaultHandler = (kind, activity) => {
    switch (kind) {
      case 'frozen-task':
        return workflow.giveUp(activity);
      case 'duplicate-task':
        return workflow.duplicate(activity);
      case 'execution-stopped':
        return workflow.stop(activity.execution ?? '');
      case 'restart':
        scheduler.killAll();
        return workflow.restart();
    }
  };
  const scheduler = createScheduler(START, handleFault, options);
  const table = createMemoryTable(TABLE_NAME, scheduler.now);
  const carryOut =
    send === undefined ? (command: unknown) => table.send(command) : (command: unknown) => send(command, table);

  const newActivity = (name: string, execution?: string): Activity => {
    const kind = execution === undefined ? name : `${execution} ${name}`;
    const number = (invocations.get(kind) ?? 0) + 1;
    invocations.set(kind, number);
    const id = `${kind} ${number}`;
    return {
      id,
      name,
      random: seededRandom(chance, hashOf(id)),
      hasCalled: false,
      isDead: false,
      frozenUntil: 0,
      onDeath: () => undefined,
      ...(execution === undefined ? {} : { execution }),
    };
  };

  const runtimeOf = (activity: Activity): Dependencies => {
    const call = <Result>(kind: CallKind, perform: () => Result | Promise<Result>): Promise<Result> =>
      scheduler.call(activity, kind, 1, perform);
    const documents = {
      send: (command: unknown) => scheduler.call(activity, kindOf(command), writesOf(command), () => carryOut(command)),
    };
    const simulated: Workflow = {
      start: (name, input) => call('start', () => workflow.engine.start(name, input)),
      sendReceipt: (token, receipt) => call('receipt', () => workflow.engine.sendReceipt(token, receipt)),
      isRunning: (name) => call('is-running', () => workflow.engine.isRunning(name)),
    };
    return {
      documents: documents as unknown as DynamoDBDocumentClient,
      tableName: TABLE_NAME,
      log: consoleLog,
      issuer: ISSUER,
      keySets: fixedKeySets(keySets),
      workflow: simulated,
      signer: {
        sign: (_, message) => call('sign', () => vendor.sign(message)),
        publicKeys: () => Promise.resolve([vendor.jwk]),
      },
      now: () => new Date(scheduler.now()),
      random: (length) => activity.random.bytes(length),
      sleep: (milliseconds) => scheduler.sleep(activity, milliseconds),
    };
  };

  const startTask = (execution: string, event: TaskEvent): { activity: Activity; result: Promise<TaskResult> } => {
    const activity = newActivity(event.task, execution);
    return { activity, result: carriedOut(activity, (runtime) => createTaskHandler(() => runtime)(event)) };
  };

  const carriedOut = (
    activity: Activity,
    task: (dependencies: Dependencies) => Promise<unknown>,
  ): Promise<TaskResult> => {
    const runtime = runtimeOf(activity);
    return new Promise<TaskResult>((resolve) => {
      activity.onDeath = () => resolve({ kind: 'failed', error: 'Lambda.Unknown' });
      task(runtime).then(
        (value) => resolve({ kind: 'returned', value }),
        (error: unknown) => {
          if (!isExpected(error)) errors.push(error);
          resolve({ kind: 'failed', error: error instanceof Error ? error.name : 'Error' });
        },
      );
    });
  };

  const workflow = createSimulatedWorkflow(definition, scheduler, startTask);

  const http = (request: HttpRequest): Promise<Reply> => {
    const endpoint = ENDPOINTS.find(({ name }) => name === request.name);
    if (endpoint === undefined) throw new Error(`There is no endpoint ${request.name}`);
    const activity = newActivity(request.name);
    const runtime = runtimeOf(activity);
    const handler = createHttpHandler(endpoint.function as FunctionName, () => runtime);
    return new Promise((resolve) => {
      activity.onDeath = () => resolve({ kind: 'lost' });
      void handler(eventOf(endpoint.method, endpoint.path, request, scheduler.now())).then((result) =>
        resolve(replyOf(result)),
      );
    });
  };

  const documents = {
    send: (command: unknown) => Promise.resolve(carryOut(command)),
  } as unknown as DynamoDBDocumentClient;
  const vendorToken = { token: TOKEN, name: 'simulated', scopes: SCOPES };
  await storeToken({ documents, tableName: TABLE_NAME, now: () => new Date(START) }, vendorToken);

  return {
    table,
    scheduler,
    workflow,
    vendor,
    keySets,
    reseed: (next) => {
      chance = next;
      invocations.clear();
    },
    http,
    takeErrors: () => {
      const taken = errors;
      errors = [];
      return taken;
    },
    startTask: (execution, event) => startTask(execution, event).result,
    startBulkTask: (event) =>
      carriedOut(newActivity(event.task, 'bulk'), (runtime) => createBulkTaskHandler(() => runtime)(event)),
  };
}

/** FNV-1a, 32 bits: each invocation has its own random stream, independent of the others. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

const EXPECTED: ReadonlySet<string> = new Set(['ManualConflict', 'NothingToDo', 'ContainerLocked']);

function isExpected(error: unknown): boolean {
  return error instanceof Error && EXPECTED.has(error.name);
}

function kindOf(command: unknown): CallKind {
  if (command instanceof TransactWriteCommand) return 'transaction';
  if (command instanceof PutCommand || command instanceof UpdateCommand) return 'put';
  return command instanceof BatchGetCommand ? 'batch-read' : 'read';
}

function writesOf(command: unknown): number {
  return command instanceof TransactWriteCommand ? (command.input.TransactItems?.length ?? 1) : 1;
}

function eventOf(method: string, path: string, request: HttpRequest, at: number): APIGatewayProxyEventV2 {
  const { params, body, query, wait, key, headers } = request;
  const rawPath = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const routeKey = `${method} ${path}`;
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString: '',
    headers: {
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
      ...(wait === undefined ? {} : { prefer: `wait=${wait}` }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...headers,
    },
    requestContext: {
      accountId: '000000000000',
      apiId: 'simulated',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'simulator' },
      requestId: 'simulated',
      routeKey,
      stage: '$default',
      time: new Date(at).toISOString(),
      timeEpoch: at,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(query === undefined ? {} : { queryStringParameters: { ...query } }),
    ...(Object.keys(params).length === 0 ? {} : { pathParameters: { ...params } }),
    isBase64Encoded: false,
  };
}

function replyOf({ statusCode, body }: APIGatewayProxyStructuredResultV2): Reply {
  const parsed: unknown = body === undefined || body === '' ? {} : JSON.parse(body);
  return { kind: 'answer', status: statusCode ?? 200, body: parsed as Record<string, unknown> };
}
