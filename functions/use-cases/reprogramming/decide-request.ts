import type { ManualActivation } from '../../../contract/tasks.ts';
import { defined } from '../../../domain/defined.ts';
import { isFinal, isOnOffer, ticketLicenseOf } from '../../../domain/license.ts';
import { MAX_OUTSTANDING_UPDATES } from '../../../domain/limits.ts';
import { type Decision, decideReprogramming } from '../../../domain/reprogramming.ts';
import type { Activation, ManualActions } from '../../../domain/sequence.ts';
import { NO_MANUAL_ACTIONS } from '../../../domain/sequence.ts';
import type { Dependencies } from '../../dependencies.ts';
import { getLicenses, type StoredLicense } from '../../store/license-item.ts';
import type { Reprogramming } from '../../store/reprogramming-item.ts';
import type { PlanRefusal } from '../../store/request-outcome-item.ts';
import { type Container, viewOf } from '../containers/container.ts';
import { awaitRevision } from '../containers/large-revision.ts';

/** The manual actions of a request, who asks, and the digest that identifies a repeated request. */
export interface ManualRequest {
  readonly actor: 'user' | 'vendor';
  readonly activate: readonly ManualActivation[];
  readonly deactivate: readonly string[];
  readonly request: string;
}

/** A decision in which a conflict, or a lack of room for another update, is a refusal. */
type FinalDecision =
  | Extract<Decision, { kind: 'reprogram' | 'nothing' }>
  | { readonly kind: 'refused'; readonly refusal: PlanRefusal };

export interface RequestDecision {
  readonly decision: FinalDecision;
  /** The licenses to activate as they were read: their revisions guard the reservation. */
  readonly licenses: ReadonlyMap<string, StoredLicense>;
  /** The outstanding reprogramming that answered the same request before (T4). */
  readonly answeredBy?: Reprogramming;
}

/**
 * Decides a request on the container as it was read. The preview, the first answer and the plan all use this function (Q7).
 * If an outstanding reprogramming answered the same request before, its manual actions are not planned again (T4, T5).
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
      ? await freeLicenses(
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
  const decision = decideReprogramming(viewOf(container), actions, dependencies.now().getTime());
  return defined({ decision: finalDecision(decision, manual.actor), licenses, answeredBy });
}

/**
 * With 20 outstanding updates, a user's request without manual actions is answered with these updates, and the vendor's
 * actions stay pending.
 */
function finalDecision(decision: Decision, actor: 'user' | 'vendor'): FinalDecision {
  if (decision.kind === 'conflict')
    return { kind: 'refused', refusal: { code: 'manual-conflict', conflicts: decision.conflicts } };
  if (decision.kind !== 'full') return decision;
  return decision.hasManualActions || actor === 'vendor'
    ? { kind: 'refused', refusal: TOO_MANY_OUTSTANDING }
    : { kind: 'nothing', dropped: [] };
}

const TOO_MANY_OUTSTANDING: PlanRefusal = {
  code: 'too-many-outstanding',
  explanation: `${MAX_OUTSTANDING_UPDATES} updates wait for a receipt. Apply them, and send the container's context.`,
};

/** The licenses to activate. Completes or takes back a revision that was stopped while it held one of them. */
async function freeLicenses(
  dependencies: Dependencies,
  wanted: readonly { readonly ticket: string; readonly id: string }[],
): Promise<ReadonlyMap<string, StoredLicense>> {
  const licenses = await getLicenses(dependencies, wanted);
  const revised = new Set<string>();
  for (const { standing, orderId } of licenses.values()) {
    if (standing.at === 'available' && standing.reservation?.for === 'revise') revised.add(orderId);
  }
  if (revised.size === 0) return licenses;
  for (const orderId of revised) await awaitRevision(dependencies, orderId);
  return getLicenses(dependencies, wanted);
}

function lookUp(wanted: ManualActivation, found: StoredLicense | undefined, serial: string): Activation {
  if (found === undefined || found.ticket !== wanted.ticket || isFinal(found.standing)) {
    return { license: { id: wanted.license }, offer: 'not-on-ticket' };
  }
  const { standing } = found;
  const license = ticketLicenseOf(found);
  if (standing.at !== 'available' || !isOnOffer(standing)) return { license, offer: 'not-available' };
  const { reservation } = standing;
  const free = reservation === undefined || (reservation.for === 'assign' && reservation.container === serial);
  return { license, offer: free ? 'free' : 'reserved-elsewhere' };
}
