/** DynamoDB, KMS and Step Functions as the SDK calls them: each call is authorized by the policies of the caller's role. */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { STACK_FUNCTIONS, type StackFunctionName } from '../../../cdk/function-names.ts';
import { accessKeyOf } from './functions.ts';
import type { Names } from './names.ts';
import type { Policies } from './policies.ts';
import { refusalOf } from './table-rules.ts';

/** The access key of the account's administrator, who has every right that no key policy denies. */
export const ADMINISTRATOR = 'AKIAADMINISTRATOR';

export interface Denied {
  readonly caller: string;
  readonly action: string;
  readonly resource: string;
}

/** Step Functions behind the API: executions by the ARN of their state machine. */
export interface Executions {
  start(stateMachineArn: string, name: string, input: string): Promise<void>;
  isRunning(executionArn: string): Promise<boolean>;
  sendReceipt(token: string, output: string): Promise<'sent' | 'gone'>;
  /** The ARN of the state machine that waits for the token. */
  readonly waiting: string;
}

export interface ServicesOptions {
  readonly names: Names;
  readonly policies: Policies;
  /** The DynamoDB engine that keeps the table. */
  readonly engine: string;
  readonly tableName: string;
  readonly tableArn: string;
  readonly executions: () => Executions;
  readonly roleOf: (name: StackFunctionName) => { readonly name: string; readonly arn: string };
}

export interface Services {
  readonly url: string;
  readonly denied: readonly Denied[];
  close(): Promise<void>;
}

class Refused extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

type Input = Readonly<Record<string, unknown>>;

