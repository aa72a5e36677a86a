import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { STACK_FUNCTIONS, type StackFunctionName } from '../../../cdk/function-names.ts';
import { stackTemplate } from '../../../cdk/stack-template.ts';
import { functionResource, keyOf, resourcesOfType, statementsOf } from './template.ts';

const template = await stackTemplate();

const TABLE = resourcesOfType(template, 'AWS::DynamoDB::GlobalTable')[0]?.id;
const KEY = keyOf(template, 'SigningKey').id;
const STATE_MACHINE = resourcesOfType(template, 'AWS::StepFunctions::StateMachine')[0]?.id;

const ITEMS = [
  'dynamodb:BatchGetItem',
  'dynamodb:ConditionCheckItem',
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
];
const UPDATE = 'dynamodb:UpdateItem';
const STREAM = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'];
const OUTBOX = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'];
const SIGN = ['kms:GetPublicKey', 'kms:Sign'];
const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];

/** All actions of each function. A grant that is not in this table is a mistake. */
const ALLOWED: Record<StackFunctionName, string[]> = {
  vendor: [
    ...ITEMS,
    UPDATE,
    ...SIGN,
    ...LOG,
    'states:DescribeExecution',
    'states:SendTaskSuccess',
    'states:StartExecution',
  ],
  depot: [
    ...ITEMS,
    UPDATE,
    ...SIGN,
    ...LOG,
    'states:DescribeExecution',
    'states:SendTaskSuccess',
    'states:StartExecution',
  ],
  public: LOG,
  workflow: [...ITEMS, ...SIGN, ...LOG, 'states:SendTaskSuccess'],
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

const SIGNING_FUNCTIONS = ['workflow', 'depot', 'vendor'] as const;
const rolesOf = (names: readonly StackFunctionName[]) =>
  names.map((name) => functionResource(template, name).properties.Role);

describe('the signing key', () => {
  const key = keyOf(template, 'SigningKey');

  test('is an Ed25519 key for signatures and stays when the stack is deleted', () => {
    expect(key.properties).toMatchObject({
      KeySpec: 'ECC_NIST_EDWARDS25519',
      KeyUsage: 'SIGN_VERIFY',
      MultiRegion: true,
    });
    expect(key.resource).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });

  test.each(SIGNING_FUNCTIONS)('signs for the %s function only with ED25519_SHA_512 over the raw message', (name) => {
    const signing = statementsOf(template, name).filter(({ actions }) => actions.includes('kms:Sign'));
    expect(signing).toEqual([
      {
        effect: 'Allow',
        actions: ['kms:Sign'],
        resources: [`{"Fn::GetAtt":["${KEY}","Arn"]}`],
        condition: { StringEquals: { 'kms:SigningAlgorithm': 'ED25519_SHA_512', 'kms:MessageType': 'RAW' } },
      },
    ]);
  });

  test('refuses to sign for every principal but the functions that sign, even for an administrator', () => {
    expect(key.properties).toHaveProperty(
      'KeyPolicy.Statement',
      expect.arrayContaining([
        expect.objectContaining({
          Effect: 'Deny',
          Action: 'kms:Sign',
          Principal: { AWS: '*' },
          Condition: { ArnNotEquals: { 'aws:PrincipalArn': rolesOf(SIGNING_FUNCTIONS) } },
        }),
      ]),
    );
  });
});

describe('the root key (K1)', () => {
  const key = keyOf(template, 'RootKey');

  test('is a second Ed25519 key for signatures and stays when the stack is deleted', () => {
    expect(resourcesOfType(template, 'AWS::KMS::Key')).toHaveLength(2);
    expect(key.properties).toMatchObject({
      KeySpec: 'ECC_NIST_EDWARDS25519',
      KeyUsage: 'SIGN_VERIFY',
      MultiRegion: true,
    });
    expect(key.resource).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });

  test('is named by no policy and by no variable of any function or state machine', () => {
    for (const type of ['AWS::IAM::Policy', 'AWS::Lambda::Function', 'AWS::StepFunctions::StateMachine']) {
      const resources = resourcesOfType(template, type);
      expect(resources.length).toBeGreaterThan(0);
      for (const { id, properties } of resources) expect(JSON.stringify(properties), id).not.toContain(key.id);
    }
  });

  test('is granted by no statement that names all keys', () => {
    for (const { id, properties } of resourcesOfType(template, 'AWS::IAM::Policy')) {
      const { Statement } = properties.PolicyDocument as { Statement: { Action: unknown; Resource: unknown }[] };
      const ofKeys = Statement.filter(({ Action }) => /"(?:\*|kms:[^"]*)"/.test(JSON.stringify(Action)));
      for (const { Resource } of ofKeys) {
        expect([Resource].flat(), id).toEqual([{ 'Fn::GetAtt': [KEY, 'Arn'] }]);
      }
    }
  });

  test('denies every use to every role of the stack, whatever the policies of the role say', () => {
    const { Statement } = key.properties.KeyPolicy as { Statement: Record<string, unknown>[] };
    const denied = Statement.find(({ Effect }) => Effect === 'Deny');
    expect(denied).toMatchObject({ Action: 'kms:*', Principal: { AWS: '*' }, Resource: '*' });
    const { ArnEquals } = z.object({ ArnEquals: z.record(z.string(), z.array(z.unknown())) }).parse(denied?.Condition);
    const roles = resourcesOfType(template, 'AWS::IAM::Role').map(({ id }) => ({ 'Fn::GetAtt': [id, 'Arn'] }));
    expect(roles.length).toBeGreaterThanOrEqual(STACK_FUNCTIONS.length);
    expect(ArnEquals['aws:PrincipalArn']).toHaveLength(roles.length);
    expect(ArnEquals['aws:PrincipalArn']).toEqual(expect.arrayContaining(roles));
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
