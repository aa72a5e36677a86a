import { describe, expect, test } from 'vitest';
import { STACK_FUNCTIONS, type StackFunctionName } from '../../../cdk/function-names.ts';
import { stackTemplate } from '../../../cdk/stack-template.ts';
import { type Found, resourcesOfType, statementsOf } from './template.ts';

const template = await stackTemplate();

const TABLE = resourcesOfType(template, 'AWS::DynamoDB::Table')[0]?.id;
const KEY = resourcesOfType(template, 'AWS::KMS::Key')[0]?.id;
const STATE_MACHINE = resourcesOfType(template, 'AWS::StepFunctions::StateMachine')[0]?.id;

const ITEMS = [
  'dynamodb:BatchGetItem',
  'dynamodb:ConditionCheckItem',
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
];
const STREAM = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'];
const OUTBOX = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'];
const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];

/** All actions of each function. A grant that is not in this table is a mistake. */
const ALLOWED: Record<StackFunctionName, string[]> = {
  vendor: [...ITEMS, ...LOG, 'states:DescribeExecution', 'states:SendTaskSuccess', 'states:StartExecution'],
  depot: [
    ...ITEMS,
    'kms:GetPublicKey',
    'kms:Sign',
    ...LOG,
    'states:DescribeExecution',
    'states:SendTaskSuccess',
    'states:StartExecution',
  ],
  public: LOG,
  workflow: [...ITEMS, 'kms:GetPublicKey', 'kms:Sign', ...LOG, 'states:SendTaskSuccess'],
  events: [...OUTBOX, ...STREAM, ...LOG, 'states:StartExecution'],
  delivery: [...OUTBOX, 'dynamodb:DeleteItem', ...LOG],
  overdue: ['dynamodb:DeleteItem', ...OUTBOX, ...LOG],
  bulk: [...ITEMS, ...LOG, 'states:DescribeExecution', 'states:StartExecution'],
};

describe.each(STACK_FUNCTIONS)('the %s function', (name) => {
  const statements = statementsOf(template, name);

  test('has exactly the actions that it needs', () => {
    const actions = new Set(statements.flatMap(({ actions }) => actions));
    expect([...actions].sort()).toEqual([...ALLOWED[name]].sort());
  });

  test('has no managed policy and no policy inside its role', () => {
    const role = resourcesOfType(template, 'AWS::IAM::Role').find(({ id }) =>
      id.toLowerCase().startsWith(`${name}function`),
    );
    expect(role?.properties).toBeDefined();
    expect(role?.properties).not.toHaveProperty('ManagedPolicyArns');
    expect(role?.properties).not.toHaveProperty('Policies');
  });

  test('has only statements that name a resource of this stack', () => {
    for (const { resources, effect } of statements) {
      expect(effect).toBe('Allow');
      for (const resource of resources) {
        const named = Object.keys(template.Resources).filter((id) => resource.includes(`"${id}"`));
        expect(named, resource).toHaveLength(1);
      }
    }
  });
});

describe.each(['vendor', 'depot', 'workflow', 'overdue', 'bulk'] as const)('the table of the %s function', (name) => {
  const statements = statementsOf(template, name);

  test('is granted by item actions, and its index only for queries', () => {
    const ofIndex = statements.filter(({ resources }) => resources.some((resource) => resource.includes('/index/')));
    expect(ofIndex.flatMap(({ actions }) => actions)).toEqual(['dynamodb:Query']);
    const ofTable = statements.filter(({ actions }) => actions.includes('dynamodb:PutItem'));
    expect(ofTable.flatMap(({ resources }) => resources)).toEqual([`{"Fn::GetAtt":["${TABLE}","Arn"]}`]);
  });
});

describe('the signing key', () => {
  const [key] = resourcesOfType(template, 'AWS::KMS::Key');

  test('is an Ed25519 key for signatures and stays when the stack is deleted', () => {
    expect(key?.properties).toMatchObject({ KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' });
    expect(key?.resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  test.each(['workflow', 'depot'] as const)(
    'signs for the %s function only with ED25519_SHA_512 over the raw message',
    (name) => {
      const signing = statementsOf(template, name).filter(({ actions }) => actions.includes('kms:Sign'));
      expect(signing).toEqual([
        {
          effect: 'Allow',
          actions: ['kms:Sign'],
          resources: [`{"Fn::GetAtt":["${KEY}","Arn"]}`],
          condition: { StringEquals: { 'kms:SigningAlgorithm': 'ED25519_SHA_512', 'kms:MessageType': 'RAW' } },
        },
      ]);
    },
  );

  test('refuses to sign for every principal but the workflow and the depot function, even for an administrator', () => {
    const roles = resourcesOfType(template, 'AWS::IAM::Role');
    const arns = ['WorkflowFunctionRole', 'DepotFunctionRole'].map((start) => ({
      'Fn::GetAtt': [idOf(roles.find(({ id }) => id.startsWith(start))), 'Arn'],
    }));
    expect(key?.properties).toHaveProperty(
      'KeyPolicy.Statement',
      expect.arrayContaining([
        expect.objectContaining({
          Effect: 'Deny',
          Action: 'kms:Sign',
          Principal: { AWS: '*' },
          Condition: { ArnNotEquals: { 'aws:PrincipalArn': arns } },
        }),
      ]),
    );
  });
});

describe('the state machine', () => {
  test('may invoke only the workflow function', () => {
    const statements = resourcesOfType(template, 'AWS::IAM::Policy')
      .filter(({ id }) => id.startsWith('WorkflowStateMachineRole'))
      .flatMap(
        ({ properties }) => JSON.stringify(properties.PolicyDocument).match(/"lambda:[^"]*"|Function\w+/g) ?? [],
      );
    expect(statements).toHaveLength(2);
    expect(statements[0]).toBe('"lambda:InvokeFunction"');
    expect(statements[1]).toMatch(/^Function\w+$/);
  });

  test('is granted to its callers by its own ARN', () => {
    for (const name of ['vendor', 'depot', 'bulk'] as const) {
      const states = statementsOf(template, name).filter(({ actions }) => actions[0]?.startsWith('states:'));
      expect(states).toHaveLength(2);
      for (const { resources } of states) expect(resources.join()).toContain(`"${STATE_MACHINE}"`);
    }
  });
});

function idOf(found: Found | undefined): string {
  if (found === undefined) throw new Error('The template lacks a resource');
  return found.id;
}
