/**
 * A stand-in for an AWS account, made of the synthesized template: policies, key policies, routes and Lambda permissions, state machines
 * and their roles, the stream's mapping with its filters, and schedules. What the template does not allow fails here as it would there.
 */

import { randomBytes } from 'node:crypto';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { STACK_FUNCTIONS, type StackFunctionName } from '../../../cdk/function-names.ts';
import { readRoutes, readStateMachineDefinition, readTable, type Template } from '../../../cdk/read-template.ts';
import { SCOPES } from '../../../contract/scopes.ts';
import { TASK_ERRORS } from '../../../contract/tasks.ts';
import { endpointKeyOf } from '../../../functions/api/addressed.ts';
import { kmsSigner } from '../../../functions/aws/kms-signer.ts';
import type { Dependencies } from '../../../functions/dependencies.ts';
import { createKeySets } from '../../../functions/store/cached-key-sets.ts';
import { newToken, storeToken } from '../../../functions/store/store-token.ts';
import type { StreamEvent, StreamResult } from '../../../functions/use-cases/events/consume.ts';
import { openExecutionJournal } from '../../../local/execution-journal.ts';
import { ensureFirstKeySet } from '../../../local/first-key-set.ts';
import { type HttpServer, startHttpServer } from '../../../local/http-server.ts';
import { createStateMachineEngine, type StateMachineEngine } from '../../../local/state-machine-engine.ts';
import { connectStream } from '../../../local/stream-client.ts';
import { startStreamReader } from '../../../local/stream-reader.ts';
import { ensureTable } from '../../../local/table.ts';
import { connectTable } from '../../../local/table-client.ts';
import { openDatabase } from '../../../table/index.ts';
import { startDynoxide } from '../dynoxide.ts';
import { matchesFilter } from './filters.ts';
import { startFunctions } from './functions.ts';
import { ACCOUNT, namesOf, REGION } from './names.ts';
import { type Grant, matches, policiesOf } from './policies.ts';
import { ADMINISTRATOR, type Denied, type Executions, startServices } from './services.ts';

