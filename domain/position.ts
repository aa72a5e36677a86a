/** A counter and the digest of the content at that counter. */
export interface Position {
  readonly counter: number;
  readonly digest: string;
}

/** Whether two positions are the same place of a container. */
export function samePosition(one: Position, other: Position): boolean {
  return one.counter === other.counter && one.digest === other.digest;
}

/** A container's chain of updates: the last confirmed position, and the end of each outstanding update, in order (T1). */
export interface UpdateChain {
  readonly confirmed: Position;
  readonly outstanding: readonly Position[];
}

/** How a context differs from the chain: a lower counter, a higher one, or another digest at the same counter (T3). */
export type ChainDivergence = 'behind' | 'ahead' | 'digest';

/**
 * Why a context is refused as diverged. `late`: it differs from the chain, and is not newer than the remembered context (C1).
 * `cloned`: a copy of the container got the current lease (C1).
 */
export type Divergence = ChainDivergence | 'late' | 'cloned';

/** What a recorded event says: `late` is not recorded, and a retired container that speaks is (C2). */
export type RecordedDivergence = Exclude<Divergence, 'late'> | 'retired';

/** How a context fits the chain of its container. */
export type ContextPosition =
  /** The context is at the last confirmed position. */
  | { readonly kind: 'current' }
  /** The context is the receipt for every outstanding update up to `counter` (T2). */
  | { readonly kind: 'receipt'; readonly counter: number }
  /** A rolled-back, cloned or tampered container, or a restored table (T3). */
  | { readonly kind: 'diverged'; readonly divergence: ChainDivergence };

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
