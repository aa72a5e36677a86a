import { formatContextFault } from '../../../contract/context-fault-messages.ts';
import type { Receipt } from '../../../contract/tasks.ts';
import { defined } from '../../../domain/defined.ts';
import { classifyContext, type Divergence, type RecordedDivergence } from '../../../domain/position.ts';
import { type Assessment, assessContext, NO_PRESENCE } from '../../../domain/presence.ts';
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
import { getHead, type Head } from '../../store/container-head-item.ts';
import { containerHistoryOnce } from '../../store/history-items.ts';
import type { Reprogramming } from '../../store/reprogramming-item.ts';
import { commit } from '../../store/transactions.ts';
import type { StoredUpdate } from '../../store/update-item.ts';
import { type Container, loadContainer, loadContainerWithUpdates, updateChainOf } from '../containers/container.ts';
import { startDeadline } from '../deadline.ts';
import { findNewestKeySet } from '../keys/newest-key-set.ts';
import { signerOf } from '../keys/sign-statement.ts';
import { confirm, putsOnly } from './confirm.ts';

export interface Accepted {
  readonly kind: 'accepted';
  readonly context: Context;
  /** As it was read after the receipt, if the context is one. */
  readonly container: Container;
  /** The context was a receipt that this call applied, or another call a moment ago. */
  readonly isReceipt: boolean;
  /** `iat` of the remembered context, if this one is not newer: the container's next context must be later (C1). */
  readonly late?: number;
}

export type AcceptedContext = Accepted | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * Verifies a context, wherever it arrives; applies it as the receipt for all updates up to its counter (T2); and records a
 * container that diverged (T3, C1), or that is retired (C2).
 */
export async function acceptContext(
  dependencies: Dependencies,
  jws: string,
  wishes: Wishes = {},
): Promise<AcceptedContext> {
  const verified = await verifyForVendor(dependencies, jws);
  if (verified === 'no-key-set') return refused({ code: verified });
  if (!verified.ok) return refusedContext(verified.reason);
  const { context } = verified;
  if (!(await isWishOf(context, wishes))) return refusedContext('wish');
  const { container, updates } = await loadContainerWithUpdates(dependencies, context.serial, context.counter);
  if (container.head.status !== 'active') return refuseRetired(dependencies, container, context);
  const { presence = NO_PRESENCE } = container.head;
  const assessed = assessContext(classifyContext(updateChainOf(container), context), presence, context);
  if (assessed.kind === 'diverged') return refuseDiverged(dependencies, context, assessed, presence.iat);
  const late = assessed.standing.kind === 'late' ? presence.iat : undefined;
  if (assessed.receiptOf === undefined) {
    return defined({ kind: 'accepted' as const, context, container, isReceipt: false, late });
  }
  const head = await acceptReceipt(dependencies, container, updates, context);
  const confirmed = confirmedContainer(container, head) ?? (await loadContainer(dependencies, context.serial));
  // If the container was retired meanwhile, the receipt confirmed nothing.
  if (confirmed.head.confirmed.counter < context.counter) return refuseRetired(dependencies, confirmed, context);
  return defined({ kind: 'accepted' as const, context, container: confirmed, isReceipt: true, late });
}

/** A context can name a key set that was published a moment ago: the published sets are then read again. */
async function verifyForVendor(dependencies: Dependencies, jws: string): Promise<ContextResult | 'no-key-set'> {
  const verify = async (version?: number): Promise<ContextResult | 'no-key-set'> => {
    const newest = await findNewestKeySet(dependencies, version);
    if (newest === undefined) return 'no-key-set';
    return verifyContext(jws, { issuer: newest.iss, newestKeySet: newest.version });
  };
  const result = await verify();
  return result !== 'no-key-set' && !result.ok && result.reason === 'keys' ? verify(Number.POSITIVE_INFINITY) : result;
}

function refusedContext(reason: ContextFault | 'version'): AcceptedContext {
  if (reason === 'version') return refused({ code: 'unsupported-version', supported: SUPPORTED_CONTEXT_VERSIONS });
  return refused({ code: 'invalid-context', reason, explanation: formatContextFault(reason) });
}

/** Refuses a context that does not fit. What can be an old message, or a replayed one, is not recorded (C1, C2). */
async function refuseDiverged(
  dependencies: Dependencies,
  context: Context,
  { divergence, isRecorded }: Extract<Assessment, { kind: 'diverged' }>,
  rememberedIat: number,
): Promise<AcceptedContext> {
  const explanation = DIVERGENCES[divergence];
  if (divergence === 'late')
    return refused({ code: 'container-diverged', divergence, late: rememberedIat, explanation });
  if (isRecorded) await recordDivergence(dependencies, context, divergence);
  return refused({ code: 'container-diverged', divergence, explanation });
}