export async function startServices(options: ServicesOptions): Promise<Services> {
  const { names, policies } = options;
  const denied: Denied[] = [];
  const keys = new Map<string, { readonly id: string; readonly privateKey: KeyObject }>(
    names
      .idsOf('AWS::KMS::Key')
      .map((id) => [
        String(names.arnOf(id).split('/').at(-1)),
        { id, privateKey: generateKeyPairSync('ed25519').privateKey },
      ]),
  );

  const authorize = (
    caller: string,
    action: string,
    resource: string,
    context: Readonly<Record<string, string>> = {},
  ) => {
    if (caller === ADMINISTRATOR) return;
    const name = STACK_FUNCTIONS.find((each) => accessKeyOf(each) === caller);
    if (name !== undefined && policies.allows(options.roleOf(name).name, action, resource, context)) return;
    denied.push({ caller, action, resource });
    throw new Refused('AccessDeniedException', `${caller} is not authorized to perform ${action} on ${resource}`);
  };

  const ofTable = async (operation: string, input: Input, caller: string, body: string): Promise<unknown> => {
    const { tableArn } = options;
    for (const action of actionsOfTable(operation, input)) {
      const index = operation === 'Query' && input['IndexName'] !== undefined ? `/index/${input['IndexName']}` : '';
      authorize(caller, action, `${tableArn}${index}`);
    }
    for (const name of tableNamesIn(operation, input)) {
      if (name !== options.tableName) throw new Refused('ResourceNotFoundException', `There is no table ${name}`);
    }
    const refused = refusalOf(operation, input);
    if (refused !== undefined) throw new Refused('ValidationException', refused);
    return forward(options.engine, operation, body);
  };

  const ofKey = (operation: string, input: Input, caller: string): unknown => {
    const given = String(input['KeyId']);
    const key = keys.get(given.split('/').at(-1) ?? '');
    if (key === undefined) throw new Refused('NotFoundException', `There is no key ${given}`);
    const name = STACK_FUNCTIONS.find((each) => accessKeyOf(each) === caller);
    const principal = name === undefined ? 'arn:aws:iam::111122223333:user/admin' : options.roleOf(name).arn;
    if (!policies.keyAllows(key.id, principal, `kms:${operation}`)) {
      denied.push({ caller, action: `kms:${operation}`, resource: names.arnOf(key.id) });
      throw new Refused('AccessDeniedException', `The policy of the key denies kms:${operation} to ${principal}`);
    }
    authorize(caller, `kms:${operation}`, names.arnOf(key.id), {
      'kms:SigningAlgorithm': String(input['SigningAlgorithm'] ?? ''),
      'kms:MessageType': String(input['MessageType'] ?? ''),
    });
    const { KeySpec, KeyUsage } = names.properties(key.id);
    if (operation === 'GetPublicKey') {
      const der = createPublicKey(key.privateKey).export({ type: 'spki', format: 'der' });
      return { KeyId: names.arnOf(key.id), KeySpec, KeyUsage, PublicKey: der.toString('base64') };
    }
    const message = Buffer.from(String(input['Message']), 'base64');
    const isPlain = input['SigningAlgorithm'] === 'ED25519_SHA_512' && input['MessageType'] === 'RAW';
    if (operation !== 'Sign' || !isPlain || KeySpec !== 'ECC_NIST_EDWARDS25519' || message.length > 4096) {
      throw new Refused('ValidationException', `KMS cannot ${operation} this`);
    }
    return { KeyId: names.arnOf(key.id), Signature: sign(null, message, key.privateKey).toString('base64') };
  };

  const ofStates = async (operation: string, input: Input, caller: string): Promise<unknown> => {
    const executions = options.executions();
    switch (operation) {
      case 'StartExecution': {
        const given = String(input['stateMachineArn']);
        // Step Functions authorizes by the ARN without the alias.
        authorize(caller, 'states:StartExecution', unqualified(given));
        const name = String(input['name']);
        const text = String(input['input']);
        if (!/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{C}]{1,80}$/u.test(name)) throw new Refused('InvalidName', name);
        if (Buffer.byteLength(text) > 262_144) throw new Refused('InvalidExecutionInput', 'over 262,144 bytes');
        await executions.start(unqualified(given), name, text);
        return { executionArn: `${unqualified(given).replace(':stateMachine:', ':execution:')}:${name}`, startDate: 0 };
      }
      case 'DescribeExecution': {
        const arn = String(input['executionArn']);
        authorize(caller, 'states:DescribeExecution', arn);
        return { executionArn: arn, status: (await executions.isRunning(arn)) ? 'RUNNING' : 'SUCCEEDED' };
      }
      case 'SendTaskSuccess': {
        authorize(caller, 'states:SendTaskSuccess', executions.waiting);
        const sent = await executions.sendReceipt(String(input['taskToken']), String(input['output']));
        if (sent === 'gone') throw new Refused('TaskDoesNotExist', 'The task does not exist');
        return {};
      }
      default:
        throw new Refused('UnknownOperationException', operation);
    }
  };

  const server = createServer((request, response) => {
    void answer(request).then(
      ({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
        response.end(body);
      },
      (error: unknown) => {
        response.writeHead(500).end(String(error));
      },
    );
  });

  async function answer(request: IncomingMessage): Promise<{ readonly status: number; readonly body: string }> {
    const body = await textOf(request);
    const [service = '', operation = ''] = String(request.headers['x-amz-target']).split('.');
    const caller = /Credential=([^/]+)\//.exec(String(request.headers.authorization))?.[1] ?? '';
    const input = JSON.parse(body === '' ? '{}' : body) as Input;
    try {
      if (service.startsWith('DynamoDB_')) {
        const result = await ofTable(operation, input, caller, body);
        return result as { status: number; body: string };
      }
      const result =
        service === 'TrentService' ? ofKey(operation, input, caller) : await ofStates(operation, input, caller);
      return { status: 200, body: JSON.stringify(result) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { status: 400, body: JSON.stringify({ __type: error.type, message: error.message }) };
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    denied,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function unqualified(stateMachineArn: string): string {
  return stateMachineArn.split(':').slice(0, 7).join(':');
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** The engine needs a signature, and does not verify it. */
async function forward(engine: string, operation: string, body: string): Promise<{ status: number; body: string }> {
  const response = await fetch(engine, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'x-amz-date': '20260101T000000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0',
    },
    body,
  });
  return { status: response.status, body: await response.text() };
}

/** The actions that IAM asks for. A transaction needs those of its writes. */
function actionsOfTable(operation: string, input: Input): readonly string[] {
  if (operation !== 'TransactWriteItems') return [`dynamodb:${operation}`];
  const kinds = (input['TransactItems'] as readonly Input[]).flatMap((one) => Object.keys(one));
  const names: Readonly<Record<string, string>> = {
    Put: 'PutItem',
    Update: 'UpdateItem',
    Delete: 'DeleteItem',
    ConditionCheck: 'ConditionCheckItem',
  };
  return [...new Set(kinds)].map((kind) => `dynamodb:${names[kind] ?? kind}`);
}

function tableNamesIn(operation: string, input: Input): readonly string[] {
  if (operation === 'BatchGetItem') return Object.keys(input['RequestItems'] as object);
  if (operation !== 'TransactWriteItems') return [String(input['TableName'])];
  return (input['TransactItems'] as readonly Input[]).flatMap((one) =>
    Object.values(one).map((write) => String((write as Input)['TableName'])),
  );
}
