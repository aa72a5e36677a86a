import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { bundleFunction } from '../../../cdk/bundle-function.ts';
import { STACK_FUNCTIONS } from '../../../cdk/function-names.ts';
import { readEnvironment } from '../../../cdk/read-template.ts';
import { stackTemplate } from '../../../cdk/stack-template.ts';
import { statementsOf } from './template.ts';

/** The grant and the variables that a call in a bundle needs. Minifying keeps member names and removes unreachable code. */
const CALLS: readonly { readonly call: RegExp; readonly action: string; readonly variables: readonly string[] }[] = [
  { call: /\.signer\.sign\(/, action: 'kms:Sign', variables: ['SIGNING_KEY_IDS'] },
  { call: /\.signer\.(?:publicKeys|kid)\(/, action: 'kms:GetPublicKey', variables: ['SIGNING_KEY_IDS'] },
  { call: /\.workflow\.start\(/, action: 'states:StartExecution', variables: ['STATE_MACHINE_ARN'] },
  {
    call: /\.deliveryRuns\.start\(/,
    action: 'states:StartExecution',
    variables: ['DELIVERY_STATE_MACHINE_ARN'],
  },
  { call: /\.bulkRuns\.start\(/, action: 'states:StartExecution', variables: ['BULK_STATE_MACHINE_ARN'] },
  { call: /\.workflow\.isRunning\(/, action: 'states:DescribeExecution', variables: ['STATE_MACHINE_ARN'] },
  { call: /\.workflow\.sendReceipt\(/, action: 'states:SendTaskSuccess', variables: [] },
];

const directory = mkdtempSync(join(tmpdir(), 'relicense-ports-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const template = await stackTemplate();

describe.each(STACK_FUNCTIONS)('the %s function', (name) => {
  const code = readFileSync(bundleFunction(name, { directory: join(directory, name) }).file, 'utf8');
  const actions = statementsOf(template, name).flatMap((statement) => statement.actions);
  const used = CALLS.filter(({ call }) => call.test(code));

  test('is granted each call that its code can make, and no other call', () => {
    expect(new Set(used.map(({ action }) => action))).toEqual(
      new Set(actions.filter((action) => CALLS.some((each) => each.action === action))),
    );
  });

  test('gets the environment variables that those calls read', () => {
    for (const variable of used.flatMap(({ variables }) => variables)) {
      expect(readEnvironment(template, name)).toHaveProperty(variable);
    }
  });
});

/** The actions that IAM requires for each command. No function may send a command that is not in this table. */
const ACTIONS: Record<string, readonly string[]> = {
  GetCommand: ['dynamodb:GetItem'],
  BatchGetCommand: ['dynamodb:BatchGetItem'],
  QueryCommand: ['dynamodb:Query'],
  PutCommand: ['dynamodb:PutItem'],
  UpdateCommand: ['dynamodb:UpdateItem'],
  DeleteCommand: ['dynamodb:DeleteItem'],
  BatchWriteCommand: ['dynamodb:BatchWriteItem'],
  TransactGetCommand: ['dynamodb:GetItem'],
  TransactWriteCommand: [
    'dynamodb:ConditionCheckItem',
    'dynamodb:DeleteItem',
    'dynamodb:PutItem',
    'dynamodb:UpdateItem',
  ],
  SignCommand: ['kms:Sign'],
  GetPublicKeyCommand: ['kms:GetPublicKey'],
  StartExecutionCommand: ['states:StartExecution'],
  DescribeExecutionCommand: ['states:DescribeExecution'],
  SendTaskSuccessCommand: ['states:SendTaskSuccess'],
};

const root = fileURLToPath(new URL('../../../', import.meta.url));
const sent = new Set(
  globSync('functions/**/*.ts', { cwd: root })
    .flatMap((file) => [...readFileSync(`${root}${file}`, 'utf8').matchAll(/import\s*{([^}]*)}\s*from '@aws-sdk\//g)])
    .flatMap(([, names = '']) => names.match(/\b\w+Command\b/g) ?? []),
);
const granted = new Set(
  STACK_FUNCTIONS.flatMap((name) => statementsOf(template, name)).flatMap(({ actions }) => actions),
);

test('every command in the code of the functions is granted to a function', () => {
  expect(sent.size).toBeGreaterThan(0);
  for (const command of sent) {
    expect(ACTIONS, command).toHaveProperty(command);
    for (const action of ACTIONS[command] ?? []) expect(granted, command).toContain(action);
  }
});

/** Lambda reads the stream with the role of the function that consumes it. */
const STREAM = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'];

test('every granted action on the table is used by a function', () => {
  const needed = new Set([...[...sent].flatMap((command) => ACTIONS[command] ?? []), ...STREAM]);
  for (const action of granted) if (action.startsWith('dynamodb:')) expect(needed).toContain(action);
});
