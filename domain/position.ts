/** A counter and the digest of the content at that counter. */
export interface Position {
  readonly counter: number;
  readonly digest: string;
}

/** Where a container's line stands: the last confirmed position, and those of its outstanding updates, in order. */
export interface UpdateChain {
  readonly confirmed: Position;
  readonly outstanding: readonly Position[];
}

export type Divergence = 'behind' | 'ahead' | 'digest';

/** Where a context stands on its container's line. */
export type ContextPosition =
  | { readonly kind: 'current' }
  /** The context is the receipt for every outstanding update up to `counter` (T2). */
  | { readonly kind: 'receipt'; readonly counter: number }
  /** A rolled-back, cloned or tampered container, or a restored table (T3). */
  | { readonly kind: 'diverged'; readonly divergence: Divergence };

/** Places a context on the line of its container (T2, T3). */
export function classifyContext(line: UpdateChain, context: Position): ContextPosition {
  if (context.counter < line.confirmed.counter) return { kind: 'diverged', divergence: 'behind' };
  if (context.counter === line.confirmed.counter) {
    return context.digest === line.confirmed.digest ? { kind: 'current' } : { kind: 'diverged', divergence: 'digest' };
  }
  const reached = line.outstanding.find((position) => position.counter === context.counter);
  if (reached === undefined) return { kind: 'diverged', divergence: 'ahead' };
  if (reached.digest !== context.digest) return { kind: 'diverged', divergence: 'digest' };
  return { kind: 'receipt', counter: context.counter };
}
