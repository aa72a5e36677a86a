import type { Divergence } from './position.ts';
import type { Conflict } from './sequence.ts';

/** Why a request is refused: a closed set of codes, each with its data. `contract/` maps each to an HTTP status. */
export type Refusal =
  | { readonly code: 'license-final'; readonly license: string; readonly state: 'withdrawn' | 'replaced' }
  | { readonly code: 'dependency-violation'; readonly dependents: readonly string[]; readonly explanation: string }
  | { readonly code: 'manual-conflict'; readonly conflicts: readonly Conflict[] }
  | { readonly code: 'reprogramming-in-flight'; readonly container: string; readonly explanation: string }
  | {
      readonly code: 'container-diverged';
      readonly divergence: Divergence;
      /** Of a late context: the container's next one must be later than this time, in seconds since 1970 (C1). */
      readonly late?: number;
      readonly explanation: string;
    }
  | { readonly code: 'container-retired'; readonly container: string }
  | { readonly code: 'too-many-outstanding'; readonly explanation: string }
  | { readonly code: 'order-exists'; readonly orderId: string }
  /** A large revision of the order is under way. */
  | { readonly code: 'order-in-revision'; readonly orderId: string }
  /** A cancelled order cannot be revised. */
  | { readonly code: 'order-cancelled'; readonly orderId: string }
  | ({ readonly code: 'product-in-use'; readonly product: string } & ProductUses)
  | { readonly code: 'key-set-refused'; readonly fault: string; readonly explanation: string }
  /** The vendor has not published its first key set. */
  | { readonly code: 'no-key-set' }
  | { readonly code: 'not-found'; readonly explanation: string }
  | {
      readonly code: 'invalid-request';
      readonly errors: readonly { readonly path: string; readonly message: string }[];
    }
  | { readonly code: 'unsupported-version'; readonly supported: readonly number[] }
  | { readonly code: 'invalid-context'; readonly reason: string; readonly explanation: string };

/** What uses a product, each list cut at a limit. */
export interface ProductUses {
  /** Licenses of the product that are not final. */
  readonly licenses: readonly string[];
  /** Products that require it or are upgrades of it. */
  readonly products: readonly string[];
  /** SKUs that deliver it. */
  readonly skus: readonly string[];
  /** More orders have sold it than a deletion checks. */
  readonly tooManyOrders: boolean;
}

export type RefusalCode = Refusal['code'];
