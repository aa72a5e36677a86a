/**
 * A container and its server as numbers: the rules of `domain/` decide, and nothing is signed or stored. It plays thousands of
 * long histories. `presence-handlers.ts` plays the same histories with the real handlers.
 */
import { isLeaseDue } from '../../domain/lease.ts';
import { classifyContext, type Position, type UpdateChain } from '../../domain/position.ts';
import {
  assessContext,
  type ContextMark,
  decideLease,
  type GivenLease,
  giveLease,
  NO_PRESENCE,
  type Presence,
  remember,
} from '../../domain/presence.ts';
import {
  LEASE_DAYS,
  type PresenceAnswer,
  type PresenceContainer,
  type PresenceMessage,
  type PresenceRequest,
  type PresenceWorld,
} from './presence.ts';

const START_SECONDS = 1_800_000_000;
const MOST_OUTSTANDING = 20;
const KID = 'key';

interface ModelContext extends ContextMark, Position {
  readonly request: PresenceRequest;
}

interface ModelLease extends GivenLease {
  readonly re: string;
  readonly counter: number;
}

interface ModelAnswer {
  readonly late?: number | undefined;
  /** Counters and times of the chain of updates. */
  readonly updates: readonly { readonly counter: number; readonly iat: number }[];
  readonly lease?: ModelLease | undefined;
}

const placeOf = (counter: number): Position => ({ counter, digest: `content ${counter}` });

export function createPresenceModel(): PresenceWorld {
  let now = START_SECONDS;
  let leases = 0;
  let confirmed = 0;
  let issued: { readonly counter: number; readonly iat: number }[] = [];
  let presence: Presence = NO_PRESENCE;
  let statementIat = 0;
  /** Contexts whose manual action an update carries out (T4). */
  const planned = new Set<string>();

  const chain = (): UpdateChain => ({
    confirmed: placeOf(confirmed),
    outstanding: issued.filter(({ counter }) => counter > confirmed).map(({ counter }) => placeOf(counter)),
  });

  const answer = (context: ModelContext): PresenceAnswer => {
    const assessed = assessContext(classifyContext(chain(), context), presence, context);
    if (assessed.kind === 'diverged') return { divergence: assessed.divergence, body: { updates: [] } };
    const isReceipt = assessed.receiptOf !== undefined;
    const late = assessed.standing.kind === 'late' ? presence.iat : undefined;
    if (assessed.receiptOf !== undefined) {
      confirmed = assessed.receiptOf;
      statementIat = Math.max(statementIat, issued.find(({ counter }) => counter === confirmed)?.iat ?? 0);
      presence = remember(presence, context);
    }
    const outstanding = issued.filter(({ counter }) => counter > confirmed).length;
    if (context.request === 'toggle' && !planned.has(context.jti) && outstanding < MOST_OUTSTANDING) {
      planned.add(context.jti);
      issued = [
        ...issued.filter(({ counter }) => counter > confirmed),
        { counter: confirmed + outstanding + 1, iat: now },
      ];
    }
    const updates = context.request === 'receipt' ? [] : issued.filter(({ counter }) => counter > context.counter);
    return { body: { late, updates, lease: leaseOf(context, isReceipt) } satisfies ModelAnswer };
  };

  const leaseOf = (context: ModelContext, isReceipt: boolean): ModelLease | undefined => {
    const isSettled =
      context.counter > 0 && context.counter === confirmed && issued.every(({ counter }) => counter <= confirmed);
    const isDue =
      context.request !== 'toggle' &&
      isLeaseDue({
        now,
        statement: { iat: statementIat, kid: KID },
        shortestLeaseDays: LEASE_DAYS,
        signers: [KID],
        renew: context.request === 'renew',
      });
    const decision = decideLease(presence, context, { isSettled, isDue, isReceipt });
    if (decision === 'remember') presence = remember(presence, context);
    if (decision === 'give') {
      leases += 1;
      statementIat = Math.max(now, statementIat);
      presence = giveLease(presence, context, { jti: `lease ${leases}`, iat: statementIat });
    }
    if (decision !== 'give' && decision !== 'same') return undefined;
    return presence.lease && { ...presence.lease, re: context.jti, counter: context.counter };
  };

  return {
    container: newModelContainer('', { counter: 0, lease: '', newestIat: 0, contextIat: 0, contextJti: '' }),
    advance: (seconds) => {
      now += seconds;
    },
    now: () => now,
    deliver: ({ body }) => Promise.resolve(answer(body as ModelContext)),
  };
}

interface ModelState {
  readonly counter: number;
  readonly lease: string;
  readonly newestIat: number;
  readonly contextIat: number;
  readonly contextJti: string;
}

function newModelContainer(name: string, start: ModelState): PresenceContainer {
  let state = start;
  let made = 0;
  return {
    get lease() {
      return state.lease;
    },
    send: (clock, request) => {
      made += 1;
      const { counter, lease } = state;
      const jti = `${name}/${made}`;
      const iat = Math.max(clock, state.newestIat, state.contextIat + 1);
      state = { ...state, contextIat: iat, contextJti: jti };
      const context: ModelContext = { ...placeOf(counter), jti, iat, lease, request };
      return Promise.resolve<PresenceMessage>({ body: context });
    },
    take: ({ body }) => {
      const { late = 0, updates, lease } = body as ModelAnswer;
      state = { ...state, contextIat: Math.max(state.contextIat, late) };
      for (const { counter, iat } of updates) {
        if (counter === state.counter + 1) state = { ...state, counter, newestIat: Math.max(state.newestIat, iat) };
      }
      const fits =
        lease !== undefined &&
        lease.re === state.contextJti &&
        lease.counter === state.counter &&
        lease.iat >= state.newestIat;
      if (fits) state = { ...state, lease: lease.jti, newestIat: lease.iat };
      return Promise.resolve();
    },
    copy: (other) => newModelContainer(`${name}/${made}/${other}`, state),
  };
}
