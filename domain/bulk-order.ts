import type { Refusal } from './refusal.ts';
import type { ContainerView } from './sequence.ts';
import type { VendorActionDecision } from './vendor-action.ts';

/** One license of a bulk order, and what its order comes to in a container that stands as it is given. */
export interface Candidate {
  readonly license: string;
  decide(container: ContainerView | undefined): VendorActionDecision;
}

export type Acceptance = Exclude<VendorActionDecision, { readonly kind: 'refused' }>;

/** What a bulk order comes to in one container, or for one license that is in none. */
export interface Forecast {
  /** In an order in which they can be given one after the other, each accepted. */
  readonly accepted: readonly { readonly license: string; readonly decision: Acceptance }[];
  /** Refused by the rules even after all the others. */
  readonly refused: readonly { readonly license: string; readonly refusal: Refusal }[];
}

/**
 * Orders on one container interact: Q7 looks at all that are accepted so far, so a license that others depend on is only
 * accepted after them. What is refused is therefore tried again for as long as anything else was accepted. A preview is
 * this forecast, and a bulk order gives its orders as the forecast says.
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

/** The container as an accepted order leaves it: the next one is decided there. */
export function afterAction(container: ContainerView | undefined, decision: Acceptance): ContainerView | undefined {
  if (container === undefined || decision.kind === 'unchanged' || decision.pending === undefined) return container;
  return { ...container, pending: decision.pending };
}
