import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { awsBulkExecutions } from '../../../../functions/aws/executions.ts';

const MACHINE = 'arn:aws:states:eu-central-1:111111111111:stateMachine:BulkOrders';
const RUN = { bulkOrder: 'bulk', run: 2, rounds: 0 };

beforeEach(() => void vi.stubEnv('BULK_STATE_MACHINE_ARN', MACHINE));
afterEach(() => void vi.unstubAllEnvs());

const given = () => {
  const client = new SFNClient({ region: 'eu-central-1' });
  return { states: mockClient(client), runs: awsBulkExecutions(() => client) };
};

test('an execution has the name of its run, a further one has a suffix, and both get the same input', async () => {
  const { states, runs } = given();
  states.on(StartExecutionCommand).resolves({});
  expect(await runs.start(RUN)).toBe('running');
  expect(await runs.start(RUN, 'stop-7')).toBe('running');
  expect(states.commandCalls(StartExecutionCommand).map(({ args: [{ input }] }) => input)).toEqual(
    ['bulk.2', 'bulk.2.stop-7'].map((name) => ({ stateMachineArn: MACHINE, name, input: JSON.stringify(RUN) })),
  );
});

test.each<readonly [string, string, object]>([
  ['an ended execution is reported as ended', 'ExecutionAlreadyExists', { status: 'fulfilled', value: 'ended' }],
  ...['ExecutionLimitExceeded', 'ThrottlingException', 'ServiceQuotaExceededException'].map(
    (name) =>
      [`${name} is thrown as a busy workflow`, name, { status: 'rejected', reason: { name: 'WorkflowBusy' } }] as const,
  ),
  ['another error of Step Functions is thrown', 'InvalidArn', { status: 'rejected', reason: { name: 'InvalidArn' } }],
])('%s', async (_, name, end) => {
  const { states, runs } = given();
  states.on(StartExecutionCommand).rejects(Object.assign(new Error(name), { name }));
  expect(await Promise.allSettled([runs.start(RUN)])).toMatchObject([end]);
});
