import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { assembleUpdateJws, updateSigningInput } from '../../protocol/index.ts';
import { type Container, loadContainer, loadUpdates, nextHead } from '../containers/container.ts';
import { newEventId } from '../event-id.ts';
import type { PlannedWork, Runtime } from '../ports.ts';
import { commitAlone } from '../table/commit.ts';
import { putHead, type Reprogramming, type StoredUpdate, updateItem } from '../table/container-items.ts';
import { loadPlan } from './load-plan.ts';

const ATTEMPTS = 12;

/**
 * Signs the update, stores it with the token of this wait, and then lets the head say that it is issued: that ends the
 * lock, and no receipt can come before its token is there. Run again, it signs the same bytes and stores the newer token;
 * when the receipt came meanwhile, it ends its own wait.
 */
export async function issueUpdate(runtime: Runtime, work: PlannedWork, taskToken: string): Promise<void> {
  const plan = await loadPlan(runtime, work);
  const [stored] = await loadUpdates(runtime, work.container, work.counter, work.counter);
  const update: StoredUpdate = {
    reprogramming: plan.id,
    counter: plan.counter,
    jws: stored?.jws ?? (await sign(runtime, work.container, plan)),
    taskToken,
    issuedAt: stored?.issuedAt ?? runtime.now().toISOString(),
    eventId: stored?.eventId ?? newEventId(runtime),
  };
  if (stored === undefined || stored.taskToken !== update.taskToken) {
    await runtime.documents.send(
      new PutCommand({ TableName: runtime.tableName, Item: updateItem(work.container, update) }),
    );
  }
  const container = await issue(runtime, work, plan);
  if (isOver(container, plan.counter)) await runtime.workflow.sendReceipt(taskToken);
}

/** Nobody will send a receipt any more: it has come, or the container is retired. */
function isOver({ head }: Container, counter: number): boolean {
  return head.confirmed.counter >= counter || head.status !== 'active';
}

async function issue(runtime: Runtime, work: PlannedWork, plan: Reprogramming): Promise<Container> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const container = await loadContainer(runtime, work.container);
    if (container.head.issued.counter >= plan.counter) return container;
    const { lock: _, ...head } = nextHead(container, { issued: plan.to });
    if ((await commitAlone(runtime, putHead(runtime, head))) === 'committed') return container;
  }
  throw new Error(`The head of ${work.container} keeps changing`);
}

async function sign(runtime: Runtime, serial: string, plan: Reprogramming): Promise<string> {
  const input = updateSigningInput({
    kid: await runtime.signer.kid(),
    payload: {
      iss: runtime.issuer,
      sub: serial,
      jti: plan.id,
      iat: Math.floor(Date.parse(plan.plannedAt) / 1000),
      from: plan.from,
      to: plan.to,
    },
  });
  const bytes = new TextEncoder().encode(input);
  return assembleUpdateJws(input, await runtime.signer.sign(bytes));
}
