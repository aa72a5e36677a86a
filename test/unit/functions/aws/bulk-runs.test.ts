import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { awsBulkExecutions } from '../../../../functions/aws/bulk-runs.ts';

const MACHINE = 'arn:aws:states:eu-central-1:111111111111:stateMachine:BulkOrders';
const RUN = { bulkOrder: 'bulk', run: 2, rounds: 0 };

beforeEach(() => void vi.stubEnv('BULK_STATE_MACHINE_ARN', MACHINE));
afterEach(() => void vi.unstubAllEnvs());

const given = () => {
  const client = new SFNClient({ region: 'eu-central-1' });
  return { states: mockClient(client), runs: awsBulkExecutions(() => client) };
};

test('an execution is named after its run, and another one for the run by what it is for, with the same input', async () => {
  const { states, runs } = given();
  states.on(StartExecutionCommand).resolves({});
  expect(await runs.start(RUN)).toBe('running');
  expect(await runs.start(RUN, 'stop-7')).toBe('running');
  expect(states.commandCalls(StartExecutionCommand).map(({ args: [{ input }] }) => input)).toEqual(
    ['bulk.2', 'bulk.2.stop-7'].map((name) => ({ stateMachineArn: MACHINE, name, input: JSON.stringify(RUN) })),
  );
});

test.each([
  ['that is over is not started again', 'ExecutionAlreadyExists', { status: 'fulfilled', value: 'ended' }],
  ['that cannot be started now is told', 'ThrottlingException', { status: 'rejected' }],
])('an execution %s', async (_, name, end) => {
  const { states, runs } = given();
  states.on(StartExecutionCommand).rejects(Object.assign(new Error(name), { name }));
  expect(await Promise.allSettled([runs.start(RUN)])).toMatchObject([end]);
});
