import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { PlannedWork } from '../../../contract/tasks.ts';
import { defined } from '../../../domain/defined.ts';
import { updateSigningInput } from '../../../protocol/index.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { putHead } from '../../store/container-head-item.ts';
import { newEventId } from '../../store/event-id.ts';
import type { Reprogramming } from '../../store/reprogramming-item.ts';
import { commitSingle } from '../../store/transactions.ts';
import { type StoredUpdate, updateItemOf } from '../../store/update-item.ts';
import { type Container, loadContainer, loadPlan, loadUpdates, nextHead } from '../containers/container.ts';
import { signStatement, statementTime } from '../keys/sign-statement.ts';

/**
 * Signs the update, stores it with the task token of this wait, and then writes to the head that it is issued. That releases
 * the lock, and the token is stored before a receipt can arrive. A repeated run signs the same bytes and stores the newer
 * token; if the receipt has arrived already, it ends its own wait.
 */
export async function issueUpdate(dependencies: Dependencies, work: PlannedWork, taskToken: string): Promise<void> {
  const [plan, [stored]] = await Promise.all([
    loadPlan(dependencies, work),
    loadUpdates(dependencies, work.container, work.counter, work.counter),
  ]);
  const update: StoredUpdate = {
    reprogramming: plan.id,
    counter: plan.counter,
    jws: stored?.jws ?? (await sign(dependencies, work.container, plan)),
    taskToken,
    issuedAt: stored?.issuedAt ?? dependencies.now().toISOString(),
    eventId: stored?.eventId ?? newEventId(dependencies),
    ...defined({ resigned: stored?.resigned }),
  };
  if (stored === undefined || stored.taskToken !== update.taskToken) {
    await dependencies.documents.send(
      new PutCommand({ TableName: dependencies.tableName, Item: updateItemOf(work.container, update) }),
    );
  }
  const container = await issue(dependencies, work, plan);
  if (needsNoReceipt(container, plan.counter)) await dependencies.workflow.sendReceipt(taskToken);
}

/** Whether no further receipt ends the wait: the receipt has arrived, or the container is retired. */
function needsNoReceipt({ head }: Container, counter: number): boolean {
  return head.confirmed.counter >= counter || head.status !== 'active';
}

async function issue(dependencies: Dependencies, work: PlannedWork, plan: Reprogramming): Promise<Container> {
  return retryOnConflict(dependencies, `the head of container ${work.container}`, async () => {
    const container = await loadContainer(dependencies, work.container);
    if (container.head.issued.counter >= plan.counter) return container;
    const { lock: _, ...head } = nextHead(container, { issued: plan.to });
    return (await commitSingle(dependencies, putHead(dependencies, head))) === 'committed' ? container : 'changed';
  });
}

function sign(dependencies: Dependencies, serial: string, plan: Reprogramming): Promise<string> {
  const { id: jti, from, to } = plan;
  const iat = statementTime(plan.plannedAt);
  return signStatement(dependencies, plan.keys, ({ iss, kid }) =>
    updateSigningInput({ kid, payload: { iss, sub: serial, jti, iat, from, to } }),
  );
}
