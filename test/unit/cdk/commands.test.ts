import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { STACK_FUNCTIONS } from '../../../cdk/function-names.ts';
import { synthesize } from '../../../cdk/synthesize.ts';
import { statementsOf } from './template.ts';

/** What IAM asks for when a command is sent. A command that is not here is one that no function may send. */
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
const template = synthesize({ bundle: false });
const granted = new Set(
  STACK_FUNCTIONS.flatMap((name) => statementsOf(template, name)).flatMap(({ actions }) => actions),
);

test('every command that the functions send is granted to one of them', () => {
  expect(sent.size).toBeGreaterThan(0);
  for (const command of sent) {
    expect(ACTIONS, command).toHaveProperty(command);
    for (const action of ACTIONS[command] ?? []) expect(granted, command).toContain(action);
  }
});

test('no use of the table is granted that none of them makes', () => {
  const needed = new Set([...sent].flatMap((command) => ACTIONS[command] ?? []));
  for (const action of granted) if (action.startsWith('dynamodb:')) expect(needed).toContain(action);
});
