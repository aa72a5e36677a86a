import type { Refusal } from './refusal.ts';
import type { ContainerView } from './sequence.ts';
import type { VendorActionDecision } from './vendor-action.ts';

/** A license of a bulk order, with the function that decides its vendor action in a given state of its container. */
export interface Candidate {
  readonly license: string;
  decide(container: ContainerView | undefined): VendorActionDecision;
}

export type Acceptance = Exclude<VendorActionDecision, { readonly kind: 'refused' }>;

/** The decisions about all candidates in one container, or about one license that is in no container. */
export interface Forecast {
  /** In this order each action is accepted after the ones before it. */
  readonly accepted: readonly { readonly license: string; readonly decision: Acceptance }[];
  /** Refused even after all accepted actions. */
  readonly refused: readonly { readonly license: string; readonly refusal: Refusal }[];
}

/**
 * Decides vendor actions on one container together. Q7 depends on all actions accepted so far: a license that others
 * require is accepted only after them. So each round decides the refused candidates again, until a round accepts none.
 * A preview returns this forecast, and a bulk order applies its actions in the forecast's order.
 */
export function forecastActions(candidates: readonly Candidate[], container: ContainerView | undefined): Forecast {
  const accepted: Forecast['accepted'][number][] = [];
  let current = container;
  let left = candidates;
  for (;;) {
    const refused: { candidate: Candidate; refusal: Refusal }[] = [];
    for (const candidate of left) {
      const decision = candidate.decide(current);
      if (decision.kind === 'refused') {
        refused.push({ candidate, refusal: decision.refusal });
        continue;
      }
      accepted.push({ license: candidate.license, decision });
      current = afterAction(current, decision);
    }
    if (refused.length === 0 || refused.length === left.length) {
      return { accepted, refused: refused.map(({ candidate, refusal }) => ({ license: candidate.license, refusal })) };
    }
    left = refused.map(({ candidate }) => candidate);
  }
}

/** The container after an accepted vendor action, for the next decision. */
export function afterAction(container: ContainerView | undefined, decision: Acceptance): ContainerView | undefined {
  if (container === undefined || decision.kind === 'unchanged' || decision.pending === undefined) return container;
  return { ...container, pending: decision.pending };
}