/** A retired container that speaks is recorded, unless the context is the remembered one (C2). */
async function refuseRetired(
  dependencies: Dependencies,
  { serial, head }: Container,
  context: Context,
): Promise<AcceptedContext> {
  if (context.jti !== head.presence?.jti) await recordDivergence(dependencies, context, 'retired');
  return refused({ code: 'container-retired', container: serial });
}

/** Recorded once per context. */
async function recordDivergence(
  dependencies: Dependencies,
  context: Context,
  divergence: RecordedDivergence,
): Promise<void> {
  const event = { type: 'container.diverged', counter: context.counter, divergence } as const;
  await commit(dependencies, [
    containerHistoryOnce(dependencies, { kind: 'container' }, context.serial, `DIVERGED#${context.jti}`, event),
  ]);
}

const DIVERGENCES: Readonly<Record<Divergence, string>> = {
  behind:
    'The container is behind an update that it had confirmed before: it was restored from an old copy, or cloned. Use its newest copy. If that is lost, ask the vendor to retire the container.',
  ahead:
    'The container is ahead of every update that was issued for it: the server may have been restored from a backup. Inform the vendor.',
  digest:
    'The container holds other licenses than its updates gave it: its file was changed. Ask the vendor to retire it, and create a new container.',
  late: 'The context is older than one that the server has seen, and does not match the container any more. Make a new context.',
  cloned:
    'Another copy of the container has been in contact since: the container was copied, or restored from an old copy. Keep one copy, and remove the others.',
};

const WAIT_MILLISECONDS = 5_000;
const FIRST_PAUSE_MILLISECONDS = 5;

/**
 * Ends the wait of every execution up to the counter, and returns when the receipt is applied. The last execution applies it for
 * all of them; if that execution is gone, or too slow, it is applied here.
 *
 * @param updates the unconfirmed updates up to the context's counter
 * @returns the head as it was read after that, if it was read
 */
async function acceptReceipt(
  dependencies: Dependencies,
  container: Container,
  updates: readonly StoredUpdate[],
  { counter, jws, jti, iat, lease }: Context,
): Promise<Head | undefined> {
  const { serial, head, outstanding } = container;
  const last = updates.at(-1);
  // Of an update that was signed again, nobody knows which signature the container has: it gets a lease, its seal from then on (K3).
  const kid = last === undefined || last.resigned === true ? '' : signerOf(last.jws);
  const receipt = { jws, jti, iat, lease, kid, head: { ...head } };
  const confirmed = last === undefined ? undefined : await confirmedByExecution(dependencies, serial, last, receipt);
  if (confirmed === undefined) {
    const plan = outstanding.find((one) => one.counter === counter);
    await confirm(dependencies, serial, counter, receipt, plan);
  }
  for (const { taskToken } of updates.slice(0, -1)) {
    if (taskToken !== undefined) await dependencies.workflow.sendReceipt(taskToken);
  }
  return confirmed;
}

/**
 * The container after its receipt, if nothing else changed it: the head has the next revision, and the updates up to the
 * confirmed one removed no license, so the entries are as they were.
 * @returns `undefined` if it has to be read
 */
function confirmedContainer(container: Container, head: Head | undefined): Container | undefined {
  if (head?.revision !== container.head.revision + 1) return undefined;
  const isReached = ({ counter }: Reprogramming): boolean => counter <= head.confirmed.counter;
  if (!container.outstanding.filter(isReached).every(putsOnly)) return undefined;
  return { ...container, head, outstanding: container.outstanding.filter((one) => !isReached(one)) };
}

/** The head once the execution that waits for this receipt has applied it; `undefined` after 5 seconds. */
async function confirmedByExecution(
  dependencies: Dependencies,
  serial: string,
  { counter, reprogramming, taskToken }: StoredUpdate,
  receipt: Receipt,
): Promise<Head | undefined> {
  if (taskToken === undefined || (await dependencies.workflow.sendReceipt(taskToken, receipt)) === 'gone') return;
  const waiting = startDeadline(dependencies);
  let pause = FIRST_PAUSE_MILLISECONDS;
  if (!(await waiting.untilReached(reprogramming, 'ended', WAIT_MILLISECONDS))) await waiting.pause(pause);
  for (;;) {
    const head = await getHead(dependencies, serial);
    if (head !== undefined && head.confirmed.counter >= counter) return head;
    if (waiting.elapsed() >= WAIT_MILLISECONDS) return undefined;
    pause *= 1.5;
    await waiting.pause(pause);
  }
}

function refused(refusal: Refusal): { kind: 'refused'; refusal: Refusal } {
  return { kind: 'refused', refusal };
}
