/** A counter and the digest of the content at that counter. */
export interface Position {
  readonly counter: number;
  readonly digest: string;
}

/** A container's chain of updates: the last confirmed position, and the end of each outstanding update, in order (T1). */
export interface UpdateChain {
  readonly confirmed: Position;
  readonly outstanding: readonly Position[];
}

/** How a context differs from the chain: a lower counter, a higher one, or another digest at the same counter (T3). */
export type Divergence = 'behind' | 'ahead' | 'digest';

/** How a context fits the chain of its container. */
export type ContextPosition =
  /** The context is at the last confirmed position. */
  | { readonly kind: 'current' }
  /** The context is the receipt for every outstanding update up to `counter` (T2). */
  | { readonly kind: 'receipt'; readonly counter: number }
  /** A rolled-back, cloned or tampered container, or a restored table (T3). */
  | { readonly kind: 'diverged'; readonly divergence: Divergence };

/** Compares a context with the chain of its container (T2, T3). */
export function classifyContext(chain: UpdateChain, context: Position): ContextPosition {
  if (context.counter < chain.confirmed.counter) return { kind: 'diverged', divergence: 'behind' };
  if (context.counter === chain.confirmed.counter) {
    return context.digest === chain.confirmed.digest ? { kind: 'current' } : { kind: 'diverged', divergence: 'digest' };
  }
  const reached = chain.outstanding.find((position) => position.counter === context.counter);
  if (reached === undefined) return { kind: 'diverged', divergence: 'ahead' };
  if (reached.digest !== context.digest) return { kind: 'diverged', divergence: 'digest' };
  return { kind: 'receipt', counter: context.counter };
}
