import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { expect, test, vi } from 'vitest';
import { TASK_FAULT } from '../../../../contract/table.ts';
import { TASK_ERRORS, type TaskEvent } from '../../../../contract/tasks.ts';
import { taskLog } from '../../../../functions/aws/task-log.ts';

const event: TaskEvent = {
  task: 'Withdraw',
  input: {
    reprogramming: 'reprogramming-1',
    container: 'container-1',
    counter: 1,
    work: { withdraw: 1, deactivate: 0, assign: 0, replace: 0, activate: 0 },
  },
};

async function logOf(error: Error | undefined) {
  const log = { appendKeys: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const handler = middy<TaskEvent>()
    .use(taskLog(log))
    .handler(() => {
      if (error !== undefined) throw error;
      return Promise.resolve(null);
    });
  const ended = await handler(event, {} as Context).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { ...log, ended };
}

test('every line of a task has the id that the request, the execution and the events have', async () => {
  const { appendKeys, error } = await logOf(undefined);
  expect(appendKeys).toHaveBeenCalledWith({
    task: 'Withdraw',
    reprogramming: 'reprogramming-1',
    container: 'container-1',
  });
  expect(error).not.toHaveBeenCalled();
});

test('a fault of a task writes the line that the alarm counts, and Step Functions gets the fault', async () => {
  const fault = new Error('The table is away');
  const { error, ended } = await logOf(fault);
  expect(error).toHaveBeenCalledExactlyOnceWith(TASK_FAULT, { error: fault });
  expect(ended).toBe(fault);
});

test.each(Object.values(TASK_ERRORS))('%s is a result of a task, so it writes no line', async (name) => {
  const result = Object.assign(new Error('as planned'), { name });
  const { error, ended } = await logOf(result);
  expect(error).not.toHaveBeenCalled();
  expect(ended).toBe(result);
});