export interface Cloud {
  /** Of the HTTP API. */
  readonly url: string;
  /** A vendor's token with all scopes. */
  readonly token: string;
  /** Host of the vendor's endpoint, whose requests arrive in `received`. */
  readonly endpointHost: string;
  readonly received: readonly string[];
  /** What the endpoint answers. */
  readonly endpoint: { status: number };
  /** What the functions answered, by the key of the endpoint, such as `GET /orders`. */
  readonly answers: readonly { readonly endpoint: string; readonly status: number }[];
  /** Calls that the template does not allow. */
  readonly denied: readonly Denied[];
  /** The grants of the functions and the state machines that no call has used. */
  unusedGrants(): readonly Grant[];
  /** Invokes a function as the rules of the schedule do, each once. */
  runSchedules(): Promise<void>;
  /** Sends one command as a function would. */
  readonly servicesUrl: string;
  readonly tableName: string;
  /** The most states that one execution has entered. */
  longestExecution(): number;
  logOf(name: StackFunctionName): string;
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** An execution's history may have 25,000 events; a state has about five. */
export const MAX_STATES = 5_000;
const MAX_PAYLOAD_BYTES = 262_144;
const HOST = 'hooks.example.com';
const MACHINES = { workflow: 'reprogrammings', delivery: 'deliveries', bulk: 'bulk-orders' } as const;

const mappingProperties = z.object({
  FunctionName: z.string(),
  EventSourceArn: z.string(),
  FilterCriteria: z.object({ Filters: z.array(z.object({ Pattern: z.string() })) }),
});
const permission = z.object({ FunctionName: z.string(), Principal: z.string(), SourceArn: z.string() });

export async function openCloud(
  template: Template,
  folder: string,
  certificate: { key: string; cert: string },
): Promise<Cloud> {
  const opened: (() => Promise<unknown> | unknown)[] = [];
  const names = namesOf(template);
  const policies = policiesOf(names);
  const [tableId = ''] = names.idsOf('AWS::DynamoDB::GlobalTable');
  const tableName = String(names.resolve({ Ref: tableId }));
  const tableArn = names.arnOf(tableId);
  const notify = (): void => undefined;

  const engine = await startDynoxide();
  opened.push(engine.close);
  const table = connectTable(engine.endpoint);
  opened.push(table.close);
  await ensureTable(table.client, tableName, readTable(template));

  const functionId = (name: StackFunctionName): string => {
    const found = names.idsOf('AWS::Lambda::Function').find((id) => {
      const tags = names.properties(id)['Tags'] as readonly { Key: string; Value: string }[];
      return tags.some(({ Key, Value }) => Key === 'relicense:function' && Value === name);
    });
    if (found === undefined) throw new Error(`The template has no function ${name}`);
    return found;
  };
  const roleByArn = new Map(names.idsOf('AWS::IAM::Role').map((id) => [names.arnOf(id), names.resolve({ Ref: id })]));
  const roles = new Map(
    STACK_FUNCTIONS.map((name) => {
      const arn = String(names.properties(functionId(name))['Role']);
      return [name, { arn, name: String(roleByArn.get(arn)) }] as const;
    }),
  );
  const roleOf = (name: StackFunctionName) => {
    const found = roles.get(name);
    if (found === undefined) throw new Error(`There is no role of ${name}`);
    return found;
  };
  const aliasArns = new Map(
    names.idsOf('AWS::Lambda::Alias').map((id) => [names.properties(id)['FunctionName'], names.arnOf(id)]),
  );
  const aliasArnOf = (name: StackFunctionName): string =>
    String(aliasArns.get(names.resolve({ Ref: functionId(name) })));
  const functionOfArn = (arn: string): StackFunctionName => {
    const found = STACK_FUNCTIONS.find((name) => aliasArnOf(name).endsWith(`:${arn.split(':function:').at(-1)}`));
    if (found === undefined) throw new Error(`No function has the alias ${arn}`);
    return found;
  };

  const received: string[] = [];
  const endpoint = { status: 200 };
  const receiver = createTlsServer(certificate, (request, response) => {
    request.resume().on('end', () => {
      received.push(String(request.headers['webhook-id']));
      response.writeHead(endpoint.status).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  opened.push(() => {
    receiver.closeAllConnections();
    receiver.close();
  });

  let executions: Executions | undefined;
  const services = await startServices({
    names,
    policies,
    engine: engine.endpoint,
    tableName,
    tableArn,
    executions: () => {
      if (executions === undefined) throw new Error('No state machine is running yet');
      return executions;
    },
    roleOf,
  });
  opened.push(services.close);
  const denied: Denied[] = services.denied as Denied[];
  const functions = await startFunctions({
    template,
    names,
    services: services.url,
    folder,
    receiver: { host: HOST, port: (receiver.address() as AddressInfo).port },
  });
  opened.push(functions.close);
  const refuse = (caller: string, action: string, resource: string): never => {
    denied.push({ caller, action, resource });
    throw Object.assign(new Error(`${caller} may not ${action} on ${resource}`), { name: 'AccessDeniedException' });
  };
  const invoke = async (name: StackFunctionName, event: unknown): Promise<unknown> => {
    // Lambda writes the log with the function's role.
    const log = String((names.properties(functionId(name))['LoggingConfig'] as { LogGroup: string }).LogGroup);
    for (const action of ['logs:CreateLogStream', 'logs:PutLogEvents']) {
      const resource = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${log}:log-stream:live`;
      if (!policies.allows(roleOf(name).name, action, resource)) refuse(name, action, resource);
    }
    return functions.invoke(name, event);
  };

  // State machines
  const database = openDatabase(undefined);
  opened.push(database.close);
  let longest = 0;
  const machines = new Map<string, StateMachineEngine>();
  for (const id of names.idsOf('AWS::StepFunctions::StateMachine')) {
    const { RoleArn: roleArn, DefinitionSubstitutions: substitutions } = names.properties(id);
    const role = String(roleByArn.get(String(roleArn)));
    // When a state machine with a log is made, its role must allow the delivery of the log.
    for (const action of LOG_DELIVERY) if (!policies.allows(role, action, '*')) refuse(role, action, '*');
    const target =
      Object.values(substitutions as Record<string, string>).find((one) => one.includes(':function:')) ?? '';
    const name = functionOfArn(target);
    if (name !== 'workflow' && name !== 'bulk' && name !== 'delivery') throw new Error(`${id} runs ${name}`);
    const states = new Map<string, number>();
    const machine = createStateMachineEngine({
      definition: readStateMachineDefinition(template, name),
      handler: async (event) => {
        if (!policies.allows(role, 'lambda:InvokeFunction', target)) refuse(role, 'lambda:InvokeFunction', target);
        checkPayload(event);
        const result = await invoke(name, event);
        checkPayload(result);
        return result;
      },
      journal: openExecutionJournal(database, MACHINES[name], Date.now()),
      expectedErrors: Object.values(TASK_ERRORS),
      notify,
      retryScale: 0.05,
      onStateEntered: (execution) => {
        const count = (states.get(execution) ?? 0) + 1;
        states.set(execution, count);
        longest = Math.max(longest, count);
      },
    });
    opened.push(machine.close);
    machines.set(names.arnOf(id), machine);
  }
  const machineOf = (arn: string): StateMachineEngine => {
    const found = machines.get(arn);
    if (found === undefined) throw new Error(`There is no state machine ${arn}`);
    return found;
  };
  const waiting = [...machines.keys()].find((arn) => /Workflow/.test(arn)) ?? '';
  executions = {
    start: (arn, name, input) => machineOf(arn).start(name, JSON.parse(input) as never),
    isRunning: (arn) => {
      const [machine = '', name = ''] = arn.replace(':execution:', ':stateMachine:').split(/:(?=[^:]*$)/);
      return machineOf(machine).isRunning(name);
    },
    sendReceipt: (token, output) => machineOf(waiting).sendReceipt(token, JSON.parse(output) as never),
    waiting,
  };

  // The stream
  const [mappingId = ''] = names.idsOf('AWS::Lambda::EventSourceMapping');
  const mapping = mappingProperties.parse(names.properties(mappingId));
  const consumer = functionOfArn(mapping.FunctionName);
  const filters = mapping.FilterCriteria.Filters.map(({ Pattern }) => JSON.parse(Pattern) as unknown);
  for (const action of STREAM_ACTIONS) {
    if (!policies.allows(roleOf(consumer).name, action, mapping.EventSourceArn)) {
      refuse(consumer, action, mapping.EventSourceArn);
    }
  }
  const streams = connectStream(engine.endpoint);
  opened.push(() => streams.destroy());
  let isReading = 0;
  const reader = startStreamReader({
    table: table.client,
    streams,
    tableName,
    handler: async ({ Records }: StreamEvent): Promise<StreamResult> => {
      const wanted = Records.map(recordOfLambda).filter((record) => filters.some((one) => matchesFilter(one, record)));
      if (wanted.length === 0) return { batchItemFailures: [] };
      isReading += 1;
      try {
        return (await invoke(consumer, { Records: wanted })) as StreamResult;
      } finally {
        isReading -= 1;
      }
    },
    position: undefined,
    notify,
  });
  opened.push(reader.close);

  // The HTTP API
  const answers: { endpoint: string; status: number }[] = [];
  const permissions = names.idsOf('AWS::Lambda::Permission').map((id) => permission.parse(names.properties(id)));
  const [apiId = ''] = names.idsOf('AWS::ApiGatewayV2::Api').map((id) => String(names.resolve({ Ref: id })));
  const mayInvoke = (principal: string, target: string, source: string): boolean =>
    permissions.some(
      (one) => one.Principal === principal && one.FunctionName === target && matches(one.SourceArn, source),
    );
  const serve = (name: StackFunctionName) => async (event: { readonly routeKey: string }) => {
    const source = `arn:aws:execute-api:${REGION}:${ACCOUNT}:${apiId}/$default/${event.routeKey.replace(' ', '')}`;
    if (!mayInvoke('apigateway.amazonaws.com', aliasArnOf(name), source)) {
      refuse('apigateway.amazonaws.com', 'lambda:InvokeFunction', `${name} for ${event.routeKey}`);
    }
    const result = await invoke(name, event);
    const { statusCode } = z.object({ statusCode: z.number() }).parse(result);
    answers.push({ endpoint: endpointKeyOf(event as never), status: statusCode });
    return result;
  };
  const server: HttpServer = await startHttpServer({
    port: 0,
    routes: readRoutes(template),
    functions: { vendor: serve('vendor'), depot: serve('depot'), public: serve('public') },
    notify,
    now: () => new Date(),
    durable: () => Promise.resolve(),
  });
  opened.push(server.close);

  const administrator = {
    endpoint: services.url,
    region: REGION,
    credentials: { accessKeyId: ADMINISTRATOR, secretAccessKey: 'secret' },
  };
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(administrator), {
    marshallOptions: { removeUndefinedValues: true, convertClassInstanceToMap: true },
  });
  const kms = new KMSClient(administrator);
  const keyIds = (construct: string): string[] =>
    names
      .idsOf('AWS::KMS::Key')
      .filter((id) => id.startsWith(construct))
      .map((id) => names.arnOf(id));
  const dependencies = {
    documents,
    tableName,
    issuer: String(
      names.properties(functionId('vendor'))['Environment'] &&
        environmentOf(names.properties(functionId('vendor')), 'ISSUER'),
    ),
    signer: kmsSigner(kms, keyIds('SigningKey')),
    keySets: createKeySets({ documents, tableName }, () => Date.now()),
    now: () => new Date(),
    random: (length: number) => randomBytes(length),
  } as unknown as Dependencies;
  await ensureFirstKeySet(dependencies, async () => kmsSigner(kms, keyIds('RootKey')), notify);
  const token = newToken(dependencies.random);
  await storeToken(dependencies, { token, name: 'erp', scopes: SCOPES, requestsPerMinute: 0 });

  return {
    url: `http://127.0.0.1:${server.port}`,
    token,
    endpointHost: HOST,
    endpoint,
    received,
    answers,
    denied,
    unusedGrants: () => policies.unused(),
    async runSchedules() {
      for (const id of names.idsOf('AWS::Events::Rule')) {
        const targets = names.properties(id)['Targets'] as readonly { Arn: string; Input?: string }[];
        for (const { Arn, Input } of targets) {
          if (!mayInvoke('events.amazonaws.com', Arn, names.arnOf(id))) {
            refuse('events.amazonaws.com', 'lambda:InvokeFunction', Arn);
          }
          await invoke(functionOfArn(Arn), Input === undefined ? { source: 'aws.events' } : JSON.parse(Input));
        }
      }
    },
    servicesUrl: services.url,
    tableName,
    longestExecution: () => longest,
    logOf: functions.logOf,
    async settled() {
      for (const machine of machines.values()) await machine.settled();
      while (isReading > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    },
    async close() {
      for (const end of opened.reverse()) await end();
    },
  };
}

const STREAM_ACTIONS = [
  'dynamodb:DescribeStream',
  'dynamodb:GetRecords',
  'dynamodb:GetShardIterator',
  'dynamodb:ListStreams',
] as const;

const LOG_DELIVERY = [
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
  'logs:DescribeLogGroups',
] as const;

function environmentOf(properties: Readonly<Record<string, unknown>>, name: string): unknown {
  return (properties['Environment'] as { Variables: Readonly<Record<string, unknown>> }).Variables[name];
}

function checkPayload(value: unknown): void {
  if (Buffer.byteLength(JSON.stringify(value ?? null)) > MAX_PAYLOAD_BYTES) {
    throw Object.assign(new Error('over 262,144 bytes'), { name: 'States.DataLimitExceeded' });
  }
}

/** A record as Lambda passes it: the time in seconds. */
function recordOfLambda(record: StreamEvent['Records'][number]): StreamEvent['Records'][number] {
  const at = record.dynamodb?.ApproximateCreationDateTime;
  const seconds = at instanceof Date ? at.getTime() / 1000 : at;
  return { ...record, dynamodb: { ...record.dynamodb, ApproximateCreationDateTime: seconds } };
}
