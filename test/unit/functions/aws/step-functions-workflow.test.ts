import {
  DescribeExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import type { WorkflowInput } from '../../../../contract/tasks.ts';
import { stepFunctionsWorkflow } from '../../../../functions/aws/step-functions-workflow.ts';

const MACHINE = 'arn:aws:states:eu-central-1:111111111111:stateMachine:Reprogramming:live';
const INPUT: WorkflowInput = {
  reprogramming: 'id',
  container: 'serial',
  activate: [],
  deactivate: [],
  from: 0,
  keys: 1,
  request: '',
  actor: 'user',
};

function given() {
  const client = new SFNClient({ region: 'eu-central-1' });
  return { states: mockClient(client), workflow: stepFunctionsWorkflow(client, () => MACHINE) };
}

const named = (name: string): Error => Object.assign(new Error(name), { name });

test('an execution has the name of its reprogramming and gets its input as JSON', async () => {
  const { states, workflow } = given();
  states.on(StartExecutionCommand).resolves({});
  await workflow.start('id', INPUT);
  expect(states.commandCalls(StartExecutionCommand)[0]?.args[0].input).toEqual({
    stateMachineArn: MACHINE,
    name: 'id',
    input: JSON.stringify(INPUT),
  });
});

test('an execution that an alias started has an ARN without the alias', async () => {
  const { states, workflow } = given();
  states.on(DescribeExecutionCommand).resolves({ status: 'RUNNING' });
  await workflow.isRunning('id');
  expect(states.commandCalls(DescribeExecutionCommand)[0]?.args[0].input.executionArn).toMatch(/:execution:[^:]+:id$/);
});

test('a repeated start changes nothing; any other error of Step Functions is thrown', async () => {
  const { states, workflow } = given();
  states
    .on(StartExecutionCommand)
    .rejectsOnce(named('ExecutionAlreadyExists'))
    .rejectsOnce(named('ThrottlingException'));
  await workflow.start('id', INPUT);
  await expect(workflow.start('id', INPUT)).rejects.toThrow('ThrottlingException');
});

test.each(['TaskDoesNotExist', 'TaskTimedOut', 'InvalidToken'])(
  'if Step Functions answers %s, the token is gone',
  async (name) => {
    const { states, workflow } = given();
    states.on(SendTaskSuccessCommand).rejects(named(name));
    expect(await workflow.sendReceipt('token')).toBe('gone');
  },
);

test('a receipt reaches a waiting execution; an internal error is thrown', async () => {
  const { states, workflow } = given();
  states.on(SendTaskSuccessCommand).resolvesOnce({}).rejects(named('InternalServerError'));
  expect(await workflow.sendReceipt('token')).toBe('sent');
  await expect(workflow.sendReceipt('token')).rejects.toThrow();
});

test('the receipt is the output of the waiting task; without one, the output is empty', async () => {
  const { states, workflow } = given();
  states.on(SendTaskSuccessCommand).resolves({});
  const receipt = { jws: 'a.b.c', jti: 'context', iat: 1, lease: '', kid: 'key' };
  await workflow.sendReceipt('token', receipt);
  await workflow.sendReceipt('token');
  const outputs = states.commandCalls(SendTaskSuccessCommand).map(({ args }) => args[0].input.output);
  expect(outputs).toEqual([JSON.stringify(receipt), '{}']);
});

test('an execution is running only while its status says so', async () => {
  const { states, workflow } = given();
  states
    .on(DescribeExecutionCommand)
    .resolvesOnce({ status: 'RUNNING' })
    .resolvesOnce({ status: 'ABORTED' })
    .rejectsOnce(named('ExecutionDoesNotExist'))
    .rejects(named('ThrottlingException'));
  expect(await workflow.isRunning('id')).toBe(true);
  expect(await workflow.isRunning('id')).toBe(false);
  expect(await workflow.isRunning('id')).toBe(false);
  await expect(workflow.isRunning('id')).rejects.toThrow();
  expect(states.commandCalls(DescribeExecutionCommand)[0]?.args[0].input.executionArn).toBe(
    'arn:aws:states:eu-central-1:111111111111:execution:Reprogramming:id',
  );
});

test('sending a receipt needs no state machine ARN, because the workflow function has none', async () => {
  const client = new SFNClient({ region: 'eu-central-1' });
  mockClient(client).on(SendTaskSuccessCommand).resolves({});
  const workflow = stepFunctionsWorkflow(client, () => {
    throw new Error('The environment variable STATE_MACHINE_ARN must be set');
  });
  expect(await workflow.sendReceipt('token')).toBe('sent');
});
