/** Types of answers under the short names that tests use. `contract.ts` checks every answer against these schemas. */
import type { AnswerOf } from '../../contract/endpoints.ts';

type License = AnswerOf<'getLicense'>;
/** A license for the vendor or for a ticket's user; only the vendor's has the order. */
export type LicenseBody = Omit<License, 'orderId'> & Partial<Pick<License, 'orderId'>>;
export type OrderBody = AnswerOf<'createOrder'>;
export type TicketBody = AnswerOf<'getTicket'>;
export type ReprogrammingBody = AnswerOf<'createReprogramming'>;
export type ConflictBody = ReprogrammingBody['dropped'][number];
export type AutoUpdateBody = AnswerOf<'findAutoUpdates'>['items'][number];
export type ContainerBody = AnswerOf<'getContainer'>;
export type EventBody = AnswerOf<'getOrderHistory'>['items'][number];

export interface ListBody<Item> {
  readonly items: readonly Item[];
  readonly cursor?: string;
}

/** The outcome of a vendor action on a license. */
export interface PendingBody {
  readonly status: 'withdrawn' | 'pending' | 'replaced' | 'renewed' | 'cancelled';
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
