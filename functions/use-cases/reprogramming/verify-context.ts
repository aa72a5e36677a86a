import { formatContextFault } from '../../../contract/context-fault-messages.ts';
import type { Receipt } from '../../../contract/tasks.ts';
import { classifyContext, type Divergence } from '../../../domain/position.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import {
  type Context,
  type ContextFault,
  type ContextResult,
  isWishOf,
  SUPPORTED_CONTEXT_VERSIONS,
  verifyContext,
  type Wishes,
} from '../../../protocol/index.ts';
import type { Dependencies } from '../../dependencies.ts';
import { getHead } from '../../store/container-head-item.ts';
import { containerHistoryOnce } from '../../store/history-items.ts';
import { commit } from '../../store/transactions.ts';
import type { StoredUpdate } from '../../store/update-item.ts';
import { type Container, loadContainer, loadUpdates, updateChainOf } from '../containers/container.ts';
import { startDeadline } from '../deadline.ts';
import { newestKeySet } from '../keys/newest-key-set.ts';
import { confirm } from './confirm.ts';

export type AcceptedContext =
  | { readonly kind: 'accepted'; readonly context: Context; readonly container: Container }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * Verifies a context, wherever it arrives; applies it as the receipt for all updates up to its counter (T2); and records a
 * container that diverged (T3).
 */
export async function acceptContext(
  dependencies: Dependencies,
  jws: string,
  wishes: Wishes = {},
): Promise<AcceptedContext> {
  const verified = await verifyForVendor(dependencies, jws);
  if (!verified.ok) return refusedContext(verified.reason);
  const { context } = verified;
  if (!(await isWishOf(context, wishes))) return refusedContext('wish');
  const container = await loadContainer(dependencies, context.serial);
  if (container.head.status !== 'active') return refused({ code: 'container-retired', container: context.serial });
  const position = classifyContext(updateChainOf(container), context);
  switch (position.kind) {
    case 'current':
      return { kind: 'accepted', context, container };
    case 'receipt': {
      await acceptReceipt(dependencies, container, position.counter, context);
      const confirmed = await loadContainer(dependencies, context.serial);
      // If the container was retired meanwhile, the receipt confirmed nothing.
      if (confirmed.head.confirmed.counter < context.counter) {
        return refused({ code: 'container-retired', container: context.serial });
      }
      return { kind: 'accepted', context, container: confirmed };
    }
    case 'diverged':
      return recordDivergence(dependencies, context, position.divergence);
  }
}

/** A context can name a key set that was published a moment ago: the published sets are then read again. */
async function verifyForVendor(dependencies: Dependencies, jws: string): Promise<ContextResult> {
  const verify = async (version?: number): Promise<ContextResult> => {
    const newest = await newestKeySet(dependencies, version);
    return verifyContext(jws, { issuer: newest.iss, newestKeySet: newest.version });
  };
  const result = await verify();
  return !result.ok && result.reason === 'keys' ? verify(Number.POSITIVE_INFINITY) : result;
}

function refusedContext(reason: ContextFault | 'version'): AcceptedContext {
  if (reason === 'version') return refused({ code: 'unsupported-version', supported: SUPPORTED_CONTEXT_VERSIONS });
  return refused({ code: 'invalid-context', reason, explanation: formatContextFault(reason) });
}

async function recordDivergence(
  dependencies: Dependencies,
  context: Context,
  divergence: Divergence,
): Promise<AcceptedContext> {
  const event = { type: 'container.diverged', counter: context.counter, reason: divergence } as const;
  // Recorded once per context.
  await commit(dependencies, [
    containerHistoryOnce(dependencies, { kind: 'container' }, context.serial, `DIVERGED#${context.jti}`, event),
  ]);
  return refused({ code: 'container-diverged', divergence, explanation: DIVERGENCES[divergence] });
}

const DIVERGENCES: Readonly<Record<Divergence, string>> = {
  behind:
    'The container is behind an update that it had confirmed before: it was restored from an old copy, or cloned. Use its newest copy. If that is lost, ask the vendor to retire the container.',
  ahead:
    'The container is ahead of every update that was issued for it: the server may have been restored from a backup. Inform the vendor.',
  digest:
    'The container holds other licenses than its updates gave it: its file was changed. Ask the vendor to retire it, and create a new container.',
};

const WAIT_MILLISECONDS = 5_000;
const FIRST_PAUSE_MILLISECONDS = 5;

/**
 * Ends the wait of every execution up to the counter, and returns when the receipt is applied. The last execution applies it for
 * all of them; if that execution is gone, or too slow, it is applied here.
 */
async function acceptReceipt(
  dependencies: Dependencies,
  container: Container,
  counter: number,
  { jws }: Context,
): Promise<void> {
  const { serial, head } = container;
  const updates = await loadUpdates(dependencies, serial, head.confirmed.counter + 1, counter);
  const last = updates.at(-1);
  if (last === undefined || !(await confirmedByExecution(dependencies, serial, last, { jws })))
    await confirm(dependencies, serial, counter, jws);
  for (const { taskToken } of updates.slice(0, -1)) {
    if (taskToken !== undefined) await dependencies.workflow.sendReceipt(taskToken);
  }
}

/** Whether the execution that waits for this receipt applies it within 5 seconds. */
async function confirmedByExecution(
  dependencies: Dependencies,
  serial: string,
  { counter, reprogramming, taskToken }: StoredUpdate,
  receipt: Receipt,
): Promise<boolean> {
  if (taskToken === undefined || (await dependencies.workflow.sendReceipt(taskToken, receipt)) === 'gone') return false;
  const waiting = startDeadline(dependencies);
  let pause = FIRST_PAUSE_MILLISECONDS;
  if (!(await waiting.untilReached(reprogramming, 'ended', WAIT_MILLISECONDS))) await waiting.pause(pause);
  for (;;) {
    const head = await getHead(dependencies, serial);
    if (head !== undefined && head.confirmed.counter >= counter) return true;
    if (waiting.elapsed() >= WAIT_MILLISECONDS) return false;
    pause *= 1.5;
    await waiting.pause(pause);
  }
}

function refused(refusal: Refusal): { kind: 'refused'; refusal: Refusal } {
  return { kind: 'refused', refusal };
}
