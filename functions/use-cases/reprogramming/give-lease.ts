import { isLeaseDue, shortestLeaseDays } from '../../../domain/lease.ts';
import { samePosition } from '../../../domain/position.ts';
import {
  type ContextMark,
  classifyPresence,
  decideLease,
  type GivenLease,
  giveLease,
  NO_PRESENCE,
  type Presence,
  remember,
} from '../../../domain/presence.ts';
import { type Context, leaseSigningInput } from '../../../protocol/index.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { type Head, putHead } from '../../store/container-head-item.ts';
import { commitSingle } from '../../store/transactions.ts';
import { type Container, loadContainer, nextHead, pendingOf } from '../containers/container.ts';
import { newestKeySet } from '../keys/newest-key-set.ts';
import { signerOf, signStatement, statementTime } from '../keys/sign-statement.ts';
import type { Accepted } from './verify-context.ts';

/**
 * Remembers an accepted context that is the first to carry the current lease, for an answer that gives no lease (C1). Every
 * other context costs nothing. A failed write is not repeated: the container's next context is then the first one.
 */
export async function rememberContext(
  dependencies: Dependencies,
  { container, context }: Accepted,
): Promise<Container> {
  const { presence = NO_PRESENCE } = container.head;
  if (!isFirstToCarry(presence, context)) return container;
  const head = nextHead(container, { presence: remember(presence, context) });
  const committed = await commitSingle(dependencies, putHead(dependencies, head));
  return committed === 'committed'
    ? { ...container, head: { ...head, revision: head.revision + 1 } }
    : loadContainer(dependencies, container.serial);
}

/**
 * Gives a lease to an accepted context whose container is at its place and needs nothing else, if it is due (L2) or the
 * container lost the last one (C1), and remembers the context. The same context gets the same lease again (C2).
 *
 * @param wantsNothing the request has no manual actions
 * @returns the lease as a compact JWS; `undefined` if the context gets none
 */
export async function leaseFor(
  dependencies: Dependencies,
  accepted: Accepted,
  wantsNothing: boolean,
): Promise<string | undefined> {
  const { context, isReceipt } = accepted;
  let { container } = accepted;
  return retryOnConflict<string | undefined>(dependencies, `the lease of container ${context.serial}`, async () => {
    const { presence = NO_PRESENCE } = container.head;
    const isSettled = isAtRest(container, context);
    const isDue = isSettled && wantsNothing && (await isDueFor(dependencies, container, context));
    const decision = decideLease(presence, context, { isSettled, isDue, isReceipt });
    if (decision === 'none') return undefined;
    if (decision === 'same') return presence.lease && sign(dependencies, context, presence.lease);
    const { jws, ...changes } =
      decision === 'remember'
        ? { presence: remember(presence, context) }
        : await makeLease(dependencies, container.head, context);
    if ((await commitSingle(dependencies, putHead(dependencies, nextHead(container, changes)))) === 'committed') {
      return jws;
    }
    // Perhaps by this request, if the reply was lost: then the memory has the lease.
    container = await loadContainer(dependencies, context.serial);
    return 'changed';
  });
}

function isFirstToCarry(presence: Presence, context: ContextMark): boolean {
  const standing = classifyPresence(presence, context);
  return standing.kind === 'current' && standing.isFirst;
}

/**
 * Whether the container is at its place and its vendor wants nothing of it: no update is under way, and no vendor action is
 * pending. Otherwise a lease would be for a place that the container leaves, or would outlast a withdrawal (L3).
 */
function isAtRest(container: Container, context: Context): boolean {
  const { head } = container;
  return (
    head.status === 'active' &&
    head.lock === undefined &&
    head.hold === undefined &&
    context.counter > 0 &&
    samePosition(head.confirmed, context) &&
    samePosition(head.issued, context) &&
    pendingOf(container).length === 0
  );
}

async function isDueFor(dependencies: Dependencies, { head, entries }: Container, context: Context): Promise<boolean> {
  const { update } = await newestKeySet(dependencies, context.keys);
  return isLeaseDue({
    now: statementTime(dependencies.now().toISOString()),
    statement: head.statement ?? NO_STATEMENT,
    shortestLeaseDays: shortestLeaseDays([...entries.values()].flatMap(({ held }) => held?.license ?? [])),
    signers: update.map(({ kid }) => kid),
    renew: context.renew === true,
  });
}

const NO_STATEMENT = { iat: 0, kid: '' };

const LEASE_ID_BYTES = 16;

/** Signs a new lease, and makes the changes of the head that remember it. */
async function makeLease(
  dependencies: Dependencies,
  { presence = NO_PRESENCE, statement = NO_STATEMENT }: Head,
  context: Context,
): Promise<Required<Pick<Head, 'presence' | 'statement'>> & { readonly jws: string }> {
  const now = statementTime(dependencies.now().toISOString());
  const lease: GivenLease = {
    jti: Buffer.from(dependencies.random(LEASE_ID_BYTES)).toString('base64url'),
    // A container refuses a lease that is older than its newest statement.
    iat: Math.max(now, statement.iat),
  };
  const jws = await sign(dependencies, context, lease);
  return {
    jws,
    presence: giveLease(presence, context, lease),
    statement: { iat: lease.iat, kid: signerOf(jws) },
  };
}

/** The same lease gives the same bytes, as long as the same key signs. */
function sign(dependencies: Dependencies, context: Context, { jti, iat }: GivenLease): Promise<string> {
  const { serial: sub, jti: re, counter, digest } = context;
  return signStatement(dependencies, context.keys, ({ iss, kid }) =>
    leaseSigningInput({ kid, payload: { iss, sub, jti, iat, re, at: { counter, digest } } }),
  );
}
