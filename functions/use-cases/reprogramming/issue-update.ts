import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { PlannedWork } from '../../../contract/tasks.ts';
import { updateSigningInput } from '../../../protocol/index.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { getHead, type Head, putHead } from '../../store/container-head-item.ts';
import { newEventId } from '../../store/event-id.ts';
import type { Reprogramming } from '../../store/reprogramming-item.ts';
import { type CommitResult, commitSingle } from '../../store/transactions.ts';
import { loadUpdate, putNewUpdate, type StoredUpdate, updateItemOf } from '../../store/update-item.ts';
import { loadPlan } from '../containers/container.ts';
import { signStatement, statementTime } from '../keys/sign-statement.ts';
import { parseKnownPlan } from './known-plan.ts';

/**
 * Signs the update, stores it with the task token of this wait, and then writes to the head that it is issued. That releases
 * the lock, and the token is stored before a receipt can arrive. A repeated run signs the same bytes and stores the newer
 * token; if the receipt has arrived already, it ends its own wait.
 */
export async function issueUpdate(dependencies: Dependencies, work: PlannedWork, taskToken: string): Promise<void> {
  const known = parseKnownPlan(work.known);
  const plan = known?.plan ?? (await loadPlan(dependencies, work));
  const isFirst = (await storeFirst(dependencies, work, plan, taskToken)) === 'committed';
  if (!isFirst) await storeAgain(dependencies, work, plan, taskToken);
  // The head as the plan wrote it has no receipt.
  if (isFirst && known !== undefined && (await putIssued(dependencies, known.head, plan)) === 'committed') return;
  const head = await issue(dependencies, work, plan);
  if (needsNoReceipt(head, plan.counter)) await dependencies.workflow.sendReceipt(taskToken);
}

/** Stores the update. @returns `refused` if a run has stored it, perhaps this one, when a reply was lost. */
async function storeFirst(
  dependencies: Dependencies,
  work: PlannedWork,
  plan: Reprogramming,
  taskToken: string,
): Promise<CommitResult> {
  const update: StoredUpdate = {
    reprogramming: plan.id,
    counter: plan.counter,
    jws: await sign(dependencies, work.container, plan),
    taskToken,
    issuedAt: dependencies.now().toISOString(),
    eventId: newEventId(dependencies),
  };
  return commitSingle(dependencies, putNewUpdate(dependencies, work.container, update));
}

/** Stores the token of this wait with the update that an earlier run stored. */
async function storeAgain(
  dependencies: Dependencies,
  work: PlannedWork,
  plan: Reprogramming,
  taskToken: string,
): Promise<void> {
  const stored = await loadUpdate(dependencies, work.container, plan.counter);
  if (stored === undefined) throw new Error(`Update ${plan.counter} of container ${work.container} is missing`);
  if (stored.taskToken === taskToken) return;
  const Item = updateItemOf(work.container, { ...stored, taskToken });
  await dependencies.documents.send(new PutCommand({ TableName: dependencies.tableName, Item }));
}

/** Whether no further receipt ends the wait: the receipt has arrived, or the container is retired. */
function needsNoReceipt(head: Head, counter: number): boolean {
  return head.confirmed.counter >= counter || head.status !== 'active';
}

async function issue(dependencies: Dependencies, work: PlannedWork, plan: Reprogramming): Promise<Head> {
  return retryOnConflict(dependencies, `the head of container ${work.container}`, async () => {
    const head = await getHead(dependencies, work.container);
    if (head === undefined) throw new Error(`The head of container ${work.container} is missing`);
    if (head.issued.counter >= plan.counter) return head;
    return (await putIssued(dependencies, head, plan)) === 'committed' ? head : 'changed';
  });
}

function putIssued(
  dependencies: Dependencies,
  { lock: _, ...head }: Head,
  { to }: Reprogramming,
): Promise<CommitResult> {
  return commitSingle(dependencies, putHead(dependencies, { ...head, issued: to }));
}

function sign(dependencies: Dependencies, serial: string, plan: Reprogramming): Promise<string> {
  const { id: jti, from, to } = plan;
  const iat = statementTime(plan.plannedAt);
  return signStatement(dependencies, plan.keys, ({ iss, kid }) =>
    updateSigningInput({ kid, payload: { iss, sub: serial, jti, iat, from, to } }),
  );
}
