/** The shapes that clients rely on (design, section 5), as a client that nobody here writes would type them. */
import type { Update } from '../../protocol/index.ts';

export interface LicenseBody {
  readonly id: string;
  readonly orderId?: string;
  readonly ticket: string;
  readonly product: string;
  readonly terms: Readonly<Record<string, unknown>>;
  readonly requires: readonly string[];
  readonly state: string;
  readonly container?: string;
  readonly pending?: { readonly action: string; readonly container: string; readonly reason?: string };
  readonly predecessor?: string;
  readonly successor?: string;
}

export interface OrderBody {
  readonly orderId: string;
  readonly customer?: unknown;
  readonly ticket: string;
  readonly licenses: readonly LicenseBody[];
}

export interface TicketBody {
  readonly code: string;
  readonly licenses: readonly LicenseBody[];
}

export interface ConflictBody {
  readonly action: string;
  readonly license: string;
  readonly reason: string;
}

export interface ReprogrammingBody {
  readonly id: string;
  readonly status: 'planned' | 'issued' | 'confirmed' | 'unchanged' | 'previewed';
  readonly executed: {
    readonly withdraw: readonly string[];
    readonly deactivate: readonly string[];
    readonly assign: readonly string[];
    readonly replace: readonly { readonly old: string; readonly new: string }[];
    readonly activate: readonly string[];
  };
  readonly dropped: readonly ConflictBody[];
  readonly updates: readonly Update[];
}

export interface AutoUpdateBody {
  readonly action: string;
  readonly license: string;
  readonly replacement?: string;
  readonly orderedAt: string;
  readonly reason?: string;
}

export interface ContainerBody {
  readonly serial: string;
  readonly counter: number;
  readonly digest: string;
  readonly status: 'active' | 'retired';
  readonly licenses: readonly string[];
  readonly pending: readonly AutoUpdateBody[];
  readonly outstanding: readonly string[];
  readonly target: { readonly counter: number; readonly digest: string };
}

export interface EventBody {
  readonly id: string;
  readonly type: string;
  readonly at: string;
  readonly license?: string;
  readonly container?: string;
  readonly orderId?: string;
  readonly actor: string;
  readonly reason?: string;
  readonly counter?: number;
  readonly step?: string;
  readonly predecessor?: string;
  readonly successor?: string;
}

export interface ListBody<Item> {
  readonly items: readonly Item[];
  readonly cursor?: string;
}

export interface PendingBody {
  readonly status: 'withdrawn' | 'pending' | 'replaced' | 'cancelled';
  readonly container?: string;
  readonly license?: LicenseBody;
}

export interface ProblemBody {
  readonly type: string;
  readonly code: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly [more: string]: unknown;
}
