import type { ManualActivation } from '../../../contract/tasks.ts';
import { isOnTicket } from '../../../domain/license.ts';
import { MAX_OUTSTANDING_UPDATES } from '../../../domain/limits.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import { type Decision, decideReprogramming } from '../../../domain/reprogramming.ts';
import type { Activation, ManualActions } from '../../../domain/sequence.ts';
import { NO_MANUAL_ACTIONS } from '../../../domain/sequence.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { Reprogramming } from '../../store/container-items.ts';
import { getLicenses, type StoredLicense } from '../../store/license-item.ts';
import { type Container, viewOf } from '../containers/container.ts';

/** The manual actions of a request, who asks, and the digest by which the same request is known again. */
export interface ManualRequest {
  readonly actor: 'user' | 'vendor';
  readonly activate: readonly ManualActivation[];
  readonly deactivate: readonly string[];
  readonly request: string;
}

/** What a request comes to, or why it does not. */
export type DecisionOutcome =
  | Extract<Decision, { kind: 'reprogram' | 'nothing' }>
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export interface RequestDecision {
  readonly decision: DecisionOutcome;
  /** The licenses to activate as they were read: their revisions guard the reservation. */
  readonly licenses: ReadonlyMap<string, StoredLicense>;
  /** The outstanding reprogramming that has answered this very request before (T4). */
  readonly answeredBy?: Reprogramming;
}

/**
 * Decides a request on the container as it was read: for the preview, for the first answer, and for the plan, always the
 * same (Q7). A request that an outstanding reprogramming has answered already asks for nothing new by hand (T4, T5).
 */
export async function decideRequest(
  dependencies: Dependencies,
  container: Container,
  manual: ManualRequest,
): Promise<RequestDecision> {
  const answeredBy =
    manual.request === '' ? undefined : container.outstanding.find((one) => one.request === manual.request);
  const licenses =
    answeredBy === undefined
      ? await getLicenses(
          dependencies,
          manual.activate.map(({ ticket, license }) => ({ ticket, id: license })),
        )
      : new Map<string, StoredLicense>();
  const actions: ManualActions =
    answeredBy === undefined
      ? {
          deactivate: manual.deactivate,
          activate: manual.activate.map((one) => lookUp(one, licenses.get(one.license), container.serial)),
        }
      : NO_MANUAL_ACTIONS;
  const decision = decisionOutcome(
    decideReprogramming(viewOf(container), actions, dependencies.now().getTime()),
    manual.actor,
  );
  return { decision, licenses, ...(answeredBy === undefined ? {} : { answeredBy }) };
}

/** A user who asks for nothing by hand is told what is outstanding; the vendor's actions wait until there is room. */
function decisionOutcome(decision: Decision, actor: 'user' | 'vendor'): DecisionOutcome {
  if (decision.kind === 'conflict')
    return { kind: 'refused', refusal: { code: 'manual-conflict', conflicts: decision.conflicts } };
  if (decision.kind !== 'full') return decision;
  return decision.hasManualActions || actor === 'vendor'
    ? { kind: 'refused', refusal: TOO_MANY_OUTSTANDING }
    : { kind: 'nothing', dropped: [] };
}

const TOO_MANY_OUTSTANDING: Refusal = {
  code: 'too-many-outstanding',
  explanation: `${MAX_OUTSTANDING_UPDATES} updates wait for a receipt. Apply them, and send the container's context.`,
};

function lookUp(wanted: ManualActivation, found: StoredLicense | undefined, serial: string): Activation {
  if (found === undefined || found.ticket !== wanted.ticket || !isOnTicket(found.standing)) {
    return { license: { id: wanted.license }, offer: 'not-on-ticket' };
  }
  const { id, product, terms, requires, ticket, orderId, standing } = found;
  const license = { id, product, terms, requires, ticket, orderId };
  if (standing.at !== 'available') return { license, offer: 'not-available' };
  const { reservation } = standing;
  const free = reservation === undefined || (reservation.for === 'assign' && reservation.container === serial);
  return { license, offer: free ? 'free' : 'reserved-elsewhere' };
}
